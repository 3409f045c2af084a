//! Arguments of handlers behind the first.

use wirepath_runtime::state::{Nothing, Part, State};

use super::{Event, Request, UnbindCause};
use crate::{Reassembler, Session, Smpp, protocol::Status};

/// An argument that can be taken out of a request, and if need be out of the application's state.
///
/// ```
/// use wirepath_smpp::{Extract, Nothing, Request, Status};
///
/// /// The part of the system_id before the dash.
/// struct Tenant(String);
///
/// impl Extract for Tenant {
///     type Needs = Nothing;
///
///     fn extract(request: &Request, _: Nothing) -> Result<Self, Status> {
///         let id = request.session().system_id().as_str().unwrap_or_default().to_owned();
///         let (tenant, _) = id.split_once('-').ok_or(Status::RINVSYSID)?;
///         Ok(Self(tenant.to_owned()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler",
    label = "not an extractor",
    note = "arguments after the first are extractors: `Session`, `State<T>`, `Smpp`, `Reassembler`, or a type of yours that implements `Extract`"
)]
pub trait Extract: Sized + Send {
    /// What it needs of the state: [`Nothing`], or [`Part<T>`].
    type Needs: Send;

    /// Takes it.
    ///
    /// # Errors
    ///
    /// The status to answer with; the handler is not called then.
    fn extract(request: &Request, needs: Self::Needs) -> Result<Self, Status>;
}

impl<T: Send> Extract for State<T> {
    type Needs = Part<T>;

    fn extract(_: &Request, Part(value): Part<T>) -> Result<Self, Status> {
        Ok(Self(value))
    }
}

impl Extract for Session {
    type Needs = Nothing;

    fn extract(request: &Request, _: Nothing) -> Result<Self, Status> {
        Ok(request.session.clone())
    }
}

impl Extract for Smpp {
    type Needs = Nothing;

    fn extract(request: &Request, _: Nothing) -> Result<Self, Status> {
        Ok(request.session.smpp().clone())
    }
}

/// That of the engine: [`Smpp::reassembler`].
impl Extract for Reassembler {
    type Needs = Nothing;

    fn extract(request: &Request, _: Nothing) -> Result<Self, Status> {
        Ok(request.session.smpp().reassembler())
    }
}

/// Only under `#[on_session("unbound")]`.
impl Extract for UnbindCause {
    type Needs = Nothing;

    fn extract(request: &Request, _: Nothing) -> Result<Self, Status> {
        match request.event {
            Event::Unbound(cause) => Ok(cause),
            _ => Err(Status::RSYSERR),
        }
    }
}
