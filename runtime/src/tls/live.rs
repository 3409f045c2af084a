//! Configurations that follow their files.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::TlsError;
use super::files::{Pem, fingerprint};

/// How often files are looked at, unless the caller says otherwise.
pub const DEFAULT_PERIOD: Duration = Duration::from_secs(5);

/// Where a configuration comes from.
pub(super) trait Source: Send + Sync + 'static {
    type Config: Send + Sync + 'static;
    type Files;

    fn read(&self) -> Result<Self::Files, TlsError>;
    fn list(files: &Self::Files) -> Vec<&Pem>;
    fn build(&self, files: &Self::Files) -> Result<Self::Config, TlsError>;
    /// For logs.
    fn describe(&self) -> String;
}

pub(super) struct Live<S: Source> {
    pub(super) source: S,
    current: ArcSwap<S::Config>,
    /// The fingerprint of the files that `current` was built from. Locked while files are read, so
    /// that two reloads do not overtake each other.
    loaded: Mutex<[u8; 64]>,
}

impl<S: Source> Live<S> {
    pub(super) fn load(source: S) -> Result<Self, TlsError> {
        let files = source.read()?;
        let current = ArcSwap::from_pointee(source.build(&files)?);
        let loaded = Mutex::new(fingerprint(S::list(&files)));
        Ok(Self { source, current, loaded })
    }

    pub(super) fn current(&self) -> Arc<S::Config> {
        self.current.load_full()
    }

    pub(super) fn reload(&self) -> Result<bool, TlsError> {
        // A panic in between leaves a fingerprint of files that were loaded: still true.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let files = self.source.read()?;
        let fingerprint = fingerprint(S::list(&files));
        if fingerprint == *loaded {
            return Ok(false);
        }
        self.current.store(Arc::new(self.source.build(&files)?));
        *loaded = fingerprint;
        Ok(true)
    }

    pub(super) fn watch(self: &Arc<Self>, period: Duration) -> TlsWatch {
        let live = Arc::clone(self);
        let period = period.max(Duration::from_millis(1));
        let task = tokio::spawn(async move {
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            // Files that do not work are tried again at each tick, but complained about once: the
            // second of two files may simply not be there yet.
            let mut warned = None;
            loop {
                ticks.tick().await;
                let reloading = Arc::clone(&live);
                match tokio::task::spawn_blocking(move || reloading.reload()).await {
                    Ok(Ok(changed)) => {
                        if changed {
                            tracing::info!(
                                files = live.source.describe(),
                                "new TLS material is in use"
                            );
                        }
                        warned = None;
                    }
                    Ok(Err(error)) => {
                        let error = error.to_string();
                        if warned.as_ref() != Some(&error) {
                            tracing::warn!(%error, "new TLS material is not used; the old one stays");
                            warned = Some(error);
                        }
                    }
                    // The runtime is going down.
                    Err(_) => return,
                }
            }
        });
        TlsWatch { task }
    }
}

/// A background task that follows files. It stops when this is dropped.
#[derive(Debug)]
#[must_use = "the files are followed only while this is kept"]
pub struct TlsWatch {
    pub(super) task: JoinHandle<()>,
}

impl Drop for TlsWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
