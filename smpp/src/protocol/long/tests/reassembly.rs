use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;

use super::{parts_of, raw, udh};
use crate::protocol::{
    MessageState, SystemId, TlvList,
    long::{
        BadPart, DropReason, Incomplete, Limits, LongMessage, Outcome, Part, Reassembly, Reference,
        Refusal,
    },
    pdu::{DeliverSm, EsmClass},
    text::{Decoder, Method},
};

const METHODS: [Method; 4] =
    [Method::Udh8(0xA7), Method::Udh16(0xA7), Method::Sar(0xA7), Method::Sar(0xBEEF)];

fn kept(outcome: &Outcome) -> Option<(u8, u8)> {
    match outcome {
        Outcome::Kept { have, total } => Some((*have, *total)),
        _ => None,
    }
}

fn whole(outcome: Outcome) -> LongMessage {
    match outcome {
        Outcome::Complete(message) => message,
        other => panic!("not whole: {other:?}"),
    }
}

#[test]
fn each_way_of_splitting_is_put_together() {
    let text = "Ολα καλά; ".repeat(30);
    for method in METHODS {
        let mut reassembly = Reassembly::default();
        let parts = parts_of(&text, method, "shop");
        let now = Instant::now();
        for (have, part) in (1..).zip(&parts[1..]) {
            let outcome = reassembly.offer(now, part.clone()).outcome;
            assert_eq!(kept(&outcome), Some((have, parts.len() as u8)));
        }
        let message = whole(reassembly.offer(now, parts[0].clone()).outcome);
        assert_eq!((message.text(), message.len()), (text.clone(), parts.len()));
        assert_eq!(message.origin().as_bytes(), b"shop");
        assert_eq!((reassembly.len(), reassembly.octets()), (0, 0));
        assert_eq!(reassembly.next_deadline(), None);
    }
}

#[test]
fn parts_of_different_messages_do_not_join() {
    let mut reassembly = Reassembly::default();
    let now = Instant::now();
    let one = |header: &[u8]| raw(header, 0, b"x");
    let strangers = [
        one(&udh(1, 2, 1)),
        // Another reference, one of 16 bits, another number of parts.
        one(&udh(2, 2, 2)),
        one(&[6, 8, 4, 0, 1, 2, 2]),
        one(&udh(1, 3, 2)),
        // Another origin.
        parts_of(&"x".repeat(161), Method::Udh8(1), "shop").remove(1),
    ];
    for part in strangers {
        assert_eq!(kept(&reassembly.offer(now, part).outcome).map(|(have, _)| have), Some(1));
    }
    assert_eq!(reassembly.len(), 5);
}

#[test]
fn a_message_without_parts_is_whole() {
    for part in [
        raw(&[0], 0, b"hi"),
        // "Part 3 of 2" is ignored in a header.
        raw(&udh(1, 2, 3), 0, b"hi"),
        raw(&udh(1, 1, 1), 0, b"hi"),
    ] {
        let mut reassembly = Reassembly::default();
        assert_eq!(whole(reassembly.offer(Instant::now(), part).outcome).text(), "hi");
    }
    let sar = |total, sequence| {
        let tlvs = TlvList::new().sar_msg_ref_num(7).sar_total_segments(total);
        let tlvs = if sequence == 0xFF { tlvs } else { tlvs.sar_segment_seqnum(sequence) };
        let pdu = DeliverSm::builder().tlvs(tlvs).build().unwrap();
        Part::of(pdu, SystemId::EMPTY, SystemTime::now())
    };
    assert_eq!(sar(3, 2).unwrap().reference(), Some(Reference::Sar(7)));
    assert_eq!(sar(3, 0xFF).unwrap().reference(), None, "one of the three is missing");
    for (total, sequence) in [(2, 0), (2, 3), (0, 0), (0, 1)] {
        assert_eq!(sar(total, sequence).unwrap_err(), BadPart { sequence, total });
    }
    // A receipt is whole, whatever it quotes.
    let tlvs = TlvList::new().sar_msg_ref_num(7).sar_total_segments(2).sar_segment_seqnum(1);
    let tlvs = tlvs.message_state(MessageState::DELIVERED);
    let pdu = DeliverSm::builder().esm_class(EsmClass::RECEIPT).tlvs(tlvs).build().unwrap();
    assert_eq!(Part::of(pdu, SystemId::EMPTY, SystemTime::now()).unwrap().total(), 1);
}

