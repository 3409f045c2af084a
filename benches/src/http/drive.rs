//! The generator: so many connections, each with one request at a time.

use std::{net::SocketAddr, time::Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use super::workload::Workload;
use crate::error::LoadError;

/// Sends `count` requests over `connections` connections, holds every answer against what it has to be, and gives the
/// requests a second.
pub(super) fn drive(
    address: SocketAddr,
    workload: &'static Workload,
    connections: u64,
    count: u64,
) -> Result<f64, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            tasks.spawn(one(address, workload, count / connections));
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(|error| LoadError::new(error.to_string()))??;
        }
        Ok((count / connections * connections) as f64 / started.elapsed().as_secs_f64())
    })
}

async fn one(
    address: SocketAddr,
    workload: &'static Workload,
    count: u64,
) -> Result<(), LoadError> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = workload.request();
    let mut answer = vec![0; 4_096];
    // Every answer is as long as the first: the length of the date does not change.
    let mut length = None;
    for _ in 0..count {
        stream.write_all(&request).await?;
        let mut read = 0;
        loop {
            let Some(room) = answer.get_mut(read..).filter(|room| !room.is_empty()) else {
                return Err(LoadError::new("an answer is longer than expected"));
            };
            match stream.read(room).await? {
                0 => return Err(LoadError::new("a connection was closed")),
                more => read += more,
            }
            let so_far = answer.get(..read).unwrap_or_default();
            match length {
                Some(length) if read >= length => break,
                None if is_whole(so_far, workload) => {
                    length = Some(read);
                    break;
                }
                _ => {}
            }
        }
        if !answer.get(..read).is_some_and(|answer| is_whole(answer, workload)) {
            let text = String::from_utf8_lossy(answer.get(..read).unwrap_or_default()).into_owned();
            return Err(LoadError::new(format!("{}: unexpected answer: {text}", workload.name)));
        }
    }
    Ok(())
}

fn is_whole(answer: &[u8], workload: &Workload) -> bool {
    answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(workload.answer.as_bytes())
}
