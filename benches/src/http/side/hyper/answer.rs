//! Bodies, in and out.

use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body_util::{BodyExt, BodyStream, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde::Serialize;
use workloads::model::Received;

pub(super) type Answer = Response<Full<Bytes>>;

pub(super) fn json(value: &impl Serialize) -> Answer {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Full::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(super) fn refused(status: StatusCode) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

pub(super) async fn body(request: Request<Incoming>) -> Result<Bytes, StatusCode> {
    let body = request.into_body().collect().await;
    body.map(|body| body.to_bytes()).map_err(|_| StatusCode::BAD_REQUEST)
}

/// The files of a multipart body, counted as they come in.
pub(super) async fn count(request: Request<Incoming>) -> Result<Received, StatusCode> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default())
        .map_err(|_| StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
    let frames = BodyStream::new(request.into_body());
    let pieces = frames.try_filter_map(async |frame| Ok(frame.into_data().ok()));
    let mut form = multer::Multipart::new(pieces, boundary);
    files(&mut form).await.map_err(|_| StatusCode::BAD_REQUEST)
}

async fn files(form: &mut multer::Multipart<'_>) -> multer::Result<Received> {
    let mut received = Received::default();
    while let Some(mut field) = form.next_field().await? {
        if field.file_name().is_none() {
            continue;
        }
        received.files_received += 1;
        while let Some(piece) = field.chunk().await? {
            received.total_bytes += piece.len() as u64;
        }
    }
    Ok(received)
}
