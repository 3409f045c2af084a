//! Who asks, for handlers.

use std::sync::Arc;

use http::StatusCode;
use wirepath_runtime::state::Nothing;

use crate::{Extract, Head, Refusal};

/// Who asks: the name of the API key, or the subject of the token, and what it may do. 401 on an open path where nobody has
/// shown who it is: take `Option<Caller>` there.
///
/// ```
/// use wirepath_http::{around::Caller, config::{Around, Auth}, get, routes, testing::Client};
///
/// #[get("/me")]
/// async fn me(caller: Caller) -> String {
///     caller.name().to_owned()
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), wirepath_http::around::AroundError> {
/// let auth = Auth::new().api_key("shop", "0123456789abcdef", &[]);
/// let client = Client::new(routes![me], ()).around(&Around::new().auth(auth))?;
/// assert_eq!(client.get("/me").header("x-api-key", "0123456789abcdef").send().await.text(), "shop");
/// assert_eq!(client.get("/me").send().await.status(), 401);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub(super) kind: CallerKind,
    pub(super) name: Arc<str>,
    pub(super) scopes: Arc<[String]>,
}

/// What a [`Caller`] has shown. Whoever makes the tokens chooses their subjects, so one may be the name of an API key, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallerKind {
    /// An API key.
    Key,
    /// A token.
    Token,
}

impl Caller {
    /// What it has shown. Names are names of their kind: look at both where a name decides.
    #[must_use]
    pub fn kind(&self) -> CallerKind {
        self.kind
    }

    /// The name of the API key, or the subject (`sub`) of the token, empty if that has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has a scope.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }
}

impl Extract for Caller {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        head.extensions().get::<Self>().cloned().ok_or_else(nobody)
    }
}

#[cold]
fn nobody() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "show who you are to ask for this")
}

/// The claims of a token that was checked.
#[cfg(feature = "jwt")]
#[derive(Clone)]
pub(super) struct Checked(pub(super) Arc<serde_json::Value>);

/// The claims of the token that the request has shown: what is signed in it. 401 where it has shown none, an API key in its
/// place among it, or where the claims are not of this shape.
///
/// ```
/// use wirepath_http::{around::Claims, get};
///
/// #[derive(serde::Deserialize)]
/// struct Mine { sub: String, tenant: u64 }
///
/// #[get("/orders")]
/// async fn orders(Claims(mine): Claims<Mine>) -> String {
///     format!("{} of {}", mine.sub, mine.tenant)
/// }
/// ```
#[cfg(feature = "jwt")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims<T>(pub T);

#[cfg(feature = "jwt")]
impl<T: serde::de::DeserializeOwned + Send> Extract for Claims<T> {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let Checked(claims) = head.extensions().get::<Checked>().ok_or_else(nobody)?;
        T::deserialize(&**claims).map(Self).map_err(|error| {
            tracing::debug!(%error, "a token's claims are not what a handler asks for; answered 401");
            let detail = "the token does not say what is needed for this";
            Refusal::new(StatusCode::UNAUTHORIZED, detail)
        })
    }
}
