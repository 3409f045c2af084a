//! The limit on open files.

use std::io;

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::error::LoadError;

/// Raises the soft limit on open files, for this process and its children.
pub(crate) fn raise(needed: usize) -> Result<(), LoadError> {
    let mut limit = getrlimit(Resource::Nofile);
    let needed = needed as u64;
    if limit.current.is_some_and(|current| current < needed) {
        if limit.maximum.is_some_and(|maximum| maximum < needed) {
            return Err(LoadError::new(format!(
                "{needed} open files are needed: raise the hard limit, ulimit -Hn {needed}"
            )));
        }
        limit.current = Some(needed);
        setrlimit(Resource::Nofile, limit).map_err(io::Error::from)?;
    }
    Ok(())
}
