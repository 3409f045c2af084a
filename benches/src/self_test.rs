//! `self-test`: every driver against every server, in this process, with few messages.

use wirepath_runtime::shutdown::Shutdown;

use crate::{
    child,
    cli::SelfTestArgs,
    drive,
    error::LoadError,
    plan::{ClientKind, Plan},
    progress::Progress,
    runtime,
    serve::{self, Setup},
    server::ServerKind,
};

/// Client, server, window, binds.
const CASES: [(ClientKind, ServerKind, usize, usize); 9] = [
    (ClientKind::Wirepath, ServerKind::Wirepath, 1, 1),
    (ClientKind::Wirepath, ServerKind::Wirepath, 64, 1),
    (ClientKind::Wirepath, ServerKind::Wirepath, 16, 4),
    (ClientKind::Raw, ServerKind::Wirepath, 1, 1),
    (ClientKind::Raw, ServerKind::Wirepath, 512, 2),
    (ClientKind::Smpp34, ServerKind::Wirepath, 8, 2),
    (ClientKind::Wirepath, ServerKind::Smpp34, 8, 2),
    (ClientKind::Raw, ServerKind::Smpp34, 64, 1),
    (ClientKind::Echo, ServerKind::TcpEcho, 64, 2),
];

/// The subcommand. Says whether every message was handled once and answered well.
pub(crate) fn self_test(args: &SelfTestArgs) -> Result<bool, LoadError> {
    let mut is_good = true;
    for (client, server, window, binds) in CASES {
        let verdict = case(client, server, window, binds, args.count)?;
        let state = if verdict.is_none() { "ok" } else { "FAILED" };
        println!("{state:6} {client:?} → {} {binds}×{window}", server.name());
        if let Some(reason) = verdict {
            println!("       {reason}");
            is_good = false;
        }
    }
    Ok(is_good)
}

/// What is off, if something is.
fn case(
    client: ClientKind,
    server: ServerKind,
    window: usize,
    binds: usize,
    count: u64,
) -> Result<Option<String>, LoadError> {
    let runtime = runtime(Some(2))?;
    let shutdown = Shutdown::new();
    let running = runtime.block_on(serve::start(&Setup::new(server), shutdown.signal()))?;
    let plan = child::plan(running.address, client, (binds, window), count);
    let plan = Plan { threads: Some(2), ..plan };
    let report = drive::run(&plan, &Progress::default())?;
    let handled = running.handled.count();
    shutdown.trigger();
    Ok(if !report.is_clean() {
        Some(format!("{} of {count} answered well; {:?}", report.ok, report.errors))
    } else if handled != count {
        Some(format!("{handled} handled, {count} sent"))
    } else {
        None
    })
}
