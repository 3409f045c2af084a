//! Two sessions over a virtual link, under a clock that is moved by hand.
//!
//! The link loses PDUs, delays them, lets one overtake another, and hands the octets over in pieces of any length. The two
//! ends are drivers as small as they can be around [`SessionState`](wirepath_smpp::SessionState) and
//! [`Window`](wirepath_smpp::Window).

mod end;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use wirepath_smpp::{
    Address, BindKind, BindRequest, CommandId, DataSm, DeliverSm, EnquireLink, Frame, GenericNack,
    Pdu, RequestPdu, ResponsePdu, Rules, Status, SubmitSm, Unbind,
    protocol::{Due, Phase, Role, Timers, Verdict, may_send, pdu::Response as _},
};

use self::end::{End, Outcome, Ticket};

/// The largest sequence number (SMPP 3.4 §3.2).
const LAST: u32 = 0x7FFF_FFFF;

/// What is done to the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The ESME binds.
    Bind(BindKind),
    /// An end sends a message, allowed or not: `submit_sm`, `deliver_sm` or `data_sm`.
    Send(Side, CommandId),
    /// An end asks whether the other is there.
    EnquireLink(Side),
    /// An end unbinds.
    Unbind(Side),
    /// An end writes octets that are part of a PDU, and no more.
    Stall(Side),
    /// An end answers something that nobody asked.
    Unsolicited(Side, u32),
    /// An end's output is not taken, or is again.
    Block(Side, bool),
    /// The connection is lost; each end notices, or does not.
    Lose {
        /// The SMSC does.
        smsc_notices: bool,
        /// The ESME does.
        esme_notices: bool,
    },
    /// So many milliseconds pass.
    Pass(u32),
}

/// An end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The message centre.
    Smsc = 0,
    /// The external entity.
    Esme = 1,
}

impl Side {
    const BOTH: [Self; 2] = [Self::Smsc, Self::Esme];

    fn other(self) -> Self {
        match self {
            Self::Smsc => Self::Esme,
            Self::Esme => Self::Smsc,
        }
    }
}

/// How bad the link is, and how the ends are set up.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Of 256 PDUs, so many are lost.
    pub loss: u8,
    /// The longest delay of a PDU, in milliseconds.
    pub delay: u16,
    /// Where the dice start.
    pub seed: u64,
    /// The window of each end.
    pub limit: usize,
    /// Of 256 binds, so many are refused.
    pub refusals: u8,
    /// The first sequence number.
    pub first: u32,
    /// The timers of each end; one of `enquire_link` and `inactivity` may be off, no other.
    pub timers: [Timers; 2],
}

#[derive(Debug)]
struct Flight {
    to: Side,
    at: Instant,
    octets: Bytes,
}

/// The two ends, the link and the clock.
#[derive(Debug)]
pub struct World {
    now: Instant,
    ends: [End; 2],
    flights: Vec<Flight>,
    weather: Weather,
    dice: u64,
    tickets: u64,
}

impl World {
    /// A connection that has just been made.
    #[must_use]
    pub fn new(weather: Weather) -> Self {
        let now = Instant::now();
        let end = |side, role| End::new(side, role, &weather, now);
        Self {
            now,
            ends: [end(Side::Smsc, Role::Smsc), end(Side::Esme, Role::Esme)],
            flights: Vec::new(),
            weather,
            dice: weather.seed | 1,
            tickets: 0,
        }
    }

