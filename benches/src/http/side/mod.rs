//! The servers that are compared. Each does the same work, and answers the same octets.

mod axum;
mod hyper;
mod wirepath;

use std::net::SocketAddr;

use clap::ValueEnum;
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
}

impl Side {
    pub(crate) const ALL: [Self; 5] =
        [Self::Wirepath, Self::WirepathShared, Self::Axum, Self::Hyper, Self::HyperPerCore];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wirepath => "wirepath",
            Self::WirepathShared => "wirepath-shared",
            Self::Axum => "axum",
            Self::Hyper => "hyper",
            Self::HyperPerCore => "hyper-per-core",
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
