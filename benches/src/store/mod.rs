//! `store spool`: what the spool does with its store, with each engine by turns.

mod correlate;
mod counted;
mod pattern;
mod redb;

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use wirepath_runtime::store::{__engine, EmbeddedOptions, Lane, Store};

pub(crate) use self::correlate::correlate;
use self::{counted::Counted, pattern::Outcome};
use crate::{
    cli::{EngineArg, SpoolArgs},
    document,
    error::LoadError,
    spread::Spread,
};

/// What one fsync takes of a file that grows: octets at a time, and how often.
const FSYNC_OCTETS: usize = 4_096;
const FSYNCS: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fjall,
    Redb,
}

/// The rounds of one engine.
#[derive(Default)]
struct Rows {
    accepted: Vec<f64>,
    accept_p99: Vec<f64>,
    whole: Vec<f64>,
    fsyncs: Vec<f64>,
    first_p99: Vec<f64>,
    written: Vec<f64>,
    mib: Vec<f64>,
    open: Vec<f64>,
    open_mib: Vec<f64>,
}

/// The subcommand.
pub(crate) fn spool(args: &SpoolArgs) -> Result<bool, LoadError> {
    let kinds: &[Kind] = match args.engine {
        EngineArg::Fjall => &[Kind::Fjall],
        EngineArg::Redb => &[Kind::Redb],
        EngineArg::Both => &[Kind::Fjall, Kind::Redb],
    };
    let runtime = crate::runtime(None)?;
    let mut rows: Vec<Rows> = kinds.iter().map(|_| Rows::default()).collect();
    let mut fsync = Vec::new();
    for round in 0..args.rounds {
        fsync.push(fsync_ms(args)?);
        for (kind, rows) in kinds.iter().zip(&mut rows) {
            eprintln!("store spool: round {} of {}, {kind:?}", round + 1, args.rounds);
            runtime.block_on(measure(args, *kind, rows))?;
        }
    }
    document::put(&args.out, "store-spool", &report(args, kinds, &rows, fsync))?;
    Ok(true)
}

async fn measure(args: &SpoolArgs, kind: Kind, rows: &mut Rows) -> Result<(), LoadError> {
    let folder = temporary(args)?;
    let (store, fsyncs) = open(folder.path(), kind)?;
    let Outcome { seconds, p99_ms } = pattern::accept(&store, args).await?;
    rows.accepted.push(args.count as f64 / seconds);
    rows.accept_p99.push(p99_ms);
    drop(store);

    let folder = temporary(args)?;
    let (store, whole_fsyncs) = open(folder.path(), kind)?;
    let before = written_octets();
    let Outcome { seconds, p99_ms } = pattern::whole(&store, args).await?;
    rows.whole.push(args.count as f64 / seconds);
    rows.fsyncs.push(whole_fsyncs.load(Ordering::Relaxed) as f64 / seconds);
    rows.first_p99.push(p99_ms);
    rows.written.push((written_octets().saturating_sub(before)) as f64 / args.count as f64);
    drop((store, fsyncs));
    rows.mib.push(mib(folder.path())?);

    let folder = temporary(args)?;
    let (store, _) = open(folder.path(), kind)?;
    pattern::fill(&store, args.waiting).await?;
    drop(store);
    let begin = Instant::now();
    let (store, _) = open(folder.path(), kind)?;
    let leased = store.lease(&Lane::from(pattern::IN), 100).await?;
    rows.open.push(begin.elapsed().as_secs_f64());
    rows.open_mib.push(mib(folder.path())?);
    if leased.len() != 100 {
        return Err(LoadError::new("what was written is not there"));
    }
    Ok(())
}

fn temporary(args: &SpoolArgs) -> io::Result<tempfile::TempDir> {
    match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    }
}

