//! Requests that wait for their answer: sequence numbers, the window, the response timer.

use std::time::{Duration, Instant};

/// The largest sequence number that a session gives out (SMPP 3.4 §3.2).
const LAST: u32 = 0x7FFF_FFFF;

/// Slots of the ring at the first request.
const SMALL: usize = 4;

/// Requests of the session's own that a window takes at least.
const URGENT: usize = 4;

/// The requests that this side has sent and that the peer has not answered yet, each with something that waits (`T`).
///
/// A ring indexed by sequence number: finding the request that a response answers is one comparison. Never more than
/// `limit` requests are in it (SMPP 3.4 §2.8 leaves the number to the two sides), and each leaves it exactly once: by
/// [`settle`](Self::settle), [`expire`](Self::expire) or [`drain`](Self::drain).
///
/// Memory: the ring is allocated at the first request, for a few; it doubles while more than half of it is in use, up to
/// twice the limit rounded up to a power of two, and is given back by [`shrink`](Self::shrink).
///
/// ```
/// use std::time::{Duration, Instant};
/// use wirepath_smpp::protocol::Window;
///
/// let now = Instant::now();
/// let mut window = Window::new(1, Duration::from_secs(30));
/// let sequence = window.begin(now, "first").expect("there is room");
/// assert_eq!(window.begin(now, "second"), Err("second"));
/// assert_eq!(window.settle(sequence), Some("first"));
/// assert_eq!(window.settle(sequence), None);
/// ```
#[derive(Debug)]
pub struct Window<T> {
    slots: Vec<Option<InFlight<T>>>,
    limit: usize,
    in_flight: usize,
    /// Of those, the ones that the limit does not count.
    urgent: usize,
    /// The next sequence number to give out.
    next: u32,
    /// No request before this number is in flight. Deadlines rise with sequence numbers, so the first one is here.
    oldest: u32,
    timeout: Duration,
}

#[derive(Debug)]
struct InFlight<T> {
    sequence: u32,
    deadline: Instant,
    urgent: bool,
    waiting: T,
}

impl<T> Window<T> {
    /// An empty window for `limit` requests (at least one), each with `timeout` to be answered.
    #[must_use]
    pub fn new(limit: usize, timeout: Duration) -> Self {
        Self::starting_at(limit, timeout, 1)
    }

    /// The same, counting from `sequence`.
    #[must_use]
    pub fn starting_at(limit: usize, timeout: Duration, sequence: u32) -> Self {
        let next = sequence.clamp(1, LAST);
        Self {
            slots: Vec::new(),
            limit: limit.max(1),
            in_flight: 0,
            urgent: 0,
            next,
            oldest: next,
            timeout,
        }
    }

    /// Changes the limit (to at least one) and says what it was. Only while nothing is in flight; later it changes nothing.
    pub fn set_limit(&mut self, limit: usize) -> usize {
        let before = self.limit;
        if self.in_flight == 0 {
            self.limit = limit.max(1);
            self.slots = Vec::new();
        }
        before
    }

    /// Requests in flight.
    #[must_use]
    pub fn len(&self) -> usize {
        self.in_flight
    }

