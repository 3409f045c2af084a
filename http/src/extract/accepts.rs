//! What the client takes.

use http::{HeaderMap, HeaderValue, StatusCode, header::ACCEPT};
use wirepath_runtime::state::Nothing;

use super::Extract;
use crate::{Head, Refusal, protocol::accept};

/// What media types the client takes: `Accept`, for a handler that can answer in several.
///
/// One that answers in one type says so in its attribute, `#[get("/…", produces = "text/csv")]`, and clients that do not take
/// it are answered 406 before anything else.
///
/// ```
/// use wirepath_http::{Accepts, Html, Json, Refusal, Reply, Response, get, routes, testing::Client};
///
/// #[get("/answer")]
/// async fn answer(accepts: Accepts) -> Result<Response, Refusal> {
///     Ok(match accepts.best(&["application/json", "text/html"])? {
///         "text/html" => Html("<b>42</b>").reply(),
///         _ => Json(42).reply(),
///     })
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = Client::new(routes![answer], ());
/// assert_eq!(client.get("/answer").send().await.text(), "42");
/// assert_eq!(client.get("/answer").header("accept", "text/*").send().await.text(), "<b>42</b>");
/// assert_eq!(client.get("/answer").header("accept", "image/png").send().await.status(), 406);
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Accepts(Vec<HeaderValue>);

impl Accepts {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(ACCEPT).iter().cloned().collect())
    }

    /// The type that the client likes best of those offered, which have no parameters; of several that it likes alike, the
    /// first. See [`accept::best`](crate::protocol::accept::best).
    ///
    /// # Errors
    ///
    /// 406, with the types that there are, if it takes none of them.
    pub fn best<'o>(&self, offers: &[&'o str]) -> Result<&'o str, Refusal> {
        let lines = self.0.iter().map(HeaderValue::as_bytes);
        match accept::best(lines, offers).and_then(|place| offers.get(place)) {
            Some(offer) => Ok(offer),
            None => Err(unacceptable(offers)),
        }
    }
}

#[cold]
fn unacceptable(offers: &[&str]) -> Refusal {
    let detail = format!("`accept` leaves out all that there is: {}", offers.join(", "));
    Refusal::new(StatusCode::NOT_ACCEPTABLE, detail)
}

impl Extract for Accepts {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        Ok(Self::of(head.headers()))
    }
}
