//! `wirepath-load` with an allocator that counts: for allocations per message, and for the leak check.

use std::{alloc::System, process::ExitCode};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use wirepath_benches::Heap;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    wirepath_benches::run(Some(|| {
        let stats = ALLOCATOR.stats();
        Heap {
            allocations: (stats.allocations + stats.reallocations) as u64,
            live: stats.bytes_allocated as i64 - stats.bytes_deallocated as i64,
        }
    }))
}
