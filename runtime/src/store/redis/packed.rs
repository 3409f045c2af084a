//! An item as it stands in the hash of items.
//!
//! ```text
//!  octet 0   four times the millisecond when it is due, and 3 less its priority: 16 digits, which the scripts read
//!       16   length of the lane's name, and the name
//!        …   when it was queued, milliseconds since 1970: u64
//!        …   attempts: u32
//!        …   the body, to the end
//! ```

use bytes::{Buf, Bytes};

use crate::store::time::{floor_ms, from_ms};
use crate::store::{Item, ItemId, Lane};

const DIGITS: usize = 16;
/// Scores of one millisecond, a priority each.
const RANKS: u64 = 4;

/// The octets of an item within its [bounds](crate::store::Batch::validate).
pub(super) fn pack(item: &Item) -> Vec<u8> {
    let lane = item.lane.as_str();
    let mut out = Vec::with_capacity(DIGITS + 13 + lane.len() + item.body.len());
    let rank = Item::MAX_PRIORITY.saturating_sub(item.priority);
    // 16 digits, as times end with the year 10,000.
    let score = floor_ms(item.due).saturating_mul(RANKS).saturating_add(u64::from(rank));
    let digits = digits(ItemId(score));
    out.extend_from_slice(digits.get(digits.len() - DIGITS..).unwrap_or_default());
    // 255 at most.
    out.push(lane.len() as u8);
    out.extend_from_slice(lane.as_bytes());
    out.extend_from_slice(&floor_ms(item.queued).to_be_bytes());
    out.extend_from_slice(&item.attempts.to_be_bytes());
    out.extend_from_slice(&item.body);
    out
}

/// `None` for octets that [`pack`] did not write.
pub(super) fn unpack(id: ItemId, mut octets: Bytes) -> Option<Item> {
    let (digits, rest) = octets.split_at_checked(DIGITS)?;
    let score: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (length, rest) = rest.split_first()?;
    let lane = Lane::from(std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?);
    octets.advance(DIGITS + 1 + usize::from(*length));
    let queued = from_ms(octets.try_get_u64().ok()?);
    let attempts = octets.try_get_u32().ok()?;
    // Below four.
    let priority = Item::MAX_PRIORITY.checked_sub((score % RANKS) as u8)?;
    Some(Item { id, lane, priority, due: from_ms(score / RANKS), queued, attempts, body: octets })
}

/// A number as the scripts have it: texts of one length sort as the numbers do.
pub(super) fn digits(id: ItemId) -> [u8; 20] {
    let (mut out, mut left) = ([b'0'; 20], id.0);
    for digit in out.iter_mut().rev() {
        // Below ten.
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn item() -> Item {
        Item {
            priority: 1,
            due: UNIX_EPOCH + Duration::from_millis(1_800_000_000_123),
            queued: UNIX_EPOCH + Duration::from_millis(1_700_000_000_456),
            attempts: u32::MAX,
            ..Item::new(ItemId(7), "in:shop", "hello")
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let octets = pack(&item());
        assert!(octets.starts_with(b"0007200000000494\x07in:shop"));
        assert_eq!(unpack(ItemId(7), octets.into()), Some(item()));
        let lane = Lane::from("x".repeat(Lane::MAX));
        let far = Duration::from_millis(crate::store::time::MAX);
        let longest = Item { lane, due: UNIX_EPOCH + far, body: Bytes::new(), ..item() };
        assert_eq!(unpack(ItemId(7), pack(&longest).into()), Some(longest));
    }

    #[test]
    fn what_is_damaged_is_nothing() {
        let octets = Bytes::from(pack(&item()));
        let head = octets.len() - item().body.len();
        for length in 0..head {
            assert_eq!(unpack(ItemId(7), octets.slice(..length)), None, "{length}");
        }
        for place in 0..octets.len() {
            for odd in [0, b'9', 0xFF] {
                let mut changed = octets.to_vec();
                changed[place] = odd;
                // An item or none, and no panic.
                let _ = unpack(ItemId(7), changed.into());
            }
        }
    }

    #[test]
    fn numbers_of_one_length() {
        assert_eq!(&digits(ItemId(7)), b"00000000000000000007");
        assert_eq!(&digits(ItemId(u64::MAX)), b"18446744073709551615");
    }
}
