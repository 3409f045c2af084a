//! Replies whose status stands in their type.

use axum::response::IntoResponse;
use http::StatusCode;

use super::Reply;
use crate::{Leaving, Response};

/// 201: something was made. Unlike that of a pair, the status is in the type, and so in an OpenAPI document.
///
/// ```
/// use wirepath_http::{Json, Refusal, post, reply::Created, routes, testing::Client};
///
/// #[post("/orders")]
/// async fn place() -> Result<Created<Json<u64>>, Refusal> {
///     Ok(Created(Json(1)))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let answer = Client::new(routes![place], ()).post("/orders").send().await;
/// assert_eq!((answer.status().as_u16(), answer.text()), (201, "1"));
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created<R>(pub R);

/// 202: something will be done. As [`Created`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted<R>(pub R);

macro_rules! with {
    ($($ty:ident = $status:ident;)*) => {$(
        impl<R: Reply> Reply for $ty<R> {
            fn reply(self) -> Response {
                self.leave().into_response()
            }

            #[inline]
            fn leave(self) -> Leaving {
                (StatusCode::$status, self.0).leave()
            }
        }

        impl<R: Reply> IntoResponse for $ty<R> {
            fn into_response(self) -> axum::response::Response {
                self.reply().map(Into::into)
            }
        }
    )*};
}

with! {
    Created = CREATED;
    Accepted = ACCEPTED;
}
