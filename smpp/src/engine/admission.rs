//! Who may bind: `server.esmes`, checked before any handler is asked.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::Semaphore;

use super::{
    hub::{Hub, Slot},
    link::Link,
};
use crate::{
    config::{EsmeConfig, ServerConfig, ThrottleAction},
    handle::Session,
    handler::{Bind, BindReply, Event, HandlerService, Request, Response},
    protocol::{
        Rules, Status, SystemId,
        pdu::{BindRequest, BindResp},
    },
};

/// Password hashes that are verified at a time: argon2 takes a core and some 20 MiB for tens of milliseconds each.
const HASHES_AT_A_TIME: usize = 2;

/// What a listener lets in, and on which terms.
#[derive(Debug)]
pub(super) struct Admission {
    esmes: HashMap<SystemId, EsmeConfig>,
    terms: Terms,
    system_id: SystemId,
    hashing: Semaphore,
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
            hashing: Semaphore::new(HASHES_AT_A_TIME),
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
        let esme = SystemId::new(pdu.system_id())
            .ok()
            .and_then(|id| self.esmes.get(&id).map(|esme| (id, esme)));
        let checked = self.check(&link, &pdu, esme).await;
        let (policy, slot) = match checked {
            Ok(slot) => (Ok(()), Some(slot)),
            Err(status) => (Err(status), None),
        };
        let bind = Bind {
            pdu: pdu.clone(),
            peer: link.peer,
            certificate: link.certificate.clone(),
            policy,
        };
        let reply = ask(&mut service, &link, bind).await;

        let kind = pdu.kind();
        let system_id = SystemId::new(pdu.system_id()).unwrap_or_default();
        metrics::counter!("wirepath_smpp_bind_requests_total", "result" => result(reply.status))
            .increment(1);
        if !reply.status.is_ok() {
            tracing::info!(
                session = %link.id, peer = %link.peer, %system_id, %kind, status = %reply.status, reason = reply.reason,
                "bind refused"
            );
            tokio::time::sleep(link.hub.refused(link.peer.ip())).await;
            return Decision { response: BindResp::reject(kind, reply.status), admitted: None };
        }
        link.hub.accepted(link.peer.ip());
        tracing::info!(session = %link.id, peer = %link.peer, %system_id, %kind, "bound");
        let terms = esme.map_or(self.terms, |(_, esme)| self.terms.of(esme));
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

    /// What `server.esmes` says.
    async fn check(
        &self,
        link: &Link,
        pdu: &BindRequest,
        esme: Option<(SystemId, &EsmeConfig)>,
    ) -> Result<Slot, Status> {
        if self.esmes.is_empty() {
            return Err(Status::RBINDFAIL);
        }
        let (system_id, esme) = esme.ok_or(Status::RINVSYSID)?;
        if !self.password_matches(esme, pdu.password()).await {
            return Err(Status::RINVPASWD);
        }
        let is_allowed = esme.allows_address(link.peer.ip()) && esme.allows_bind_type(pdu.kind());
        let max = (esme.max_binds > 0).then_some(esme.max_binds as usize);
        is_allowed
            .then(|| Hub::take_slot(&link.hub, system_id, max))
            .flatten()
            .ok_or(Status::RBINDFAIL)
    }

    async fn password_matches(&self, esme: &EsmeConfig, candidate: &[u8]) -> bool {
        if !esme.password.is_hashed() {
            return esme.password.verify(candidate);
        }
        let Ok(_turn) = self.hashing.acquire().await else { return false };
        let (password, candidate) =
            (esme.password.clone(), zeroize::Zeroizing::new(candidate.to_vec()));
        tokio::task::spawn_blocking(move || password.verify(&candidate)).await.unwrap_or(false)
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
    match call(service, request).await {
        Ok(Response::Bind(reply)) => reply,
        Ok(_) => refusal,
        Err(status) => BindReply { status, ..refusal },
    }
}

/// Calls the service once it is ready. What a layer fails with becomes a status.
pub(super) async fn call<X: HandlerService>(
    service: &mut X,
    request: Request,
) -> Result<Response, Status> {
    std::future::poll_fn(|cx| service.poll_ready(cx))
        .await
        .map_err(|error| layer_failed(error.into()))?;
    service.call(request).await.map_err(|error| layer_failed(error.into()))
}

/// The status for what a layer failed with: itself if it is one.
pub(super) fn layer_failed(error: crate::handler::BoxError) -> Status {
    match error.downcast_ref::<Status>() {
        Some(status) => *status,
        None => {
            tracing::warn!(%error, "a layer around the handlers failed; answered ESME_RSYSERR");
            Status::RSYSERR
        }
    }
}

/// The label of a status in metrics.
pub(super) fn result(status: Status) -> &'static str {
    status.name().unwrap_or("vendor")
}
