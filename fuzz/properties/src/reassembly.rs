//! Long messages put together, against a model that is as simple as can be; and what a store gives back.

use std::time::{Duration, Instant, SystemTime};

use wirepath_smpp::{
    SubmitSm, SystemId, TlvList,
    long::{
        DropReason, Incomplete, Limits, MessagePdu, Outcome, Part, Policy, Reassembly, Refusal,
        Verdict,
    },
};

use crate::Octets;

/// The target: the first octet says what the rest is: stored octets, or operations.
pub fn any_octets(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 4 {
        0 => stored(rest),
        1 => verdicts(&mut Octets::new(rest)),
        _ => any_operations(rest),
    }
}

/// # Panics
///
/// If what is read is not written the same again.
pub fn stored(octets: &[u8]) {
    if let Ok(part) = Part::decode(octets) {
        assert_eq!(part.encode(), octets);
        assert!((1..=part.total()).contains(&part.sequence()));
        let mut reassembly = Reassembly::default();
        let offered = reassembly.restore(Instant::now(), Duration::MAX, part.clone());
        assert_eq!(matches!(offered.outcome, Outcome::Complete(_)), part.total() == 1);
    }
    if let Ok(verdict) = Verdict::decode(octets) {
        assert_eq!(verdict.encode(), octets);
        let mut verdict = verdict;
        let was_over = verdict.is_over();
        assert_eq!(verdict.give_up(wirepath_smpp::MessageState::EXPIRED).is_none(), was_over);
    }
}

fn verdicts(octets: &mut Octets<'_>) {
    const POLICIES: [Policy; 4] = [Policy::All, Policy::AnyFailure, Policy::First, Policy::Last];
    let policy = POLICIES[usize::from(octets.next_u8() % 4)];
    let mut verdict = Verdict::new(octets.next_u8() % 8, policy);
    let mut heard = 0;
    let mut ended = [false; 8];
    while !octets.is_empty() {
        let (part, state) = (octets.next_u8() % 10, octets.next_u8() % 12);
        let state = wirepath_smpp::MessageState::from_code(state);
        if (1..=verdict.parts()).contains(&part) && state.is_final() {
            ended[usize::from(part - 1)] = true;
        }
        heard += usize::from(verdict.receipt(part, state, octets.take(3)).is_some());
        let all = ended.iter().take(verdict.parts().into()).all(|ended| *ended);
        assert!(heard <= 1 && (heard == 1 || !all), "{verdict:?}");
        assert_eq!(Verdict::decode(&verdict.encode()).as_ref(), Ok(&verdict));
    }
    let last = verdict.give_up(wirepath_smpp::MessageState::EXPIRED);
    assert_eq!(heard + usize::from(last.is_some()), 1);
}

/// Origin, source, reference, number of parts, and whether they are in TLVs.
type Who = (u8, bool, u8, u8, bool);

/// A message that the model keeps: who, when it is given up, its parts.
struct Kept {
    who: Who,
    deadline: Instant,
    parts: Vec<Part>,
}

impl Kept {
    fn octets(&self) -> usize {
        self.parts.iter().map(Part::octets).sum()
    }
}

/// What the model says of a part: its outcome's name, and how many messages were given up.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Complete(Vec<u8>),
    Kept(usize),
    Duplicate,
    Refused,
}

/// The messages in the order in which they are given up.
struct Model {
    limits: Limits,
    kept: Vec<Kept>,
}

impl Model {
    fn octets(&self) -> usize {
        self.kept.iter().map(Kept::octets).sum()
    }

