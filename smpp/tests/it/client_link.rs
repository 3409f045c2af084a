//! A client's requests over a link whose answers are lost, late, doubled and out of order, under a clock that is moved by hand.
//!
//! What [`virtual_link`](super::virtual_link) leaves open: that an answer settles the request that it answers, and that each
//! request ends as its answer's fate says, and at that moment.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use bytes::BytesMut;
use proptest::prelude::*;
use wirepath_smpp::{
    BindKind, Frame, MessageId, Pdu, Rules, SubmitSm, SubmitSmResp,
    protocol::{Phase, Role, SessionState, Timers, Verdict, Window},
};

const TIMEOUT: u64 = 1_000;
/// The largest sequence number (SMPP 3.4 §3.2).
const LAST: u32 = 0x7FFF_FFFF;

/// What becomes of the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fate {
    /// When it comes, in milliseconds from when the request went out; never, if it is lost.
    after: Option<u64>,
    /// How often it comes again, each time as much later.
    again: u64,
}

impl Fate {
    fn is_answered(self) -> bool {
        self.after.is_some_and(|after| after <= TIMEOUT)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered,
    TimedOut,
}

/// The client's end as small as it can be, and the answers under way.
struct Client {
    start: Instant,
    now: u64,
    session: SessionState,
    window: Window<usize>,
    limit: usize,
    input: BytesMut,
    /// Answers by arrival.
    flights: BTreeMap<(u64, usize), Vec<u8>>,
    flown: usize,
    /// When each request went out.
    sent: BTreeMap<usize, u64>,
    outcomes: BTreeMap<usize, (Outcome, u64)>,
}

impl Client {
    fn new(limit: usize, first: u32) -> Self {
        let start = Instant::now();
        let mut session = SessionState::new(Role::Esme, Timers::default(), start);
        session.bind_sent(BindKind::Transmitter);
        session.bind_decided(true);
        Self {
            start,
            now: 0,
            session,
            window: Window::starting_at(limit, Duration::from_millis(TIMEOUT), first),
            limit,
            input: BytesMut::new(),
            flights: BTreeMap::new(),
            flown: 0,
            sent: BTreeMap::new(),
            outcomes: BTreeMap::new(),
        }
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_millis(self.now)
    }

    fn in_flight(&self) -> usize {
        self.sent.len() - self.outcomes.len()
    }

    /// Sends what there is room for; the link decides at once what becomes of the answer.
    fn send(&mut self, waiting: &mut VecDeque<(usize, Fate)>) {
        while let Some((ticket, fate)) = waiting.front().copied() {
            let Ok(sequence) = self.window.begin(self.instant(), ticket) else {
                assert_eq!(self.in_flight(), self.limit, "it is full at its limit, not before");
                return;
            };
            waiting.pop_front();
            self.sent.insert(ticket, self.now);
            assert!(self.in_flight() <= self.limit, "the window is exceeded");
            let message = SubmitSm::builder().short_message("x").build().unwrap();
            let mut out = BytesMut::new();
            message.encode(sequence, &mut out);
            let request = Frame::from_bytes(out.freeze()).unwrap();
            let Some(after) = fate.after else { continue };
            // The peer's answer to this very request says so.
            let id = MessageId::decimal(ticket as u64);
            let answer = message.accept(id);
            let mut octets = BytesMut::new();
            answer.encode(request.header().sequence, &mut octets);
            for time in 0..=fate.again {
                self.flown += 1;
                let at = self.now + after + time * after.max(1);
                self.flights.insert((at, self.flown), octets.to_vec());
            }
        }
    }

    /// Everything that comes now, in two pieces, and what has waited too long.
    fn step(&mut self) {
        while let Some(entry) = self.flights.first_entry()
            && entry.key().0 <= self.now
        {
            let octets = entry.remove();
            let (head, tail) = octets.split_at(octets.len() / 2);
            for piece in [head, tail] {
                self.input.extend_from_slice(piece);
                while let Some(frame) = Frame::split(&mut self.input, 4_096).unwrap() {
                    self.receive(frame);
                }
            }
            self.session.heard(self.instant());
        }
        while let Some(ticket) = self.window.expire(self.instant()) {
            self.resolved(ticket, Outcome::TimedOut);
        }
        assert_eq!(self.window.len(), self.in_flight());
        assert!(matches!(self.session.phase(), Phase::Bound(_)));
    }

