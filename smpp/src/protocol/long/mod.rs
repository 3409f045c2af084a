//! Long messages: the references that join their parts.

mod references;

pub use self::references::References;
