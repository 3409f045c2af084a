use proptest::prelude::*;

use crate::protocol::{
    MessageState, Status,
    long::{Policy, StoredError, Verdict},
};

const DELIVERED: MessageState = MessageState::DELIVERED;
const FAILED: MessageState = MessageState::UNDELIVERABLE;
const EXPIRED: MessageState = MessageState::EXPIRED;

const ONE: [Policy; 4] = [Policy::All, Policy::AnyFailure, Policy::First, Policy::Last];

/// After which receipt, and with what, the sender hears.
fn heard(policy: Policy, receipts: &[(u8, MessageState)]) -> Vec<(usize, MessageState)> {
    let mut verdict = Verdict::new(3, policy);
    let mut heard = Vec::new();
    for (at, (part, state)) in receipts.iter().enumerate() {
        heard.extend(verdict.receipt(*part, *state, b"1").map(|report| (at, report.state)));
    }
    heard
}

#[test]
fn each_policy_has_its_moment() {
    let good = [(2, DELIVERED), (1, DELIVERED), (3, DELIVERED)];
    let bad = [(2, DELIVERED), (1, FAILED), (3, EXPIRED)];
    let recovers = [(1, EXPIRED), (2, FAILED), (3, DELIVERED)];
    for (policy, of_good, of_bad, of_recovering) in [
        (Policy::All, (2, DELIVERED), (1, FAILED), (0, EXPIRED)),
        (Policy::AnyFailure, (2, DELIVERED), (2, FAILED), (2, EXPIRED)),
        (Policy::First, (0, DELIVERED), (0, DELIVERED), (0, EXPIRED)),
        (Policy::Last, (2, DELIVERED), (2, EXPIRED), (2, DELIVERED)),
    ] {
        assert_eq!(heard(policy, &good), [of_good], "{policy}");
        assert_eq!(heard(policy, &bad), [of_bad], "{policy}");
        assert_eq!(heard(policy, &recovers), [of_recovering], "{policy}");
    }
    let every = [(0, DELIVERED), (1, FAILED), (2, EXPIRED)];
    assert_eq!(heard(Policy::Each, &bad), every);
}

#[test]
fn what_is_no_end_decides_nothing() {
    for policy in ONE {
        let mut verdict = Verdict::new(1, policy);
        assert_eq!(verdict.receipt(1, MessageState::ENROUTE, b""), None);
        assert_eq!(verdict.receipt(1, MessageState::ACCEPTED, b""), None);
        assert_eq!(verdict.receipt(0, FAILED, b""), None, "there is no part 0");
        assert_eq!(verdict.receipt(2, FAILED, b""), None);
        assert_eq!(verdict.answered(1, Status::ROK), None);
        assert!(!verdict.is_over());
        assert_eq!(verdict.receipt(1, DELIVERED, b"").map(|report| report.state), Some(DELIVERED));
    }
    let mut each = Verdict::new(1, Policy::Each);
    let report = each.receipt(1, MessageState::ENROUTE, b"").unwrap();
    assert_eq!((report.state, report.part), (MessageState::ENROUTE, Some(1)));
}

#[test]
fn a_part_that_is_refused_has_its_end() {
    let mut verdict = Verdict::new(2, Policy::All);
    let report = verdict.answered(2, Status::RINVDSTADR).unwrap();
    assert_eq!((report.state, report.part), (MessageState::REJECTED, Some(2)));
    assert_eq!(report.err(), b"000");
    assert_eq!(verdict.receipt(1, DELIVERED, b"000"), None);
}

#[test]
fn time_is_up_once() {
    for policy in ONE {
        let mut verdict = Verdict::new(2, policy);
        let _ = verdict.receipt(1, FAILED, b"042");
        let (over, report) = (verdict.is_over(), verdict.give_up(EXPIRED));
        assert_eq!(report.is_none(), over, "{policy}");
        if let Some(report) = report {
            assert_eq!((report.state, report.err()), (FAILED, &b"042"[..]));
        }
        assert_eq!(verdict.give_up(EXPIRED), None);
        assert_eq!(verdict.receipt(2, DELIVERED, b""), None);
    }
    let mut quiet = Verdict::new(2, Policy::All);
    assert_eq!(
        quiet.give_up(EXPIRED).map(|report| (report.state, report.part)),
        Some((EXPIRED, None))
    );
}

