//! A list of routes, before it has its state.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use super::{
    Router, foreign,
    layer::Wrap,
    table::{Table, Written},
};
use crate::handler::{Dispatch, Join, Kind, Methods};

/// A list of routes and of what stands around them, not yet with their state: what [`routes!`](crate::routes) builds.
///
/// ```
/// use std::sync::Arc;
/// use wirepath_http::{get, routes};
///
/// #[get("/hello/{name}")]
/// async fn hello(name: String) -> String {
///     format!("hello {name}")
/// }
///
/// let router = routes![hello].with_state(Arc::new(()))?;
/// # Ok::<(), wirepath_http::router::RouteError>(())
/// ```
pub struct Routes<S, L> {
    pub(super) routes: Vec<Written>,
    /// Who answers where no route has the path.
    pub(super) otherwise: Option<axum::Router>,
    /// The innermost first.
    pub(super) layers: Vec<Wrap>,
    list: PhantomData<fn(S) -> L>,
}

/// Routes that cannot stand in one table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the route `{name}` at `{path}`: {why}")]
pub struct RouteError {
    name: &'static str,
    path: String,
    why: String,
}

impl RouteError {
    pub(super) fn new(name: &'static str, path: &str, why: &str) -> Self {
        Self { name, path: path.to_owned(), why: why.to_owned() }
    }
}

/// Builds the list. `routes!` writes this call; the list is a type and nothing else.
#[must_use]
pub fn routes<S, L: Dispatch<S>>() -> Routes<S, L> {
    let table = L::table().into_iter().enumerate();
    let routes =
        table.filter(|(_, (role, _))| role.kind == Kind::Route).map(|(place, (role, name))| {
            let limits = role.limits;
            Written { place, limits, ..Written::new(role.path.to_owned(), role.methods, name) }
        });
    #[cfg(feature = "openapi")]
    let describe = L::describe();
    #[cfg(feature = "openapi")]
    let routes =
        routes.map(|route| Written { describe: describe.get(route.place).copied(), ..route });
    Routes { routes: routes.collect(), otherwise: None, layers: Vec::new(), list: PhantomData }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> Routes<S, L> {
    /// Adds other routes, with a prefix in front of their paths: `/v1`. Their middleware stands in front of all routes, and
    /// their hooks run with the others.
    ///
    /// A prefix may have parameters. A route `/` in it is the prefix itself.
    ///
    /// # Panics
    ///
    /// As [`axum`](Self::axum), if both have an axum router.
    #[must_use]
    pub fn mount<M: Dispatch<S>>(
        mut self,
        prefix: &str,
        mut other: Routes<S, M>,
    ) -> Routes<S, Join<L, M>> {
        let prefix = prefix.trim_end_matches('/');
        self.routes.extend(other.routes.into_iter().map(|route| Written {
            path: match &*route.path {
                "/" if !prefix.is_empty() => prefix.to_owned(),
                path => format!("{prefix}{path}"),
            },
            place: L::COUNT + route.place,
            ..route
        }));
        other.layers.append(&mut self.layers);
        let otherwise = foreign::joined(self.otherwise, prefix, other.otherwise);
        Routes { routes: self.routes, otherwise, layers: other.layers, list: PhantomData }
    }

    /// How many octets the body of a request may have, for each of these routes that does not say it itself: in place of the
    /// listener's `max_body_bytes`. More than that is answered 413.
    ///
    /// ```
    /// use wirepath_http::{get, post, routes, testing::Client};
    ///
    /// #[post("/notes")]
    /// async fn note(text: String) -> String {
    ///     text
    /// }
    ///
    /// #[post("/files", max_body_bytes = 1 << 20)]
    /// async fn file(text: String) -> String {
    ///     text
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let client = Client::new(routes![note, file].max_body_bytes(4), ());
    /// assert_eq!(client.post("/notes").body("hello").send().await.status(), 413);
    /// assert_eq!(client.post("/files").body("hello").send().await.status(), 200);
    /// # }
    /// ```
    #[must_use]
    pub fn max_body_bytes(mut self, octets: usize) -> Self {
        for route in &mut self.routes {
            route.limits.max_body_bytes.get_or_insert(octets);
        }
        self
    }

    /// How long a handler may take until the head of its response is there, for each of these routes that does not say it
    /// itself: in place of the listener's `request_timeout_ms`. After that it is dropped, and the answer is 504.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        for route in &mut self.routes {
            route.limits.timeout.get_or_insert(timeout);
        }
        self
    }

    /// Adds the files of a folder, with a prefix in front of their paths: `/assets`, or `/` for all paths that have no other
    /// route. Middleware stands in front of them too.
    ///
    /// ```
    /// use wirepath_http::{HeaderValue, get, router::Files, routes, testing::Client};
    ///
    /// #[get("/")]
    /// async fn root() -> &'static str {
    ///     "see /assets/app.js"
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// std::fs::write(folder.join("app.js"), "run()")?;
    /// let files = Files::new(folder).cache_control(HeaderValue::from_static("max-age=60"));
    /// let client = Client::new(routes![root].files("/assets", files), ());
    /// let answer = client.get("/assets/app.js").send().await;
    /// assert_eq!((answer.text(), answer.header("cache-control")), ("run()", "max-age=60"));
    /// assert_eq!(client.get("/assets/%2e%2e/secret").send().await.status(), 404);
    /// # Ok(()) }
    /// ```
    ///
    /// A folder that is not there is an error of [`with_state`](Self::with_state).
    #[cfg(feature = "files")]
    #[must_use]
    pub fn files(
        mut self,
        prefix: &str,
        files: super::Files,
    ) -> Routes<S, Join<L, super::FilesList>> {
        let prefix = prefix.trim_end_matches('/');
        let paths = [format!("{prefix}/{{*path}}"), format!("{prefix}/"), prefix.to_owned()];
        self.routes.extend(paths.into_iter().filter(|path| !path.is_empty()).map(|path| Written {
            place: L::COUNT,
            files: Some(files.clone()),
            #[cfg(feature = "openapi")]
            describe: path.contains("{*").then_some(crate::openapi::file as _),
            ..Written::new(path, Methods::GET, "files")
        }));
        self.with_list()
    }

    /// The same, as a list of another type.
    #[cfg(any(feature = "files", feature = "openapi"))]
    pub(super) fn with_list<M>(self) -> Routes<S, M> {
        let Self { routes, otherwise, layers, .. } = self;
        Routes { routes, otherwise, layers, list: PhantomData }
    }

    /// Gives the routes their state.
    ///
    /// # Errors
    ///
    /// [`RouteError`] for two routes that would answer one request, where the compiler could not see it because one of them
    /// is mounted, and for paths that one table cannot hold.
    pub fn with_state(self, state: Arc<S>) -> Result<Router<S, L>, RouteError> {
        Ok(Router::new(Table::build(&self.routes)?, state, self.otherwise, self.layers))
    }

    /// The routes: methods, path, and the function's name.
    pub fn table(&self) -> impl Iterator<Item = (Methods, &str, &'static str)> {
        self.routes.iter().map(|route| (route.methods, &*route.path, route.name))
    }
}

impl<S, L> fmt::Debug for Routes<S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("routes", &self.routes).finish_non_exhaustive()
    }
}
