//! `idle`: many binds that say nothing, held open by keepalives.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wirepath_smpp::{CommandId, Header, Status};

use crate::{
    child::ServerProcess, cli::IdleArgs, document, error::LoadError, open_files, payload, runtime,
    server::ServerKind,
};

/// What 10,000 binds may take, in MB.
const TARGET_MB: f64 = 64.0;

/// The subcommand. Says whether the figure is within the target.
pub(crate) fn idle(args: &IdleArgs) -> Result<bool, LoadError> {
    open_files::raise(args.binds + 100)?;
    let timer = args.enquire_link_ms.to_string();
    let mut server = ServerProcess::start(ServerKind::Wirepath, &["--enquire-link-ms", &timer])?;
    let before = server.usage()?;
    let answered = Arc::new(AtomicU64::new(0));
    let open = Arc::new(AtomicU64::new(0));
    let runtime = runtime(Some(1))?;
    runtime.block_on(async {
        for _ in 0..args.binds {
            let stream = bind(server.address).await?;
            open.fetch_add(1, Ordering::Relaxed);
            drop(tokio::spawn(hold(stream, Arc::clone(&answered), Arc::clone(&open))));
        }
        tokio::time::sleep(Duration::from_secs(args.seconds)).await;
        Ok::<_, LoadError>(())
    })?;
    let (after, open, answered) =
        (server.usage()?, open.load(Ordering::Relaxed), answered.load(Ordering::Relaxed));
    drop(runtime);
    let mb = |kib: u64| kib as f64 * 1024.0 / 1e6;
    let is_good = mb(after.rss_kib) < TARGET_MB && open == args.binds as u64 && answered > 0;
    // Known where this is the program that counts: then the server is one too.
    let heap = match (before.heap, after.heap) {
        (Some(before), Some(after)) => {
            format!("{:.2}", (after.live - before.live) as f64 / 1e3 / args.binds as f64)
        }
        _ => "–".to_owned(),
    };
    let text = format!(
        "## Idle binds\n\n{}\
         | binds held | enquire_link answered | RSS before MB | RSS MB | peak MB | KB a bind | of which heap | server CPU s | target | verdict |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|---|---|\n\
         | {open} of {} | {answered} | {:.1} | {:.1} | {:.1} | {:.2} | {heap} | {:.2} | under {TARGET_MB} MB | {} |\n",
        document::command_line(),
        args.binds,
        mb(before.rss_kib),
        mb(after.rss_kib),
        mb(after.peak_rss_kib),
        (mb(after.rss_kib) - mb(before.rss_kib)) * 1e3 / args.binds as f64,
        (after.cpu_ns - before.cpu_ns) as f64 / 1e9,
        if is_good { "met" } else { "missed" },
    );
    document::put(&args.out, "idle", &text)?;
    Ok(is_good)
}

async fn bind(address: SocketAddr) -> Result<TcpStream, LoadError> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&payload::bind_octets("load", "secret")?).await?;
    let header = next_header(&mut stream).await?;
    match header.status.is_ok() {
        true => Ok(stream),
        false => Err(LoadError::new(format!("a bind was refused: {}", header.status))),
    }
}

/// Answers enquire_links until the connection ends.
async fn hold(mut stream: TcpStream, answered: Arc<AtomicU64>, open: Arc<AtomicU64>) {
    while let Ok(header) = next_header(&mut stream).await {
        if header.command == CommandId::ENQUIRE_LINK {
            let answer = Header {
                length: Header::LEN as u32,
                command: CommandId::ENQUIRE_LINK_RESP,
                status: Status::ROK,
                sequence: header.sequence,
            };
            if stream.write_all(&answer.to_bytes()).await.is_err() {
                break;
            }
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
    open.fetch_sub(1, Ordering::Relaxed);
}

async fn next_header(stream: &mut TcpStream) -> io::Result<Header> {
    let mut head = [0; Header::LEN];
    stream.read_exact(&mut head).await?;
    let header = Header::peek(&head).ok_or(io::ErrorKind::InvalidData)?;
    let mut rest = vec![0; (header.length as usize).saturating_sub(Header::LEN)];
    stream.read_exact(&mut rest).await?;
    Ok(header)
}
