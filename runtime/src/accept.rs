//! The accept loop of listeners.

use std::{
    future::poll_fn,
    io,
    task::{Context, Poll},
    time::Duration,
};

use crate::shutdown::ShutdownSignal;

/// How long to wait after an error that passes when connections close or memory comes free.
const PAUSE: Duration = Duration::from_millis(50);

/// Hands out the connections that `accept` has, until the signal comes. No error ends it: the sessions that are there need
/// the listener's task, and whatever is short now comes free again.
///
/// # Cancel safety
///
/// Cancel safe: no connection that was handed out is lost.
pub async fn accept_until<T>(
    signal: &ShutdownSignal,
    mut accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
    mut take: impl FnMut(T),
) {
    loop {
        let accepted = tokio::select! {
            biased;
            () = signal.requested() => return,
            accepted = poll_fn(&mut accept) => accepted,
        };
        let error = match accepted {
            Ok(connection) => {
                take(connection);
                continue;
            }
            Err(error) => error,
        };
        match pause_after(&error) {
            None => tracing::debug!(%error, "a connection was gone before it was accepted"),
            Some(pause) => {
                tracing::warn!(%error, "cannot accept a connection; trying again. If this lasts, raise the limit on open files");
                tokio::select! {
                    biased;
                    () = signal.requested() => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

/// How long to leave the listener alone after an error of its `accept`.
///
/// Not at all if it was the connection's own: the next one may be well (accept(2), "Error handling"). Any other is short of
/// something, EMFILE of descriptors for one, and would come again at once: the connection that could not be accepted
/// is still there, so without a pause this would spin.
fn pause_after(error: &io::Error) -> Option<Duration> {
    let is_of_the_connection = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    );
    (!is_of_the_connection).then_some(PAUSE)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use crate::shutdown::Shutdown;
    use tokio::time::Instant;

    use super::*;

    const EMFILE: i32 = 24;
    const ENOBUFS: i32 = 105;

    fn system(number: i32) -> io::Result<u32> {
        Err(io::Error::from_raw_os_error(number))
    }

    /// Runs over a listener that does this and then stops the loop; says what was taken, and how long it took.
    async fn run(script: impl IntoIterator<Item = io::Result<u32>>) -> (Vec<u32>, Duration) {
        let mut script: VecDeque<_> = script.into_iter().collect();
        let shutdown = Shutdown::new();
        let (start, mut taken) = (Instant::now(), Vec::new());
        let accept = |_: &mut Context<'_>| {
            let Some(next) = script.pop_front() else {
                shutdown.trigger();
                return Poll::Pending;
            };
            Poll::Ready(next)
        };
        accept_until(&shutdown.signal(), accept, |connection| taken.push(connection)).await;
        (taken, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn errors_of_accept_are_survived_with_a_pause() {
        let script = [Ok(1), system(EMFILE), system(ENOBUFS), Ok(2), system(EMFILE), Ok(3)];
        assert_eq!(run(script).await, (vec![1, 2, 3], 3 * PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_gone_costs_the_next_one_nothing() {
        let gone = || Err(io::ErrorKind::ConnectionAborted.into());
        assert_eq!(run([gone(), gone(), Ok(1)]).await, (vec![1], Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn the_signal_ends_a_listener_that_has_nothing_but_errors() {
        let shutdown = Shutdown::new();
        let signal = shutdown.signal();
        let failing = accept_until(
            &signal,
            |_: &mut Context<'_>| Poll::Ready(system(EMFILE)),
            |_| unreachable!("it accepts nothing"),
        );
        let start = Instant::now();
        tokio::join!(failing, async {
            tokio::time::sleep(PAUSE / 2).await;
            shutdown.trigger();
        });
        assert_eq!(start.elapsed(), PAUSE / 2, "in the midst of a pause");
    }
}
