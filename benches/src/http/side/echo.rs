//! The limit: the octets of requests in, the right octets out, and no HTTP in between.

use std::{
    io::{Read, Write},
    net::SocketAddr,
    sync::Arc,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use workloads::workload::WORKLOADS;

use super::{
    super::answer::{Judge, Look},
    per_core, wirepath,
};
use crate::error::LoadError;

/// How long the request of a workload is, how it begins, and what it is answered.
struct Exchange {
    start: Vec<u8>,
    length: usize,
    answer: Vec<u8>,
}

/// Answers as wirepath's server does, which is asked once for each workload.
pub(super) fn start() -> Result<SocketAddr, LoadError> {
    let server = wirepath::start(wirepath_http::config::Threads::Shared)?;
    let answers = WORKLOADS.iter().map(|workload| {
        let mut judge = Judge::new(workload);
        let mut stream = std::net::TcpStream::connect(server)?;
        stream.write_all(&workload.request(&server.to_string()))?;
        let mut answer = Vec::new();
        while judge.look(&answer) == Look::More {
            let mut room = [0; 4_096];
            match stream.read(&mut room)? {
                0 => return Err(LoadError::new("a server closed before it had answered")),
                count => answer.extend_from_slice(room.get(..count).unwrap_or_default()),
            }
        }
        Ok((workload, answer))
    });
    let answers: Vec<_> = answers.collect::<Result<_, LoadError>>()?;
    per_core(move |listener| {
        let answers = answers.clone();
        async move {
            let host = listener.local_addr()?.to_string();
            let exchanges: Vec<_> = answers
                .into_iter()
                .map(|(workload, answer)| {
                    let request = workload.request(&host);
                    // Methods and targets differ, each with its space behind it.
                    let words = request.split_inclusive(|octet| *octet == b' ').take(2);
                    Exchange {
                        start: words.collect::<Vec<_>>().concat(),
                        length: request.len(),
                        answer,
                    }
                })
                .collect();
            accept(listener, exchanges.into()).await
        }
    })
}

async fn accept(listener: TcpListener, exchanges: Arc<[Exchange]>) -> Result<(), LoadError> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(stream, Arc::clone(&exchanges)));
    }
}

/// All requests of a connection are for one workload.
async fn connection(mut stream: TcpStream, exchanges: Arc<[Exchange]>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut room = vec![0; 64 << 10];
    let (mut known, mut read) = (None::<&Exchange>, 0);
    loop {
        let count = stream.read(room.get_mut(..).unwrap_or_default()).await?;
        if count == 0 {
            return Ok(());
        }
        if known.is_none() {
            let octets = room.get(..count).unwrap_or_default();
            known = exchanges.iter().find(|exchange| octets.starts_with(&exchange.start));
        }
        let Some(exchange) = known else { return Ok(()) };
        read += count;
        while read >= exchange.length {
            read -= exchange.length;
            stream.write_all(&exchange.answer).await?;
        }
    }
}
