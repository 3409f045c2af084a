//! The messages that the SMSC holds, and what is due to happen to them.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::Notify, time::Instant};
use wirepath::smpp::{Address, MessageId, MessageState, SmppTime, Status, SystemId};

use crate::message::{Asked, Message, Notice, quote};

/// A cancelled message has its receipt this late at the most: behind the answer to the cancel.
const CANCELLED: Duration = Duration::from_millis(50);

/// The messages, from when they are taken until they are forgotten.
///
/// ```text
///            ┌ due ────────────────► final ── nobody asked ──────────────┐
/// taken ─────┤ (delivered, expired)    │                                  ▼
/// (held)     └ cancelled ──────────────┴─ receipts owed ── settled ──► finished ── the oldest ──► forgotten
/// ```
///
/// Two bounds: at most `max` recipients of messages that are not finished, and as many finished messages.
#[derive(Debug)]
pub(crate) struct Messages {
    held: Mutex<Held>,
    /// Notified when something is due sooner than before.
    sooner: Notify,
    delay: Duration,
    max: usize,
}

#[derive(Debug)]
struct Held {
    next_id: u64,
    entries: HashMap<u64, Entry>,
    /// What is due: when, to which message, and whether it is the last thing.
    due: BTreeSet<Due>,
    /// Finished messages, the oldest first.
    finished: VecDeque<u64>,
    /// Recipients of messages that are not finished.
    load: usize,
}

type Due = (Instant, u64, bool);

#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    state: MessageState,
    /// What it becomes when its time comes.
    fate: MessageState,
    due: Instant,
    final_at: Option<SystemTime>,
    /// Receipts that have not been settled.
    owed: usize,
}

/// What query_sm is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) state: MessageState,
    pub(crate) final_at: Option<SystemTime>,
}

/// What replace_sm changes.
#[derive(Debug)]
pub(crate) struct Replacement<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) asked: u8,
    pub(crate) schedule: Option<SmppTime>,
    pub(crate) validity: Option<SmppTime>,
}

impl Messages {
    /// Room for `max` messages, each of which reaches its final state after `delay`.
    pub(crate) fn new(delay: Duration, max: usize) -> Self {
        // Ids of one run do not come again in the next: a million a second would have to be taken.
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let held = Held {
            next_id: started.as_secs() * 1_000_000 + 1,
            entries: HashMap::new(),
            due: BTreeSet::new(),
            finished: VecDeque::new(),
            load: 0,
        };
        Self { held: Mutex::new(held), sooner: Notify::new(), delay, max }
    }

    /// Nothing panics while it holds the lock, so a poisoned one would still be sound.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message; `None` if there is no room. One that replaces, and finds a message like it that is pending, takes its
    /// place under its id: text, times and receipts are the new one's (SMPP 3.4 §5.2.18).
    pub(crate) fn take(&self, message: Message) -> Option<MessageId> {
        let now = Instant::now();
        let (due, fate) = self.plan(&message, now);
        let mut held = self.held();
        if let Some(id) = message.replaces.then(|| held.pending_like(&message)).flatten() {
            held.put(id, message, now, due, fate);
            drop(held);
            self.sooner.notify_one();
            return Some(MessageId::decimal(id));
        }
        let recipients = message.recipients.len();
        if held.load + recipients > self.max {
            return None;
        }
        held.load += recipients;
        let id = held.next_id;
        held.next_id += 1;
        if message.asked.intermediate() {
            held.due.insert((now + (due - now) / 2, id, false));
        }
        held.due.insert((due, id, true));
        let message = Arc::new(message);
        let state = MessageState::ENROUTE;
        held.entries.insert(id, Entry { message, state, fate, due, final_at: None, owed: 0 });
        let is_first = held.due.first().is_some_and(|first| first.1 == id);
        drop(held);
        if is_first {
            self.sooner.notify_one();
        }
        Some(MessageId::decimal(id))
    }