    /// Whose oldest message has to go for so many octets more: origin and source. `None` if there is room.
    fn payer(&self, (origin, source, ..): Who, cost: usize) -> Option<(u8, bool)> {
        let sum = |is_meant: &dyn Fn(&Who) -> bool| -> usize {
            let meant = self.kept.iter().filter(|kept| is_meant(&kept.who));
            meant.map(Kept::octets).sum::<usize>()
        };
        let of_origin = |other: u8| sum(&|who| who.0 == other);
        let of_source = |other: u8, source: bool| sum(&|who| who.0 == other && who.1 == source);
        let heavier_source = |other: u8, least: usize, own: Option<bool>| {
            let all = [false, true].map(|source| (of_source(other, source), source));
            all.into_iter().max().filter(|(most, it)| *most > least && Some(*it) != own)
        };
        let own = (origin, source);
        if of_source(origin, source) + cost > self.limits.max_bytes_per_source {
            return Some(own);
        }
        if of_origin(origin) + cost <= self.limits.max_bytes_per_esme {
            if self.octets() + cost <= self.limits.max_bytes {
                return None;
            }
            let heaviest = (0..3).map(|other| (of_origin(other), other)).max()?;
            if heaviest.0 > of_origin(origin) + cost && heaviest.1 != origin {
                return heavier_source(heaviest.1, 0, None).map(|(_, it)| (heaviest.1, it));
            }
        }
        let least = of_source(origin, source) + cost;
        Some(heavier_source(origin, least, Some(source)).map_or(own, |(_, it)| (origin, it)))
    }

    fn offer(
        &mut self,
        now: Instant,
        who: Who,
        part: &Part,
    ) -> (Expected, Vec<(DropReason, usize)>) {
        let mut dropped = Vec::new();
        self.kept.retain(|kept| {
            let stays = kept.deadline > now;
            if !stays {
                dropped.push((DropReason::Expired, kept.parts.len()));
            }
            stays
        });
        let expected = self.take(now, who, part, &mut dropped);
        (expected, dropped)
    }

    fn take(
        &mut self,
        now: Instant,
        who: Who,
        part: &Part,
        dropped: &mut Vec<(DropReason, usize)>,
    ) -> Expected {
        if part.total() == 1 {
            return Expected::Complete(part.pdu().user_data().to_vec());
        }
        if part.total() > self.limits.max_parts {
            return Expected::Refused;
        }
        let own = self.kept.iter().position(|kept| kept.who == who);
        let here = own.map_or(&[][..], |own| &self.kept[own].parts);
        if let Some(same) = here.iter().find(|here| here.sequence() == part.sequence()) {
            let is_same = same.pdu().user_data() == part.pdu().user_data();
            return if is_same { Expected::Duplicate } else { Expected::Refused };
        }
        if here.len() + 1 == usize::from(part.total()) {
            let mut parts = own.map(|own| self.kept.remove(own).parts).unwrap_or_default();
            parts.push(part.clone());
            parts.sort_by_key(Part::sequence);
            return Expected::Complete(
                parts.iter().flat_map(|part| part.pdu().user_data()).copied().collect(),
            );
        }
        let own_octets: usize = here.iter().map(Part::octets).sum();
        let Limits { max_bytes, max_bytes_per_esme, max_bytes_per_source, .. } = self.limits;
        let most = max_bytes.min(max_bytes_per_esme).min(max_bytes_per_source);
        if own_octets + part.octets() > most {
            return Expected::Refused;
        }
        while let Some(payer) = self.payer(who, part.octets()) {
            let is_its = |kept: &Kept| (kept.who.0, kept.who.1) == payer && kept.who != who;
            let Some(oldest) = self.kept.iter().position(is_its) else { return Expected::Refused };
            dropped.push((DropReason::Evicted, self.kept.remove(oldest).parts.len()));
        }
        match self.kept.iter_mut().find(|kept| kept.who == who) {
            Some(kept) => {
                kept.parts.push(part.clone());
                Expected::Kept(kept.parts.len())
            }
            None => {
                let deadline = now + self.limits.timeout;
                self.kept.push(Kept { who, deadline, parts: vec![part.clone()] });
                Expected::Kept(1)
            }
        }
    }
}

