//! How it goes: a line a second on a terminal, a log line every ten seconds elsewhere.

use std::{
    fmt,
    io::{IsTerminal, Write as _},
    time::{Duration, SystemTime},
};

use smsc::logs::CLEAR_LINE;
use tokio::time::interval;
use wirepath::{
    smpp::{Smpp, spool::Spool},
    store::Depth,
};

/// How it goes at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Status {
    sessions: usize,
    accepted: u64,
    sent: u64,
    receipts: u64,
    waiting: u64,
    dead: u64,
    /// Whole seconds that the oldest of those that wait has waited.
    oldest: u64,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sessions, accepted, sent, receipts, waiting, dead, oldest } = self;
        write!(
            f,
            "sessions {sessions}  accepted {accepted}  sent {sent}  receipts {receipts}  waiting {waiting}  dead {dead}  oldest {oldest}s"
        )
    }
}

/// Reports until it is dropped.
pub(crate) async fn report(spool: Option<Spool>, smpp: Smpp) {
    let is_terminal = std::io::stderr().is_terminal();
    let mut ticks = interval(Duration::from_secs(if is_terminal { 1 } else { 10 }));
    let mut before = Status::default();
    loop {
        ticks.tick().await;
        let sessions = smpp.sessions().len();
        let status = match &spool {
            None => Status { sessions, ..Status::default() },
            Some(spool) => match spool.depths().await {
                Ok(depths) => read(spool, sessions, &depths),
                // Whoever needs the store says so.
                Err(_) => continue,
            },
        };
        if is_terminal {
            // If nobody can see it, nobody misses it.
            let _ = write!(std::io::stderr(), "{CLEAR_LINE}{status}");
        } else if status != before {
            let Status { sessions, accepted, sent, receipts, waiting, dead, oldest } = status;
            tracing::info!(sessions, accepted, sent, receipts, waiting, dead, oldest, "status");
        }
        before = status;
    }
}

fn read(spool: &Spool, sessions: usize, depths: &[Depth]) -> Status {
    let totals = spool.totals();
    let mut status = Status {
        sessions,
        accepted: totals.accepted,
        sent: totals.sent,
        receipts: totals.receipts,
        ..Status::default()
    };
    let mut oldest: Option<SystemTime> = None;
    for depth in depths {
        let all = depth.ready.saturating_add(depth.delayed).saturating_add(depth.leased);
        if depth.lane.as_str() == crate::ask::DEAD {
            status.dead = status.dead.saturating_add(all);
            continue;
        }
        status.waiting = status.waiting.saturating_add(all);
        oldest = [oldest, depth.oldest].into_iter().flatten().min();
    }
    status.oldest = oldest.map_or(0, |at| at.elapsed().unwrap_or_default().as_secs());
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line() {
        let status = Status {
            sessions: 2,
            accepted: 9,
            sent: 8,
            waiting: 1,
            oldest: 3,
            ..Status::default()
        };
        assert_eq!(
            status.to_string(),
            "sessions 2  accepted 9  sent 8  receipts 0  waiting 1  dead 0  oldest 3s"
        );
    }
}
