//! `serve`: a server in a process of its own.

use std::{io::BufRead, net::SocketAddr};

use tokio::sync::mpsc;
use wirepath_runtime::shutdown::{Shutdown, ShutdownSignal};

use crate::{
    cli::ServeArgs,
    error::LoadError,
    runtime,
    server::{Handled, ServerKind, echo, smpp34, wirepath},
    usage::Usage,
};

/// A server that runs, and what keeps it running.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handled: Handled,
    _smpp34: Option<::smpp34::SmppServer>,
}

/// Starts a server in this process.
pub(crate) async fn start(
    kind: ServerKind,
    listen: SocketAddr,
    enquire_link_ms: Option<u64>,
    signal: ShutdownSignal,
) -> Result<Running, LoadError> {
    let handled = Handled::new();
    let mut smpp34 = None;
    let address = match kind {
        ServerKind::Wirepath => wirepath::start(listen, enquire_link_ms, handled, signal).await?.0,
        ServerKind::TcpEcho => echo::start(listen, handled).await?,
        ServerKind::Smpp34 => {
            let (address, server) = smpp34::start(listen, handled).await?;
            smpp34 = Some(server);
            address
        }
    };
    Ok(Running { address, handled, _smpp34: smpp34 })
}

/// The subcommand: serves until SIGTERM, or until standard input ends if that controls it.
pub(crate) fn serve(args: &ServeArgs) -> Result<(), LoadError> {
    runtime(args.threads)?.block_on(async {
        let shutdown = Shutdown::on_signals()?;
        let signal = shutdown.signal();
        let running =
            start(args.kind, args.listen, args.enquire_link_ms, shutdown.signal()).await?;
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
        print_usage(&running)
    })
}

fn print_usage(running: &Running) -> Result<(), LoadError> {
    println!("{}", serde_json::to_string(&Usage::now(running.handled.count()))?);
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