    /// When a message reaches its final state, and which.
    fn plan(&self, message: &Message, now: Instant) -> (Instant, MessageState) {
        let at = |time: Option<SmppTime>| {
            let time = time?.resolve(message.submitted)?;
            let wait = time.duration_since(message.submitted).unwrap_or_default();
            now.checked_add(wait)
        };
        let delivered = at(message.schedule).unwrap_or(now) + self.delay;
        match at(message.validity) {
            Some(expired) if expired < delivered => (expired, MessageState::EXPIRED),
            _ => (delivered, MessageState::DELIVERED),
        }
    }

    /// What became of a message of this ESME.
    pub(crate) fn query(&self, who: SystemId, id: &[u8], source: Address<'_>) -> Option<Report> {
        let held = self.held();
        let entry = held.find(who, id, source)?.1;
        Some(Report { state: entry.state, final_at: entry.final_at })
    }

    /// Cancels one message of this ESME.
    pub(crate) fn cancel(
        &self,
        who: SystemId,
        id: &[u8],
        source: Address<'_>,
    ) -> Result<(), Status> {
        let mut held = self.held();
        let (id, entry) = held.find(who, id, source).ok_or(Status::RINVMSGID)?;
        if entry.state.is_final() {
            return Err(Status::RCANCELFAIL);
        }
        held.cancel(id, self.delay);
        drop(held);
        self.sooner.notify_one();
        Ok(())
    }

    /// Cancels every message of this ESME from one address to another, of one service type if one is given.
    pub(crate) fn cancel_all(
        &self,
        who: SystemId,
        service_type: &[u8],
        source: Address<'_>,
        destination: Address<'_>,
    ) -> Result<(), Status> {
        let mut held = self.held();
        let is_meant = |entry: &Entry| {
            let message = &entry.message;
            message.system_id == who
                && !entry.state.is_final()
                && message.source.address().digits == source.digits
                && message.recipients.iter().all(|to| to.address().digits == destination.digits)
                && (service_type.is_empty() || *service_type == *message.service_type)
        };
        let open = held.due.iter().filter(|due| due.2).map(|due| due.1);
        let meant: Vec<u64> =
            open.filter(|id| held.entries.get(id).is_some_and(is_meant)).collect();
        for id in &meant {
            held.cancel(*id, self.delay);
        }
        drop(held);
        self.sooner.notify_one();
        if meant.is_empty() { Err(Status::RCANCELFAIL) } else { Ok(()) }
    }

    /// Changes a message of this ESME that is not final.
    pub(crate) fn replace(
        &self,
        who: SystemId,
        id: &[u8],
        source: Address<'_>,
        new: &Replacement<'_>,
    ) -> Result<(), Status> {
        let mut held = self.held();
        let (id, entry) = held.find(who, id, source).ok_or(Status::RINVMSGID)?;
        if entry.state.is_final() {
            return Err(Status::RREPLACEFAIL);
        }
        let mut message = Message::clone(&entry.message);
        message.quote = quote(new.text);
        message.asked = Asked(new.asked);
        message.schedule = new.schedule.or(message.schedule);
        message.validity = new.validity.or(message.validity);
        let is_planned_anew = new.schedule.is_some() || new.validity.is_some();
        if is_planned_anew {
            // Times count from the replacement, which is when they were given.
            message.submitted = SystemTime::now();
        }
        let planned = is_planned_anew.then(|| self.plan(&message, Instant::now()));
        if let Some(entry) = held.entries.get_mut(&id) {
            entry.message = Arc::new(message);
        }
        if let Some((due, fate)) = planned {
            held.move_to(id, due, fate);
        }
        drop(held);
        self.sooner.notify_one();
        Ok(())
    }

    /// Waits until something may be due, then carries out what is, and appends what the ESMEs are to be told.
    pub(crate) async fn next(&self, notices: &mut Vec<Notice>) {
        /// Steps under one lock.
        const BATCH: usize = 1_000;

        loop {
            let sooner = self.sooner.notified();
            let first = {
                let mut held = self.held();
                for _ in 0..BATCH {
                    if !held.step(Instant::now(), self.max, notices) {
                        break;
                    }
                }
                held.due.first().map(|due| due.0)
            };
            if !notices.is_empty() {
                return;
            }
            match first {
                Some(due) => tokio::select! {
                    () = sooner => {}
                    () = tokio::time::sleep_until(due) => {}
                },
                None => sooner.await,
            }
        }
    }

