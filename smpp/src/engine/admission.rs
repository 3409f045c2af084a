//! Who may bind: `server.esmes`, checked before any handler is asked.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::{
    gate::Turn,
    hub::{Hub, Slot},
    link::Link,
};
use crate::{
    config::{EsmeConfig, ServerConfig, ThrottleAction},
    handle::Session,
    handler::{Bind, BindReply, Event, HandlerService, Request, Response, call_when_ready},
    protocol::{
        Rules, Status, SystemId,
        pdu::{BindRequest, BindResp},
    },
};

/// What a listener lets in, and on which terms.
#[derive(Debug)]
pub(super) struct Admission {
    esmes: HashMap<SystemId, EsmeConfig>,
    terms: Terms,
    system_id: SystemId,
    pub(super) session_init: Duration,
}

/// The terms of one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Messages a second; 0 for no limit.
    pub(super) rate: u32,
    pub(super) throttle: ThrottleAction,
    pub(super) window: usize,
    pub(super) rules: Rules,
}

/// A bind that has been decided.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) response: BindResp,
    /// There if it was accepted.
    pub(super) admitted: Option<Admitted>,
}

#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) system_id: SystemId,
    pub(super) terms: Terms,
    /// Held for as long as the session lasts.
    pub(super) slot: Option<Slot>,
    pub(super) is_old: bool,
}

impl Admission {
    pub(super) fn new(config: &ServerConfig) -> Self {
        let esmes = config.esmes.iter();
        let esmes = esmes.filter_map(|esme| {
            Some((SystemId::new(esme.system_id.as_bytes()).ok()?, esme.clone()))
        });
        Self {
            esmes: esmes.collect(),
            terms: Terms {
                rate: config.max_msg_per_sec,
                throttle: config.throttle_action,
                window: config.window_size,
                rules: if config.lenient { Rules::Lenient } else { Rules::Strict },
            },
            system_id: SystemId::new(config.system_id.as_bytes()).unwrap_or_default(),
            session_init: config.session_init_timer(),
        }
    }

    pub(super) fn default_rules(&self) -> Rules {
        self.terms.rules
    }

    /// Decides a bind: policy first, then the handler, whose word is final.
    pub(super) async fn decide<X: HandlerService>(
        self: Arc<Self>,
        link: Arc<Link>,
        mut service: X,
        pdu: BindRequest,
    ) -> Decision {
        let kind = pdu.kind();
        let system_id = SystemId::new(pdu.system_id()).unwrap_or_default();
        let esme = SystemId::new(pdu.system_id()).ok().and_then(|id| self.esmes.get(&id));
        // A refusal that came after the session-init timer would not go out any more.
        let by = link.opened + self.session_init / 8 * 7;
        let checked = tokio::time::timeout_at(by, self.check(&link, &pdu, esme)).await;
        let is_checked = checked.is_ok();
        // The turn is kept until the outcome is known to those who wait for it.
        let (reply, slot, _turn) = match checked {
            Ok((policy, turn)) => {
                let (policy, slot) = match policy {
                    Ok(slot) => (Ok(()), Some(slot)),
                    Err(status) => (Err(status), None),
                };
                let bind = Bind {
                    pdu: pdu.clone(),
                    peer: link.peer,
                    certificate: link.certificate.clone(),
                    policy,
                };
                (ask(&mut service, &link, bind).await, slot, turn)
            }
            Err(_) => (too_late(), None, None),
        };

        metrics::counter!("wirepath_smpp_bind_requests_total", "result" => result(reply.status))
            .increment(1);
        let address = link.peer.ip();
        if !reply.status.is_ok() {
            tracing::info!(
                session = %link.id, peer = %link.peer, %system_id, %kind, status = %reply.status, reason = reply.reason,
                "bind refused"
            );
            if is_checked {
                link.hub.gate.refused(address);
            }
            return Decision { response: BindResp::reject(kind, reply.status), admitted: None };
        }
        link.hub.gate.accepted(address);
        tracing::info!(session = %link.id, peer = %link.peer, %system_id, %kind, "bound");
        let terms = esme.map_or(self.terms, |esme| self.terms.of(esme));
        let slot = slot.or_else(|| Hub::take_slot(&link.hub, system_id, None));
        Decision {
            response: BindResp::accept(&pdu, reply.system_id.unwrap_or(self.system_id)),
            admitted: Some(Admitted {
                system_id,
                terms,
                slot,
                is_old: pdu.interface_version() < 0x34,
            }),
        }
    }

