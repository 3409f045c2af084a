//! Bare hyper, with the routes in a `match`.

mod answer;
mod route;

use std::net::SocketAddr;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use self::route::handle;
use super::in_background;
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
