//! The limit: sends back what it reads, and does nothing else.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::Handled;
use crate::{error::LoadError, payload};

/// Starts it. It runs until the runtime ends.
pub(crate) async fn start(listen: SocketAddr, handled: Handled) -> Result<SocketAddr, LoadError> {
    let message = payload::submit_sm_octets()?.len();
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    drop(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let handled = handled;
            drop(tokio::spawn(async move {
                // A driver that goes away is the end of its line, and nothing else.
                let _ = echo(stream, &handled, message).await;
            }));
        }
    }));
    Ok(address)
}

async fn echo(mut stream: TcpStream, handled: &Handled, message: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1024];
    let mut rest = 0;
    loop {
        let octets = stream.read(&mut buffer).await?;
        if octets == 0 {
            return Ok(());
        }
        // Messages are all of one length, so the octets say how many they were. Counted before they go back: a driver that has
        // its last answer asks for the count at once.
        rest += octets;
        handled.add((rest / message) as u64);
        rest %= message;
        stream.write_all(buffer.get(..octets).unwrap_or_default()).await?;
    }
}