    /// What `server.esmes` says, once it is this address's turn. What costs nothing is looked at first: who is refused for it
    /// costs no hash, and learns nothing about the password.
    async fn check(
        &self,
        link: &Link,
        pdu: &BindRequest,
        esme: Option<&EsmeConfig>,
    ) -> (Result<Slot, Status>, Option<Turn>) {
        let address = link.peer.ip();
        let esme = self.may_try(link, pdu, esme);
        let is_hashed = esme.is_ok_and(|esme| esme.password.is_hashed());
        // The hold leaves time for the answer, whatever the timer is.
        let longest = self.session_init / 3 * 2;
        let turn = link.hub.gate.enter(address, is_hashed, longest).await;
        let esme = match esme {
            Ok(esme) => esme,
            Err(status) => return (Err(status), Some(turn)),
        };
        let (is_right, mut turn) = match is_hashed {
            false => (esme.password.verify(pdu.password()), Some(turn)),
            true => self.hash_matches(link, esme, pdu.password(), turn).await,
        };
        if !is_right {
            return (Err(Status::RINVPASWD), turn);
        }
        turn.iter_mut().for_each(Turn::relax);
        let system_id = SystemId::new(pdu.system_id()).unwrap_or_default();
        let slot = Hub::take_slot(&link.hub, system_id, max_binds(esme));
        (slot.ok_or(Status::RBINDFAIL), turn)
    }

    /// The ESME, if its password is worth a look.
    fn may_try<'a>(
        &self,
        link: &Link,
        pdu: &BindRequest,
        esme: Option<&'a EsmeConfig>,
    ) -> Result<&'a EsmeConfig, Status> {
        if self.esmes.is_empty() {
            return Err(Status::RBINDFAIL);
        }
        let esme = esme.ok_or(Status::RINVSYSID)?;
        let system_id = SystemId::new(pdu.system_id()).unwrap_or_default();
        let is_allowed = esme.allows_address(link.peer.ip())
            && esme.allows_bind_type(pdu.kind())
            && link.hub.has_slot(system_id, max_binds(esme));
        if !is_allowed {
            return Err(Status::RBINDFAIL);
        }
        // SMPP 3.4 §5.2.2. The decoder leaves it to the rules of this ESME.
        let is_strict = self.terms.of(esme).rules == Rules::Strict;
        if is_strict && pdu.password().len() > BindRequest::MAX_PASSWORD {
            return Err(Status::RINVPASWD);
        }
        Ok(esme)
    }

    /// Computes the hash on another thread, which keeps the turn and the place until it is done: a session that is over by
    /// then must not make room for one more.
    async fn hash_matches(
        &self,
        link: &Link,
        esme: &EsmeConfig,
        candidate: &[u8],
        turn: Turn,
    ) -> (bool, Option<Turn>) {
        let place = link.hub.gate.hash().await;
        let (password, candidate) =
            (esme.password.clone(), zeroize::Zeroizing::new(candidate.to_vec()));
        let hashing = tokio::task::spawn_blocking(move || {
            let is_right = password.verify(&candidate);
            drop(place);
            (is_right, Some(turn))
        });
        hashing.await.unwrap_or((false, None))
    }
}

fn max_binds(esme: &EsmeConfig) -> Option<usize> {
    (esme.max_binds > 0).then_some(esme.max_binds as usize)
}

fn too_late() -> BindReply {
    BindReply {
        status: Status::RBINDFAIL,
        reason: "not looked at: other binds from this address, or other password hashes, took until session_init_timer_ms",
        system_id: None,
    }
}

impl Terms {
    /// The terms of a session that this side opened.
    pub(super) fn outbound(window: usize, rules: Rules) -> Self {
        Self { rate: 0, throttle: ThrottleAction::Pace, window, rules }
    }

    fn of(self, esme: &EsmeConfig) -> Self {
        Self {
            rate: esme.max_msg_per_sec.unwrap_or(self.rate),
            throttle: esme.throttle_action.unwrap_or(self.throttle),
            window: esme.window_size.unwrap_or(self.window),
            rules: match esme.lenient {
                Some(true) => Rules::Lenient,
                Some(false) => Rules::Strict,
                None => self.rules,
            },
        }
    }
}

/// Asks the handler, or the default, which is the policy's word.
async fn ask<X: HandlerService>(service: &mut X, link: &Arc<Link>, bind: Bind) -> BindReply {
    let refusal = bind.reject(Status::RSYSERR, "a layer failed");
    let request = Request::new(Session::new(Arc::clone(link)), Event::Bind(Box::new(bind)));
    match call_when_ready(service, request).await {
        Ok(Response::Bind(reply)) => reply,
        Ok(_) => refusal,
        Err(status) => BindReply { status, ..refusal },
    }
}