/// Offers parts and lets time pass, to the end of the input.
///
/// # Panics
///
/// If reassembly and model differ, or memory is above its bound.
pub fn any_operations(data: &[u8]) {
    let mut octets = Octets::new(data);
    let timeout = Duration::from_secs(u64::from(octets.next_u8()) + 1);
    let max_bytes = usize::from(octets.next_u16() % 16_384);
    let max_parts = octets.next_u8();
    let shares = usize::from(max_parts / 6);
    let limits = Limits {
        timeout,
        max_bytes,
        max_bytes_per_esme: max_bytes / (shares % 4 + 1),
        max_bytes_per_source: max_bytes / (shares / 4 % 4 + 1),
        max_parts: max_parts % 6 + 1,
    };
    let mut reassembly = Reassembly::new(limits);
    let mut model = Model { limits, kept: Vec::new() };
    let mut now = Instant::now();
    let mut operations = 0;
    // More of them only repeat themselves.
    while !octets.is_empty() && operations < 256 {
        operations += 1;
        let (choice, numbers, length) = (octets.next_u8(), octets.next_u8(), octets.next_u8());
        if choice >= 0xF0 {
            now += Duration::from_secs(u64::from(length) / 4);
            continue;
        }
        let (total, is_sar) = (numbers % 7 + 1, choice & 0x80 != 0);
        let who = (choice % 3, choice & 0x40 != 0, numbers >> 6, total, is_sar);
        let part = part(who, (numbers >> 3) % 8 % total + 1, octets.take(usize::from(length % 32)));
        let (expected, given_up) = model.offer(now, who, &part);
        let offered = reassembly.offer(now, part);
        let dropped: Vec<_> = offered.dropped.iter().map(reason).collect();
        assert_eq!(dropped, given_up);
        assert_eq!(outcome(offered.outcome), expected);
        assert!(reassembly.octets() <= limits.max_bytes);
        assert_eq!(reassembly.octets(), model.octets());
        assert_eq!(reassembly.len(), model.kept.len());
        let first = model.kept.first().map(|kept| kept.deadline);
        assert_eq!(reassembly.next_deadline(), first);
        for part in reassembly.parts() {
            assert_eq!(Part::decode(&part.encode()).as_ref(), Ok(part));
        }
    }
}

fn reason(incomplete: &Incomplete) -> (DropReason, usize) {
    (incomplete.reason, incomplete.parts.len())
}

fn outcome(outcome: Outcome) -> Expected {
    match outcome {
        Outcome::Complete(message) => Expected::Complete(message.user_data()),
        Outcome::Kept { have, .. } => Expected::Kept(have.into()),
        Outcome::Duplicate => Expected::Duplicate,
        Outcome::Refused(Refusal::BadPart(bad)) => panic!("{bad}"),
        Outcome::Refused(_) => Expected::Refused,
    }
}

fn part((origin, source, reference, total, is_sar): Who, sequence: u8, text: &[u8]) -> Part {
    let header = [5, 0, 3, reference, total, sequence];
    let body = if is_sar { text.to_vec() } else { [&header[..], text].concat() };
    let tlvs = TlvList::new().sar_msg_ref_num(reference.into());
    let tlvs = tlvs.sar_total_segments(total).sar_segment_seqnum(sequence);
    let pdu = SubmitSm::builder()
        .source(if source { "3" } else { "1" })
        .destination("2")
        .esm_class(if is_sar { 0 } else { 0x40 })
        .short_message(&body)
        .tlvs(if is_sar { tlvs } else { TlvList::new() })
        .build();
    let Ok(pdu) = pdu else { unreachable!("every field fits") };
    let Ok(origin) = SystemId::new(&[b'a' + origin]) else { unreachable!("one octet fits") };
    match Part::of(MessagePdu::from(pdu), origin, SystemTime::UNIX_EPOCH) {
        Ok(part) => part,
        Err(bad) => unreachable!("{bad}"),
    }
}
