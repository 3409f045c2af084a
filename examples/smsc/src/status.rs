//! How it goes: a line a second on a terminal, a log line every ten seconds elsewhere.

use std::{
    fmt,
    io::{IsTerminal, Write as _},
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, interval};
use wirepath::smpp::Smpp;

use crate::{logs::CLEAR_LINE, smsc::Smsc};

/// How it goes at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Status {
    binds: usize,
    per_second: f64,
    taken: u64,
    receipts: u64,
    held: usize,
    faults: u64,
    mo: u64,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { binds, per_second, taken, receipts, held, faults, mo } = self;
        write!(
            f,
            "binds {binds}  in {per_second:.0}/s  total {taken}  receipts {receipts}  held {held}"
        )?;
        if *faults > 0 {
            write!(f, "  faults {faults}")?;
        }
        if *mo > 0 {
            write!(f, "  mo {mo}")?;
        }
        Ok(())
    }
}

/// Reports until it is dropped.
pub(crate) async fn report(smsc: Arc<Smsc>, smpp: Smpp) {
    let is_terminal = std::io::stderr().is_terminal();
    let period = Duration::from_secs(if is_terminal { 1 } else { 10 });
    let mut ticks = interval(period);
    let (mut before, mut since) = (Status::default(), Instant::now());
    loop {
        let now = ticks.tick().await;
        let status = read(&smsc, &smpp, before.taken, now - since);
        if is_terminal {
            // If nobody can see it, nobody misses it.
            let _ = write!(std::io::stderr(), "{CLEAR_LINE}{status}");
        } else if status != before {
            let Status { binds, taken, receipts, held, faults, mo, .. } = status;
            let per_second = status.per_second.round();
            tracing::info!(binds, per_second, taken, receipts, held, faults, mo, "status");
        }
        (before, since) = (status, now);
    }
}

fn read(smsc: &Smsc, smpp: &Smpp, taken_before: u64, elapsed: Duration) -> Status {
    let counters = &smsc.counters;
    let taken = counters.taken.get();
    let more = taken.saturating_sub(taken_before) as f64;
    let seconds = elapsed.as_secs_f64();
    Status {
        binds: smpp.sessions().len(),
        per_second: if seconds > 0.0 { more / seconds } else { 0.0 },
        taken,
        receipts: counters.receipts.get(),
        held: smsc.messages.load(),
        faults: counters.injected.get(),
        mo: counters.mo.get(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line() {
        let status =
            Status { binds: 3, per_second: 1_234.4, taken: 99, receipts: 7, ..Default::default() };
        assert_eq!(status.to_string(), "binds 3  in 1234/s  total 99  receipts 7  held 0");
        let status = Status { faults: 2, mo: 5, ..status };
        assert!(status.to_string().ends_with("  held 0  faults 2  mo 5"));
    }
}
