//! What an embedded store is held to.

/// Bounds of a store on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddedOptions {
    /// Octets of all records, items and keys. Above it what pushes or puts is refused. The engine's files take more for a
    /// while: plan twice as much disk, and 256 MiB for the journal. Default: 4 GiB.
    pub max_bytes: u64,
    /// Items. Each takes about 250 octets of memory beside its body. Default: 10,000,000.
    pub max_items: u64,
    /// Octets of bodies kept in memory; others are read from disk when they are leased. Of the values of keys half as many are.
    /// Default: 64 MiB.
    pub cache_bytes: u64,
    /// Octets of the engine's own cache of blocks. Default: 32 MiB.
    pub block_cache_bytes: u64,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            max_bytes: 4 << 30,
            max_items: 10_000_000,
            cache_bytes: 64 << 20,
            block_cache_bytes: 32 << 20,
        }
    }
}
