//! Where a stream of events is taken up again.

use wirepath_runtime::state::Nothing;

use super::Extract;
use crate::{Head, Refusal};

/// The id of the last event that the client has seen, as it says in `Last-Event-ID`; `None` if it is new here, or if what it
/// says is not UTF-8.
///
/// ```
/// use futures_util::{Stream, StreamExt, stream};
/// use wirepath_http::{Event, LastEventId, routes, sse, testing::Client};
///
/// #[sse("/numbers")]
/// async fn numbers(LastEventId(last): LastEventId) -> impl Stream<Item = Event> {
///     let from = last.and_then(|id| id.parse::<u64>().ok()).map_or(1, |last| last.saturating_add(1));
///     stream::iter(from..=3).map(|number| Event::data("…").id(number))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = Client::new(routes![numbers], ());
/// let answer = client.get("/numbers").header("last-event-id", "2").send().await;
/// assert_eq!(answer.text(), "id: 3\ndata: …\n\n");
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastEventId(pub Option<String>);

impl Extract for LastEventId {
    type Needs = Nothing;

    fn extract(head: Head<'_>, _: Nothing) -> Result<Self, Refusal> {
        let value = head.headers().get("last-event-id");
        let text = value.and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        Ok(Self(text.map(str::to_owned)))
    }
}
