//! Bare hyper, with the routes in a `match`.

mod answer;
mod route;

use std::net::SocketAddr;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use self::route::handle;
use super::{in_background, per_core};
use crate::error::LoadError;

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
    per_core(accept)
}
