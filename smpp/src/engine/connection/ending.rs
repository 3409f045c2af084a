//! What comes after a session: goodbye, and the handlers that it leaves behind.

use super::*;

impl<IO: AsyncRead + AsyncWrite + Unpin, X: HandlerService> Connection<IO, X> {
    /// Says goodbye, and lets what the handlers have begun come to its end.
    pub(super) async fn finish(self: Box<Self>, cause: UnbindCause) {
        let Self {
            io,
            jobs,
            link,
            session,
            mut service,
            admitted,
            announcing,
            response_timer,
            input,
            held,
            output,
            deciding,
            meters,
            is_deserted,
            ..
        } = *self;
        let was_bound = admitted.is_some() || is_deserted && link.bound.get().is_some();
        // What the handlers that are left do not need goes now: a peer that binds again finds its place free.
        drop((input, held, output, deciding, meters, admitted));
        // A copy has no permit of a concurrency limit.
        service = service.clone();
        tracing::info!(session = %link.id, peer = %link.peer, %cause, "session over");
        // What a handler has begun it finishes, though nobody waits for the answer: it may be half way through storing a
        // message. For as long as the response timer, no longer.
        let finishing = tokio::time::timeout(response_timer, finish(jobs, announcing));
        let ((), finished) = tokio::join!(part(io), finishing);
        let mut is_late = finished.is_err();
        if was_bound {
            // Told in any case: what it cleans up must not depend on what others do.
            let telling =
                call_when_ready(&mut service, Request::new(session, Event::Unbound(cause)));
            is_late |= tokio::time::timeout(response_timer, telling).await.is_err();
        }
        if is_late {
            tracing::warn!(session = %link.id, "handlers of an ended session were still running after the response timer; stopped");
        }
    }
}

/// Takes the session off the books however its task ends: a handler may panic, and whoever runs the engine may drop it.
pub(super) struct Ending(pub(super) Arc<Link>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end(UnbindCause::Disconnected);
        self.0.hub.ended(&self.0);
    }
}

/// Lets handlers come to their end, all at a time.
async fn finish<F: Future>(
    mut jobs: Jobs<F>,
    announcing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
) {
    let working = async {
        while !jobs.is_empty() {
            poll_fn(|cx| jobs.poll_finished(cx).map(drop)).await;
        }
    };
    let announcing = async {
        if let Some(announcing) = announcing {
            announcing.await;
        }
    };
    tokio::join!(working, announcing);
}

/// Says goodbye: shuts our side, and takes what the peer still sends, for a moment. A socket that is closed while there is
/// something to be read is reset, and what was written last would be lost with it.
async fn part<IO: AsyncRead + AsyncWrite + Unpin>(mut io: IO) {
    const MOMENT: Duration = Duration::from_millis(500);
    const AT_MOST: usize = 256 * 1024;

    let parting = async {
        if io.shutdown().await.is_err() {
            return;
        }
        let mut waste = [0; 1024];
        let mut taken = 0;
        while taken < AT_MOST {
            match io.read(&mut waste).await {
                Ok(octets @ 1..) => taken += octets,
                Ok(0) | Err(_) => return,
            }
        }
    };
    // Nothing depends on how it ends.
    let _ = tokio::time::timeout(MOMENT, parting).await;
}
