//! The seeds of stored records, made by what writes such records.

use std::{
    fs,
    time::{Duration, UNIX_EPOCH},
};

use bytes::BytesMut;
use wirepath_runtime::store::{
    Item, ItemId,
    record::{self, Record, Totals},
};
use wirepath_smpp::{DataSm, DeliverSm, MessageState, Pdu, SubmitSm, TlvList, spool};

use crate::replay::seeds;

/// A message of the spool, laid out by hand as its documentation says: only the spool makes one.
fn message(stage: u8, state: MessageState, reason: &str, pdu: &impl Pdu) -> Vec<u8> {
    one_of(None, stage, state, reason, pdu)
}

/// The same for one of several that its sender has one number for.
fn one_of(
    multi: Option<u64>,
    stage: u8,
    state: MessageState,
    reason: &str,
    pdu: &impl Pdu,
) -> Vec<u8> {
    let version = if multi.is_some() { 2 } else { 1 };
    let mut octets = vec![version, stage, state.code(), 10, b'0', b'1', b'1', 0, 3];
    for at in [1_800_000_000_000_u64, 1_800_000_060_000, 1_800_172_800_000, 7, 9] {
        octets.extend(at.to_be_bytes());
    }
    octets.extend(multi.into_iter().flat_map(u64::to_be_bytes));
    for text in ["shop", "alpha", "00C0FFEE"] {
        octets.push(text.len() as u8);
        octets.extend(text.as_bytes());
    }
    octets.extend(b"\x02\x05alpha\x04beta");
    octets.extend((reason.len() as u16).to_be_bytes());
    octets.extend(reason.as_bytes());
    octets.extend(b"\x00\x00");
    let mut encoded = BytesMut::new();
    pdu.encode(1, &mut encoded);
    octets.extend(encoded);
    octets
}

fn submit_sm() -> SubmitSm {
    SubmitSm::builder()
        .source("SHOP")
        .destination("31612345678")
        .short_message("hi")
        .build()
        .unwrap()
}

fn data_sm() -> DataSm {
    let tlvs = TlvList::new().message_payload(b"hi").qos_time_to_live(60);
    DataSm::builder().source("SHOP").destination("31612345678").tlvs(tlvs).build().unwrap()
}

fn deliver_sm() -> DeliverSm {
    DeliverSm::builder()
        .source("31612345678")
        .destination("8888")
        .short_message("hi")
        .build()
        .unwrap()
}

/// A record of the store behind its key, as the target reads it.
fn stored(key: &[u8], record: &Record) -> Vec<u8> {
    let mut octets = vec![1, key.len() as u8];
    octets.extend(key);
    record::encode(key, record, &mut octets);
    octets
}

/// The same, without version and checksum: the target puts them in front.
fn unsealed(key: &[u8], record: &Record) -> Vec<u8> {
    let mut octets = stored(key, record);
    octets.drain(2 + key.len()..2 + key.len() + 5);
    octets[0] = 2;
    octets
}

fn all() -> Vec<(&'static str, Vec<u8>)> {
    let spooled = |octets: Vec<u8>| [&[0][..], &octets].concat();
    let waiting = message(0, MessageState::ENROUTE, "", &submit_sm());
    let dead = message(4, MessageState::REJECTED, "REJECTED by `alpha`", &submit_sm());
    let at = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let item = Item {
        priority: 3,
        due: at,
        queued: at,
        ..Item::new(ItemId(7), "out:alpha>beta", waiting.clone())
    };
    let item = Record::Item(item);
    let value =
        Record::Value { value: 7_u64.to_be_bytes().to_vec().into(), expires: 1_800_000_000_000 };
    let totals = Record::Totals(Totals { ceiling: 4_097, keys: 2, key_octets: 64 });
    let number = 7_u64.to_be_bytes();
    vec![
        ("spool_torn", spooled(waiting[..60].to_vec())),
        ("spool_waiting", spooled(waiting)),
        ("spool_dead", spooled(dead)),
        ("spool_data", spooled(message(1, MessageState::ENROUTE, "", &data_sm()))),
        ("spool_multi", spooled(one_of(Some(4711), 0, MessageState::ENROUTE, "", &submit_sm()))),
        (
            "spool_multi_torn",
            spooled(one_of(Some(4711), 0, MessageState::ENROUTE, "", &submit_sm())[..52].to_vec()),
        ),
        ("spool_inbound", spooled(message(3, MessageState::ENROUTE, "", &deliver_sm()))),
        (
            "spool_long_reason",
            spooled(message(4, MessageState::UNKNOWN, &"é".repeat(300), &submit_sm())),
        ),
        ("store_item", stored(&number, &item)),
        ("store_value", stored(b"c:alpha\x0000C0FFEE", &value)),
        ("store_totals", stored(b"totals", &totals)),
        ("sealed_item", unsealed(&number, &item)),
        ("sealed_value", unsealed(b"c:alpha\x0000C0FFEE", &value)),
        ("changed_item", b"\x03\x00\x00\x07\x00\x09\x40\x18\x00out:alphabody".to_vec()),
        ("changed_value", b"\x03\x01\x00\x07\x00\x02\x01\x18\x00value".to_vec()),
    ]
}

/// One file each, under its name.
#[test]
fn records_are_seeds() {
    let write = std::env::var_os("WIREPATH_WRITE_SEEDS").is_some();
    for (name, octets) in all() {
        let seed = seeds("records").join(name);
        if write {
            fs::create_dir_all(seeds("records")).unwrap();
            fs::write(&seed, &octets).unwrap();
        }
        let is_there = fs::read(&seed).is_ok_and(|there| there == octets);
        assert!(is_there, "{name}: set WIREPATH_WRITE_SEEDS once");
    }
}

/// The seeds reach what they are named after: they are read, and the torn one is not.
#[test]
fn seeds_are_what_they_are_called() {
    let read = |name: &str| fs::read(seeds("records").join(name)).unwrap()[1..].to_vec();
    let spooled = |name: &str| spool::Record::decode(read(name).into());
    assert_eq!(spooled("spool_waiting").unwrap().submit_sm().unwrap().source().digits, b"SHOP");
    assert_eq!(spooled("spool_dead").unwrap().stage, spool::Stage::Dead);
    assert_eq!(
        spooled("spool_inbound").unwrap().deliver_sm().unwrap().destination().digits,
        b"8888"
    );
    assert_eq!(spooled("spool_data").unwrap().data_sm().unwrap().source().digits, b"SHOP");
    let multi = spooled("spool_multi").unwrap();
    assert_eq!((multi.multi, multi.submitted().is_ok()), (Some(ItemId(4711)), true));
    assert_eq!(spooled("spool_multi_torn"), Err(spool::RecordError::Short));
    assert_eq!(spooled("spool_long_reason").unwrap().reason.len(), 600);
    assert_eq!(spooled("spool_torn"), Err(spool::RecordError::Short));
    for name in ["store_item", "store_value", "store_totals"] {
        let octets = read(name);
        let (key, record) = octets[1..].split_at(octets[0].into());
        assert!(record::decode(key, record.to_vec().into()).is_ok(), "{name}");
    }
}
