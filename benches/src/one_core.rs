//! Keeping what is measured on one core.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

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
        let before = sched_getaffinity(None)?;
        let mut one = CpuSet::new();
        let core = (0..CpuSet::MAX_CPU).find(|core| before.is_set(*core)).unwrap_or_default();
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
