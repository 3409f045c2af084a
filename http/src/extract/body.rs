//! The body as it is.

use bytes::Bytes;
use http::StatusCode;

use super::ReadBody;
use crate::{Arrived, Body, BodyError, Refusal, Request};

/// Reads the body of a request.
pub(super) async fn whole(arrived: &mut Arrived) -> Result<Bytes, Refusal> {
    let body = std::mem::take(arrived.body_mut());
    body.read().await.map_err(Refusal::from)
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let status = match &error {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Broken(_) => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl ReadBody for Bytes {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        whole(arrived).await
    }
}

impl ReadBody for Vec<u8> {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        whole(arrived).await.map(Self::from)
    }
}

/// 400 if it is not UTF-8.
impl ReadBody for String {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        let bytes = whole(arrived).await?;
        Self::from_utf8(bytes.into())
            .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"))
    }
}

/// Unread, for a handler that streams it.
impl ReadBody for Body {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        Ok(std::mem::take(arrived.body_mut()))
    }
}

/// All of it, with the body unread.
impl ReadBody for Request {
    async fn read(arrived: &mut Arrived) -> Result<Self, Refusal> {
        Ok(arrived.take())
    }
}
