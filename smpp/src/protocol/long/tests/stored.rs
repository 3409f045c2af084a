use std::time::SystemTime;

use proptest::prelude::*;

use super::{parts_of, raw, udh};
use crate::protocol::{
    SystemId, TlvList,
    long::{BadPart, Part, StoredError},
    pdu::{DataSm, DeliverSm, Pdu, QuerySm},
    text::Method,
};

#[test]
fn what_is_stored_is_read_back() {
    let mut parts = parts_of(&"x".repeat(400), Method::Sar(7), "shop");
    let data = DataSm::builder().build().unwrap();
    parts.push(Part::of(data, SystemId::EMPTY, SystemTime::UNIX_EPOCH).unwrap());
    let deliver = DeliverSm::builder().short_message("hi").build().unwrap();
    parts.push(Part::of(deliver, SystemId::EMPTY, SystemTime::now()).unwrap());
    for part in parts {
        let stored = part.encode();
        let read = Part::decode(&stored).unwrap();
        assert_eq!(read, part);
        assert_eq!((read.received(), read.origin()), (part.received(), part.origin()));
        assert_eq!((read.octets(), read.encode()), (part.octets(), stored));
    }
}

#[test]
fn what_is_torn_or_strange_is_an_error() {
    let stored = raw(&udh(1, 2, 1), 0, b"text").encode();
    for end in 0..stored.len() {
        assert_eq!(Part::decode(&stored[..end]), Err(StoredError::Torn), "cut to {end}");
    }
    assert_eq!(Part::decode(&[&stored[..], &[0]].concat()), Err(StoredError::Torn));
    let changed = |at: usize, octet: u8| {
        let mut stored = stored.clone();
        stored[at] = octet;
        Part::decode(&stored)
    };
    assert_eq!(changed(0, 2), Err(StoredError::Version(2)));
    assert_eq!(changed(9, 200), Err(StoredError::Torn));
    let mut behind = stored[..10].to_vec();
    let query = QuerySm::builder().build().unwrap();
    behind.extend(query.frame().as_bytes());
    assert!(matches!(Part::decode(&behind), Err(StoredError::Pdu(_))), "{:?}", query.command());
    let tlvs = TlvList::new().sar_msg_ref_num(7).sar_total_segments(2).sar_segment_seqnum(3);
    behind.truncate(10);
    behind.extend(DataSm::builder().tlvs(tlvs).build().unwrap().frame().as_bytes());
    let bad = BadPart { sequence: 3, total: 2 };
    assert_eq!(Part::decode(&behind), Err(StoredError::Part(bad)));
}

proptest! {
    #[test]
    fn no_octets_panic(octets: Vec<u8>, at: prop::sample::Index, octet: u8) {
        let _ = Part::decode(&octets);
        let mut stored = raw(&udh(1, 2, 1), 0, b"text").encode();
        let at = at.index(stored.len());
        stored[at] = octet;
        if let Ok(part) = Part::decode(&stored) {
            prop_assert_eq!(part.encode(), stored);
        }
    }
}
