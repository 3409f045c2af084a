//! The spool behind the handlers.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tower_service::Service;

use super::{courier::Courier, receipts::Taken, seldom::Seldom, spool::Spool};
use crate::{
    handle::Session,
    handler::{Event, HandlerService, On, Request, Response, ask},
    protocol::{
        Role, Status,
        pdu::{Pdu, RequestPdu, Response as _, ResponsePdu, SubmitSm},
    },
    routing::{Message, Origin, Route},
};

/// Handlers with a spool behind them: it answers what they are not for.
///
/// | request | without a handler for it |
/// |---|---|
/// | `submit_sm` | goes to the spool, along the route that `#[route_message]` or `routing` says |
/// | `query_sm`, `cancel_sm`, `replace_sm` | are answered from it |
/// | a message from an SMSC | goes to the spool, for the ESME that `routing` says |
///
/// Receipts for the spool's messages are the spool's, whoever has a handler for `deliver_sm` or `data_sm`; others are the handler's.
#[derive(Debug, Clone)]
pub struct Spooled<X> {
    handlers: X,
    spool: Spool,
    serves: Arc<[On]>,
}

impl<X> Spooled<X> {
    /// Puts a spool behind handlers, `serves` being what they are for: their [`table`](crate::Handlers::table).
    pub fn new(handlers: X, spool: Spool, serves: impl IntoIterator<Item = On>) -> Self {
        Self { handlers, spool, serves: serves.into_iter().collect() }
    }

    fn is_served(&self, request: &Request) -> bool {
        self.serves.iter().any(|on| *on == request.on() || *on == On::ANY)
    }
}

/// What the spool has to do about a request.
enum Task {
    /// Nothing: it is the handlers'.
    None,
    /// Answer it.
    Answer,
    /// Look whether it is a receipt for a message of the spool's.
    Receipt,
}

impl<X: HandlerService> Spooled<X> {
    fn task(&self, request: &Request) -> Task {
        match (request.session().role(), request.event()) {
            (Role::Smsc, Event::Bound) => {
                self.attend(request.session());
                Task::None
            }
            (
                Role::Smsc,
                Event::Pdu(
                    RequestPdu::SubmitSm(_)
                    | RequestPdu::QuerySm(_)
                    | RequestPdu::CancelSm(_)
                    | RequestPdu::ReplaceSm(_),
                ),
            ) if !self.is_served(request) => Task::Answer,
            (Role::Esme, Event::Pdu(RequestPdu::DeliverSm(pdu))) => match pdu.is_receipt() {
                true => Task::Receipt,
                false if !self.is_served(request) => Task::Answer,
                false => Task::None,
            },
            (Role::Esme, Event::Pdu(RequestPdu::DataSm(pdu))) if pdu.is_receipt() => Task::Receipt,
            _ => Task::None,
        }
    }

    /// A session that can receive gets what waits for its ESME.
    fn attend(&self, session: &Session) {
        if session.kind().is_some_and(|kind| kind.can_receive()) {
            let inner = &self.spool.inner;
            let courier = Courier::new(Arc::clone(inner), session.clone());
            drop(inner.tasks.spawn(courier.run(inner.tasks.signal())));
        }
    }

    /// A receipt for a message of the spool's, or else what the handlers say to it.
    async fn receipt(mut self, request: Request) -> Result<Response, X::Error> {
        let command = match request.event() {
            Event::Pdu(pdu) => pdu.command(),
            _ => return self.handlers.call(request).await,
        };
        let status = match self.spool.take_receipt(&request).await {
            Ok(Taken::Ours) => Status::ROK,
            Err(status) => status,
            Ok(Taken::Unknown) if self.is_served(&request) => {
                std::future::poll_fn(|cx| self.handlers.poll_ready(cx)).await?;
                return self.handlers.call(request).await;
            }
            Ok(Taken::Unknown) => {
                static UNKNOWN: Seldom = Seldom::new();
                if let Some(times) = UNKNOWN.times() {
                    tracing::warn!(
                        session = %request.session().id(), times,
                        "a receipt is for no message that is known, and is refused with ESME_RX_P_APPN; if it should be known, see message_id_form of its bind"
                    );
                }
                metrics::counter!("wirepath_smpp_spool_unknown_receipts_total").increment(1);
                Status::RX_P_APPN
            }
        };
        Ok(Response::Pdu(ResponsePdu::of_status(command, status)))
    }
}

