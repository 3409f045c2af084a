//! When a message is sent, and until when it is tried.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    config::SpoolConfig,
    protocol::{SmppTime, Status},
};

/// Due at once. The store keeps times to the millisecond, and rounds up: the present would be a moment away.
pub(super) const AT_ONCE: SystemTime = UNIX_EPOCH;

/// When a message is sent first, and when it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Not before.
    pub(super) due: SystemTime,
    /// Not after.
    pub(super) deadline: SystemTime,
}

impl Times {
    /// Those of a message that asks for `schedule` (SMPP 3.4 §5.2.15) and `validity` (§5.2.16).
    ///
    /// A time of delivery that has passed is now. A validity that ends before the delivery can begin is refused.
    pub(super) fn of(
        schedule: Option<SmppTime>,
        validity: Option<SmppTime>,
        now: SystemTime,
        config: &SpoolConfig,
    ) -> Result<Self, Status> {
        let after = |from: SystemTime, ms: u64, status| {
            from.checked_add(Duration::from_millis(ms)).ok_or(status)
        };
        let latest = after(now, config.max_validity_ms, Status::RINVEXPIRY)?;
        let due = match schedule {
            None => now,
            Some(at) => at.resolve(now).ok_or(Status::RINVSCHED)?.max(now),
        };
        if due > latest {
            return Err(Status::RINVSCHED);
        }
        let deadline = match validity {
            // From the delivery on: what is scheduled for tomorrow has its time then.
            None => after(due, config.validity_ms, Status::RINVEXPIRY)?,
            Some(until) => until.resolve(now).ok_or(Status::RINVEXPIRY)?,
        };
        if deadline <= due {
            return Err(Status::RINVEXPIRY);
        }
        let latest = after(due, config.max_validity_ms, Status::RINVEXPIRY)?;
        let due = if due == now { AT_ONCE } else { due };
        Ok(Self { due, deadline: deadline.min(latest) })
    }

    /// Those of a message that says how many seconds it may wait (SMPP 3.4 §5.3.2.9), or does not.
    pub(super) fn of_life(
        seconds: Option<u32>,
        now: SystemTime,
        config: &SpoolConfig,
    ) -> Result<Self, Status> {
        let wish = seconds.map_or(config.validity_ms, |seconds| u64::from(seconds) * 1_000);
        let life = Duration::from_millis(wish.min(config.max_validity_ms));
        let deadline = now.checked_add(life).filter(|deadline| *deadline > now);
        Ok(Self { due: AT_ONCE, deadline: deadline.ok_or(Status::RINVEXPIRY)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn of(schedule: &[u8], validity: &[u8]) -> Result<Times, Status> {
        let parse = |octets: &[u8]| (!octets.is_empty()).then(|| SmppTime::parse(octets).unwrap());
        Times::of(parse(schedule), parse(validity), now(), &SpoolConfig::default())
    }

    #[test]
    fn at_once_for_two_days_by_default() {
        assert_eq!(of(b"", b""), Ok(Times { due: AT_ONCE, deadline: now() + 48 * HOUR }));
    }

    #[test]
    fn a_scheduled_message_has_its_time_from_then_on() {
        let times = of(b"000001000000000R", b"").unwrap();
        assert_eq!(times, Times { due: now() + 24 * HOUR, deadline: now() + 72 * HOUR });
        let past = of(b"000101000000000+", b"").unwrap();
        assert_eq!(past.due, AT_ONCE);
    }

    #[test]
    fn a_validity_counts_from_now() {
        let times = of(b"", b"000000010000000R").unwrap();
        assert_eq!(times.deadline, now() + HOUR);
        let long = of(b"", b"010000000000000R").unwrap();
        assert_eq!(long.deadline, now() + 7 * 24 * HOUR);
    }

    #[test]
    fn seconds_of_life_count_from_now() {
        let of = |seconds| Times::of_life(seconds, now(), &SpoolConfig::default());
        assert_eq!(of(Some(60)), Ok(Times { due: AT_ONCE, deadline: now() + HOUR / 60 }));
        assert_eq!(of(None).unwrap().deadline, now() + 48 * HOUR);
        assert_eq!(of(Some(u32::MAX)).unwrap().deadline, now() + 7 * 24 * HOUR);
        assert_eq!(of(Some(0)), Err(Status::RINVEXPIRY));
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        assert_eq!(of(b"010000000000000R", b""), Err(Status::RINVSCHED));
        assert_eq!(of(b"", b"000101000000000+"), Err(Status::RINVEXPIRY));
        assert_eq!(of(b"000001000000000R", b"000000010000000R"), Err(Status::RINVEXPIRY));
    }
}
