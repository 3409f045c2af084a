//! Records as stores hold them: messages of the spool, and what the store on disk puts around them.

use std::time::{Duration, UNIX_EPOCH};

use wirepath_runtime::store::{
    Item, ItemId, Lane,
    record::{self, Record},
};
use wirepath_smpp::spool;

use crate::Octets;

/// What the spool keeps of a reason, in octets.
const LONGEST_REASON: usize = 512;

/// The target: the first octet says what the rest is: a message of the spool, or a record of the store with its key, as it is,
/// under the right checksum, or made up and then changed.
pub fn any_octets(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    if choice % 4 == 0 {
        return message(rest);
    }
    let mut octets = Octets::new(rest);
    match choice % 4 {
        1 => as_it_is(&mut octets),
        2 => sealed(&mut octets),
        _ => changed(&mut octets),
    }
}

/// A message as the spool stores it.
///
/// # Panics
///
/// If what is read is not written the same again.
pub fn message(octets: &[u8]) {
    let Ok(read) = spool::Record::decode(octets.to_vec().into()) else { return };
    // Whatever is in the place of the PDU, it is one or an error.
    let _ = (read.submitted(), read.submit_sm(), read.deliver_sm());
    let written = read.encode();
    let again = spool::Record::decode(written.clone());
    if read.reason.len() <= LONGEST_REASON {
        assert_eq!(written, octets);
        assert_eq!(again.as_ref(), Ok(&read));
    }
    assert_eq!(again.map(|again| again.encode()), Ok(written));
}

fn as_it_is(octets: &mut Octets<'_>) {
    let key = key(octets);
    reads_back(key, octets.take(usize::MAX));
}

/// Behind the right checksum, or hardly anything but the checksum would be looked at.
fn sealed(octets: &mut Octets<'_>) {
    let key = key(octets);
    let rest = octets.take(usize::MAX);
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&(key.len() as u32).to_be_bytes());
    checksum.update(key);
    checksum.update(rest);
    let head = [&[record::VERSION][..], &checksum.finalize().to_be_bytes()].concat();
    reads_back(key, &[&head, rest].concat());
}

/// # Panics
///
/// If a record is read that is not written the same from then on.
fn reads_back(key: &[u8], octets: &[u8]) {
    let Ok(read) = record::decode(key, octets.to_vec().into()) else { return };
    let mut written = Vec::new();
    assert_eq!(record::encode(key, &read, &mut written), written.len());
    // The times of an item are bounded when they are read.
    assert!(matches!(read, Record::Item(_)) || written == octets);
    assert_eq!(record::decode(key, written.into()), Ok(read));
}

/// # Panics
///
/// If a record is not read as it was written, or is read at all with an octet changed, cut short, or under another key.
fn changed(octets: &mut Octets<'_>) {
    let is_item = octets.next_u8() & 1 == 0;
    let number = u64::from(octets.next_u16());
    let (at, by) = (usize::from(octets.next_u16()), octets.next_u8().max(1));
    let time = UNIX_EPOCH + Duration::from_millis(u64::from(octets.next_u16()) << 24);
    let lane = String::from_utf8_lossy(octets.take(usize::from(at as u8 % 32))).into_owned();
    let body = octets.take(usize::MAX).to_vec();
    let key = number.to_be_bytes();
    let built = match is_item {
        true => Record::Item(Item {
            priority: by % 4,
            due: time,
            queued: time,
            attempts: number as u32,
            ..Item::new(ItemId(number), Lane::from(lane), body)
        }),
        false => Record::Value { value: body.into(), expires: number << 24 },
    };
    let mut written = Vec::new();
    record::encode(&key, &built, &mut written);
    assert_eq!(record::decode(&key, written.clone().into()).as_ref(), Ok(&built));
    let other = (number ^ u64::from(by)).to_be_bytes();
    assert!(record::decode(&other, written.clone().into()).is_err(), "read under another key");
    let at = at % written.len();
    assert!(
        record::decode(&key, written[..at].to_vec().into()).is_err(),
        "read though cut at {at}"
    );
    written[at] ^= by;
    assert!(record::decode(&key, written.into()).is_err(), "read though octet {at} was changed");
}

fn key<'a>(octets: &mut Octets<'a>) -> &'a [u8] {
    let length = octets.next_u8();
    octets.take(length.into())
}