    /// True if nothing is in flight.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.in_flight == 0
    }

    /// True if a request is in flight that took a place: one that was not the session's own.
    #[must_use]
    pub fn has_places_taken(&self) -> bool {
        self.in_flight > self.urgent
    }

    /// True if another request may be sent.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.in_flight - self.urgent < self.limit
    }

    /// Enters a request and gives it its sequence number.
    ///
    /// # Errors
    ///
    /// Gives `waiting` back if the window is full.
    pub fn begin(&mut self, now: Instant, waiting: T) -> Result<u32, T> {
        if !self.has_room() {
            return Err(waiting);
        }
        Ok(self.enter(now, false, waiting))
    }

    /// Enters a request of the session's own, `enquire_link` or `unbind`, which must go out even when the window is full
    /// and takes no place in it. There can be as many of these as the limit, or four if that is more; `None` beyond that.
    pub fn begin_urgent(&mut self, now: Instant, waiting: T) -> Option<u32> {
        (self.urgent < self.most_urgent()).then(|| self.enter(now, true, waiting))
    }

    /// Above a limit of one, or an `enquire_link` that nobody answers would leave no place for the `unbind`.
    fn most_urgent(&self) -> usize {
        self.limit.max(URGENT)
    }

    /// There is a free slot: the callers saw that the ring's last size has more than are in flight.
    fn enter(&mut self, now: Instant, urgent: bool, waiting: T) -> u32 {
        if self.in_flight * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        if self.in_flight == 0 {
            self.oldest = self.next;
        }
        loop {
            let sequence = self.next;
            self.next = if sequence == LAST { 1 } else { sequence + 1 };
            // A slot that an old request still holds is passed over, and its number with it.
            if let Some(slot @ None) = self.slots.get_mut(sequence as usize & mask) {
                *slot = Some(InFlight { sequence, deadline: now + self.timeout, urgent, waiting });
                self.in_flight += 1;
                self.urgent += usize::from(urgent);
                return sequence;
            }
        }
    }

    /// Doubles the ring, up to what can be in flight. It begins small: all that an idle session ever has in flight is a keepalive.
    fn grow(&mut self) {
        let most = self.limit.saturating_add(self.most_urgent()).next_power_of_two();
        let capacity = (self.slots.len() * 2).max(SMALL).min(most);
        if capacity <= self.slots.len() {
            return;
        }
        let mut slots = Vec::new();
        slots.resize_with(capacity, || None);
        // Numbers that differed in the shorter ring differ in the longer one, so each finds its slot free.
        for request in std::mem::take(&mut self.slots).into_iter().flatten() {
            if let Some(slot) = slots.get_mut(request.sequence as usize & (capacity - 1)) {
                *slot = Some(request);
            }
        }
        self.slots = slots;
    }

    fn slot(&mut self, sequence: u32) -> Option<&mut Option<InFlight<T>>> {
        let mask = self.slots.len().checked_sub(1)?;
        let slot = self.slots.get_mut(sequence as usize & mask)?;
        slot.as_ref().is_some_and(|request| request.sequence == sequence).then_some(slot)
    }

    /// Takes the request that a response with this number answers; `None` if there is none: the response is unsolicited.
    pub fn settle(&mut self, sequence: u32) -> Option<T> {
        let request = self.slot(sequence)?.take()?;
        self.in_flight -= 1;
        self.urgent -= usize::from(request.urgent);
        Some(request.waiting)
    }

    /// When the response timer of the oldest request runs out (SMPP 3.4 §7.2).
    pub fn next_deadline(&mut self) -> Option<Instant> {
        if self.in_flight == 0 {
            return None;
        }
        let mut steps = self.slots.len();
        while steps > 0 {
            let oldest = self.oldest;
            if let Some(slot) = self.slot(oldest) {
                return slot.as_ref().map(|request| request.deadline);
            }
            self.oldest = if oldest == LAST { 1 } else { oldest + 1 };
            steps -= 1;
        }
        // More numbers were passed over than the ring is long: look at every slot. By age, not by deadline: of two with
        // the same deadline the other one must not fall behind `oldest`.
        let next = u64::from(self.next);
        let age = |sequence: u32| (next + u64::from(LAST) - u64::from(sequence)) % u64::from(LAST);
        let oldest = self.slots.iter().flatten().max_by_key(|request| age(request.sequence))?;
        self.oldest = oldest.sequence;
        Some(oldest.deadline)
    }

    /// Takes one request whose response timer has run out. Call until it returns `None`.
    pub fn expire(&mut self, now: Instant) -> Option<T> {
        if self.next_deadline()? > now {
            return None;
        }
        let oldest = self.oldest;
        self.settle(oldest)
    }

    /// Takes every request: the session is over.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        self.in_flight = 0;
        self.urgent = 0;
        std::mem::take(&mut self.slots).into_iter().flatten().map(|request| request.waiting)
    }

    /// Gives the ring's memory back while nothing is in flight.
    pub fn shrink(&mut self) {
        if self.in_flight == 0 {
            self.slots = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    #[test]
    fn numbers_wrap_to_one() {
        let now = Instant::now();
        let mut window = Window::starting_at(4, TIMEOUT, LAST);
        assert_eq!(window.begin(now, ()), Ok(LAST));
        assert_eq!(window.begin(now, ()), Ok(1));
    }

    #[test]
    fn the_ring_grows_and_loses_nothing() {
        let now = Instant::now();
        let mut window = Window::starting_at(100, TIMEOUT, LAST - 5);
        let sequences: Vec<u32> = (0..100).map(|n| window.begin(now, n).unwrap()).collect();
        assert_eq!(window.slots.len(), 256);
        assert_eq!(window.next_deadline(), Some(now + TIMEOUT));
        for (n, sequence) in (0..).zip(sequences) {
            assert_eq!(window.settle(sequence), Some(n));
        }
        assert!(window.is_empty());
    }

    #[test]
    fn a_keepalive_takes_little_memory() {
        let mut window = Window::new(1_000, TIMEOUT);
        assert_eq!(window.begin_urgent(Instant::now(), ()), Some(1));
        assert_eq!(window.slots.len(), SMALL);
    }

    #[test]
    fn a_slot_in_use_is_passed_over() {
        let now = Instant::now();
        let mut window = Window::new(2, TIMEOUT);
        assert_eq!(window.begin(now, 'a'), Ok(1));
        for expected in [2, 3, 4, 6] {
            let sequence = window.begin(now, 'b').unwrap();
            assert_eq!(sequence, expected, "5 shares the slot of 1, which is still waiting");
            assert_eq!(window.settle(sequence), Some('b'));
        }
        assert_eq!(window.settle(1), Some('a'));
        assert!(window.is_empty());
    }

    #[test]
    fn urgent_requests_go_out_above_the_limit_but_not_without_end() {
        let now = Instant::now();
        let mut window = Window::new(1, TIMEOUT);
        window.begin(now, ()).unwrap();
        assert!(!window.has_room());
        for _ in 0..URGENT {
            assert!(window.begin_urgent(now, ()).is_some());
        }
        assert!(window.begin_urgent(now, ()).is_none());
    }

    #[test]
    fn the_oldest_expires_first() {
        let start = Instant::now();
        let mut window = Window::new(8, TIMEOUT);
        window.begin(start, 'a').unwrap();
        window.begin(start + TIMEOUT / 2, 'b').unwrap();
        assert_eq!(window.next_deadline(), Some(start + TIMEOUT));
        assert_eq!(window.expire(start + TIMEOUT), Some('a'));
        assert_eq!(window.expire(start + TIMEOUT), None);
        assert_eq!(window.expire(start + TIMEOUT * 2), Some('b'));
        assert_eq!(window.next_deadline(), None);
    }

    #[derive(Debug, Clone)]
    enum Operation {
        Begin,
        Urgent,
        Settle(usize),
        Unsolicited(u32),
        Pass(u8),
    }

    fn operation() -> impl Strategy<Value = Operation> {
        prop_oneof![
            4 => Just(Operation::Begin),
            1 => Just(Operation::Urgent),
            4 => any::<usize>().prop_map(Operation::Settle),
            1 => any::<u32>().prop_map(Operation::Unsolicited),
            1 => any::<u8>().prop_map(Operation::Pass),
        ]
    }

    proptest! {
        /// Whatever happens: no more than the limit in flight, numbers in range and unique, each request leaves once.
        #[test]
        fn agrees_with_a_model(
            limit in 1usize..9,
            start in prop_oneof![Just(1u32), Just(LAST - 3), 1..LAST],
            operations in prop::collection::vec(operation(), 0..400),
        ) {
            let mut now = Instant::now();
            let mut window = Window::starting_at(limit, TIMEOUT, start);
            let mut model: HashMap<u32, (u64, Instant)> = HashMap::new();
            let mut urgents = std::collections::HashSet::new();
            let mut ticket = 0u64;
            for operation in operations {
                match operation {
                    Operation::Begin | Operation::Urgent => {
                        ticket += 1;
                        let urgent = matches!(operation, Operation::Urgent);
                        let entered = if urgent {
                            window.begin_urgent(now, ticket)
                        } else {
                            window.begin(now, ticket).ok()
                        };
                        let urgent_now = model.values().filter(|(ticket, _)| urgents.contains(ticket)).count();
                        let room = match urgent {
                            true => urgent_now < limit.max(URGENT),
                            false => model.len() - urgent_now < limit,
                        };
                        prop_assert_eq!(entered.is_some(), room);
                        if let Some(sequence) = entered {
                            if urgent {
                                urgents.insert(ticket);
                            }
                            prop_assert!((1..=LAST).contains(&sequence));
                            prop_assert!(model.insert(sequence, (ticket, now + TIMEOUT)).is_none());
                        }
                    }
                    Operation::Settle(pick) => {
                        let mut numbers: Vec<u32> = model.keys().copied().collect();
                        numbers.sort_unstable();
                        if let Some(sequence) = numbers.get(pick % numbers.len().max(1)) {
                            let expected = model.remove(sequence).map(|(ticket, _)| ticket);
                            prop_assert_eq!(window.settle(*sequence), expected);
                        }
                    }
                    Operation::Unsolicited(sequence) => {
                        let expected = model.remove(&sequence).map(|(ticket, _)| ticket);
                        prop_assert_eq!(window.settle(sequence), expected);
                    }
                    Operation::Pass(seconds) => {
                        now += Duration::from_secs(u64::from(seconds) / 16);
                        while let Some(ticket) = window.expire(now) {
                            let due = model.values().filter(|(_, deadline)| *deadline <= now).count();
                            prop_assert!(due > 0);
                            model.retain(|_, (held, _)| *held != ticket);
                        }
                        prop_assert!(model.values().all(|(_, deadline)| *deadline > now));
                    }
                }
                prop_assert_eq!(window.len(), model.len());
                prop_assert_eq!(window.next_deadline(), model.values().map(|(_, deadline)| *deadline).min());
            }
            let mut left: Vec<u64> = window.drain().collect();
            left.sort_unstable();
            let mut expected: Vec<u64> = model.values().map(|(ticket, _)| *ticket).collect();
            expected.sort_unstable();
            prop_assert_eq!(left, expected);
        }
    }
}
