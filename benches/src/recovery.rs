//! `recovery`: a store in which messages wait is opened, and they go out.

use std::{
    path::Path,
    time::{Instant, SystemTime},
};

use wirepath_runtime::{
    shutdown::Shutdown,
    store::{Batch, Item, ItemId, Store},
};
use wirepath_smpp::{Client, SubmitSm};

use crate::{
    child::ServerProcess,
    cli::RecoveryArgs,
    document,
    error::LoadError,
    payload,
    report::grouped,
    runtime,
    server::{ServerKind, spooled},
    spread::Spread,
    usage::since_1970_ns,
    verdict::Verdicts,
};

/// Octets of the text of each message.
const TEXT: [u8; 160] = [b'x'; 160];
/// Messages of a batch where the store is filled.
const FILL: u64 = 1_000;
/// The most seconds from the start to the first message.
const TARGET: f64 = 5.0;

/// The subcommand. Says whether the target was met.
pub(crate) fn recovery(args: &RecoveryArgs) -> Result<bool, LoadError> {
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    eprintln!("recovery: {} messages are stored", args.messages);
    let begin = Instant::now();
    fill(folder.path(), args.messages)?;
    let filling = begin.elapsed().as_secs_f64();
    let (mut seconds, mut first, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..args.rounds {
        eprintln!("recovery: start {} of {}", round + 1, args.rounds);
        let mut smsc = ServerProcess::start(ServerKind::Wirepath, &[])?;
        let started = since_1970_ns(SystemTime::now());
        let (address, path) = (smsc.address.to_string(), folder.path().to_string_lossy());
        let extra = ["--upstream", &address, "--folder", path.as_ref()];
        let mut gateway = ServerProcess::start(ServerKind::Spooled, &extra)?;
        let reached = smsc.handled(1)?;
        let mb = |kib: u64| kib as f64 * 1024.0 / 1e6;
        first.push(mb(gateway.usage()?.peak_rss_kib));
        seconds.push(reached.first_ns.saturating_sub(started) as f64 / 1e9);
        smsc.handled((args.messages / 100).max(1))?;
        all.push(mb(gateway.usage()?.peak_rss_kib));
        // Killed in the middle of it: the next start is one after a crash.
        drop(gateway);
    }
    let mut verdicts = Verdicts::new();
    let seconds = Spread::of(seconds);
    let verdict = verdicts.at_most(seconds.most, TARGET);
    let text = format!(
        "## Starting with messages that wait\n\n{}\
         An embedded store with its defaults holds {} messages of {} octets for one bind, stored in {filling:.1} s. A process is \
         started on it, and killed when the SMSC has got one message in a hundred: each start but the first is one after a crash. \
         What the files hold is in the system's cache. Median and range of {} starts; the target is for the slowest.\n\n\
         | from the start to the SMSC's first message, s | peak RSS then MB | peak RSS at the kill MB | target | verdict |\n\
         |---:|---:|---:|---|---|\n\
         | {seconds} | {:.0} | {:.0} | under {TARGET} s | {verdict} |\n",
        document::command_line(),
        grouped(args.messages as f64),
        TEXT.len(),
        args.rounds,
        Spread::of(first),
        Spread::of(all),
    );
    document::put(&args.out, "recovery", &text)?;
    Ok(verdicts.all_met)
}

/// Messages that wait. One comes over the wire, so that it is stored as the spool stores; the others are its copies.
fn fill(folder: &Path, count: u64) -> Result<(), LoadError> {
    let kept = spooled::Kept::Folder(folder.to_owned());
    let shutdown = Shutdown::new();
    runtime(Some(2))?.block_on(async {
        let store = kept.open().await?;
        // Nobody listens there, so what comes in waits.
        let nobody = ([127, 0, 0, 1], 1).into();
        let (address, _spool) = spooled::start_with(
            store.clone(),
            ([127, 0, 0, 1], 0).into(),
            nobody,
            shutdown.signal(),
        )
        .await?;
        let client = Client::new(address.to_string(), "load", "secret");
        let (session, _inbox) = client.connect().await?;
        let pdu = SubmitSm::builder()
            .source(payload::SOURCE)
            .destination(payload::DESTINATION)
            .short_message(&TEXT)
            .build()?;
        let lost = |error: wirepath_smpp::SendError| LoadError::new(error.to_string());
        session.submit_sm(&pdu).await.map_err(lost)?;
        let first = waiting(&store).await?;
        copy(&store, &first, count.saturating_sub(1)).await
    })
    // The runtime goes with all that has the store open: that is closed when this returns.
}

/// The message that waits.
async fn waiting(store: &Store) -> Result<Item, LoadError> {
    for depth in store.depths().await? {
        if let Some(item) = store.list(&depth.lane, None, 1).await?.pop() {
            return Ok(item);
        }
    }
    Err(LoadError::new("the message is not in the store"))
}

async fn copy(store: &Store, item: &Item, count: u64) -> Result<(), LoadError> {
    let first = store.reserve(count.max(1)).await?.0;
    let mut batches = Vec::new();
    for from in (first..first + count).step_by(FILL as usize) {
        let ids = from..(from + FILL).min(first + count);
        let copies = ids.map(|id| Item { id: ItemId(id), ..item.clone() });
        batches.push(store.commit(copies.fold(Batch::new(), Batch::push)));
    }
    for batch in batches {
        batch.await?;
    }
    Ok(())
}
