//! Keeping what is measured on one core.

use std::io;

use clap::ValueEnum;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where servers and their driver run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cores {
    /// The servers on one core, this program on another, which it never leaves to sleep: neither is woken by the other one, as
    /// no server is by a client at the other end of a network.
    Apart,
    /// The servers and this program on one core, by turns.
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
    fn one_core_is_left_and_all_are_given_back() {
        let before = sched_getaffinity(None).expect("Linux has it");
        let one_core = OneCore::enter().expect("a core of ours");
        assert_eq!(sched_getaffinity(None).expect("Linux has it").count(), 1);
        drop(one_core);
        assert_eq!(sched_getaffinity(None).expect("Linux has it"), before);
    }
}
