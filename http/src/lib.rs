//! HTTP for wirepath.

pub mod protocol;
