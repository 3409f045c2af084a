//! Why a request was not answered well.

use crate::protocol::{BuildError, CommandId, DecodeError, Status, pdu::BindKind};

/// A request that was not accepted.
///
/// [`may_have_arrived`](Self::may_have_arrived) tells a caller whether sending it again may double it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no bound session, or it is being unbound.
    #[error("the session is not bound")]
    NotBound,
    /// The kind of bind does not carry this command in this direction (SMPP 3.4 §2.3).
    #[error("a {kind} session does not carry {command} in this direction")]
    NotAllowed {
        /// The command.
        command: CommandId,
        /// How the session is bound.
        kind: BindKind,
    },
    /// The peer bound as SMPP 3.3 or older, which has no optional parameters (SMPP 3.4 §3.2.4): the PDU would have arrived
    /// without its text (`message_payload`) or as parts that nothing joins (`sar_*`), or has a command that such a peer does
    /// not know. Nothing was sent.
    #[error(
        "the peer bound as SMPP 3.3 or older and cannot be sent this {command}: use submit_sm or deliver_sm with the text in \
         `short_message`, and a user data header in each part of a long one"
    )]
    NeedsNewer {
        /// The command.
        command: CommandId,
    },
    /// The PDU could not be built.
    #[error("the PDU cannot be built: {0}")]
    Build(#[from] BuildError),
    /// The response timer ran out.
    #[error("no answer within the response timer")]
    TimedOut,
    /// The peer answered with an error.
    #[error("rejected: {0}")]
    Rejected(Status),
    /// The peer's answer could not be read.
    #[error("the answer cannot be read: {0}")]
    BadAnswer(DecodeError),
    /// The session ended before the answer.
    #[error("the session ended before the answer")]
    SessionLost {
        /// The request was queued for the wire: the peer may have it.
        sent: bool,
    },
    /// Too much output waits for a peer that reads too slowly, and the PDU is one without an answer, which no window bounds. Or,
    /// of what another replica was [asked](super::Downstream::request) for: too much of that waits. Nothing was sent.
    #[error("the peer reads too slowly")]
    Busy,
    /// No session of the ESME's is bound here, and the store by which other replicas could be asked for one does not answer.
    /// Nothing was sent.
    #[error(
        "the ESME is not bound here, and the store that the replicas share does not answer: see that its server runs"
    )]
    Unreachable,
    /// A pipeline holds as many answers as it may; collect them first.
    #[error("the pipeline is full of answers that nobody has collected")]
    Uncollected,
}

impl SendError {
    /// The peer may have taken the request although no good answer came: sending it again may double it.
    #[must_use]
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::TimedOut | Self::SessionLost { sent: true } | Self::BadAnswer(_))
    }
}

/// For handlers that relay: the peer's own status if it gave one; `RTHROTTLED` where trying again later helps;
/// `RSYSERR` otherwise.
impl From<SendError> for Status {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Rejected(status) => status,
            SendError::Busy | SendError::Uncollected => Self::RTHROTTLED,
            _ => Self::RSYSERR,
        }
    }
}

/// For handlers that build a PDU: that it does not fit is this side's fault, so `RSYSERR`. One that copies what the peer sent
/// into a narrower field knows better, and says so itself.
impl From<BuildError> for Status {
    fn from(_: BuildError) -> Self {
        Self::RSYSERR
    }
}
