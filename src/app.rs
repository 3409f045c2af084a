//! Configuration, state and handlers, put together.

#[cfg(all(feature = "smpp", feature = "http"))]
mod both;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "smpp")]
mod smpp;

use std::{fmt, path::Path};

#[cfg(feature = "client")]
use wirepath_http::Http;
#[cfg(feature = "http")]
use wirepath_http::config::HttpConfig;
use wirepath_runtime::config::{Document, Env, Section};
#[cfg(feature = "smpp")]
use wirepath_smpp::{Smpp, config::SmppConfig};

#[cfg(all(feature = "smpp", feature = "http"))]
pub use self::both::RunningBoth;
use crate::Error;

/// An application: configuration, state, handlers.
///
/// The state comes before the handlers that ask for it:
///
/// ```no_run
/// use wirepath::{App, State, handlers, smpp::{Status, SubmitSm, on_pdu}};
///
/// #[derive(Clone)]
/// struct Blocked(&'static [u8]);
///
/// #[on_pdu("submit_sm")]
/// async fn take(pdu: SubmitSm, State(blocked): State<Blocked>) -> Result<(), Status> {
///     if pdu.destination().digits == blocked.0 { Err(Status::RINVDSTADR) } else { Ok(()) }
/// }
///
/// # async fn run() -> Result<(), wirepath::Error> {
/// App::from_file("smpp.yaml")?
///     .state(Blocked(b"31612345678"))
///     .smpp(handlers![take])
///     .run()
///     .await
/// # }
/// ```
#[must_use = "an application does nothing until it is run"]
pub struct App<S = (), H = NoHandlers, R = NoRoutes> {
    #[cfg(feature = "smpp")]
    smpp: SmppConfig,
    #[cfg(feature = "smpp")]
    sessions: Smpp,
    #[cfg(feature = "http")]
    http: HttpConfig,
    /// Those of the configuration, once somebody has asked for them.
    #[cfg(feature = "client")]
    clients: Option<Http>,
    state: S,
    handlers: H,
    routes: R,
}

/// Stands in [`App`] where no handlers have been given yet.
#[derive(Debug)]
pub struct NoHandlers(());

/// Stands in [`App`] where no routes have been given yet.
#[derive(Debug)]
pub struct NoRoutes(());

/// Leaves the state out: it may hold anything.
impl<S, H: fmt::Debug, R: fmt::Debug> fmt::Debug for App<S, H, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("App");
        #[cfg(feature = "smpp")]
        shown.field("smpp", &self.smpp);
        #[cfg(feature = "http")]
        shown.field("http", &self.http);
        shown
            .field("handlers", &self.handlers)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// An application with the defaults: SMPP on port 2775 and HTTP on port 8080 of every address.
    pub fn new() -> Self {
        Self {
            #[cfg(feature = "smpp")]
            smpp: SmppConfig::default(),
            #[cfg(feature = "smpp")]
            sessions: Smpp::default(),
            #[cfg(feature = "http")]
            http: HttpConfig::default(),
            #[cfg(feature = "client")]
            clients: None,
            state: (),
            handlers: NoHandlers(()),
            routes: NoRoutes(()),
        }
    }

    /// An application as a file says. `${VAR}` in it is taken from the environment of the process.
    ///
    /// What stands under the keys `smpp` and `http` is for these. A file with neither is for one of them alone: for HTTP if
    /// it has `servers` or `clients`, for SMPP if not.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], with file, line and key, if there is no such file or it is not right.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let env = Env::of_process();
        Self::from_document(&Document::read(path, &env)?, &env)
    }

    fn from_document(document: &Document, env: &Env) -> Result<Self, Error> {
        let mut app = Self::new();
        let (is_smpp, is_http) = meant_for(&document.root());
        #[cfg(feature = "smpp")]
        if is_smpp || !cfg!(feature = "http") {
            app.smpp = SmppConfig::from_document(document, env)?;
        }
        #[cfg(feature = "http")]
        if is_http || !cfg!(feature = "smpp") {
            app.http = HttpConfig::from_document(document)?;
        }
        let _ = (env, is_smpp, is_http);
        Ok(app)
    }

    /// The state, for handlers that ask for [`State<S>`](crate::State) or for a part of it. It is cloned for each such
    /// argument: put what is large behind an `Arc`.
    pub fn state<S: Send + Sync + 'static>(self, state: S) -> App<S> {
        App {
            #[cfg(feature = "smpp")]
            smpp: self.smpp,
            #[cfg(feature = "smpp")]
            sessions: self.sessions,
            #[cfg(feature = "http")]
            http: self.http,
            #[cfg(feature = "client")]
            clients: self.clients,
            state,
            handlers: self.handlers,
            routes: self.routes,
        }
    }
}

/// Whether a file says something of SMPP, and of HTTP.
fn meant_for(root: &Section<'_>) -> (bool, bool) {
    let (smpp, http) = (root.mentions("smpp"), root.mentions("http"));
    match smpp || http {
        true => (smpp, http),
        false => {
            let is_http = root.mentions("servers") || root.mentions("clients");
            (!is_http, is_http)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_for_whom_they_mention() {
        for (text, expected) in [
            ("smpp: {}", (true, false)),
            ("http: {}\nsmpp: {}", (true, true)),
            ("servers: []", (false, true)),
            ("clients: {}", (false, true)),
            ("server: {}", (true, false)),
            ("{}", (true, false)),
        ] {
            let document = Document::parse(text, "app.yaml", &Env::default()).unwrap();
            assert_eq!(meant_for(&document.root()), expected, "{text}");
        }
    }
}
