//! A connection that loses answers.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of what the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pass,
    Swallow,
    /// There is nobody.
    Refuse,
}

/// Passes what goes to a server on, and what comes back for as long as it is let.
pub(super) struct Proxy {
    pub(super) port: u16,
    mode: Arc<watch::Sender<(Mode, u64)>>,
}

impl Proxy {
    pub(super) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = Arc::new(watch::Sender::new((Mode::Pass, 0)));
        let modes = mode.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if modes.borrow().0 == Mode::Refuse {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                tokio::spawn(pass(client, server, modes.subscribe()));
            }
        });
        Self { port, mode }
    }

    /// From now on nothing comes back.
    pub(super) fn swallow(&self) {
        self.mode.send_modify(|(mode, _)| *mode = Mode::Swallow);
    }

    /// Closes the connections that stand, and from now on all.
    pub(super) fn refuse(&self) {
        self.mode.send_modify(|mode| *mode = (Mode::Refuse, mode.1 + 1));
    }

    /// Closes the connections that stand; what is made after that is whole.
    pub(super) fn cut(&self) {
        self.mode.send_modify(|mode| *mode = (Mode::Pass, mode.1 + 1));
    }
}

async fn pass(client: TcpStream, server: TcpStream, mut modes: watch::Receiver<(Mode, u64)>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let round = modes.borrow_and_update().1;
    let back = async {
        let mut octets = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut octets).await {
            let passes = modes.borrow().0 == Mode::Pass;
            if passes && to_client.write_all(&octets[..count]).await.is_err() {
                return;
            }
        }
    };
    let mut rounds = modes.clone();
    tokio::select! {
        () = back => {}
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        _ = rounds.wait_for(|(_, now)| *now != round) => {}
    }
}
