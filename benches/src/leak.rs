//! `leak-check`: goes round and round, and looks whether live bytes grow, and whether what should allocate nothing does.

use std::{hint::black_box, net::SocketAddr, process::Command, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use wirepath_runtime::shutdown::Shutdown;
use wirepath_smpp::{Client, Frame, MessageState, Pdu, Receipt, ReceiptBuilder, Rules, SubmitSm};

use crate::{
    child,
    cli::{LeakArgs, OutArgs},
    document,
    error::LoadError,
    heap, payload,
    samples::{RECEIPT, frame, octets, submit},
    serve::{self, Setup},
    server::ServerKind,
};

/// Cycles before the first that counts: buffers and tables reach their size.
const WARM_UP: usize = 2;

/// The subcommand. Says whether live bytes were the same after every cycle.
pub(crate) fn leak_check(args: &LeakArgs) -> Result<bool, LoadError> {
    if let Some(is_good) = elsewhere()? {
        return Ok(is_good);
    }
    let mut rows = Vec::new();
    let wire = octets(&submit());
    rows.push(allocation_free("decode a submit_sm", || {
        SubmitSm::decode(frame(&wire), Rules::Strict).is_ok()
    }));
    rows.push(allocation_free("read a receipt, canonical form", || {
        Receipt::parse(black_box(RECEIPT)).is_some()
    }));
    rows.push(cycles("decode and encode", args.cycles, || codec(args.iterations))?);
    rows.push(cycles("receipts", args.cycles, || {
        receipts(args.iterations);
        Ok(())
    })?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shutdown = Shutdown::new();
    let setup = Setup::new(ServerKind::Wirepath);
    let running = runtime.block_on(serve::start(&setup, shutdown.signal()))?;
    rows.push(cycles("bind and unbind", args.cycles, || {
        runtime.block_on(churn(running.address, args.churn))
    })?);
    shutdown.trigger();
    let text = format!(
        "## Memory that stays, and memory that is asked for\n\n{}With an allocator that counts. {} cycles after two to warm up: \
        {} calls of codec and receipts in each, {} binds and unbinds.\n\n",
        document::command_line(),
        args.cycles,
        args.iterations,
        args.churn,
    );
    put(&args.out, "leak-check", text, &rows)
}

/// This program does not count: the one beside it does the work, with the same arguments.
pub(crate) fn elsewhere() -> Result<Option<bool>, LoadError> {
    if heap::read().is_some() {
        return Ok(None);
    }
    let arguments = std::env::args_os().skip(1);
    let status = Command::new(child::counted_program()?).args(arguments).status()?;
    Ok(Some(status.success()))
}

/// Writes the section with what was found at its end. Says whether all of it is good.
pub(crate) fn put(
    out: &OutArgs,
    section: &str,
    mut text: String,
    rows: &[Row],
) -> Result<bool, LoadError> {
    text += "| what | found | |\n|---|---|---|\n";
    for Row { what, found, is_good } in rows {
        text += &format!("| {what} | {found} | {} |\n", if *is_good { "ok" } else { "FAILED" });
    }
    document::put(out, section, &text)?;
    Ok(rows.iter().all(|row| row.is_good))
}

/// What one look found.
pub(crate) struct Row {
    what: &'static str,
    found: String,
    is_good: bool,
}

/// Calls it many times; good if none of them allocates, and each says that it did what it should.
pub(crate) fn allocation_free(what: &'static str, call: impl Fn() -> bool) -> Row {
    const CALLS: u64 = 10_000;

    let allocations = || heap::read().map_or(u64::MAX, |heap| heap.allocations);
    // Once before: octets become shared with their first share.
    let has_begun = call();
    let before = allocations();
    let has_worked = has_begun && (0..CALLS).all(|_| call());
    let grew = allocations() - before;
    let found = format!("{grew} allocations in {CALLS} calls");
    Row { what, found, is_good: has_worked && grew == 0 }
}

/// Runs the cycles and says what was live after each.
pub(crate) fn cycles(
    what: &'static str,
    cycles: usize,
    mut cycle: impl FnMut() -> Result<(), LoadError>,
) -> Result<Row, LoadError> {
    for _ in 0..WARM_UP {
        cycle()?;
    }
    let mut deltas = Vec::with_capacity(cycles);
    let mut before = live();
    for _ in 0..cycles {
        cycle()?;
        let after = live();
        deltas.push(after - before);
        before = after;
    }
    let is_good = deltas.iter().all(|delta| *delta == 0);
    Ok(Row { what, found: format!("live bytes Δ {deltas:?}"), is_good })
}

fn live() -> i64 {
    heap::read().map_or(0, |heap| heap.live)
}

fn codec(iterations: u64) -> Result<(), LoadError> {
    let octets: Bytes = payload::submit_sm_octets()?.freeze();
    let mut out = BytesMut::new();
    for id in 0..iterations {
        let frame = Frame::from_bytes(octets.clone())
            .ok_or_else(|| LoadError::new("the frame's length is wrong"))?;
        let pdu = SubmitSm::decode(frame, Rules::Strict)
            .map_err(|error| LoadError::new(error.to_string()))?;
        out.clear();
        pdu.accept(id).encode(1, &mut out);
        pdu.encode(1, &mut out);
        black_box(&out);
    }
    Ok(())
}

fn receipts(iterations: u64) {
    for id in 0..iterations {
        let id = id.to_string();
        let text = ReceiptBuilder::new(id.as_bytes(), MessageState::DELIVERED).to_vec();
        black_box(Receipt::parse(black_box(&text)).map(Receipt::into_owned));
    }
}

async fn churn(address: SocketAddr, binds: u64) -> Result<(), LoadError> {
    let pdu = Arc::new(payload::submit_sm()?);
    for _ in 0..binds {
        let client = Client::new(address.to_string(), "load", "secret");
        let (session, inbox) = client.connect().await?;
        let answer = session.submit_sm(&pdu).await;
        answer.map_err(|error| LoadError::new(error.to_string()))?;
        session.unbind().await;
        drop((session, inbox));
    }
    // The server's tasks end a moment after their peers.
    tokio::time::sleep(Duration::from_millis(700)).await;
    Ok(())
}