    fn receive(&mut self, frame: Frame) {
        assert_eq!(self.session.receive(frame.command()), Verdict::Settle);
        // Late, or once more: it answers nothing.
        let Some(ticket) = self.window.settle(frame.header().sequence) else { return };
        let answer = SubmitSmResp::decode(frame, Rules::Strict).unwrap();
        assert_eq!(answer.message_id, MessageId::decimal(ticket as u64), "another's answer");
        self.resolved(ticket, Outcome::Answered);
    }

    fn resolved(&mut self, ticket: usize, outcome: Outcome) {
        let before = self.outcomes.insert(ticket, (outcome, self.now));
        assert_eq!(before, None, "request {ticket} ended twice");
    }

    /// Sends each request at its time at the earliest, until all is over.
    fn run(mut self, requests: &[(u64, Fate)]) {
        let mut coming: VecDeque<_> = requests.iter().copied().enumerate().collect();
        let mut waiting = VecDeque::new();
        loop {
            while let Some((ticket, (_, fate))) =
                coming.pop_front_if(|(_, (at, _))| *at <= self.now)
            {
                waiting.push_back((ticket, fate));
            }
            self.step();
            self.send(&mut waiting);
            let deadline = self.window.next_deadline();
            let deadline = deadline.map(|at| (at - self.start).as_millis() as u64);
            let arrival = self.flights.first_key_value().map(|((at, _), _)| *at);
            let next = coming.front().map(|(_, (at, _))| *at);
            match [deadline, arrival, next].into_iter().flatten().min() {
                Some(at) => self.now = at,
                None => break,
            }
        }
        assert!(waiting.is_empty() && self.window.is_empty());
        for (ticket, (_, fate)) in requests.iter().enumerate() {
            let sent = self.sent[&ticket];
            let expected = match fate.after {
                Some(after) if fate.is_answered() => (Outcome::Answered, sent + after),
                _ => (Outcome::TimedOut, sent + TIMEOUT),
            };
            assert_eq!(self.outcomes.get(&ticket), Some(&expected), "request {ticket}");
        }
    }
}

/// Four requests, each lost, late, at the last moment, or in time in every order, through every window.
#[test]
fn every_loss_order_and_timing_of_four_answers() {
    let fates = [None, Some(0), Some(10), Some(20), Some(30), Some(TIMEOUT), Some(TIMEOUT + 1)];
    let fate = |number: usize| Fate { after: fates[number % fates.len()], again: 1 };
    let mut runs = 0;
    for limit in 1..=4 {
        for number in 0..fates.len().pow(4) {
            let numbers = [number, number / 7, number / 49, number / 343];
            Client::new(limit, LAST - 1).run(&numbers.map(|number| (0, fate(number))));
            runs += 1;
        }
    }
    assert_eq!(runs, 4 * 2_401);
}

fn any_fate() -> impl Strategy<Value = Fate> {
    let after = prop_oneof![
        1 => Just(None),
        6 => (0..TIMEOUT).prop_map(Some),
        1 => Just(Some(TIMEOUT)),
        2 => (TIMEOUT..TIMEOUT * 5).prop_map(Some),
    ];
    (after, prop_oneof![4 => Just(0), 1 => 1..4_u64])
        .prop_map(|(after, again)| Fate { after, again })
}

proptest! {
    #[test]
    fn each_request_ends_as_its_answer_does(
        limit in 1..12_usize,
        first in prop_oneof![Just(1), Just(LAST - 40), 1..LAST],
        requests in prop::collection::vec((0..300_u64, any_fate()), 0..150),
    ) {
        let mut at = 0;
        let requests: Vec<_> = requests
            .into_iter()
            .map(|(gap, fate)| {
                at += gap / 10;
                (at, fate)
            })
            .collect();
        Client::new(limit, first).run(&requests);
    }
}
