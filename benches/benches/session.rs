//! What the engine itself costs: a session whose octets come from memory and go nowhere. A server adds the kernel's share.

use std::{
    hint::black_box,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::BytesMut;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wirepath_benches::samples::submit;
use wirepath_smpp::{
    Bind, BindKind, BindReply, BindRequest, HandlerService, Pdu, State, SubmitSm, SubmitSmResp,
    UnbindCause, handlers, on_bind, on_pdu, testing::Harness,
};

/// PDUs a read: a full window.
const WINDOW: u32 = 64;

/// What the handler counts. It stays for good: what handing out a share of it costs is none of the engine's.
#[derive(Clone, Copy)]
struct Handled(&'static AtomicU64);

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

#[on_pdu("submit_sm")]
async fn take(pdu: SubmitSm, State(handled): State<Handled>) -> SubmitSmResp {
    pdu.accept(handled.0.fetch_add(1, Ordering::Relaxed))
}

/// A peer that binds, sends so many windows, reads everything and goes.
struct Tape {
    bind: BytesMut,
    window: BytesMut,
    /// Octets of the window that have been read.
    at: usize,
    windows: u64,
}

impl Tape {
    fn new(windows: u64) -> Self {
        let bind = BindRequest::builder().system_id("esme1").build(BindKind::Transceiver);
        let submit = submit();
        let mut tape = Self { bind: BytesMut::new(), window: BytesMut::new(), at: 0, windows };
        bind.expect("it is right").encode(1, &mut tape.bind);
        for sequence in 2..2 + WINDOW {
            submit.encode(sequence, &mut tape.window);
        }
        tape
    }
}

impl AsyncRead for Tape {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bind = self.bind.split();
        if !bind.is_empty() {
            buffer.put_slice(&bind);
        } else if self.windows > 0 {
            let rest = self.window.get(self.at..).unwrap_or_default();
            let octets = rest.len().min(buffer.remaining());
            buffer.put_slice(rest.get(..octets).unwrap_or_default());
            self.at += octets;
            if self.at == self.window.len() {
                (self.at, self.windows) = (0, self.windows - 1);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tape {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(black_box(octets).len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Serves a session of so many windows; says how long it took.
async fn session(
    harness: &Harness<impl HandlerService>,
    handled: Handled,
    windows: u64,
) -> Duration {
    let before = handled.0.load(Ordering::Relaxed);
    let start = Instant::now();
    let cause = harness.serve(Tape::new(windows)).await;
    let elapsed = start.elapsed();
    assert_eq!(cause, UnbindCause::Disconnected);
    assert_eq!(handled.0.load(Ordering::Relaxed) - before, windows * u64::from(WINDOW));
    elapsed
}

fn ready(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime without I/O");
    let handled = Handled(Box::leak(Box::default()));
    let harness = Harness::new(handlers![welcome, take].with_state(Arc::new(handled)));
    let mut group = criterion.benchmark_group("session");
    group.throughput(Throughput::Elements(u64::from(WINDOW)));
    group.bench_function("64 submit_sm, ready handler", |bencher| {
        bencher.iter_custom(|windows| runtime.block_on(session(&harness, handled, windows)));
    });
    group.finish();
}

criterion_group!(benches, ready);
criterion_main!(benches);
