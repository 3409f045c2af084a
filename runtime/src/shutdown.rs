//! Graceful shutdown: trigger, wait, drain.
//!
//! A shutdown has two steps. *Requested*: take in nothing new, finish what is there. *Forced*: stop at
//! once. A deadline or a second signal leads from the first to the second.

use std::io;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The side that starts a shutdown and waits until all work has ended. Clones share one shutdown.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use wirepath_runtime::shutdown::{Drained, Shutdown};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let shutdown = Shutdown::new();
/// let signal = shutdown.signal();
/// shutdown.spawn(async move {
///     signal.requested().await;
///     // finish the message in hand, say goodbye to the peer
/// });
///
/// assert_eq!(shutdown.drain(Duration::from_secs(10)).await, Drained::Clean);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    signal: ShutdownSignal,
    tasks: TaskTracker,
}

/// The side that waits for a shutdown. Clones wait for the same one.
#[derive(Clone, Debug, Default)]
pub struct ShutdownSignal {
    requested: CancellationToken,
    forced: CancellationToken,
}

/// How a [drain](Shutdown::drain) ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Drained {
    /// All tracked work ended by itself.
    Clean,
    /// The deadline passed with this many pieces of work left.
    Deadline {
        /// Pieces of work that had not ended.
        left: usize,
    },
    /// A second signal, or [`Shutdown::force`], cut it short.
    Forced {
        /// Pieces of work that had not ended.
        left: usize,
    },
}

/// A piece of work that [`Shutdown::drain`] waits for, until it is dropped.
#[derive(Debug)]
#[must_use = "the work counts as done when this is dropped"]
pub struct WorkGuard {
    _token: TaskTrackerToken,
}

impl Shutdown {
    /// A shutdown that only the program itself triggers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A shutdown that SIGTERM and SIGINT trigger (Ctrl-C on other systems than Unix). A second
    /// signal forces it.
    ///
    /// # Errors
    ///
    /// If the signal handlers cannot be installed.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with its I/O driver enabled.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Self::new();
        let mut signals = Signals::install()?;
        // Not tracked, or a drain would wait for it. It ends when a second signal has come.
        let signal = shutdown.signal();
        tokio::spawn(async move {
            let name = signals.next().await;
            tracing::info!(signal = name, "shutting down; send the signal again to stop at once");
            signal.requested.cancel();
            let name = signals.next().await;
            tracing::warn!(signal = name, "second signal: stopping at once");
            signal.force();
        });
        Ok(shutdown)
    }

    /// Requests the shutdown. Further calls change nothing.
    pub fn trigger(&self) {
        self.signal.requested.cancel();
    }

    /// Forces the shutdown, and requests it if that has not happened.
    pub fn force(&self) {
        self.signal.force();
    }

    /// A handle to wait for this shutdown with.
    pub fn signal(&self) -> ShutdownSignal {
        self.signal.clone()
    }

    /// Spawns a task that [`drain`](Self::drain) waits for.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.tasks.spawn(task)
    }

    /// Counts a piece of work that is no task of its own; [`drain`](Self::drain) waits until the guard
    /// is dropped.
    pub fn guard(&self) -> WorkGuard {
        WorkGuard { _token: self.tasks.token() }
    }

    /// Pieces of work that have not ended.
    pub fn in_progress(&self) -> usize {
        self.tasks.len()
    }

    /// Triggers the shutdown and waits until all tracked work has ended, at most `deadline` from now.
    /// When the deadline passes, the shutdown is forced: tasks that heed
    /// [`ShutdownSignal::forced`] stop then.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the shutdown stays triggered, and the wait can be taken up again.
    pub async fn drain(&self, deadline: Duration) -> Drained {
        self.trigger();
        self.drained(deadline).await
    }

    /// Waits for the shutdown to be requested, whoever does it, then as [`drain`](Self::drain): the
    /// deadline counts from the request.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe; a wait that is taken up again counts a new deadline.
    pub async fn drained(&self, deadline: Duration) -> Drained {
        self.signal.requested().await;
        self.tasks.close();
        tokio::select! {
            biased;
            () = self.tasks.wait() => Drained::Clean,
            () = self.signal.forced() => Drained::Forced { left: self.tasks.len() },
            () = tokio::time::sleep(deadline) => {
                let left = self.tasks.len();
                self.force();
                Drained::Deadline { left }
            }
        }
    }
}

impl ShutdownSignal {
    /// A signal that never comes, for tests and for code that is run without a shutdown.
    pub fn never() -> Self {
        Self::default()
    }

    /// Waits until the shutdown is requested; returns at once if it was.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn requested(&self) {
        self.requested.cancelled().await;
    }

    /// Waits until the shutdown is forced; returns at once if it was.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn forced(&self) {
        self.forced.cancelled().await;
    }

    /// Whether the shutdown has been requested.
    pub fn is_requested(&self) -> bool {
        self.requested.is_cancelled()
    }

    /// Whether the shutdown has been forced.
    pub fn is_forced(&self) -> bool {
        self.forced.is_cancelled()
    }

    fn force(&self) {
        // In this order, so that whoever sees it forced sees it requested too.
        self.requested.cancel();
        self.forced.cancel();
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn install() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn install() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_that_ends_in_time_drains_clean() {
        let shutdown = Shutdown::new();
        let signal = shutdown.signal();
        shutdown.spawn(async move {
            signal.requested().await;
            tokio::time::sleep(Duration::from_secs(3)).await;
        });
        assert_eq!(shutdown.drain(Duration::from_secs(5)).await, Drained::Clean);
        assert_eq!(shutdown.in_progress(), 0);
        assert!(!shutdown.signal().is_forced());
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_forces_and_counts_what_is_left() {
        let shutdown = Shutdown::new();
        let _held = shutdown.guard();
        let signal = shutdown.signal();
        let stubborn = shutdown.spawn(async move { signal.forced().await });
        let began = tokio::time::Instant::now();
        let drained = shutdown.drain(Duration::from_secs(5)).await;
        assert_eq!(drained, Drained::Deadline { left: 2 });
        assert_eq!(began.elapsed(), Duration::from_secs(5));
        stubborn.await.unwrap();
        assert_eq!(shutdown.in_progress(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn force_cuts_the_drain_short() {
        let shutdown = Shutdown::new();
        let _held = shutdown.guard();
        let other = shutdown.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            other.force();
        });
        let drained = shutdown.drain(Duration::from_secs(60)).await;
        assert_eq!(drained, Drained::Forced { left: 1 });
        assert!(shutdown.signal().is_requested());
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_counts_from_the_request() {
        let shutdown = Shutdown::new();
        let _held = shutdown.guard();
        let other = shutdown.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(100)).await;
            other.trigger();
        });
        let began = tokio::time::Instant::now();
        shutdown.drained(Duration::from_secs(5)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(105));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_first_signal_requests_and_the_second_forces() {
        let shutdown = Shutdown::on_signals().unwrap();
        let signal = shutdown.signal();
        let send = |name: &'static str| {
            let own = std::process::id().to_string();
            std::process::Command::new("kill").args(["-s", name, &own]).status().unwrap()
        };
        assert!(send("TERM").success());
        signal.requested().await;
        assert!(!signal.is_forced());
        assert!(send("INT").success());
        signal.forced().await;
    }
}
