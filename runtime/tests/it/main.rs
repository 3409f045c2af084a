//! The tests of wirepath-runtime from the outside, in one program.

#[cfg(feature = "store")]
mod store;
