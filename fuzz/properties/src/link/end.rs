//! One end of the link: the driver's state.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use wirepath_smpp::{
    CommandId,
    protocol::{Role, SessionState, Window},
};

use super::{Side, Weather};

/// How a request came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    TimedOut,
    Gone,
}

/// A request that an end has sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    pub(super) number: u64,
    pub(super) command: CommandId,
}

#[derive(Debug)]
pub(super) struct End {
    pub(super) side: Side,
    pub(super) session: SessionState,
    pub(super) window: Window<Ticket>,
    pub(super) input: BytesMut,
    /// Octets that have arrived and were not read yet.
    pub(super) socket: Vec<u8>,
    /// Sequence number and urgency of each request that has no outcome.
    pub(super) open: HashMap<u64, (u32, bool)>,
    pub(super) outcomes: HashMap<u64, Outcome>,
    pub(super) is_connected: bool,
}

impl End {
    pub(super) fn new(side: Side, role: Role, weather: &Weather, now: Instant) -> Self {
        let timers = weather.timers[side as usize];
        let timeout = timers.response.unwrap_or(Duration::from_secs(30));
        Self {
            side,
            session: SessionState::new(role, timers, now),
            window: Window::starting_at(weather.limit, timeout, weather.first),
            input: BytesMut::new(),
            socket: Vec::new(),
            open: HashMap::new(),
            outcomes: HashMap::new(),
            is_connected: true,
        }
    }

    pub(super) fn close(&mut self) {
        self.session.close();
        self.is_connected = false;
        let left: Vec<Ticket> = self.window.drain().collect();
        for ticket in left {
            self.resolved(ticket, Outcome::Gone);
        }
    }

    pub(super) fn resolved(&mut self, ticket: Ticket, outcome: Outcome) {
        assert!(self.open.remove(&ticket.number).is_some(), "{ticket:?} was resolved before");
        let earlier = self.outcomes.insert(ticket.number, outcome);
        assert_eq!(earlier, None, "{ticket:?} on the {:?}", self.side);
    }

    pub(super) fn next_deadline(&mut self) -> Option<Instant> {
        [self.session.poll_timeout(), self.window.next_deadline()].into_iter().flatten().min()
    }
}
