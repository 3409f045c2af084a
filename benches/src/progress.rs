//! A bar while a driver works, where there is a person to see it.

use std::{
    io::IsTerminal,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// Counts settled messages; draws them if standard error is a terminal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    done: Arc<AtomicU64>,
}

impl Progress {
    /// Counts up to `count`. The bar goes when what is returned beside is dropped.
    pub(crate) fn start(count: u64, is_quiet: bool) -> (Self, Bar) {
        let this = Self::default();
        if is_quiet || !std::io::stderr().is_terminal() {
            return (this, Bar(None));
        }
        let bar = ProgressBar::new(count);
        // Without colours, so that there is nothing for NO_COLOR to switch off.
        let style = ProgressStyle::with_template("{bar:40} {percent:>3}% {pos}/{len} {per_sec}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        let (done, drawn) = (Arc::clone(&this.done), bar.clone());
        std::thread::spawn(move || {
            while !drawn.is_finished() {
                drawn.set_position(done.load(Ordering::Relaxed));
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        (this, Bar(Some(bar)))
    }

    pub(crate) fn add(&self, settled: u64) {
        self.done.fetch_add(settled, Ordering::Relaxed);
    }
}

/// Takes the bar off the screen when it is dropped.
#[derive(Debug)]
pub(crate) struct Bar(Option<ProgressBar>);

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
