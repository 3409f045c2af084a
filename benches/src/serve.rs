//! `serve`: a server in a process of its own.

use std::{io::BufRead, net::SocketAddr, time::Duration};

use tokio::sync::mpsc;
use wirepath_runtime::shutdown::{Shutdown, ShutdownSignal};
use wirepath_smpp::spool::Spool;

use crate::{
    cli::ServeArgs,
    error::LoadError,
    fsyncs, runtime,
    server::{Handled, ServerKind, echo, relay, smpp34, spooled, wirepath},
    usage::Usage,
};

/// What a spool has to bring to its end what is in flight.
const DRAIN: Duration = Duration::from_secs(2);

/// Which server, and what it needs.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) kind: ServerKind,
    pub(crate) listen: SocketAddr,
    pub(crate) enquire_link_ms: Option<u64>,
    /// Where relays send.
    pub(crate) upstream: Option<SocketAddr>,
    /// Where the spool stores.
    pub(crate) kept: Option<spooled::Kept>,
}

impl Setup {
    /// With nothing but a kind, on a free port.
    pub(crate) fn new(kind: ServerKind) -> Self {
        let listen = ([127, 0, 0, 1], 0).into();
        Self { kind, listen, enquire_link_ms: None, upstream: None, kept: None }
    }

    fn upstream(&self) -> Result<SocketAddr, LoadError> {
        self.upstream.ok_or_else(|| LoadError::new("a relay needs --upstream, an SMSC's address"))
    }

    fn kept(&self) -> Result<&spooled::Kept, LoadError> {
        let needed = || LoadError::new("the spool needs --folder or --redis, to store in");
        self.kept.as_ref().ok_or_else(needed)
    }
}

/// A server that runs, and what keeps it running.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handled: Handled,
    /// To be drained before the process ends.
    spool: Option<Spool>,
    _smpp34: Option<(::smpp34::SmppServer, Option<::smpp34::client::SmppClient>)>,
}

/// Starts a server in this process.
pub(crate) async fn start(setup: &Setup, signal: ShutdownSignal) -> Result<Running, LoadError> {
    let (handled, listen) = (Handled::new(), setup.listen);
    let (mut smpp34, mut spool) = (None, None);
    let address = match setup.kind {
        ServerKind::Wirepath => {
            wirepath::start(listen, setup.enquire_link_ms, handled, signal).await?.0
        }
        ServerKind::TcpEcho => echo::start(listen, handled).await?,
        ServerKind::Smpp34 => {
            let (address, server) = smpp34::start(listen, handled).await?;
            smpp34 = Some((server, None));
            address
        }
        ServerKind::Relay => relay::start(listen, setup.upstream()?, handled, signal).await?,
        ServerKind::RelaySmpp34 => {
            let upstream = setup.upstream()?;
            let (address, server, client) = smpp34::start_relay(listen, upstream, handled).await?;
            smpp34 = Some((server, Some(client)));
            address
        }
        ServerKind::Spooled => {
            fsyncs::install();
            let (upstream, kept) = (setup.upstream()?, setup.kept()?);
            let (address, running) = spooled::start(listen, upstream, kept, signal).await?;
            spool = Some(running);
            address
        }
    };
    Ok(Running { address, handled, spool, _smpp34: smpp34 })
}

/// The subcommand: serves until SIGTERM, or until standard input ends if that controls it.
pub(crate) fn serve(args: &ServeArgs) -> Result<(), LoadError> {
    runtime(args.threads)?.block_on(async {
        let shutdown = Shutdown::on_signals()?;
        let signal = shutdown.signal();
        let running = start(&args.setup(), shutdown.signal()).await?;
        println!("{}", running.address);
        let mut asked = match args.control {
            true => questions(),
            false => None,
        };
        loop {
            let question = async {
                match &mut asked {
                    Some(asked) => asked.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = signal.requested() => break,
                question = question => match question {
                    Some(()) => print_usage(&running)?,
                    None => break,
                },
            }
        }
        if let Some(spool) = &running.spool {
            spool.drain(DRAIN).await;
        }
        print_usage(&running)
    })
}

fn print_usage(running: &Running) -> Result<(), LoadError> {
    println!("{}", serde_json::to_string(&Usage::now(running.handled))?);
    Ok(())
}

/// The lines of standard input: each asks for the counters. Ends with it.
fn questions() -> Option<mpsc::UnboundedReceiver<()>> {
    let (ask, asked) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || ask.send(()).is_err() {
                return;
            }
        }
    });
    Some(asked)
}