#[test]
fn parts_of_several_alphabets_are_each_read_as_theirs() {
    let mut reassembly = Reassembly::default();
    let now = Instant::now();
    // A surrogate pair and an escape that are cut in two.
    let parts = [
        raw(&udh(1, 4, 1), 8, b"\xD8\x3D"),
        raw(&udh(1, 4, 2), 8, b"\xDE\x00"),
        raw(&udh(1, 4, 3), 0, b"5 \x1B"),
        raw(&udh(1, 4, 4), 0, b"e"),
    ];
    let mut outcomes = parts.map(|part| reassembly.offer(now, part).outcome);
    let message = whole(std::mem::replace(&mut outcomes[3], Outcome::Duplicate));
    assert_eq!(message.text(), "😀5 €");
    assert_eq!(message.data_coding(), None);
    assert_eq!(message.user_data(), b"\xD8\x3D\xDE\x005 \x1Be");
}

#[test]
fn packed_parts_are_each_unpacked() {
    let mut reassembly = Reassembly::default();
    let now = Instant::now();
    drop(reassembly.offer(now, raw(&udh(1, 2, 1), 0, &[0x82])));
    let message = whole(reassembly.offer(now, raw(&udh(1, 2, 2), 0, &[0x84])).outcome);
    assert_eq!(message.text_with(Decoder::new().packed(true)), "AB");
}

#[test]
fn the_same_again_is_a_duplicate_and_another_text_is_refused() {
    let mut reassembly = Reassembly::default();
    let now = Instant::now();
    drop(reassembly.offer(now, raw(&udh(1, 2, 1), 0, b"one")));
    let octets = reassembly.octets();
    let again = reassembly.offer(now, raw(&udh(1, 2, 1), 0, b"one")).outcome;
    assert_eq!(again, Outcome::Duplicate);
    let other = reassembly.offer(now, raw(&udh(1, 2, 1), 0, b"two")).outcome;
    assert_eq!(other, Outcome::Refused(Refusal::Conflict { sequence: 1 }));
    assert_eq!(reassembly.octets(), octets);
    let message = whole(reassembly.offer(now, raw(&udh(1, 2, 2), 0, b"!")).outcome);
    assert_eq!(message.text(), "one!");
}

