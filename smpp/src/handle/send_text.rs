//! Texts of any length.

use std::{borrow::Cow, fmt, sync::Arc};

use super::{
    Downstream, SendError, Sent, Session, TextError, TextPlan, Upstream, upstream::request_over,
};
use crate::{
    config::{Split, TextConfig},
    engine::{Hub, Kept},
    protocol::{
        Address, Argument, BuildError, CommandId, MessageId, Role, SmppTime, TlvList,
        pdu::{DeliverSm, SubmitSm},
        text::{Part, Parts, SplitError},
    },
};

/// A text that is to be sent: [`Upstream::send_text`], [`Downstream::send_text`], [`Session::send_text`].
///
/// Its parts go over one session, in their order, each after the answer to the one before: what a peer refuses is not followed
/// by more of it. On a [`Downstream`] each part goes over the next session in turn.
#[derive(Clone)]
#[must_use = "a text is not sent until `send` is called"]
pub struct SendText<'a> {
    via: Via,
    settings: Option<TextConfig>,
    text: Cow<'a, str>,
    fields: Fields<'a>,
    tlvs: TlvList,
    /// What has gone out before, and is not to go again.
    before: Sent,
}

#[derive(Clone)]
enum Via {
    Upstream(Upstream),
    Downstream(Downstream),
    Session(Session),
}

#[derive(Clone, Copy, Default)]
struct Fields<'a> {
    service_type: &'a [u8],
    source: Address<'a>,
    destination: Address<'a>,
    protocol_id: u8,
    priority_flag: u8,
    schedule_delivery_time: Option<SmppTime>,
    validity_period: Option<SmppTime>,
    registered_delivery: u8,
}

/// Names neither the text nor whom it is for.
impl fmt::Debug for SendText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendText").field("octets", &self.text.len()).finish_non_exhaustive()
    }
}

