//! Write calls and heap allocations for each message, in steady state.

use std::{fs, process::Command};

use super::{Effort, Part};
use crate::verdict::Verdicts;
use crate::{
    child::{self, ServerProcess},
    error::LoadError,
    plan::ClientKind,
    server::ServerKind,
};

const SHAPE: (usize, usize) = (1, 64);
/// The calls that Rust programs write to sockets with. `write` is left out: runtimes wake their threads with it.
const CALLS: &str = "sendto,sendmsg,writev";

pub(super) fn measure(effort: Effort) -> Result<Part, LoadError> {
    eprintln!("steady state");
    let mut verdicts = Verdicts::new();
    let mut text = "\n### Steady state, one bind, window 64, pre-encoded traffic\n\n\
        | per message | wirepath | smpp34 | target | verdict |\n|---|---:|---:|---|---|\n"
        .to_owned();
    let count = effort.count.min(100_000);
    let (ours, theirs) =
        (allocations(ServerKind::Wirepath, count)?, allocations(ServerKind::Smpp34, count)?);
    let verdict = verdicts.at_most(ours, 0.02);
    text += &format!("| heap allocations | {ours:.4} | {theirs:.2} | under 0.02 | {verdict} |\n");
    match (writes(ServerKind::Wirepath, count)?, writes(ServerKind::Smpp34, count)?) {
        (Some(ours), Some(theirs)) => {
            let verdict = verdicts.at_most(ours, 0.05);
            text +=
                &format!("| write calls | {ours:.4} | {theirs:.2} | under 0.05 | {verdict} |\n");
        }
        _ => text += "| write calls | not measured: needs strace | | under 0.05 | |\n",
    }
    Ok(Part { text, is_met: verdicts.all_met })
}

/// From the counting allocator: what a second drive adds on top of a first.
fn allocations(kind: ServerKind, count: u64) -> Result<f64, LoadError> {
    let mut command = Command::new(child::counted_program()?);
    let mut server = ServerProcess::start_program(&mut command, kind, &[])?;
    let plan = child::plan(server.address, ClientKind::Raw, SHAPE, count);
    child::drive(&plan)?;
    let before = server.usage()?;
    child::drive(&plan)?;
    let after = server.usage()?;
    server.stop()?;
    match (before.heap, after.heap) {
        (Some(before), Some(after)) => {
            Ok((after.allocations - before.allocations) as f64 / count as f64)
        }
        _ => Err(LoadError::new("the counting program did not count")),
    }
}

/// From the system call counts of strace; `None` where there is none.
fn writes(kind: ServerKind, count: u64) -> Result<Option<f64>, LoadError> {
    if Command::new("strace").arg("-V").output().is_err() {
        return Ok(None);
    }
    let counts = std::env::temp_dir().join(format!("wirepath-load-{}", std::process::id()));
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-c", "-e", &format!("trace={CALLS}"), "-o"]).arg(&counts);
    command.arg(child::program()?);
    let server = ServerProcess::start_program(&mut command, kind, &[])?;
    child::drive(&child::plan(server.address, ClientKind::Raw, SHAPE, count))?;
    server.stop()?;
    let table = fs::read_to_string(&counts)?;
    fs::remove_file(&counts)?;
    Ok(Some(calls(&table) as f64 / count as f64))
}

/// Adds up the column `calls` of the calls that were traced.
fn calls(table: &str) -> u64 {
    let row = |line: &str| {
        let mut fields = line.split_whitespace();
        let calls = fields.nth(3)?.parse::<u64>().ok()?;
        let name = fields.last()?;
        CALLS.split(',').any(|call| call == name).then_some(calls)
    };
    table.lines().filter_map(row).sum()
}

#[cfg(test)]
mod tests {
    use super::calls;

    #[test]
    fn calls_are_added_up_without_the_total() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
                     ------ ----------- ----------- --------- --------- ----------------\n\
                      99.99    0.101010          63      1564           sendto\n\
                       0.01    0.000010          10         2         1 writev\n\
                     ------ ----------- ----------- --------- --------- ----------------\n\
                     100.00    0.101020          63      1566         1 total\n";
        assert_eq!(calls(table), 1566);
    }
}
