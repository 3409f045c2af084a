//! The timers of connections.

use std::{
    fmt, io,
    sync::{Arc, mpsc},
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
    time::{Instant, Sleep, sleep_until},
};

/// A thread for the timers of connections that are served on threads of their own.
///
/// A connection's timer fires every few seconds, and says whether it took too long since. On the connection's own thread it would
/// have that thread wait for its sockets with a limit each time, and look at the clock and at all timers behind each: that is paid
/// for with every turn of a runtime, and none of it is where nobody waits for a time.
///
/// The thread ends with the last of these.
#[derive(Clone)]
pub(super) struct Timers(Arc<Running>);

struct Running {
    runtime: Handle,
    /// Dropped, it ends the thread.
    _end: oneshot::Sender<()>,
}

impl Timers {
    /// # Errors
    ///
    /// If the system has no room for another thread.
    pub(super) fn start() -> io::Result<Self> {
        let (end, ended) = oneshot::channel::<()>();
        let (tell, told) = mpsc::channel();
        // Made there: where the thread cannot be had, a runtime would be dropped here, inside of another, and that is a panic.
        let run = move || match Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => {
                let _ = tell.send(Ok(runtime.handle().clone()));
                let _ = runtime.block_on(ended);
            }
            Err(error) => drop(tell.send(Err(error))),
        };
        drop(thread::Builder::new().name("wirepath-timers".to_owned()).spawn(run)?);
        let runtime = told.recv().map_err(io::Error::other)??;
        Ok(Self(Arc::new(Running { runtime, _end: end })))
    }

    /// A timer of that thread, for a task of any. It must not outlive this.
    pub(super) fn sleep_until(&self, at: Instant) -> Sleep {
        let _entered = self.0.runtime.enter();
        sleep_until(at)
    }
}

impl fmt::Debug for Timers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant as StdInstant};

    use super::*;

    #[tokio::test]
    async fn a_timer_wakes_a_task_of_another_thread() {
        let timers = Timers::start().unwrap();
        let (began, wait) = (StdInstant::now(), Duration::from_millis(20));
        let mut sleep = Box::pin(timers.sleep_until(Instant::now() + wait));
        sleep.as_mut().await;
        assert!(began.elapsed() >= wait);
        sleep.as_mut().reset(Instant::now() + wait);
        sleep.await;
        assert!(began.elapsed() >= 2 * wait);
    }

    #[test]
    fn the_thread_ends_with_the_last_of_them() {
        let timers = Timers::start().unwrap();
        let runtime = timers.0.runtime.clone();
        let (told, ended) = mpsc::channel::<()>();
        // Dropped as the runtime is.
        runtime.spawn(async move {
            let _told = told;
            std::future::pending::<()>().await;
        });
        let other = timers.clone();
        drop(timers);
        assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Empty));
        drop(other);
        assert_eq!(ended.recv(), Err(mpsc::RecvError));
    }
}