/// The label of a status in metrics.
pub(super) fn result(status: Status) -> &'static str {
    status.name().unwrap_or("vendor")
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        net::SocketAddr,
        task::{Context, Poll},
    };

    use futures_util::FutureExt;
    use tokio::time::Instant;
    use wirepath_runtime::net::Networks;

    use super::*;
    use crate::{
        engine::drive::{DrivePlan, link},
        protocol::{Role, pdu::BindKind},
    };

    /// Argon2 at its usual cost, of something that nobody knows.
    const HASH: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGg";

    /// Answers as a service without handlers does.
    #[derive(Clone)]
    struct ByPolicy;

    impl tower_service::Service<Request> for ByPolicy {
        type Response = Response;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request) -> Self::Future {
            std::future::ready(Ok(match request.event {
                Event::Bind(bind) => Response::Bind(bind.by_policy()),
                _ => Response::Silent,
            }))
        }
    }

    struct Listener {
        admission: Arc<Admission>,
        hub: Arc<Hub>,
        plan: DrivePlan,
    }

    impl Listener {
        fn new(change: impl FnOnce(&mut EsmeConfig)) -> Self {
            let mut esme = EsmeConfig::new(
                "esme1",
                HASH.parse::<wirepath_runtime::secret::Password>().unwrap(),
            );
            change(&mut esme);
            // A hash takes seconds on a busy machine when it is not optimised.
            let session_init_timer_ms = 120_000;
            let config = ServerConfig {
                esmes: vec![esme],
                session_init_timer_ms,
                ..ServerConfig::default()
            };
            let plan = DrivePlan::of_server(&config);
            Self { admission: Arc::new(Admission::new(&config)), hub: Arc::default(), plan }
        }

        fn decide(&self, peer: u8) -> impl Future<Output = Status> + use<> {
            let peer = SocketAddr::from(([192, 0, 2, peer], 1));
            let link = Arc::new(link(Role::Smsc, peer, None, &self.hub, &self.plan));
            let bind = BindRequest::builder().system_id("esme1").password("guess");
            let bind = bind.build(BindKind::Transceiver).unwrap();
            let deciding = Arc::clone(&self.admission).decide(link, ByPolicy, bind);
            deciding.map(|decision| decision.response.status)
        }

        fn free_for_hashes(&self) -> usize {
            self.hub.gate.free_for_hashes()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_may_not_bind_anyway_costs_no_hash_and_learns_nothing_of_the_password() {
        let strangers = Listener::new(|esme| {
            esme.allowed_networks = Networks::parse(["10.0.0.0/8"]).unwrap();
        });
        let wrong_kind = Listener::new(|esme| esme.bind_types = vec![BindKind::Receiver]);
        let full = Listener::new(|esme| esme.max_binds = 1);
        let _slot = Hub::take_slot(&full.hub, SystemId::new(b"esme1").unwrap(), None);
        for listener in [strangers, wrong_kind, full] {
            // Nobody can hash, so whoever needs one waits until it is too late.
            let _places = (listener.hub.gate.hash().await, listener.hub.gate.hash().await);
            assert_eq!(listener.decide(1).now_or_never(), Some(Status::RBINDFAIL));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bind_that_cannot_be_looked_at_in_time_is_answered_all_the_same() {
        let listener = Listener::new(|_| ());
        let _places = (listener.hub.gate.hash().await, listener.hub.gate.hash().await);
        let start = Instant::now();
        assert_eq!(listener.decide(1).await, Status::RBINDFAIL);
        assert!(start.elapsed() < listener.admission.session_init);
    }

    #[tokio::test]
    async fn a_hash_that_nobody_waits_for_any_more_keeps_its_place_and_the_turn() {
        let listener = Listener::new(|_| ());
        let mut first = Box::pin(listener.decide(1));
        let mut second = Box::pin(listener.decide(2));
        for begun in [&mut first, &mut second] {
            assert!(begun.as_mut().now_or_never().is_none());
        }
        drop((first, second));
        assert_eq!(listener.free_for_hashes(), 0, "both are still being computed");
        let again = listener.decide(1);
        while listener.free_for_hashes() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(again.await, Status::RINVPASWD);
    }

    #[tokio::test]
    async fn one_address_has_one_hash_at_a_time() {
        let listener = Listener::new(|_| ());
        let mut guesses: Vec<_> = (0..4).map(|_| Box::pin(listener.decide(1))).collect();
        for guess in &mut guesses {
            assert!(guess.as_mut().now_or_never().is_none());
        }
        assert_eq!(listener.free_for_hashes(), 1);
        let mut other = Box::pin(listener.decide(2));
        assert!(other.as_mut().now_or_never().is_none());
        assert_eq!(listener.free_for_hashes(), 0);
        assert_eq!(other.await, Status::RINVPASWD);
    }
}
