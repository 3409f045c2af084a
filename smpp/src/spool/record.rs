//! A message as it is stored.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use wirepath_runtime::store::{ItemId, Lane};

pub use super::layout::RecordError;
use super::{lane, outcome::Failover, settle};
use crate::protocol::{
    CommandId, Frame, MessageId, MessageState, Rules, SystemId,
    long::MessagePdu,
    pdu::{DataSm, DeliverSm, Pdu, SubmitSm},
};

/// Where a message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// It waits to be sent to an SMSC.
    Waiting = 0,
    /// An SMSC has it, and its receipt is waited for.
    Sent = 1,
    /// It has ended, and its receipt waits to be delivered to the ESME.
    Settled = 2,
    /// A message that waits to be delivered to an ESME.
    Inbound = 3,
    /// It could not be brought to its end: kept for whoever runs this.
    Dead = 4,
}

impl Stage {
    pub(super) fn of(code: u8) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::Settled, Self::Inbound, Self::Dead]
            .into_iter()
            .find(|stage| *stage as u8 == code)
    }
}

/// A message as it is stored: what came, and what became of it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Where it is on its way.
    pub stage: Stage,
    /// Its state as the SMSC gave it, or this side.
    pub state: MessageState,
    /// `err` of its receipt: up to four characters.
    pub err: ErrorCode,
    /// When it was accepted.
    pub accepted: SystemTime,
    /// When it reached its state; [`UNIX_EPOCH`] before.
    pub settled: SystemTime,
    /// When it is given up.
    pub deadline: SystemTime,
    /// The process that accepted it, and the session there: whose response goes before its receipt.
    pub origin: (u64, u64),
    /// What its sender calls it, if that is not its own number: it is one of the messages of a `submit_multi`.
    pub multi: Option<ItemId>,
    /// Whose it is: who sent it, or for a message of an SMSC's who gets it.
    pub esme: SystemId,
    /// The bind that has it; empty before.
    pub bind: String,
    /// The id that the SMSC gave it; empty before.
    pub upstream_id: MessageId,
    /// The binds that it may go out on, in order.
    pub chain: Vec<String>,
    /// After which failures the next one is tried: 1 throttled, 2 temporary, 4 permanent, 8 down, 16 unanswered.
    pub failover: u8,
    /// Why it is a dead letter; empty otherwise.
    pub reason: String,
    /// What is known of its parts, if it was sent in several; empty otherwise.
    pub parts: Bytes,
    /// The PDU as it came: `submit_sm` or `data_sm`, or `deliver_sm` for a message of an SMSC's.
    pub pdu: Bytes,
}

/// `err` of a receipt: up to four characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCode {
    pub(super) octets: [u8; 4],
    pub(super) length: u8,
}

impl ErrorCode {
    /// The first four octets of a code.
    #[must_use]
    pub fn new(code: &[u8]) -> Self {
        let mut this = Self::default();
        for (place, octet) in this.octets.iter_mut().zip(code) {
            *place = *octet;
            this.length += 1;
        }
        this
    }

    /// Its characters; none if none were given.
    pub(super) fn given(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Its characters; `000` if none were given.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self.octets.get(..usize::from(self.length)) {
            None | Some([]) => b"000",
            Some(code) => code,
        }
    }
}

impl Record {
    /// A message that has just been accepted.
    pub(super) fn accepted(pdu: &impl Pdu, stage: Stage, esme: SystemId, now: SystemTime) -> Self {
        let mut octets = BytesMut::new();
        pdu.encode(1, &mut octets);
        Self {
            stage,
            state: MessageState::ENROUTE,
            err: ErrorCode::default(),
            accepted: now,
            settled: UNIX_EPOCH,
            deadline: now,
            origin: (0, 0),
            multi: None,
            esme,
            bind: String::new(),
            upstream_id: MessageId::default(),
            chain: Vec::new(),
            failover: 0,
            reason: String::new(),
            parts: Bytes::new(),
            pdu: octets.freeze(),
        }
    }

    /// Whether what is left of it is its receipt: it has ended, and the sender wants to hear of it.
    pub(super) fn is_receipt(&self) -> bool {
        self.settled != UNIX_EPOCH && settle::wants_receipt(self, self.state)
    }

    /// Whether it is a message from one ESME to another, whose sender may want a receipt.
    pub(super) fn is_from_esme(&self) -> bool {
        self.stage == Stage::Inbound && self.submitted().is_ok()
    }

    /// Its lane while it waits to be sent.
    pub(super) fn lane(&self) -> Lane {
        lane::out(&self.chain, Failover(self.failover).waits_for_first())
    }

    fn frame(&self, command: CommandId) -> Result<Frame, RecordError> {
        let frame = Frame::from_bytes(self.pdu.clone()).ok_or(RecordError::Value("PDU"))?;
        match frame.header().command == command {
            true => Ok(frame),
            false => Err(RecordError::Value("PDU's command")),
        }
    }

    /// What an ESME has submitted: a `submit_sm` or a `data_sm`.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if it is neither.
    pub fn submitted(&self) -> Result<MessagePdu, RecordError> {
        submitted(self.pdu.clone())
    }

    /// The `data_sm` of a message of an ESME's.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if it is none.
    pub fn data_sm(&self) -> Result<DataSm, RecordError> {
        let frame = self.frame(CommandId::DATA_SM)?;
        DataSm::decode(frame, Rules::Lenient).map_err(|_| RecordError::Value("data_sm"))
    }

    /// The `submit_sm` of a message of an ESME's.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if it is none.
    pub fn submit_sm(&self) -> Result<SubmitSm, RecordError> {
        let frame = self.frame(CommandId::SUBMIT_SM)?;
        SubmitSm::decode(frame, Rules::Lenient).map_err(|_| RecordError::Value("submit_sm"))
    }

    /// The `deliver_sm` of a message of an SMSC's.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if it is none.
    pub fn deliver_sm(&self) -> Result<DeliverSm, RecordError> {
        let frame = self.frame(CommandId::DELIVER_SM)?;
        DeliverSm::decode(frame, Rules::Lenient).map_err(|_| RecordError::Value("deliver_sm"))
    }
}

/// What an ESME has submitted, from its octets.
pub(super) fn submitted(pdu: Bytes) -> Result<MessagePdu, RecordError> {
    let frame = Frame::from_bytes(pdu).ok_or(RecordError::Value("PDU"))?;
    match frame.command() {
        CommandId::SUBMIT_SM => SubmitSm::decode(frame, Rules::Lenient)
            .map(Into::into)
            .map_err(|_| RecordError::Value("submit_sm")),
        CommandId::DATA_SM => DataSm::decode(frame, Rules::Lenient)
            .map(Into::into)
            .map_err(|_| RecordError::Value("data_sm")),
        _ => Err(RecordError::Value("PDU's command")),
    }
}
