//! Bare hyper, with the routes in a `match`.

use std::{convert::Infallible, net::SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{
    super::work::{Few, Id, Simple, Small},
    in_background,
};
use crate::error::LoadError;

fn json(value: &impl Serialize) -> Response<Full<Bytes>> {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Full::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

async fn handle(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_get = *request.method() == Method::GET;
    let path = request.uri().path();
    if let Some(id) = path.strip_prefix("/path/simple/").filter(|_| is_get) {
        return Ok(match percent_decode_str(id).decode_utf8() {
            Ok(id) => json(&Id { id: id.into_owned() }),
            Err(_) => status(StatusCode::BAD_REQUEST),
        });
    }
    let is_post = *request.method() == Method::POST;
    Ok(match path {
        "/query/few" if is_get => {
            match serde_urlencoded::from_str::<Few>(request.uri().query().unwrap_or_default()) {
                Ok(few) => json(&few),
                Err(_) => status(StatusCode::BAD_REQUEST),
            }
        }
        "/urlencoded/simple" if is_post => match body(request).await {
            Some(body) => match serde_urlencoded::from_bytes::<Simple>(&body) {
                Ok(simple) => json(&simple),
                Err(_) => status(StatusCode::UNPROCESSABLE_ENTITY),
            },
            None => status(StatusCode::BAD_REQUEST),
        },
        "/json/small" if is_post => match body(request).await {
            Some(body) => match serde_json::from_slice::<Small>(&body) {
                Ok(small) => json(&small),
                Err(_) => status(StatusCode::UNPROCESSABLE_ENTITY),
            },
            None => status(StatusCode::BAD_REQUEST),
        },
        _ => status(StatusCode::NOT_FOUND),
    })
}

async fn body(request: Request<Incoming>) -> Option<Bytes> {
    Some(request.into_body().collect().await.ok()?.to_bytes())
}

async fn connection(stream: TcpStream) {
    // What ends a connection is of no interest here.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(stream);
    let _ = http1::Builder::new().serve_connection(io, service_fn(handle)).await;
}

async fn accept(listener: TcpListener) -> Result<(), LoadError> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(stream));
    }
}

pub(super) fn start() -> Result<SocketAddr, LoadError> {
    in_background(async |tell| {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let _ = tell.send(listener.local_addr()?);
        accept(listener).await
    })
}

pub(super) fn start_per_core() -> Result<SocketAddr, LoadError> {
    let mut address = SocketAddr::from(([127, 0, 0, 1], 0));
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || -> Result<(), LoadError> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let socket = TcpSocket::new_v4()?;
                socket.set_reuseport(true)?;
                socket.bind(address)?;
                let listener = socket.listen(1_024)?;
                let _ = tell.send(listener.local_addr()?);
                accept(listener).await
            })
        });
        address = told.recv().map_err(|_| LoadError::new("the server did not start"))?;
    }
    Ok(address)
}