#[test]
fn the_receipt_counts_the_parts() {
    let mut verdict = Verdict::new(3, Policy::AnyFailure);
    let _ = verdict.receipt(1, DELIVERED, b"000");
    let _ = verdict.receipt(2, FAILED, b"0123456789");
    let report = verdict.receipt(3, DELIVERED, b"000").unwrap();
    let text = report.receipt(b"our").to_vec();
    let text = String::from_utf8_lossy(&text);
    assert!(text.starts_with("id:our sub:003 dlvrd:002 "), "{text}");
    assert!(text.contains("stat:UNDELIV err:01234567 "), "{text}");
}

#[test]
fn policies_have_names() {
    for policy in ONE.into_iter().chain([Policy::Each]) {
        assert_eq!(policy.name().parse(), Ok(policy));
    }
    assert!("some".parse::<Policy>().is_err());
}

#[test]
fn what_is_torn_or_strange_is_an_error() {
    let mut verdict = Verdict::new(2, Policy::Last);
    let _ = verdict.receipt(1, FAILED, b"042");
    let stored = verdict.encode();
    for end in 0..stored.len() {
        assert_eq!(Verdict::decode(&stored[..end]), Err(StoredError::Torn), "cut to {end}");
    }
    assert_eq!(Verdict::decode(&[&stored[..], &[0]].concat()), Err(StoredError::Torn));
    assert_eq!(Verdict::decode(&[9]), Err(StoredError::Version(9)));
    assert_eq!(Verdict::decode(&[1, 9, 0, 0, 1, 0, 0]), Err(StoredError::Value("policy")));
    assert!(Verdict::decode(&[1, 0, 0, 0, 0]).is_err(), "no part");
}

fn any_end() -> impl Strategy<Value = MessageState> {
    proptest::sample::select(vec![DELIVERED, DELIVERED, FAILED, EXPIRED, MessageState::UNKNOWN])
}

proptest! {
    /// Whatever the order, with duplicates, contradictions, states on the way and a restart anywhere: one final receipt.
    #[test]
    fn one_receipt(
        policy in proptest::sample::select(ONE.to_vec()),
        ends in proptest::collection::vec(any_end(), 1..8),
        noise in proptest::collection::vec((0..12_u8, 0..12_u8), 0..20),
        order in any::<prop::sample::Index>(),
        restart in any::<prop::sample::Index>(),
    ) {
        let parts = ends.len() as u8;
        let mut receipts: Vec<(u8, MessageState)> = (1..=parts).zip(ends).collect();
        receipts.extend(noise.iter().map(|(part, code)| (*part, MessageState::from_code(*code))));
        let by = order.index(receipts.len());
        receipts.rotate_left(by);
        let mut verdict = Verdict::new(parts, policy);
        let mut reports = Vec::new();
        let restart = restart.index(receipts.len());
        for (at, (part, state)) in receipts.into_iter().enumerate() {
            if at == restart {
                let again = Verdict::decode(&verdict.encode());
                prop_assert_eq!(again.as_ref(), Ok(&verdict));
                verdict = again.unwrap();
            }
            reports.extend(verdict.receipt(part, state, b"000"));
        }
        prop_assert_eq!(reports.len(), 1);
        let report = reports[0];
        prop_assert!(report.state.is_final() && verdict.is_over());
        prop_assert_eq!(verdict.give_up(EXPIRED), None);
        if matches!(policy, Policy::All | Policy::AnyFailure) {
            prop_assert_eq!(report.state == DELIVERED, report.delivered == parts);
        }
    }

    #[test]
    fn no_octets_panic(octets: Vec<u8>) {
        if let Ok(verdict) = Verdict::decode(&octets) {
            prop_assert_eq!(verdict.encode(), octets);
        }
    }
}
