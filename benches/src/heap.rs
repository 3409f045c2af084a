//! What the counting allocator has counted, if this is the program that has one.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// Counts of the allocator since the start of the process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Heap {
    /// Calls that allocated or reallocated.
    pub allocations: u64,
    /// Bytes that are allocated and not given back.
    pub live: i64,
}

static READ: OnceLock<fn() -> Heap> = OnceLock::new();

/// Says how the allocator is read. Once, by `main`.
pub(crate) fn install(read: fn() -> Heap) {
    READ.get_or_init(|| read);
}

/// The counts now; `None` in the program that does not count.
pub(crate) fn read() -> Option<Heap> {
    READ.get().map(|read| read())
}
