//! Keeping what is measured on one core.

use std::{io, process::Command};

use clap::ValueEnum;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::error::LoadError;

/// Where servers and their driver run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cores {
    /// The servers on one core, this program on another, which it never leaves to sleep: neither is woken by the other one, as
    /// no server is by a client at the other end of a network.
    Apart,
    /// The servers and this program on one core, by turns: who is woken waits until the other one has nothing to do.
    One,
    /// As the system places them, sleeping and waking included.
    Free,
}

impl Cores {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Apart => "apart",
            Self::One => "one",
            Self::Free => "free",
        }
    }

    /// What has to be done before anything is started.
    pub(crate) fn prepare(self) -> Result<(), LoadError> {
        match self {
            Self::One => take_turns(),
            Self::Apart | Self::Free => Ok(()),
        }
    }

    /// Where what is started now is to run.
    pub(crate) fn for_servers(self) -> io::Result<Option<OneCore>> {
        match self {
            Self::Apart | Self::One => OneCore::enter().map(Some),
            Self::Free => Ok(None),
        }
    }

    /// Where the driver is to run.
    pub(crate) fn for_driver(self) -> io::Result<Option<OneCore>> {
        match self {
            Self::Apart => OneCore::enter_last().map(Some),
            Self::One => OneCore::enter().map(Some),
            Self::Free => Ok(None),
        }
    }
}

/// From now on this thread, and whatever it starts, takes the core from nobody when it is woken: SCHED_BATCH of sched(7).
///
/// Otherwise a client preempts a server with some of its answers, and one that is slower more often, whose figure that makes
/// worse than its work is: axum four times as often as wirepath.
fn take_turns() -> Result<(), LoadError> {
    // A tool of every Linux: the call itself is to be had from Rust by unsafe code alone.
    let mut chrt = Command::new("chrt");
    chrt.args(["--batch", "--pid", "0", &std::process::id().to_string()]);
    match chrt.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(LoadError::new(format!("chrt --batch --pid 0 failed: {status}"))),
        Err(error) => Err(LoadError::new(format!(
            "chrt cannot be started: {error}. It is a part of util-linux; `--cores apart` does without"
        ))),
    }
}

/// While it lives, processes that this thread starts run on one core, all on the same.
///
/// A server and its driver on cores of their own put them to sleep and wake them with every window, and on a virtual machine
/// that costs more than the work in between; how often it happens depends on which of them is faster. On one core they take
/// turns, and what is measured is work.
#[derive(Debug)]
pub(crate) struct OneCore {
    before: CpuSet,
}

impl OneCore {
    pub(crate) fn enter() -> io::Result<Self> {
        Self::enter_at(|cores| cores.next())
    }

    /// The same for another core than [`enter`](Self::enter) has; it fails where there is none.
    fn enter_last() -> io::Result<Self> {
        Self::enter_at(|cores| cores.skip(1).last())
    }

    fn enter_at(
        pick: impl FnOnce(&mut dyn Iterator<Item = usize>) -> Option<usize>,
    ) -> io::Result<Self> {
        let before = sched_getaffinity(None)?;
        let core = pick(&mut (0..CpuSet::MAX_CPU).filter(|core| before.is_set(*core)));
        let core = core.ok_or_else(|| io::Error::other("there are fewer cores than this takes"))?;
        let mut one = CpuSet::new();
        one.set(core);
        sched_setaffinity(None, &one)?;
        Ok(Self { before })
    }
}

impl Drop for OneCore {
    fn drop(&mut self) {
        // What was allowed before is allowed now.
        let _ = sched_setaffinity(None, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_turns_is_in_the_batch_class() {
        // What the first thread of a process has, which this one is not: field 41 of proc_pid_stat(5).
        take_turns().expect("chrt is there");
        let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux has it");
        let (_, behind_name) = stat.rsplit_once(") ").expect("a name in brackets");
        assert_eq!(behind_name.split(' ').nth(38), Some("3"), "{stat}");
    }

    #[test]
    fn one_core_is_left_and_all_are_given_back() {
        let before = sched_getaffinity(None).expect("Linux has it");
        let one_core = OneCore::enter().expect("a core of ours");
        assert_eq!(sched_getaffinity(None).expect("Linux has it").count(), 1);
        drop(one_core);
        assert_eq!(sched_getaffinity(None).expect("Linux has it"), before);
    }
}
