//! `http idle`: many connections that are kept alive after one request, and say nothing.

use std::time::Duration;

use workloads::Workload;

use super::{drive::Line, serve::process, side::Side, url::Url};
use crate::{
    cli::HttpIdleArgs, document, error::LoadError, open_files, usage::Usage, verdict::Verdicts,
};

/// What 10,000 connections may take, in MB.
const TARGET_MB: f64 = 80.0;

/// The subcommand. Says whether wirepath's figure is within the target.
pub(super) fn idle(args: &HttpIdleArgs) -> Result<bool, LoadError> {
    open_files::raise(args.connections + 100)?;
    let mut verdicts = Verdicts::new();
    let mut text = format!(
        "## Idle HTTP connections\n\n{}Each was answered one `{}` and is then held for {} s.\n\n\
         | server | connections held | RSS before MB | RSS MB | peak MB | KB a connection | of which heap | target | verdict |\n\
         |---|---:|---:|---:|---:|---:|---:|---|---|\n",
        document::command_line(),
        workload()?.name,
        args.seconds,
    );
    for side in &args.sides {
        let (before, after) = hold(*side, args)?;
        let (target, verdict) = match side {
            Side::Wirepath => {
                (format!("under {TARGET_MB} MB"), verdicts.at_most(mb(after.rss_kib), TARGET_MB))
            }
            _ => Default::default(),
        };
        let each = |octets: f64| octets / 1e3 / args.connections as f64;
        // Known where this is the program that counts: then the server is one too.
        let heap = before.heap.zip(after.heap);
        let heap =
            heap.map(|(before, after)| format!("{:.2}", each((after.live - before.live) as f64)));
        text += &format!(
            "| {} | {} | {:.1} | {:.1} | {:.1} | {:.2} | {} | {target} | {verdict} |\n",
            side.name(),
            args.connections,
            mb(before.rss_kib),
            mb(after.rss_kib),
            mb(after.peak_rss_kib),
            each((mb(after.rss_kib) - mb(before.rss_kib)) * 1e6),
            heap.as_deref().unwrap_or("–"),
        );
    }
    document::put(&args.out, "http-idle", &text)?;
    Ok(verdicts.all_met)
}

fn mb(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}

fn workload() -> Result<&'static Workload, LoadError> {
    Workload::find("path simple").ok_or_else(|| LoadError::new("there is no such workload"))
}

/// What the server uses before and with the connections; an error if it has closed one.
fn hold(side: Side, args: &HttpIdleArgs) -> Result<(Usage, Usage), LoadError> {
    let mut server = process(side)?;
    let before = server.usage()?;
    let (url, workload) = (Url::from(server.address), workload()?);
    let (request, address) = (workload.request(url.host()), url.address()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let after = runtime.block_on(async {
        let mut held = Vec::with_capacity(args.connections);
        for _ in 0..args.connections {
            let mut line = Line::connect(address, workload).await?;
            line.ask(&request).await.map_err(LoadError::new)?;
            held.push(line.into_stream());
        }
        tokio::time::sleep(Duration::from_secs(args.seconds)).await;
        let after = server.usage()?;
        // One that was closed has an end to be read.
        let closed = held.iter().filter(|it| it.try_read(&mut [0]).is_ok()).count();
        match closed {
            0 => Ok(after),
            _ => Err(LoadError::new(format!("{}: {closed} connections were closed", side.name()))),
        }
    })?;
    Ok((before, after))
}
