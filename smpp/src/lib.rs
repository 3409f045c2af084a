//! SMPP for wirepath.
pub mod config;
pub mod protocol;
