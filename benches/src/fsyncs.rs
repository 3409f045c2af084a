//! Counts the store's fsyncs, by its metric.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

const NAME: &str = "wirepath_store_fsyncs_total";

static COUNT: OnceLock<Arc<AtomicU64>> = OnceLock::new();

/// Keeps one counter and nothing else.
struct Fsyncs(Arc<AtomicU64>);

/// Counts from now on.
pub(crate) fn install() {
    let count = COUNT.get_or_init(Arc::default);
    // Somebody else's recorder would be one of this program's own: there is none.
    let _ = metrics::set_global_recorder(Fsyncs(Arc::clone(count)));
}

/// How many there were; 0 where nobody counts.
pub(crate) fn count() -> u64 {
    COUNT.get().map_or(0, |count| count.load(Ordering::Relaxed))
}

impl Recorder for Fsyncs {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match key.name() {
            NAME => Counter::from_arc(Arc::clone(&self.0)),
            _ => Counter::noop(),
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
