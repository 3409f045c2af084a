//! Leases: one call a lane at a time, for all who wait there.
//!
//! Whoever waits for items and for something else drops its call and makes another, again and again. A call that is on its way goes
//! on without it, and what it brings lies ready for the next one, for a moment: else most of what is leased would only go back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::Value;
use tokio::sync::watch;

use super::calls::unexpected;
use super::reads::items;
use super::{Release, Shared};
use crate::store::index::Next;
use crate::store::time::Clock;
use crate::store::wake::wait_for;
use crate::store::{Item, ItemId, Lane, StoreError};

/// Items of one lease, at most.
const AT_ONCE: usize = 1_000;
/// Who waits looks again after this: a wake-up may be lost with the connection.
const LOOK_AGAIN_MS: u64 = 1_000;
/// How often it is tried to give back what a call has leased whose answer was lost.
const RECOVER_EVERY: Duration = Duration::from_secs(1);
/// How long items lie ready for the next call before they go back.
const LIE_READY: Duration = Duration::from_millis(50);

/// Lanes that somebody asks for, or has asked for just now.
#[derive(Default)]
pub(super) struct Desks(Mutex<HashMap<Lane, Desk>>);

#[derive(Default)]
struct Desk {
    /// The call on its way, and its number.
    asked: Option<(u64, Asked)>,
    /// What calls have brought, each with the number of its call.
    ready: VecDeque<(u64, Item)>,
}

type Asked = watch::Receiver<Option<Outcome>>;

/// When there is more.
type Outcome = Result<Next, StoreError>;

impl Desks {
    fn lock(&self) -> MutexGuard<'_, HashMap<Lane, Desk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to `max` of what lies ready, and whether more does.
    fn take(&self, lane: &Lane, max: usize) -> (Vec<Item>, bool) {
        let mut desks = self.lock();
        let Some(desk) = desks.get_mut(lane) else { return (Vec::new(), false) };
        let count = desk.ready.len().min(max);
        let items = desk.ready.drain(..count).map(|(_, item)| item).collect();
        let has_more = !desk.ready.is_empty();
        if desk.is_clear() {
            desks.remove(lane);
        }
        (items, has_more)
    }

    /// Puts down what a call has brought: the next one may go.
    fn put(&self, lane: &Lane, call: u64, items: Vec<Item>) {
        let mut desks = self.lock();
        let desk = desks.entry(lane.clone()).or_default();
        desk.asked = None;
        desk.ready.extend(items.into_iter().map(|item| (call, item)));
        if desk.is_clear() {
            desks.remove(lane);
        }
    }

    /// What is left of what a call has brought.
    fn clear(&self, lane: &Lane, call: u64) -> Vec<ItemId> {
        let mut desks = self.lock();
        let Some(desk) = desks.get_mut(lane) else { return Vec::new() };
        let of_call = desk.ready.iter().filter(|(by, _)| *by == call);
        let left = of_call.map(|(_, item)| item.id).collect();
        desk.ready.retain(|(by, _)| *by != call);
        if desk.is_clear() {
            desks.remove(lane);
        }
        left
    }
}

impl Desk {
    fn is_clear(&self) -> bool {
        self.asked.is_none() && self.ready.is_empty()
    }
}

impl Shared {
    /// See [`Queue::lease`](crate::store::Queue::lease).
    pub(super) async fn lease(
        self: &Arc<Self>,
        lane: &Lane,
        max: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let bell = self.bells.of(lane);
        loop {
            let rung = bell.listen();
            let since = self.next_call();
            self.check()?;
            let (items, _) = self.desks.take(lane, max);
            if !items.is_empty() {
                // Nobody knows what there is behind them.
                bell.pass_on(Next::Now);
                return Ok(items);
            }
            let (call, mut asked) = self.ask(lane, max);
            let next = {
                let outcome =
                    asked.wait_for(Option::is_some).await.map_err(|_| StoreError::Closed)?;
                outcome.clone().ok_or(StoreError::Closed)??
            };
            let (items, has_more) = self.desks.take(lane, max);
            if !items.is_empty() {
                bell.pass_on(if has_more { Next::Now } else { next });
                return Ok(items);
            }
            if call < since {
                // It may have looked before something came that rang before this listened.
                continue;
            }
            let at = match next {
                Next::At(ms) => ms.min(LOOK_AGAIN_MS),
                Next::Now | Next::Nothing => LOOK_AGAIN_MS,
            };
            let at = Next::At(Clock::Wall.now_ms().saturating_add(at));
            wait_for(rung, at, Clock::Wall).await;
        }
    }

    /// The call on its way for a lane, or one that starts now. In a task of its own: once it is sent, it leases, whether anybody waits
    /// for it or not.
    fn ask(self: &Arc<Self>, lane: &Lane, max: usize) -> (u64, Asked) {
        let mut desks = self.desks.lock();
        let desk = desks.entry(lane.clone()).or_default();
        if let Some(asked) = &desk.asked {
            return asked.clone();
        }
        let (sender, receiver) = watch::channel(None);
        let call = self.next_call();
        desk.asked = Some((call, receiver.clone()));
        tokio::spawn(ask(self.clone(), lane.clone(), max.min(AT_ONCE), (call, sender)));
        (call, receiver)
    }

    /// Not at once: with the next pipeline. The list is as long as what this replica has leased.
    pub(super) fn release(&self, ids: &[ItemId]) {
        let call = self.next_call();
        let released = ids.iter().map(|&id| Release { id, call });
        self.released.lock().unwrap_or_else(PoisonError::into_inner).extend(released);
        self.has_released.notify_one();
    }
}

/// Calls `lease.lua`. Its number names the call: if the answer is lost, what it has leased can be told from the rest.
async fn ask(
    shared: Arc<Shared>,
    lane: Lane,
    max: usize,
    (call, done): (u64, watch::Sender<Option<Outcome>>),
) {
    let answer = shared
        .call(&shared.scripts.lease, |command| {
            command.arg(&shared.replica).arg(call).arg(lane.as_str()).arg(max);
        })
        .await;
    let (outcome, items) = match answer.and_then(|value| taken(&shared, value)) {
        Ok((next, items)) => (Ok(next), items),
        Err(error) => (Err(error), Vec::new()),
    };
    let is_lost = matches!(outcome, Err(StoreError::Uncertain { .. }));
    let is_any = !items.is_empty();
    shared.desks.put(&lane, call, items);
    let _ = done.send(Some(outcome));
    if is_any {
        tokio::time::sleep(LIE_READY).await;
        let left = shared.desks.clear(&lane, call);
        if !left.is_empty() {
            shared.release(&left);
        }
    }
    if is_lost {
        recover(&shared, call).await;
    }
}

async fn recover(shared: &Shared, call: u64) {
    while shared.check().is_ok() {
        tokio::time::sleep(RECOVER_EVERY).await;
        let recovered = shared.call(&shared.scripts.recover, |command| {
            command.arg(&shared.replica).arg(call);
        });
        if let Ok(woken) = recovered.await {
            return shared.ring(woken);
        }
    }
}

/// What `lease.lua` gives.
fn taken(shared: &Shared, value: Value) -> Result<(Next, Vec<Item>), StoreError> {
    let Value::Array(values) = value else { return Err(unexpected()) };
    let mut values = values.into_iter();
    let (Some(Value::Int(more)), Some(woken)) = (values.next(), values.next()) else {
        return Err(unexpected());
    };
    shared.ring(woken);
    let next = match more {
        0 => Next::Now,
        ms => u64::try_from(ms).map_or(Next::Nothing, Next::At),
    };
    Ok((next, items(shared, values)))
}
