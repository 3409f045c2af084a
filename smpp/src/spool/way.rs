//! Where the messages of a route go.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, Hasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

use wirepath_runtime::store::Lane;

use super::{lane, outcome::Failover, record::Stage, spool::Inner};
use crate::{
    config::{FailoverOn, Step},
    protocol::{Status, SystemId},
};

/// Ways that are remembered. Above it they are found out again for each message.
const MAX_KNOWN: usize = 1_024;

/// The most binds of a route that are looked at.
const MAX_BINDS: usize = 16;

/// Where the messages of a route go: to an ESME, or out on a chain of binds.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) stage: Stage,
    pub(super) lane: Lane,
    pub(super) chain: Vec<String>,
    pub(super) failover: Failover,
    /// What it was made of.
    steps: Vec<Step>,
}

/// The ways that messages have gone: a route is the same for many of them.
#[derive(Debug, Default)]
pub(super) struct Ways {
    known: RwLock<HashMap<u64, Arc<Way>>>,
    state: RandomState,
}

impl Inner {
    /// The way along some steps. Somebody sees to it that what is put into its lane gets out of it.
    ///
    /// The `bind:` steps count, or the ESME if that is the first.
    ///
    /// # Errors
    ///
    /// The status for a message that has no way.
    pub(super) fn way<'a>(
        self: &Arc<Self>,
        steps: impl Iterator<Item = &'a Step> + Clone,
        fails_over: impl Fn(FailoverOn) -> bool,
    ) -> Result<Arc<Way>, Status> {
        let failover = Failover::new(fails_over);
        let key = self.ways.key(steps.clone(), failover);
        if let Some(way) = self.ways.get(key)
            && way.failover == failover
            && way.steps.iter().eq(steps.clone())
        {
            return Ok(way);
        }
        let way = Arc::new(self.find_way(steps, failover)?);
        self.ways.learn(key, &way);
        Ok(way)
    }

    fn find_way<'a>(
        self: &Arc<Self>,
        steps: impl Iterator<Item = &'a Step> + Clone,
        failover: Failover,
    ) -> Result<Way, Status> {
        let made_of = steps.clone().cloned().collect();
        let owner = steps.clone().find(|step| **step != Step::Queue).and_then(system_id);
        if let Some(esme) = owner {
            let (stage, lane) = (Stage::Inbound, lane::inward(esme));
            return Ok(Way { stage, lane, chain: Vec::new(), failover, steps: made_of });
        }
        let names = steps.filter_map(|step| match step {
            Step::Bind(name) => Some(name.clone()),
            _ => None,
        });
        let chain: Vec<_> = names.take(MAX_BINDS).collect();
        let lane = lane::out(&chain, failover.waits_for_first());
        if lane.as_str().len() > Lane::MAX {
            tracing::error!(
                chain = chain.join(", "),
                "the names of this chain of binds are too long together; shorten them, or give its route fewer steps"
            );
            return Err(Status::RSYSERR);
        }
        self.see_to(&chain, &lane)?;
        Ok(Way { stage: Stage::Waiting, lane, chain, failover, steps: made_of })
    }
}

impl Ways {
    fn key<'a>(&self, steps: impl Iterator<Item = &'a Step>, failover: Failover) -> u64 {
        let mut hasher = self.state.build_hasher();
        steps.for_each(|step| step.hash(&mut hasher));
        hasher.write_u8(failover.0);
        hasher.finish()
    }

    fn get(&self, key: u64) -> Option<Arc<Way>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    fn learn(&self, key: u64, way: &Arc<Way>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_KNOWN {
            known.insert(key, Arc::clone(way));
        }
    }
}

/// The ESME that a step leads to.
pub(super) fn system_id(step: &Step) -> Option<SystemId> {
    match step {
        Step::Esme(system_id) => SystemId::new(system_id.as_bytes()).ok(),
        _ => None,
    }
}