fn open(folder: &Path, kind: Kind) -> Result<(Store, Arc<AtomicU64>), LoadError> {
    let batches = Arc::new(AtomicU64::new(0));
    let counted = batches.clone();
    let store = Store::__open_with(folder, EmbeddedOptions::default(), |path, options| {
        let engine = match kind {
            Kind::Fjall => __engine::fjall(path, options)?,
            Kind::Redb => redb::open(path, options)?,
        };
        Ok(Arc::new(Counted { engine, batches: counted }))
    })?;
    Ok((store, batches))
}

/// Octets that this process has caused to be written to disks so far.
fn written_octets() -> u64 {
    let text = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    line.and_then(|octets| octets.parse().ok()).unwrap_or_default()
}

/// MiB that a folder takes on disk, holes not counted.
fn mib(folder: &Path) -> io::Result<f64> {
    use std::os::unix::fs::MetadataExt;

    let mut octets = 0.0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(metadata) = entry.metadata() else { continue }; // compacted away meanwhile
        match metadata.is_dir() {
            true => octets += mib(&entry.path())?,
            false => octets += metadata.blocks() as f64 * 512.0 / f64::from(1 << 20),
        }
    }
    Ok(octets)
}

/// The median of fsyncs of a file that grows.
fn fsync_ms(args: &SpoolArgs) -> Result<f64, LoadError> {
    use std::io::Write;

    let folder = temporary(args)?;
    let mut file = fs::File::create(folder.path().join("fsync"))?;
    let mut times = microseconds()?;
    for _ in 0..FSYNCS {
        file.write_all(&[0; FSYNC_OCTETS])?;
        let begin = Instant::now();
        file.sync_data()?;
        times.saturating_record(begin.elapsed().as_micros() as u64);
    }
    Ok(Duration::from_micros(times.value_at_quantile(0.5)).as_secs_f64() * 1e3)
}

/// Up to a minute.
fn microseconds() -> Result<Histogram<u64>, LoadError> {
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|error| LoadError::new(error.to_string()))
}

fn report(args: &SpoolArgs, kinds: &[Kind], rows: &[Rows], fsync: Vec<f64>) -> String {
    let mut text = format!(
        "## The store under the spool\n\n{}{} rounds, the engines by turns, {} messages a round, {} in flight, a body of {} \
        octets; median and range. *Accepted*: one batch a message, pushed and durable. *The whole way*: three durable batches a \
        message (pushed; leased, a key of 40 octets put and the item moved to another lane; removed and the key deleted). An \
        fsync of {} octets alone takes {:.2} ms here. Every answer comes after the fsync that covers it.\n\n\
        | what |{}\n|---|{}\n",
        document::command_line(),
        args.rounds,
        args.count,
        args.in_flight,
        pattern::BODY,
        FSYNC_OCTETS,
        Spread::of(fsync),
        kinds.iter().map(|kind| format!(" {kind:?} |")).collect::<String>(),
        "---:|".repeat(kinds.len()),
    );
    let open = format!("seconds to open {} waiting and lease 100", args.waiting);
    let open_mib = format!("MiB on disk, {} waiting", args.waiting);
    type Column = fn(&Rows) -> &Vec<f64>;
    let lines: [(&str, Column, usize); 9] = [
        ("messages/s accepted", |rows| &rows.accepted, 0),
        ("p99 of accepting, ms", |rows| &rows.accept_p99, 1),
        ("messages/s the whole way", |rows| &rows.whole, 0),
        ("fsyncs/s the whole way", |rows| &rows.fsyncs, 0),
        ("p99 of the first batch, ms", |rows| &rows.first_p99, 1),
        ("octets written to the disk a message", |rows| &rows.written, 0),
        ("MiB on disk after the whole way", |rows| &rows.mib, 0),
        (&open, |rows| &rows.open, 2),
        (&open_mib, |rows| &rows.open_mib, 0),
    ];
    for (what, column, digits) in lines {
        text += &format!("| {what} |");
        for rows in rows {
            text += &format!(" {:.digits$} |", Spread::of(column(rows).iter().copied()));
        }
        text += "\n";
    }
    text
}
