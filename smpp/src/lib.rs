//! SMPP for wirepath.
pub mod protocol;