macro_rules! fields {
    ($($(#[$doc:meta])* $method:ident: $field:ident = $value:ty;)*) => {
        impl<'a> SendText<'a> {$(
            $(#[$doc])*
            pub fn $method(mut self, value: impl Argument<$value>) -> Self {
                self.fields.$field = value.into_value();
                self
            }
        )*}
    };
}

fields! {
    /// The sender (SMPP 3.4 §5.2.8).
    from: source = Address<'a>;
    /// The recipient (§5.2.9).
    to: destination = Address<'a>;
    /// Which receipts are asked for, of every part (§5.2.17).
    registered_delivery: registered_delivery = u8;
    /// Up to 5 octets (§5.2.11).
    service_type: service_type = &'a [u8];
    /// GSM TP-PID (§5.2.13).
    protocol_id: protocol_id = u8;
    /// 0 (lowest) to 3 (§5.2.14).
    priority_flag: priority_flag = u8;
    /// When to deliver (§5.2.15); `deliver_sm` has none.
    schedule_delivery_time: schedule_delivery_time = Option<SmppTime>;
    /// Until when to try (§5.2.16); `deliver_sm` has none.
    validity_period: validity_period = Option<SmppTime>;
}

impl<'a> SendText<'a> {
    pub(super) fn on_upstream(upstream: Upstream, text: Cow<'a, str>) -> Self {
        Self::new(Via::Upstream(upstream), text)
    }

    pub(super) fn on_downstream(downstream: Downstream, text: Cow<'a, str>) -> Self {
        Self::new(Via::Downstream(downstream), text)
    }

    pub(super) fn on_session(session: Session, text: Cow<'a, str>) -> Self {
        Self::new(Via::Session(session), text)
    }

    fn new(via: Via, text: Cow<'a, str>) -> Self {
        let (fields, tlvs, before) = (Fields::default(), TlvList::new(), Sent::default());
        Self { via, settings: None, text, fields, tlvs, before }
    }

    /// Optional parameters for every part, beside those that join the parts or hold the text.
    pub fn tlvs(mut self, tlvs: TlvList) -> Self {
        self.tlvs = tlvs;
        self
    }

    /// Settings in place of those of the bind.
    pub fn settings(mut self, settings: TextConfig) -> Self {
        self.settings = Some(settings);
        self
    }

    /// Sends the rest of what broke off: the parts behind these, under their reference.
    ///
    /// The text and the settings must be those of then, or the parts do not fit together. What [`send`](Self::send) gives has
    /// these parts in it, too.
    pub fn after(mut self, sent: Sent) -> Self {
        self.before = sent;
        self
    }

    /// What sending the text takes: its alphabet, parts, septets and octets. Nothing is sent.
    ///
    /// Of a pool the settings of the first bind count: give all of them the same, or [`settings`](Self::settings).
    ///
    /// # Errors
    ///
    /// [`TextError::Split`] and [`TextError::TooManyParts`].
    pub fn plan(&self) -> Result<TextPlan, TextError> {
        let settings = self.settings.clone().unwrap_or_else(|| match &self.via {
            Via::Upstream(upstream) => upstream.text_settings(),
            Via::Downstream(_) | Via::Session(_) => TextConfig::default(),
        });
        let parts = self.split(&settings, u16::MAX)?;
        let encoding = parts.encoding();
        Ok(TextPlan {
            encoding,
            parts: parts.len(),
            units: encoding.units(&self.text).map_err(SplitError::from)?,
            octets: parts.iter().map(|part| part.body().len()).sum(),
        })
    }

    /// Sends the parts, one after the other.
    ///
    /// On an [`Upstream`] it is the next of its binds in turn, and `max_msg_per_sec` is waited for before each part.
    ///
    /// # Errors
    ///
    /// [`TextError`]; it says which part failed, and what the peer has of the text.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the parts that have gone out stay out, and nobody knows which: let it end, or spawn it.
    pub async fn send(self) -> Result<Sent, TextError> {
        let way = self.way().map_err(|source| self.nowhere(source))?;
        let settings = self.settings.as_ref().unwrap_or(&way.settings);
        let reference = match self.before.reference {
            Some(reference) => reference,
            None => way.hub().next_reference(self.fields.destination),
        };
        let parts = self.split(settings, reference)?;
        let total = parts.len();
        let reference = match settings.split {
            Split::Udh8 => reference & 0xFF,
            _ => reference,
        };
        let joined = total > 1 && settings.split != Split::Payload;
        let mut sent = Sent { parts: self.before.parts, reference: joined.then_some(reference) };
        for part in parts.iter().skip(sent.parts.len()) {
            match way.send(&self.fields, part, &self.tlvs).await {
                Ok(id) => sent.parts.push(id),
                Err(source) => {
                    let part = usize::from(part.sequence());
                    return Err(TextError::Part { part, total, sent, source });
                }
            }
        }
        Ok(sent)
    }

    fn split(&self, settings: &TextConfig, reference: u16) -> Result<Parts, TextError> {
        let parts = settings.parts(&self.text, reference)?;
        match parts.len() > settings.max_parts.into() {
            true => Err(TextError::TooManyParts { parts: parts.len(), max: settings.max_parts }),
            false => Ok(parts),
        }
    }

    /// There is no session to send it over.
    fn nowhere(&self, source: SendError) -> TextError {
        let sent = self.before.clone();
        let part = sent.parts.len() + 1;
        TextError::Part { part, total: self.plan().map_or(part, |plan| plan.parts), sent, source }
    }

    fn way(&self) -> Result<Way, SendError> {
        match &self.via {
            Via::Session(session) => {
                let settings = TextConfig::default();
                Ok(Way { over: Over::Session(session.clone()), settings })
            }
            Via::Downstream(downstream) => {
                let settings = TextConfig::default();
                Ok(Way { over: Over::Downstream(downstream.clone()), settings })
            }
            Via::Upstream(upstream) => {
                let kept = upstream.next_kept(CommandId::SUBMIT_SM)?;
                let session = kept.session().ok_or(SendError::NotBound)?;
                let settings = kept.config.text.clone();
                Ok(Way { over: Over::Kept(kept, session), settings })
            }
        }
    }
}

/// What the parts go over, and how they are made.
struct Way {
    over: Over,
    settings: TextConfig,
}

enum Over {
    Session(Session),
    Kept(Arc<Kept>, Session),
    Downstream(Downstream),
}

impl Way {
    fn hub(&self) -> Arc<Hub> {
        match &self.over {
            Over::Session(session) | Over::Kept(_, session) => session.smpp().hub(),
            Over::Downstream(downstream) => downstream.hub(),
        }
    }

    async fn send(
        &self,
        fields: &Fields<'_>,
        part: &Part,
        tlvs: &TlvList,
    ) -> Result<MessageId, SendError> {
        let joining = part.tlvs();
        let tlvs = joining
            .as_tlvs()
            .into_iter()
            .fold(tlvs.clone(), |tlvs, tlv| tlvs.with(tlv.tag, tlv.value));
        match &self.over {
            Over::Downstream(downstream) => {
                let pdu = deliver_sm(fields, part, tlvs)?;
                downstream.deliver_sm(&pdu).await.map(|answer| answer.message_id)
            }
            Over::Session(session) if session.role() == Role::Smsc => {
                let pdu = deliver_sm(fields, part, tlvs)?;
                session.deliver_sm(&pdu).await.map(|answer| answer.message_id)
            }
            Over::Session(session) => {
                let pdu = submit_sm(fields, part, tlvs)?;
                session.submit_sm(&pdu).await.map(|answer| answer.message_id)
            }
            Over::Kept(kept, session) => {
                let pdu = submit_sm(fields, part, tlvs)?;
                kept.turn().await;
                request_over(kept, session, &pdu).await.map(|answer| answer.message_id)
            }
        }
    }
}

/// A builder of either PDU with the fields that both have.
macro_rules! begin {
    ($pdu:ident, $fields:expr, $part:expr, $tlvs:expr) => {
        $pdu::builder()
            .service_type($fields.service_type)
            .source($fields.source)
            .destination($fields.destination)
            .esm_class($part.esm_class())
            .protocol_id($fields.protocol_id)
            .priority_flag($fields.priority_flag)
            .registered_delivery($fields.registered_delivery)
            .data_coding($part.data_coding())
            .short_message($part.short_message())
            .tlvs($tlvs)
    };
}

fn submit_sm(fields: &Fields<'_>, part: &Part, tlvs: TlvList) -> Result<SubmitSm, BuildError> {
    begin!(SubmitSm, fields, part, tlvs)
        .schedule_delivery_time(fields.schedule_delivery_time)
        .validity_period(fields.validity_period)
        .build()
}

/// A `deliver_sm` has no times (SMPP 3.4 §4.6.1).
fn deliver_sm(fields: &Fields<'_>, part: &Part, tlvs: TlvList) -> Result<DeliverSm, BuildError> {
    begin!(DeliverSm, fields, part, tlvs).build()
}
