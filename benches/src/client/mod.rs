//! The clients that can drive.

pub(crate) mod raw;
pub(crate) mod smpp34;
pub(crate) mod wirepath;
