//! What follows an attempt.

use std::time::Duration;

use wirepath_runtime::backoff::Backoff;

use crate::{
    config::{FailoverOn, Resend, SpoolConfig},
    handle::SendError,
    protocol::{MessageState, Status},
    routing::StatusClass,
};

use super::record::ErrorCode;

/// What is waited before a message is sent again that an SMSC would have later. The bind itself is slowed down at once.
const THROTTLED: Duration = Duration::from_secs(1);

/// What follows an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing happened to it: it goes back to its place.
    Back,
    /// The same bind again, after this; it counts as an attempt or not.
    Later { after: Duration, counts: bool },
    /// The next bind of the chain, after this.
    Onward { after: Duration },
    /// It has ended.
    Settle { state: MessageState, err: ErrorCode },
}

/// What is known of a message that failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed<'a> {
    pub(super) error: &'a SendError,
    /// Attempts before this one.
    pub(super) attempts: u32,
    /// Binds in its chain.
    pub(super) binds: usize,
    /// After which failures the next bind is tried.
    pub(super) failover: Failover,
    pub(super) resend: Resend,
    /// Any number, for the jitter.
    pub(super) random: u64,
}

/// After which failures the next bind is tried: a bit each, for classes of status and for a bind that is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Failover(pub(super) u8);

impl Failover {
    pub(super) const THROTTLED: u8 = 1;
    pub(super) const TEMPORARY: u8 = 2;
    pub(super) const PERMANENT: u8 = 4;
    pub(super) const DOWN: u8 = 8;

    pub(super) const UNANSWERED: u8 = 16;

    /// What a route says.
    pub(super) fn new(fails_over: impl Fn(FailoverOn) -> bool) -> Self {
        let bits = [
            (FailoverOn::Throttled, Self::THROTTLED),
            (FailoverOn::Temporary, Self::TEMPORARY),
            (FailoverOn::Permanent, Self::PERMANENT),
            (FailoverOn::Down, Self::DOWN),
            (FailoverOn::Unanswered, Self::UNANSWERED),
        ];
        let bits = bits.into_iter().filter(|(failure, _)| fails_over(*failure));
        Self(bits.fold(0, |all, (_, bit)| all | bit))
    }

    /// Whether a message stays with the first bind while that is down.
    pub(super) const fn waits_for_first(self) -> bool {
        self.0 & Self::DOWN == 0
    }

    fn has(self, class: StatusClass) -> bool {
        let bit = match class {
            StatusClass::Throttled => Self::THROTTLED,
            StatusClass::Temporary | StatusClass::Elsewhere => Self::TEMPORARY,
            StatusClass::Permanent => Self::PERMANENT,
            StatusClass::Ok => 0,
        };
        self.0 & bit != 0
    }
}

impl Failed<'_> {
    /// What follows.
    pub(super) fn next(self, config: &SpoolConfig) -> Next {
        let class = match self.error {
            SendError::NotBound | SendError::SessionLost { sent: false } => return Next::Back,
            error if error.may_have_arrived() => return self.lost(config),
            SendError::Rejected(status) => StatusClass::of(*status),
            SendError::Busy | SendError::Uncollected => StatusClass::Throttled,
            // What this bind cannot carry, whatever its state: another one may.
            SendError::NotAllowed { .. } | SendError::NeedsNewer { .. } | SendError::Build(_) => {
                StatusClass::Permanent
            }
            _ => StatusClass::Temporary,
        };
        if self.binds > 1 && self.failover.has(class) {
            return self.onward(class, config);
        }
        match class {
            StatusClass::Permanent => self.rejected(),
            StatusClass::Throttled => Next::Later { after: THROTTLED, counts: false },
            // Elsewhere, and there is no other bind: whoever runs this may come to terms with the SMSC meanwhile.
            StatusClass::Temporary | StatusClass::Elsewhere | StatusClass::Ok => {
                Next::Later { after: self.delay(self.attempts, config), counts: true }
            }
        }
    }

    /// The peer may have it.
    fn lost(self, config: &SpoolConfig) -> Next {
        match self.resend {
            Resend::Again if self.binds > 1 && self.failover.0 & Failover::UNANSWERED != 0 => {
                self.onward(StatusClass::Temporary, config)
            }
            Resend::Again => Next::Later { after: self.delay(self.attempts, config), counts: true },
            Resend::Never => {
                Next::Settle { state: MessageState::UNKNOWN, err: ErrorCode::new(b"LOST") }
            }
        }
    }

    /// The next bind at once, and after the last one the first again, but later.
    fn onward(self, class: StatusClass, config: &SpoolConfig) -> Next {
        let binds = u32::try_from(self.binds).unwrap_or(u32::MAX);
        let done = self.attempts.saturating_add(1);
        let rounds = done.checked_div(binds).unwrap_or_default();
        if done.checked_rem(binds) != Some(0) {
            return Next::Onward { after: Duration::ZERO };
        }
        match class {
            // Every bind has refused it for good.
            StatusClass::Permanent => self.rejected(),
            _ => Next::Onward { after: self.delay(rounds.saturating_sub(1), config) },
        }
    }

    fn rejected(self) -> Next {
        let code = match self.error {
            SendError::Rejected(status) => code_of(*status),
            _ => ErrorCode::new(b"NOT"),
        };
        Next::Settle { state: MessageState::REJECTED, err: code }
    }

    fn delay(self, failures: u32, config: &SpoolConfig) -> Duration {
        let first = Duration::from_millis(config.retry_first_ms);
        let longest = Duration::from_millis(config.retry_longest_ms);
        Backoff::new(first, longest).failed(failures).next_delay(self.random)
    }
}

