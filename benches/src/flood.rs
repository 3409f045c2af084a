//! `flood`: a peer that sends and never reads.

use std::{
    io::{ErrorKind, Write},
    net::TcpStream,
    time::Duration,
};

use crate::{
    child::{self, ServerProcess},
    cli::FloodArgs,
    client::raw,
    document,
    error::LoadError,
    payload,
    plan::ClientKind,
    server::ServerKind,
};

/// How much the server may grow, in MB.
const TARGET_MB: f64 = 2.0;
/// The server has stopped reading if it takes nothing for so long.
const STALLED: Duration = Duration::from_secs(3);
const BLOCK: u64 = 100;

/// The subcommand. Says whether the figure is within the target, and the server still serves others.
pub(crate) fn flood(args: &FloodArgs) -> Result<bool, LoadError> {
    let mut server = ServerProcess::start(ServerKind::Wirepath, &[])?;
    let mut stream = TcpStream::connect(server.address)?;
    raw::bind(&mut stream, "load", "secret")?;
    let before = server.usage()?;
    stream.set_write_timeout(Some(STALLED))?;
    let taken = send(&mut stream, args.count)?;
    let after = server.usage()?;
    let other = child::drive(&child::plan(server.address, ClientKind::Raw, (1, 64), 10_000))?;
    drop(stream);
    let grown = after.peak_rss_kib.saturating_sub(before.rss_kib) as f64 * 1024.0 / 1e6;
    let is_good = grown < TARGET_MB && other.is_clean();
    let text = format!(
        "## A peer that never reads\n\n{}\
         | PDUs offered | taken, the kernel's buffers included | handled | peak RSS growth MB | another bind meanwhile | target | verdict |\n\
         |---:|---:|---:|---:|---|---|---|\n\
         | {} | {taken} | {} | {grown:.2} | {} of {} answered, p99 {:.3} ms | under {TARGET_MB} MB | {} |\n",
        document::command_line(),
        args.count,
        after.handled,
        other.ok,
        other.count,
        other.p99_ms,
        if is_good { "met" } else { "missed" },
    );
    document::put(&args.out, "flood", &text)?;
    Ok(is_good)
}

/// Sends until the count is reached or the server takes no more; says how many PDUs went.
fn send(stream: &mut TcpStream, count: u64) -> Result<u64, LoadError> {
    let message = payload::submit_sm_octets()?;
    let block = message.repeat(BLOCK as usize);
    let mut octets = 0;
    let wanted = message.len() as u64 * count;
    while octets < wanted {
        // Where a block was cut, the next begins with what is left of it.
        let start = octets as usize % block.len();
        match stream.write(block.get(start..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(written) => octets += written as u64,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(octets / message.len() as u64)
}
