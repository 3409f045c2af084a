//! What time it is.

/// Seconds since 1970, by the clock that the system sets with each tick, some milliseconds at most behind the one that it computes
/// when it is asked: that takes 35 ns, and is asked with each response.
#[cfg(target_os = "linux")]
#[inline]
pub(super) fn seconds() -> u64 {
    let now = nix::time::ClockId::CLOCK_REALTIME_COARSE.now();
    now.ok().and_then(|now| u64::try_from(now.tv_sec()).ok()).unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn seconds() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn it_is_the_time() {
        let before = UNIX_EPOCH.elapsed().unwrap().as_secs();
        // A tick takes less than a second.
        assert!((before - 1..=before + 60).contains(&seconds()));
    }
}
