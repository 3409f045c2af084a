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

/// For each field, given whether it varies in length: how many before it do, and how many octets are behind the last of those.
pub(super) const fn places<const N: usize>(varies: [bool; N]) -> [(usize, usize); N] {
    let mut places = [(0, 0); N];
    let (mut at, mut place) = (0, (0, 0));
    while at < N {
        places[at] = place;
        place = if varies[at] { (place.0 + 1, 0) } else { (place.0, place.1 + 1) };
        at += 1;
    }
    places
}

/// Defines a view and its builder.
///
/// The view holds the frame and the offset at which each field of varying length ends. Where a field starts follows from the
/// last of those before it, and from how many single octets are between: so a view is small, and it is moved a few times.
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
            ends: [u16; 0 $(+ view!(@varies $kind))*],
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
                decode::Cursor, field::Kind, pdu::{Pdu, view::places},
            };

            #[allow(non_camel_case_types, clippy::enum_variant_names)]
            #[derive(Clone, Copy)]
            enum At { $($field,)* tlvs }

            /// For each field and the TLVs, from where it starts: how many fields of varying length are before it, and how
            /// many single octets behind the last of those.
            const PLACES: [(usize, usize); 1 + view!(@count $($field)*)] =
                places([$(view!(@varies $kind) == 1,)* true]);

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
                        $kindexpr.get(self.span(At::$field, view!(@width $kind)))
                    }
                )*

                /// The optional parameters.
                #[inline]
                #[must_use]
                pub fn tlvs(&self) -> Tlvs<'_> {
                    let octets = self.frame.as_bytes();
                    Tlvs::from_checked(octets.get(self.start(At::tlvs)..).unwrap_or_default())
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

                /// The offset of the first octet.
                #[inline]
                fn start(&self, field: At) -> usize {
                    let (varying, octets) = PLACES[field as usize];
                    let end = varying.checked_sub(1).and_then(|last| self.ends.get(last));
                    end.map_or(Header::LEN, |end| usize::from(*end)) + octets
                }

                #[inline]
                fn span(&self, field: At, width: Option<usize>) -> &[u8] {
                    let start = self.start(field);
                    let end = match width {
                        Some(width) => start + width,
                        None => self.ends.get(PLACES[field as usize].0).map_or(start, |end| usize::from(*end)),
                    };
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
                        $kindexpr.check(stringify!($field), &mut cursor)?;
                        // Where it ends. Cut off where that does not fit; the last one, below, is the largest and says if
                        // any was. Kept apart until the end: an array that is read back as soon as it is written stalls
                        // the processor.
                        #[allow(unused_variables, reason = "where a single octet ends is not kept")]
                        let $field = cursor.at() as u16;
                    )*
                    // No mandatory part comes near 64 KiB while each field is held to its own maximum.
                    if u16::try_from(cursor.at()).is_err() {
                        return Err(DecodeError::Truncated { field: "tlvs" });
                    }
                    Tlvs::check(&cursor)?;
                    let ends = || view!(@ends [] $($field $kind)*);
                    $(
                        // Rare, so it may look at a copy. An octet starts one before it ends.
                        let flags = frame.as_bytes().get(usize::from($udhi).saturating_sub(1));
                        let has_udh = EsmClass(flags.copied().unwrap_or_default()).has_udh();
                        if has_udh && rules == Rules::Strict {
                            $check(&Self { frame: frame.clone(), ends: ends() })?;
                        }
                    )?
                    Ok(Self { frame, ends: ends() })
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
                    let end = self.start(At::tlvs);
                    let length = u32::try_from(end).unwrap_or(u32::MAX);
                    let header = Header { length, status: Status::ROK, sequence, ..self.frame.header() };
                    out.put_slice(&header.to_bytes());
                    let body = self.frame.as_bytes().get(Header::LEN..end);
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
                        &std::fmt::from_fn(|f| $kindexpr.show(self.span(At::$field, view!(@width $kind)), f)),
                    );)*
                    s.field("tlvs", &self.tlvs()).finish()
                }
            }
        };

        view!(@build $name, $builder, $command);
    };

    // How many offsets it takes.
    (@varies Octet) => { 0usize };
    (@varies $kind:ident) => { 1usize };
    (@width Octet) => { Some(1) };
    (@width $kind:ident) => { None };

    // The ends of the fields of varying length.
    (@ends [$($end:ident)*]) => { [$($end),*] };
    (@ends [$($end:ident)*] $field:ident Octet $($rest:ident)*) => { view!(@ends [$($end)*] $($rest)*) };
    (@ends [$($end:ident)*] $field:ident $kind:ident $($rest:ident)*) => { view!(@ends [$($end)* $field] $($rest)*) };

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