    /// Does one thing, and lets everything follow that follows at once.
    pub fn operate(&mut self, operation: Operation) {
        match operation {
            Operation::Bind(kind) => self.bind(kind),
            Operation::Send(side, command) => self.send(side, command),
            Operation::EnquireLink(side) => self.urgent(side, &EnquireLink),
            Operation::Unbind(side) => self.unbind(side),
            Operation::Stall(side) => {
                self.post(side, Bytes::from_static(&[0, 0, 0, 64, 0, 0]), true)
            }
            Operation::Unsolicited(side, sequence) => {
                let mut out = BytesMut::new();
                GenericNack::of_status(CommandId::GENERIC_NACK, Status::RINVCMDID)
                    .encode(sequence, &mut out);
                self.post(side, out.freeze(), false);
            }
            Operation::Block(side, is_blocked) => {
                let now = self.now;
                self.end(side).session.blocked(now, is_blocked);
            }
            Operation::Lose { smsc_notices, esme_notices } => self.lose(smsc_notices, esme_notices),
            Operation::Pass(milliseconds) => self.pass(Duration::from_millis(milliseconds.into())),
        }
        self.step();
    }

    /// Lets nothing more arrive, and asserts that both sessions come to an end by their timers alone, every request with
    /// one outcome.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn finish(mut self) {
        self.flights.clear();
        for side in Side::BOTH {
            // Whatever is in the sockets is read; then there is silence.
            self.end(side).is_connected = false;
        }
        let timers = self.weather.timers;
        let longest = timers.iter().flat_map(|timers| {
            [timers.session_init, timers.enquire_link, timers.inactivity, timers.response]
        });
        let longest = longest.flatten().max().unwrap_or_default();
        let end = self.now + longest * 4;
        for side in Side::BOTH {
            let mut steps = 0;
            while self.ends[side as usize].session.phase() != Phase::Closed {
                let due = self.ends[side as usize].session.poll_timeout();
                let due =
                    due.unwrap_or_else(|| panic!("no timer runs: {:?}", self.ends[side as usize]));
                assert!(due <= end, "the end is too far off: {:?}", self.ends[side as usize]);
                self.now = self.now.max(due);
                self.tick(side);
                steps += 1;
                assert!(steps < 64, "it goes round in circles: {:?}", self.ends[side as usize]);
            }
        }
        for end in &mut self.ends {
            assert!(end.open.is_empty(), "requests without an outcome: {:?}", end.open);
            assert!(end.window.is_empty());
            assert_eq!(end.window.next_deadline(), None);
        }
        let settled: usize = self.ends.iter().map(|end| end.outcomes.len()).sum();
        assert_eq!(settled as u64, self.tickets, "one outcome for each request");
    }

    /// How many requests of the SMSC and of the ESME were answered so far.
    #[must_use]
    pub fn answered(&self) -> [usize; 2] {
        let answered = |end: &End| {
            end.outcomes.values().filter(|outcome| **outcome == Outcome::Answered).count()
        };
        [answered(&self.ends[0]), answered(&self.ends[1])]
    }

    /// The SMSC's end is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.ends[Side::Smsc as usize].session.phase() == Phase::Closed
    }

    fn end(&mut self, side: Side) -> &mut End {
        &mut self.ends[side as usize]
    }

    /// A number below `below`, from a generator that is the same on every run.
    fn roll(&mut self, below: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % below.max(1)
    }

    fn bind(&mut self, kind: BindKind) {
        let end = &mut self.ends[Side::Esme as usize];
        // The driver binds once a connection.
        if end.session.phase() != Phase::Open || !end.window.is_empty() {
            return;
        }
        let Ok(pdu) = BindRequest::builder().system_id("esme").interface_version(0x34).build(kind)
        else {
            unreachable!("every field fits")
        };
        end.session.bind_sent(kind);
        self.urgent(Side::Esme, &pdu);
    }

    fn send(&mut self, side: Side, command: CommandId) {
        let to = Address::international("31612345678");
        let pdu = match command {
            CommandId::SUBMIT_SM => {
                SubmitSm::builder().destination(to).build().map(RequestPdu::from)
            }
            CommandId::DELIVER_SM => {
                DeliverSm::builder().destination(to).build().map(RequestPdu::from)
            }
            _ => DataSm::builder().destination(to).build().map(RequestPdu::from),
        };
        let Ok(pdu) = pdu else { unreachable!("every field fits") };
        let now = self.now;
        let number = self.tickets;
        let limit = self.weather.limit;
        let end = self.end(side);
        let role = match side {
            Side::Esme => Role::Esme,
            Side::Smsc => Role::Smsc,
        };
        // An end that is unbinding sends nothing more.
        let is_allowed = match end.session.phase() {
            Phase::Bound(kind) => may_send(role, kind, command),
            _ => false,
        };
        if !is_allowed {
            return;
        }
        let in_flight = end.open.values().filter(|(_, urgent)| !urgent).count();
        match end.window.begin(now, Ticket { number, command }) {
            Ok(sequence) => {
                assert!(in_flight < limit, "the window is exceeded");
                self.entered(side, number, sequence, false, &pdu);
            }
            Err(_) => assert!(in_flight >= limit, "the window is full before its limit"),
        }
    }

    /// A request of the session's own.
    fn urgent(&mut self, side: Side, pdu: &impl Pdu) {
        let (now, number) = (self.now, self.tickets);
        let end = self.end(side);
        if end.session.phase() == Phase::Closed {
            return;
        }
        let ticket = Ticket { number, command: pdu.command() };
        if let Some(sequence) = end.window.begin_urgent(now, ticket) {
            self.entered(side, number, sequence, true, pdu);
        }
    }

    fn entered(&mut self, side: Side, number: u64, sequence: u32, urgent: bool, pdu: &impl Pdu) {
        assert!((1..=LAST).contains(&sequence), "{sequence} is out of range");
        self.tickets += 1;
        let end = self.end(side);
        let in_use: HashSet<u32> = end.open.values().map(|(sequence, _)| *sequence).collect();
        assert!(!in_use.contains(&sequence), "{sequence} is in use");
        end.open.insert(number, (sequence, urgent));
        let mut out = BytesMut::new();
        pdu.encode(sequence, &mut out);
        self.post(side, out.freeze(), false);
    }

    fn unbind(&mut self, side: Side) {
        let now = self.now;
        if matches!(self.ends[side as usize].session.phase(), Phase::Bound(_)) {
            self.end(side).session.unbind_sent(now);
            self.urgent(side, &Unbind);
        }
    }

    /// Puts octets on the link.
    fn post(&mut self, from: Side, octets: Bytes, surely: bool) {
        if !self.ends[from as usize].is_connected
            || (!surely && self.roll(256) < self.weather.loss.into())
        {
            return;
        }
        let delay = Duration::from_millis(self.roll(u64::from(self.weather.delay) + 1));
        self.flights.push(Flight { to: from.other(), at: self.now + delay, octets });
    }

    fn lose(&mut self, smsc_notices: bool, esme_notices: bool) {
        self.flights.clear();
        for (side, notices) in [(Side::Smsc, smsc_notices), (Side::Esme, esme_notices)] {
            self.end(side).is_connected = false;
            if notices {
                self.end(side).close();
            }
        }
    }

    fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        for _ in 0..10_000 {
            let arrival = self.flights.iter().map(|flight| flight.at).min();
            let timers = self.ends.iter_mut().filter_map(End::next_deadline).min();
            let next = [arrival, timers].into_iter().flatten().min().filter(|next| *next <= until);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            self.step();
        }
        self.now = until;
    }

    /// Everything that is due now.
    fn step(&mut self) {
        let now = self.now;
        let (arrived, still): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.flights).into_iter().partition(|flight| flight.at <= now);
        self.flights = still;
        for flight in arrived {
            let end = self.end(flight.to);
            if end.is_connected {
                end.socket.extend_from_slice(&flight.octets);
            }
        }
        for side in Side::BOTH {
            self.read(side);
            self.tick(side);
        }
    }

    fn read(&mut self, side: Side) {
        while !self.ends[side as usize].socket.is_empty() {
            if self.ends[side as usize].session.phase() == Phase::Closed {
                self.end(side).socket.clear();
                return;
            }
            let available = self.ends[side as usize].socket.len();
            let piece = self.roll(available as u64) as usize + 1;
            let now = self.now;
            let end = self.end(side);
            end.input.extend_from_slice(&end.socket[..piece]);
            end.socket.drain(..piece);
            loop {
                match Frame::split(&mut self.end(side).input, 4096) {
                    Ok(Some(frame)) => {
                        self.end(side).session.progressed();
                        self.receive(side, frame);
                    }
                    Ok(None) => break,
                    // A stalled PDU that others' octets have completed: nothing can be made of the stream any more.
                    Err(_) => return self.hang_up(side),
                }
            }
            let end = self.end(side);
            let is_partial = !end.input.is_empty();
            end.session.heard(now);
            end.session.waits_for_rest(now, is_partial);
        }
    }

    fn receive(&mut self, side: Side, frame: Frame) {
        let header = frame.header();
        let verdict = self.end(side).session.receive(header.command);
        match verdict {
            Verdict::Bind(_) => {
                let accepts = self.roll(256) >= self.weather.refusals.into();
                let status = if accepts { Status::ROK } else { Status::RBINDFAIL };
                self.answer(side, header.command, status, header.sequence);
                self.end(side).session.bind_decided(accepts);
                if !accepts {
                    self.hang_up(side);
                }
            }
            Verdict::EnquireLink | Verdict::Dispatch => {
                self.answer(side, header.command, Status::ROK, header.sequence);
            }
            // No bind of ours expects a call, and it has no response.
            Verdict::Outbind => self.hang_up(side),
            Verdict::Unbind => {
                self.answer(side, header.command, Status::ROK, header.sequence);
                self.hang_up(side);
            }
            Verdict::Refuse(status) => self.answer(side, header.command, status, header.sequence),
            Verdict::Settle => {
                let end = self.end(side);
                let Some(ticket) = end.window.settle(header.sequence) else { return };
                end.resolved(ticket, Outcome::Answered);
                if BindKind::of(ticket.command).is_some() {
                    end.session.bind_decided(header.status.is_ok());
                    if !header.status.is_ok() {
                        self.hang_up(side);
                    }
                } else if ticket.command == CommandId::UNBIND {
                    self.hang_up(side);
                }
            }
            Verdict::Ignore => {}
        }
    }

    fn answer(&mut self, side: Side, command: CommandId, status: Status, sequence: u32) {
        let answer = ResponsePdu::of_status(command, status);
        let mut out = BytesMut::new();
        answer.encode(sequence, &mut out);
        let frame = Frame::from_bytes(out.freeze());
        let frame = frame.unwrap_or_else(|| panic!("{answer:?} is no PDU"));
        assert_eq!(
            ResponsePdu::decode(frame.clone(), Rules::Strict).map(|pdu| pdu.status()),
            Ok(status)
        );
        self.post(side, frame.into_bytes(), false);
    }

    /// This end closes; the other one finds out, or does not.
    fn hang_up(&mut self, side: Side) {
        self.end(side).close();
        if self.roll(2) == 0 {
            self.end(side.other()).is_connected = false;
        }
    }

    /// What the timers of an end ask for.
    fn tick(&mut self, side: Side) {
        let now = self.now;
        while let Some(due) = self.end(side).session.handle_timeout(now) {
            match due {
                Due::EnquireLink => self.urgent(side, &EnquireLink),
                _ => self.hang_up(side),
            }
        }
        let end = self.end(side);
        while let Some(ticket) = end.window.expire(now) {
            end.resolved(ticket, Outcome::TimedOut);
        }
        let next = end.session.poll_timeout();
        assert!(next.is_none_or(|next| next > now), "what was due is due again");
        assert!(next.is_some() || end.session.phase() == Phase::Closed, "{end:?} waits for ever");
        assert!(end.window.next_deadline().is_none_or(|next| next > now));
        assert_eq!(end.window.len(), end.open.len());
    }
}
