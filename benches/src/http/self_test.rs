//! `http self-test`: every server in this process, with few requests.

use workloads::workload::WORKLOADS;

use super::{
    drive::{Plan, body, drive},
    side::{self, Side},
    url::Url,
};
use crate::{cli::HttpSelfTestArgs, error::LoadError, progress::Progress};

/// So that connections are kept, and several are served at a time.
const CONNECTIONS: usize = 4;

/// The subcommand. Says whether every answer was right, and the servers' answers the same.
pub(super) fn self_test(args: &HttpSelfTestArgs) -> Result<bool, LoadError> {
    let mut servers = Vec::new();
    for side in Side::ALL {
        servers.push((side, Url::from(side::start(side)?)));
    }
    let mut is_good = true;
    for workload in WORKLOADS.iter() {
        let mut problems = Vec::new();
        let mut first = None;
        for (side, url) in &servers {
            let plan =
                Plan { connections: CONNECTIONS, count: args.count, ..Plan::new(url, workload) };
            let report = drive(&plan, &Progress::default())?;
            if !report.is_clean() {
                let (ok, count) = (report.ok, report.count);
                problems.push(format!("{}: {ok} of {count}; {:?}", side.name(), report.errors));
                continue;
            }
            let own = body(url, workload)?;
            let (of, expected) = first.get_or_insert_with(|| (side.name(), own.clone()));
            if own != *expected {
                problems.push(format!("{} and {of} answer other octets", side.name()));
            }
        }
        let state = if problems.is_empty() { "ok" } else { "FAILED" };
        println!("{state:6} {}: {} servers", workload.name, servers.len());
        for problem in &problems {
            println!("       {problem}");
        }
        is_good &= problems.is_empty();
    }
    Ok(is_good)
}
