//! The handle on the engine.

/// The sessions that are there.
#[derive(Debug, Clone)]
pub struct Smpp {}
