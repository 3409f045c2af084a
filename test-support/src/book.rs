//! What is counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

/// Keeps what it is told, under names such as `wirepath_smpp_pdus_total{command=submit_sm,…}`: counters, gauges as their bits, and
/// how many records each histogram has.
///
/// ```
/// let book = wirepath_test_support::Book::default();
/// metrics::with_local_recorder(&book, || metrics::counter!("things", "kind" => "odd").increment(3));
/// assert_eq!((book.read("things{kind=odd}"), book.read("things")), (3, 0));
/// ```
#[derive(Debug, Default)]
pub struct Book(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Book {
    /// A number, 0 if nobody has told of it. Labels stand in the order of their names.
    #[must_use]
    pub fn read(&self, name: &str) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(name).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    fn entry(&self, key: &Key) -> Arc<AtomicU64> {
        let mut labels: Vec<_> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        labels.sort();
        let name = match labels.is_empty() {
            true => key.name().to_owned(),
            false => format!("{}{{{}}}", key.name(), labels.join(",")),
        };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(counts.entry(name).or_default())
    }
}

/// A histogram that counts its records.
struct Records(Arc<AtomicU64>);

impl HistogramFn for Records {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Recorder for Book {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.entry(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.entry(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Records(self.entry(key))))
    }
}
