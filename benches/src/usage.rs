//! What a server process has used so far.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::{
    fsyncs,
    heap::{self, Heap},
    server::Handled,
};

/// Messages handled, and what they cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// Messages that a handler handled.
    pub(crate) handled: u64,
    /// When the first of them came, in nanoseconds since 1970; 0 before.
    pub(crate) first_ns: u64,
    /// Of the store, in a server that has one.
    pub(crate) fsyncs: u64,
    /// CPU time of the whole process, in nanoseconds.
    pub(crate) cpu_ns: u64,
    /// Of which in user space, in the kernel's ticks of 10 ms.
    pub(crate) user_ms: u64,
    /// Of which in the kernel, likewise.
    pub(crate) system_ms: u64,
    /// Resident memory, in KiB.
    pub(crate) rss_kib: u64,
    /// The most that it ever was.
    pub(crate) peak_rss_kib: u64,
    /// With the counting allocator only.
    pub(crate) heap: Option<Heap>,
}

impl Usage {
    /// Of this process, now.
    pub(crate) fn now(handled: Handled) -> Self {
        let (user_ms, system_ms) = ticks().unwrap_or_default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            handled: handled.count(),
            first_ns: handled.first().map_or(0, since_1970_ns),
            fsyncs: fsyncs::count(),
            cpu_ns: cpu_ns(),
            user_ms,
            system_ms,
            rss_kib: field(&status, "VmRSS:").unwrap_or_default(),
            peak_rss_kib: field(&status, "VmHWM:").unwrap_or_default(),
            heap: heap::read(),
        }
    }
}

/// Nanoseconds since 1970.
pub(crate) fn since_1970_ns(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// CPU time of this process, user and kernel, all threads.
pub(crate) fn cpu_ns() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let whole = u64::try_from(time.tv_sec).unwrap_or_default() * 1_000_000_000;
    whole + u64::try_from(time.tv_nsec).unwrap_or_default()
}

/// `utime` and `stime` of `/proc/self/stat`, in milliseconds.
fn ticks() -> Option<(u64, u64)> {
    /// `USER_HZ`: 100 wherever Linux runs.
    const TICK_MS: u64 = 10;

    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may hold spaces. Behind it the state is field 3, utime 14, stime 15.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || Some(fields.next()?.parse::<u64>().ok()? * TICK_MS);
    Some((next()?, next()?))
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
