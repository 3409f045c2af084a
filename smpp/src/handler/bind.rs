//! The bind as a handler sees it, and the verdict on it.

use std::net::SocketAddr;

use crate::protocol::{
    Address, BuildError, Status, SystemId,
    pdu::{BindKind, BindRequest},
};

/// A peer wants to bind.
///
/// Prints without the password.
#[derive(Debug)]
pub struct Bind {
    pub(crate) pdu: BindRequest,
    pub(crate) peer: SocketAddr,
    pub(crate) certificate: Option<bytes::Bytes>,
    pub(crate) policy: Result<(), Status>,
}

impl Bind {
    /// Who wants to bind, as text; empty if it is not UTF-8 (see [`pdu`](Self::pdu) for the octets).
    #[must_use]
    pub fn system_id(&self) -> &str {
        std::str::from_utf8(self.pdu.system_id()).unwrap_or_default()
    }

    /// The password, as octets. It may be longer than the 8 that SMPP 3.4 §5.2.2 allows, up to 255:
    /// [`policy`](Self::policy) takes that from an ESME that is `lenient` only. Compare it with [`Secret::matches`](wirepath_runtime::secret::Secret::matches), which takes the
    /// same time whatever it is.
    #[must_use]
    pub fn password(&self) -> &[u8] {
        self.pdu.password()
    }

    /// What the session may carry.
    #[must_use]
    pub fn kind(&self) -> BindKind {
        self.pdu.kind()
    }

    /// `system_type` as text; empty if it is not UTF-8.
    #[must_use]
    pub fn system_type(&self) -> &str {
        std::str::from_utf8(self.pdu.system_type()).unwrap_or_default()
    }

    /// `interface_version`: 0x34 for SMPP 3.4.
    #[must_use]
    pub fn interface_version(&self) -> u8 {
        self.pdu.interface_version()
    }

    /// The addresses that the ESME serves.
    #[must_use]
    pub fn address_range(&self) -> Address<'_> {
        self.pdu.range()
    }

    /// Where the peer is; behind a proxy that speaks the PROXY protocol, where it says the peer is.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The TLS client certificate, DER, if the peer showed one.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// What `server.esmes` says: `Ok`, or the status that it would refuse with. [`by_policy`](Self::by_policy) answers so.
    pub fn policy(&self) -> Result<(), Status> {
        self.policy
    }

    /// The PDU itself.
    #[must_use]
    pub fn pdu(&self) -> &BindRequest {
        &self.pdu
    }

    /// Lets the peer in.
    #[must_use]
    pub fn accept(&self) -> BindReply {
        BindReply { status: Status::ROK, reason: "", system_id: None }
    }

    /// Keeps the peer out: the response is sent, then the connection closes. The reason is for the log; the peer sees the
    /// status alone.
    #[must_use]
    pub fn reject(&self, status: Status, reason: &'static str) -> BindReply {
        BindReply { status, reason, system_id: None }
    }

    /// Decides as `server.esmes` says.
    #[must_use]
    pub fn by_policy(&self) -> BindReply {
        match self.policy {
            Ok(()) => self.accept(),
            Err(status) => self.reject(status, "refused by server.esmes"),
        }
    }
}

/// The verdict on a bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindReply {
    pub(crate) status: Status,
    pub(crate) reason: &'static str,
    pub(crate) system_id: Option<SystemId>,
}

impl BindReply {
    /// Answers under another `system_id` than `server.system_id`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] above 15 octets.
    pub fn system_id(mut self, system_id: &str) -> Result<Self, BuildError> {
        self.system_id = Some(SystemId::new(system_id.as_bytes())?);
        Ok(self)
    }

    /// `command_status` of the response.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Why, for the log; empty for an acceptance.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

/// A type that `#[on_bind]` can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a verdict on a bind",
    label = "not a verdict on a bind",
    note = "return `bind.accept()`, `bind.reject(status, reason)`, a `bool`, or a `Result` of these whose error turns into a \
            `Status`"
)]
pub trait IntoBindReply {
    /// The verdict.
    fn into_bind_reply(self) -> BindReply;
}

impl IntoBindReply for BindReply {
    fn into_bind_reply(self) -> BindReply {
        self
    }
}

/// `false` is `ESME_RBINDFAIL`.
impl IntoBindReply for bool {
    fn into_bind_reply(self) -> BindReply {
        match self {
            true => BindReply { status: Status::ROK, reason: "", system_id: None },
            false => BindReply {
                status: Status::RBINDFAIL,
                reason: "the handler returned false",
                system_id: None,
            },
        }
    }
}

impl<T: IntoBindReply, E: Into<Status>> IntoBindReply for Result<T, E> {
    fn into_bind_reply(self) -> BindReply {
        match self {
            Ok(reply) => reply.into_bind_reply(),
            Err(error) => BindReply {
                status: error.into(),
                reason: "the handler returned an error",
                system_id: None,
            },
        }
    }
}