    /// A receipt was delivered, or never will be.
    pub(crate) fn settled(&self, id: MessageId) {
        let mut held = self.held();
        let Some(id) = number(id.as_bytes()) else { return };
        let Some(entry) = held.entries.get_mut(&id) else { return };
        entry.owed = entry.owed.saturating_sub(1);
        if entry.owed == 0 {
            held.finish(id, self.max);
        }
    }

    /// Messages, by recipient, that are not finished.
    pub(crate) fn load(&self) -> usize {
        self.held().load
    }
}

impl Held {
    fn find(&self, who: SystemId, id: &[u8], source: Address<'_>) -> Option<(u64, &Entry)> {
        let id = number(id)?;
        let entry = self.entries.get(&id)?;
        let message = &entry.message;
        let is_theirs = message.system_id == who && message.source.answers_to(source);
        is_theirs.then_some((id, entry))
    }

    /// The newest message like this one that is not final. Looks at all that are pending, as few senders use this.
    fn pending_like(&self, message: &Message) -> Option<u64> {
        let open = self.due.iter().filter(|due| due.2).map(|due| due.1);
        let is_like = |id: &u64| {
            let entry = self.entries.get(id);
            entry.is_some_and(|entry| !entry.state.is_final() && entry.message.is_like(message))
        };
        open.filter(is_like).max()
    }

    /// Puts a message in the place of a pending one.
    fn put(&mut self, id: u64, message: Message, now: Instant, due: Instant, fate: MessageState) {
        // An intermediate notification of the old one, if there is one to come, was not asked for by the new one.
        self.due.retain(|due| due.1 != id || due.2);
        if message.asked.intermediate() {
            self.due.insert((now + (due - now) / 2, id, false));
        }
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.message = Arc::new(message);
        }
        self.move_to(id, due, fate);
    }

    fn cancel(&mut self, id: u64, delay: Duration) {
        self.move_to(id, Instant::now() + delay.min(CANCELLED), MessageState::DELETED);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.state = MessageState::DELETED;
            entry.final_at = Some(SystemTime::now());
        }
    }

    /// Puts a message's last step at another time.
    fn move_to(&mut self, id: u64, due: Instant, fate: MessageState) {
        if let Some(entry) = self.entries.get_mut(&id) {
            self.due.remove(&(entry.due, id, true));
            self.due.insert((due, id, true));
            entry.due = due;
            entry.fate = fate;
        }
    }

    /// Carries out the first thing that is due; false if nothing is.
    fn step(&mut self, now: Instant, max: usize, notices: &mut Vec<Notice>) -> bool {
        let Some((_, id, is_last)) = self.due.first().copied().filter(|due| due.0 <= now) else {
            return false;
        };
        self.due.pop_first();
        let Some(entry) = self.entries.get_mut(&id) else { return true };
        let asked = entry.message.asked;
        let is_told = if is_last {
            entry.state = entry.fate;
            entry.final_at.get_or_insert_with(SystemTime::now);
            asked.receipt(entry.state)
        } else {
            !entry.state.is_final() && asked.intermediate()
        };
        let told = if is_told { entry.message.recipients.len() } else { 0 };
        notices.extend((0..told).map(|recipient| Notice {
            id: MessageId::decimal(id),
            message: Arc::clone(&entry.message),
            recipient,
            state: entry.state,
            at: entry.final_at.unwrap_or_else(SystemTime::now),
        }));
        if is_last {
            entry.owed = told;
            if told == 0 {
                self.finish(id, max);
            }
        }
        true
    }

    /// Nothing more happens to this message; it is remembered until newer ones take its place.
    fn finish(&mut self, id: u64, max: usize) {
        let Some(entry) = self.entries.get(&id) else { return };
        self.load = self.load.saturating_sub(entry.message.recipients.len());
        self.finished.push_back(id);
        if self.finished.len() > max
            && let Some(oldest) = self.finished.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }
}

/// The number in an id of ours; nothing else is one.
fn number(id: &[u8]) -> Option<u64> {
    std::str::from_utf8(id).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