#[test]
fn a_message_has_its_time_from_its_first_part() {
    let limits = Limits { timeout: Duration::from_secs(10), ..Limits::default() };
    let mut reassembly = Reassembly::new(limits);
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    drop(reassembly.offer(start, raw(&udh(1, 3, 1), 0, b"x")));
    drop(reassembly.offer(at(9), raw(&udh(1, 3, 2), 0, b"x")));
    assert_eq!(reassembly.next_deadline(), Some(at(10)));
    assert_eq!(reassembly.expire(at(9)), None);
    // The last part comes too late: it begins a message of its own.
    let late = reassembly.offer(at(10), raw(&udh(1, 3, 3), 0, b"x"));
    assert_eq!(kept(&late.outcome), Some((1, 3)));
    let [Incomplete { reason: DropReason::Expired, parts }] = &late.dropped[..] else {
        panic!("{late:?}")
    };
    assert_eq!(parts.iter().map(Part::sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(reassembly.next_deadline(), Some(at(20)));
}

#[test]
fn the_oldest_makes_room_and_what_is_too_much_alone_is_refused() {
    let cost = raw(&udh(1, 3, 1), 0, b"x").octets();
    let limits = Limits { max_bytes: 2 * cost, max_parts: 4, ..Limits::default() };
    let mut reassembly = Reassembly::new(limits);
    let now = Instant::now();
    for reference in [1, 2] {
        assert!(reassembly.offer(now, raw(&udh(reference, 4, 1), 0, b"x")).dropped.is_empty());
    }
    let third = reassembly.offer(now, raw(&udh(3, 4, 1), 0, b"x"));
    assert_eq!(third.dropped.len(), 1);
    assert_eq!(third.dropped[0].reason, DropReason::Evicted);
    assert_eq!(third.dropped[0].parts[0].reference(), Some(Reference::Udh8(1)));
    // A message's own parts are not evicted for it.
    let own = reassembly.offer(now, raw(&udh(3, 4, 2), 0, b"x"));
    assert_eq!(own.dropped[0].parts[0].reference(), Some(Reference::Udh8(2)));
    let alone = reassembly.offer(now, raw(&udh(3, 4, 3), 0, b"x")).outcome;
    let refusal = Refusal::TooLarge { octets: 3 * cost, max: 2 * cost };
    assert_eq!(alone, Outcome::Refused(refusal));
    assert_eq!(reassembly.octets(), 2 * cost);
    let many = reassembly.offer(now, raw(&udh(9, 5, 1), 0, b"x")).outcome;
    assert_eq!(many, Outcome::Refused(Refusal::TooManyParts { total: 5, max: 4 }));
}

#[test]
fn what_was_stored_for_long_is_whole_before_it_is_too_old() {
    let mut reassembly = Reassembly::default();
    let (now, age) = (Instant::now(), Duration::from_secs(3_600));
    let parts = parts_of(&"x".repeat(400), Method::Udh8(1), "shop");
    drop(reassembly.restore(now, age, parts[0].clone()));
    drop(reassembly.restore(now, age, parts[1].clone()));
    let outcome = reassembly.restore(now, age, parts[2].clone()).outcome;
    assert_eq!(whole(outcome).text(), "x".repeat(400));
    drop(reassembly.restore(now, Duration::from_secs(100), parts[1].clone()));
    drop(reassembly.restore(now, Duration::from_secs(200), parts[0].clone()));
    assert_eq!(reassembly.next_deadline(), Some(now + Duration::from_secs(100)), "of the oldest");
    assert_eq!(reassembly.parts().map(Part::sequence).collect::<Vec<_>>(), [1, 2]);
}

proptest! {
    #[test]
    fn any_order_with_duplicates_gives_the_text(
        text in "[a-zé€ş😀]{200,600}",
        method in proptest::sample::select(METHODS.to_vec()),
        swaps in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20),
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let mut parts = parts_of(&text, method, "");
        let duplicates: Vec<_> = again.iter().map(|at| at.get(&parts).clone()).collect();
        parts.extend(duplicates);
        for (one, other) in &swaps {
            let (one, other) = (one.index(parts.len()), other.index(parts.len()));
            parts.swap(one, other);
        }
        let mut reassembly = Reassembly::default();
        let now = Instant::now();
        // Until it is whole; what comes later begins another one.
        let message = parts.into_iter().find_map(|part| match reassembly.offer(now, part).outcome {
            Outcome::Complete(message) => Some(message),
            _ => None,
        });
        prop_assert_eq!(message.map(|message| message.text()), Some(text));
        prop_assert_eq!(reassembly.octets(), 0);
    }

    #[test]
    fn memory_is_bounded_and_accounted_for(
        offers in proptest::collection::vec((0..6_u8, 2..5_u8, 1..5_u8, 0..200_usize, 0..40_u64), 0..120),
        max_bytes in 0..8_000_usize,
    ) {
        let timeout = Duration::from_secs(60);
        let limits = Limits { timeout, max_bytes, max_parts: 4, ..Limits::default() };
        let mut reassembly = Reassembly::new(limits);
        let mut now = Instant::now();
        // Every part that is kept comes out once: whole, given up, or still there.
        let mut inside = 0;
        for (reference, total, sequence, length, seconds) in offers {
            now += Duration::from_secs(seconds);
            let part = raw(&udh(reference, total, sequence.min(total)), 4, &vec![b'x'; length]);
            let offered = reassembly.offer(now, part);
            inside -= offered.dropped.iter().map(|given_up| given_up.parts.len()).sum::<usize>();
            match offered.outcome {
                Outcome::Kept { .. } => inside += 1,
                Outcome::Complete(message) => inside -= message.len() - 1,
                Outcome::Duplicate | Outcome::Refused(_) => {}
            }
            prop_assert!(reassembly.octets() <= max_bytes);
            prop_assert_eq!(reassembly.parts().count(), inside);
            prop_assert_eq!(reassembly.parts().map(Part::octets).sum::<usize>(), reassembly.octets());
            prop_assert!(reassembly.next_deadline().is_none_or(|deadline| deadline > now));
        }
        now += Duration::from_secs(60);
        let expired: usize = std::iter::from_fn(|| reassembly.expire(now)).map(|it| it.parts.len()).sum();
        prop_assert_eq!(expired, inside);
        prop_assert!(reassembly.is_empty() && reassembly.octets() == 0);
    }
}