/// A status as the `err` of a receipt: its hexadecimal digits, at least three of them.
fn code_of(status: Status) -> ErrorCode {
    ErrorCode::new(format!("{:03X}", status.code()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(error: &SendError) -> Failed<'_> {
        let failover = Failover(Failover::TEMPORARY | Failover::PERMANENT);
        Failed { error, attempts: 0, binds: 1, failover, resend: Resend::Again, random: 0 }
    }

    fn next(failed: Failed<'_>) -> Next {
        failed.next(&SpoolConfig::default())
    }

    fn later(seconds: u64) -> Next {
        Next::Later { after: Duration::from_secs(seconds), counts: true }
    }

    #[test]
    fn what_was_not_sent_keeps_its_place() {
        for error in [SendError::NotBound, SendError::SessionLost { sent: false }] {
            assert_eq!(next(failed(&error)), Next::Back);
        }
    }

    #[test]
    fn what_may_pass_later_is_tried_less_and_less_often() {
        let error = SendError::Rejected(Status::RSYSERR);
        let seconds = [0, 1, 2, 20].map(|attempts| next(Failed { attempts, ..failed(&error) }));
        assert_eq!(seconds, [5, 10, 20, 900].map(later));
    }

    #[test]
    fn too_much_is_no_attempt() {
        let error = SendError::Rejected(Status::RTHROTTLED);
        let expected = Next::Later { after: THROTTLED, counts: false };
        assert_eq!(next(failed(&error)), expected);
    }

    #[test]
    fn what_will_not_pass_is_rejected_with_its_status() {
        let error = SendError::Rejected(Status::RINVDSTADR);
        let expected = Next::Settle { state: MessageState::REJECTED, err: ErrorCode::new(b"00B") };
        assert_eq!(next(failed(&error)), expected);
    }

    #[test]
    fn the_next_bind_at_once_and_the_first_again_later() {
        let error = SendError::Rejected(Status::RSYSERR);
        let found = [0, 1, 2, 3].map(|attempts| {
            let failed = Failed { attempts, binds: 2, ..failed(&error) };
            match next(failed) {
                Next::Onward { after } => after.as_secs(),
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(found, [0, 5, 0, 10]);
    }

    #[test]
    fn what_every_bind_refuses_for_good_is_rejected() {
        let error = SendError::Rejected(Status::RINVDSTADR);
        let first = Failed { binds: 2, ..failed(&error) };
        assert_eq!(next(first), Next::Onward { after: Duration::ZERO });
        assert!(matches!(next(Failed { attempts: 1, ..first }), Next::Settle { .. }));
        let keeps = Failed { failover: Failover(Failover::TEMPORARY), ..first };
        assert!(matches!(next(keeps), Next::Settle { .. }));
    }

    #[test]
    fn a_lost_answer_is_as_the_bind_says() {
        for error in [SendError::TimedOut, SendError::SessionLost { sent: true }] {
            assert_eq!(next(failed(&error)), later(5));
            let never = Failed { resend: Resend::Never, ..failed(&error) };
            assert!(matches!(next(never), Next::Settle { state: MessageState::UNKNOWN, .. }));
        }
    }
}
