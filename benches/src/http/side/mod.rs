//! The servers that are compared. Each does the same work, and answers the same octets.

mod axum;
mod echo;
mod hyper;
mod wirepath;

use std::net::SocketAddr;

use clap::ValueEnum;
use tokio::net::{TcpListener, TcpSocket};
use wirepath_http::config::Threads;

use crate::error::LoadError;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// This project's, with a thread a core.
    Wirepath,
    /// This project's, in one runtime with several threads.
    WirepathShared,
    /// `axum::serve`, as its documentation has it.
    Axum,
    /// hyper with a `match` over paths written by hand, in a runtime with several threads.
    Hyper,
    /// The same with a runtime and a listener a core.
    HyperPerCore,
    /// The right octets for each request, without a look at it: the limit, with a runtime and a listener a core.
    Echo,
}

impl Side {
    pub(crate) const ALL: [Self; 6] = [
        Self::Wirepath,
        Self::WirepathShared,
        Self::Axum,
        Self::Hyper,
        Self::HyperPerCore,
        Self::Echo,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wirepath => "wirepath",
            Self::WirepathShared => "wirepath-shared",
            Self::Axum => "axum",
            Self::Hyper => "hyper",
            Self::HyperPerCore => "hyper-per-core",
            Self::Echo => "echo",
        }
    }
}

/// Starts one in the background, on a free port.
pub(super) fn start(side: Side) -> Result<SocketAddr, LoadError> {
    match side {
        Side::Wirepath => wirepath::start(Threads::PerCore),
        Side::WirepathShared => wirepath::start(Threads::Shared),
        Side::Axum => axum::start(),
        Side::Hyper => hyper::start(),
        Side::HyperPerCore => hyper::start_per_core(),
        Side::Echo => echo::start(),
    }
}

pub(super) use self::wirepath::bind as bind_wirepath;

/// Runs a server for good on a thread of its own, whose runtime has as many workers as there are cores; gives its address.
fn in_background<F>(
    serve: impl FnOnce(std::sync::mpsc::Sender<SocketAddr>) -> F + Send + 'static,
) -> Result<SocketAddr, LoadError>
where
    F: Future<Output = Result<(), LoadError>>,
{
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let served = match runtime {
            Ok(runtime) => runtime.block_on(serve(tell)),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = served {
            eprintln!("wirepath-load: {error}");
        }
    });
    told.recv().map_err(|_| LoadError::new("the server did not start"))
}

/// The same with a runtime and a listener for each core.
fn per_core<F>(
    serve: impl Fn(TcpListener) -> F + Clone + Send + 'static,
) -> Result<SocketAddr, LoadError>
where
    F: Future<Output = Result<(), LoadError>>,
{
    let mut address = SocketAddr::from(([127, 0, 0, 1], 0));
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
        let (tell, told) = std::sync::mpsc::channel();
        let serve = serve.clone();
        std::thread::spawn(move || -> Result<(), LoadError> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let socket = TcpSocket::new_v4()?;
                socket.set_reuseport(true)?;
                socket.bind(address)?;
                let listener = socket.listen(1_024)?;
                let _ = tell.send(listener.local_addr()?);
                serve(listener).await
            })
        });
        address = told.recv().map_err(|_| LoadError::new("the server did not start"))?;
    }
    Ok(address)
}