impl<X: HandlerService> Service<Request> for Spooled<X> {
    type Response = Response;
    type Error = X::Error;
    type Future = SpooledCall<X::Future, X::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), X::Error>> {
        self.handlers.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.task(&request) {
            Task::None => SpooledCall::Handlers { call: self.handlers.call(request) },
            Task::Answer => {
                let spool = self.spool.clone();
                let handlers = self.serves.contains(&On::ROUTE).then(|| self.handlers.clone());
                SpooledCall::Spool {
                    call: Box::pin(async move {
                        let chosen = match handlers {
                            Some(handlers) => choose(handlers, &request).await,
                            None => Ok(None),
                        };
                        Ok(match chosen {
                            Ok(route) => spool.answer(request, route).await,
                            Err(status) => request.answer(status),
                        })
                    }),
                }
            }
            Task::Receipt => SpooledCall::Spool { call: Box::pin(self.clone().receipt(request)) },
        }
    }
}

pin_project_lite::pin_project! {
    /// The call of a handler, or of the spool.
    #[project = Called]
    #[must_use]
    pub enum SpooledCall<F, E> {
        /// A handler's.
        Handlers {
            #[pin] call: F,
        },
        /// The spool's.
        Spool {
            call: Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>,
        },
    }
}

impl<F, E> std::fmt::Debug for SpooledCall<F, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Handlers { .. } => "SpooledCall::Handlers",
            Self::Spool { .. } => "SpooledCall::Spool",
        })
    }
}

impl<F, E> Future for SpooledCall<F, E>
where
    F: Future<Output = Result<Response, E>>,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Called::Handlers { call } => call.poll(cx),
            Called::Spool { call } => call.as_mut().poll(cx),
        }
    }
}

/// What `#[route_message]` says of a `submit_sm`.
async fn choose<X: HandlerService>(
    handlers: X,
    request: &Request,
) -> Result<Option<Route>, Status> {
    let Event::Pdu(RequestPdu::SubmitSm(pdu)) = request.event() else { return Ok(None) };
    let session = request.session();
    let message = Message::from(pdu).with_origin(Origin::Esme(session.system_id()));
    ask(handlers, session.clone(), message).await
}

impl Spool {
    /// Answers a request that no handler is for.
    async fn answer(&self, request: Request, chosen: Option<Route>) -> Response {
        let session = request.session();
        let Event::Pdu(pdu) = request.event() else { return Response::Silent };
        let response = match pdu {
            RequestPdu::SubmitSm(pdu) => {
                let route = chosen.unwrap_or_else(|| self.route(pdu, session));
                ResponsePdu::SubmitSm(match self.submit(pdu, session, &route).await {
                    Ok(id) => pdu.accept(id.0),
                    Err(status) => pdu.reject(status),
                })
            }
            RequestPdu::QuerySm(pdu) => ResponsePdu::QuerySm(
                self.query(pdu, session).await.unwrap_or_else(|status| pdu.reject(status)),
            ),
            RequestPdu::CancelSm(pdu) => {
                ResponsePdu::CancelSm(match self.cancel(pdu, session).await {
                    Ok(()) => pdu.accept(),
                    Err(status) => pdu.reject(status),
                })
            }
            RequestPdu::ReplaceSm(pdu) => {
                ResponsePdu::ReplaceSm(match self.replace(pdu, session).await {
                    Ok(()) => pdu.accept(),
                    Err(status) => pdu.reject(status),
                })
            }
            RequestPdu::DeliverSm(pdu) => ResponsePdu::DeliverSm(match self.deliver(pdu).await {
                Ok(_) => pdu.accept(),
                Err(status) => pdu.reject(status),
            }),
            other => ResponsePdu::of_status(other.command(), Status::RSYSERR),
        };
        Response::Pdu(response)
    }

    /// Takes a message of an ESME's.
    async fn submit(
        &self,
        pdu: &SubmitSm,
        session: &Session,
        route: &Route,
    ) -> Result<wirepath_runtime::store::ItemId, Status> {
        if pdu.replace_if_present_flag() == 1 {
            self.give_way(pdu, session).await;
        }
        self.accept(pdu, session, route).await
    }

    async fn take_receipt(&self, request: &Request) -> Result<Taken, Status> {
        let Some(bind) = self.inner.smpp.bind_of(request.session().id()) else {
            return Ok(Taken::Unknown);
        };
        let form = self.inner.smpp.bind(&bind).message_id_form();
        let receipt = match request.event() {
            Event::Pdu(RequestPdu::DeliverSm(pdu)) => pdu.receipt(),
            Event::Pdu(RequestPdu::DataSm(pdu)) => pdu.receipt(),
            _ => None,
        };
        match receipt {
            Some(receipt) => self.inner.receipt(&bind, form, &receipt).await,
            None => Ok(Taken::Unknown),
        }
    }
}
