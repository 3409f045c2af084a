//! The table form of a request PDU: one line a field, from which reading, writing and printing follow.

/// The Rust type of a field of a kind, under a lifetime.
macro_rules! value_of {
    (Octet, $l:lifetime) => { u8 };
    (Text, $l:lifetime) => { &$l [u8] };
    (Password, $l:lifetime) => { &$l [u8] };
    (Message, $l:lifetime) => { &$l [u8] };
    (Addr, $l:lifetime) => { crate::protocol::Address<$l> };
    (When, $l:lifetime) => { Option<crate::protocol::SmppTime> };
    (DestinationList, $l:lifetime) => { crate::protocol::pdu::Destinations<$l> };
}

/// Defines a view and its builder.
///
/// The view holds the frame and the offset at which each field starts, plus the one at which the TLVs start: field `i` is
/// what lies between offset `i` and offset `i + 1`.
macro_rules! view {
    (
        $(#[$doc:meta])*
        $name:ident, $builder:ident = $command:ident $(, check $udhi:ident by $check:path)? {
            $($(#[$fdoc:meta])* $field:ident: $kind:ident = $kindexpr:expr;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            frame: $crate::protocol::Frame,
            at: [u16; view!(@count $($field)*) + 1],
        }

        #[doc = concat!("Builds a [`", stringify!($name), "`].")]
        #[derive(Clone, Default)]
        #[must_use = "a builder does nothing until `build` is called"]
        pub struct $builder<'a> {
            $($field: value_of!($kind, 'a),)*
            tlvs: $crate::protocol::TlvList,
        }

        const _: () = {
            #[allow(unused_imports, reason = "not every view has a user data header to check")]
            use $crate::protocol::pdu::EsmClass;
            use bytes::{BufMut, Bytes, BytesMut};
            use $crate::protocol::{
                Argument, BuildError, CommandId, DecodeError, Frame, Header, Rules, Status, Tag, TlvList, Tlvs,
                decode::Cursor, field::Kind, pdu::Pdu,
            };

            #[allow(non_camel_case_types, clippy::enum_variant_names)]
            #[derive(Clone, Copy)]
            enum At { $($field,)* tlvs }

            impl $name {
                /// Starts one; every field is empty or zero.
                pub fn builder<'a>() -> $builder<'a> {
                    $builder::default()
                }

                /// Starts one from this one's fields and TLVs.
                pub fn to_builder(&self) -> $builder<'_> {
                    $builder { $($field: self.$field(),)* tlvs: TlvList::from(self.tlvs()) }
                }

                $(
                    $(#[$fdoc])*
                    #[must_use]
                    pub fn $field(&self) -> value_of!($kind, '_) {
                        $kindexpr.get(self.span(At::$field))
                    }
                )*

                /// The optional parameters.
                #[inline]
                #[must_use]
                pub fn tlvs(&self) -> Tlvs<'_> {
                    let start = usize::from(self.at[At::tlvs as usize]);
                    Tlvs::from_checked(self.frame.as_bytes().get(start..).unwrap_or_default())
                }

                /// The PDU as it came, or as it was built.
                #[must_use]
                pub fn frame(&self) -> &Frame {
                    &self.frame
                }

                /// The PDU as it came, or as it was built, without a copy.
                #[must_use]
                pub fn into_frame(self) -> Frame {
                    self.frame
                }

                #[inline]
                fn span(&self, field: At) -> &[u8] {
                    let start = usize::from(self.at[field as usize]);
                    let end = usize::from(self.at[field as usize + 1]);
                    self.frame.as_bytes().get(start..end).unwrap_or_default()
                }
            }

            impl Pdu for $name {
                // Into whoever reads it, so that it is written where it is to be: a value that is moved as soon as it is
                // made stalls the processor.
                #[inline(always)]
                fn decode(frame: Frame, rules: Rules) -> Result<Self, DecodeError> {
                    if !view!(@is $command, frame.command()) {
                        return Err(DecodeError::WrongCommand);
                    }
                    let mut cursor = Cursor::new(frame.as_bytes(), Header::LEN, rules);
                    $(
                        // Cut off where it does not fit; the last one, below, is the largest and says if any was. Kept
                        // apart until the end: an array that is read back as soon as it is written stalls the processor.
                        let $field = cursor.at() as u16;
                        $kindexpr.check(stringify!($field), &mut cursor)?;
                    )*
                    // No mandatory part comes near 64 KiB while each field is held to its own maximum.
                    let tlvs = u16::try_from(cursor.at());
                    let tlvs = tlvs.map_err(|_| DecodeError::Truncated { field: "tlvs" })?;
                    Tlvs::check(&cursor)?;
                    let at = || [$($field,)* tlvs];
                    $(
                        // Rare, so it may look at a copy.
                        let flags = frame.as_bytes().get(usize::from($udhi)).copied().unwrap_or_default();
                        if EsmClass(flags).has_udh() && rules == Rules::Strict {
                            $check(&Self { frame: frame.clone(), at: at() })?;
                        }
                    )?
                    Ok(Self { frame, at: at() })
                }

                #[inline]
                fn command(&self) -> CommandId {
                    self.frame.command()
                }

                #[inline]
                fn encode(&self, sequence: u32, out: &mut BytesMut) {
                    let header = Header { status: Status::ROK, sequence, ..self.frame.header() };
                    out.reserve(self.frame.as_bytes().len());
                    out.put_slice(&header.to_bytes());
                    out.put_slice(self.frame.body());
                }

                fn needs_tlvs(&self) -> bool {
                    self.tlvs().into_iter().any(|tlv| {
                        matches!(
                            tlv.tag,
                            Tag::MESSAGE_PAYLOAD
                                | Tag::SAR_MSG_REF_NUM
                                | Tag::SAR_TOTAL_SEGMENTS
                                | Tag::SAR_SEGMENT_SEQNUM
                        )
                    })
                }

                fn encode_without_tlvs(&self, sequence: u32, out: &mut BytesMut) {
                    let end = self.at[At::tlvs as usize];
                    let length = u32::from(end);
                    let header = Header { length, status: Status::ROK, sequence, ..self.frame.header() };
                    out.put_slice(&header.to_bytes());
                    let body = self.frame.as_bytes().get(Header::LEN..usize::from(end));
                    out.put_slice(body.unwrap_or_default());
                }
            }

            impl<'a> $builder<'a> {
                $(
                    $(#[$fdoc])*
                    pub fn $field(mut self, value: impl Argument<value_of!($kind, 'a)>) -> Self {
                        self.$field = value.into_value();
                        self
                    }
                )*

                /// Sets the optional parameters.
                #[inline]
                pub fn tlvs(mut self, tlvs: TlvList) -> Self {
                    self.tlvs = tlvs;
                    self
                }

                pub(super) fn build_as(self, command: CommandId) -> Result<$name, BuildError> {
                    let mut out = BytesMut::with_capacity(256);
                    Header::put_alone(command, Status::ROK, 0, &mut out);
                    $($kindexpr.put(stringify!($field), self.$field, &mut out)?;)*
                    out.put_slice(self.tlvs.as_tlvs().as_bytes());
                    let too_long = BuildError::TooLong { field: "PDU", length: out.len(), max: u32::MAX as usize };
                    let length = u32::try_from(out.len()).map_err(|_| too_long)?;
                    if let Some(announced) = out.first_chunk_mut::<4>() {
                        *announced = length.to_be_bytes();
                    }
                    let bytes: Bytes = out.freeze();
                    // What was written above reads back: the lenient rules ask for structure only.
                    Frame::from_bytes(bytes)
                        .and_then(|frame| $name::decode(frame, Rules::Lenient).ok())
                        .ok_or(BuildError::BadValue { field: "PDU" })
                }
            }

            /// Names the builder only: among its values may be a password, and a message is.
            impl std::fmt::Debug for $builder<'_> {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.debug_struct(stringify!($builder)).finish_non_exhaustive()
                }
            }

            /// Equal content; the sequence number is the session's, not the PDU's.
            impl PartialEq for $name {
                fn eq(&self, other: &Self) -> bool {
                    self.command() == other.command() && self.frame.body() == other.frame.body()
                }
            }

            impl Eq for $name {}

            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    let mut s = f.debug_struct(stringify!($name));
                    $(s.field(
                        stringify!($field),
                        &std::fmt::from_fn(|f| $kindexpr.show(self.span(At::$field), f)),
                    );)*
                    s.field("tlvs", &self.tlvs()).finish()
                }
            }
        };

        view!(@build $name, $builder, $command);
    };

    (@count) => { 0usize };
    (@count $head:ident $($tail:ident)*) => { 1usize + view!(@count $($tail)*) };

    // The three binds share one body, so one view serves them.
    (@is ANY_BIND, $command:expr) => { $crate::protocol::pdu::BindKind::of($command).is_some() };
    (@is $konst:ident, $command:expr) => { $command == $crate::protocol::CommandId::$konst };
    (@build $name:ident, $builder:ident, ANY_BIND) => {};
    (@build $name:ident, $builder:ident, $konst:ident) => {
        impl $builder<'_> {
            /// Writes the PDU.
            ///
            /// # Errors
            ///
            /// [`BuildError`](crate::protocol::BuildError) for a value that its field cannot carry.
            pub fn build(self) -> Result<$name, crate::protocol::BuildError> {
                self.build_as(crate::protocol::CommandId::$konst)
            }
        }
    };
}

pub(super) use {value_of, view};
