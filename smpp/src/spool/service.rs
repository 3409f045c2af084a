//! The spool behind the handlers.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tower_service::Service;

use wirepath_runtime::{seldom::Seldom, store::ItemId};

use super::{
    courier::Courier,
    receipts::Taken,
    spool::{Keeping, Spool},
};
use crate::{
    handle::Session,
    handler::{Event, HandlerService, On, Request, Response, ask},
    protocol::{
        Role, Status,
        pdu::{DataSm, EsmClass, Pdu, RequestPdu, Response as _, ResponsePdu, SubmitSm},
    },
    routing::{Message, Origin, Route},
};

/// Handlers with a spool behind them: it answers what they are not for.
///
/// | request | without a handler for it |
/// |---|---|
/// | `submit_sm`, `data_sm` | goes to the spool, along the route that `#[route_message]` or `routing` says |
/// | `submit_multi` | the same for each of its recipients |
/// | `query_sm`, `cancel_sm`, `replace_sm` | are answered from it |
/// | a message from an SMSC | goes to the spool, for the ESME that `routing` says |
///
/// Receipts and intermediate notifications for the spool's messages are the spool's, whoever has a handler for `deliver_sm` or
/// `data_sm`; others are the handler's.
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
    /// Look whether it is a receipt, or an intermediate notification, for a message of the spool's.
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
                    | RequestPdu::SubmitMulti(_)
                    | RequestPdu::DataSm(_)
                    | RequestPdu::QuerySm(_)
                    | RequestPdu::CancelSm(_)
                    | RequestPdu::ReplaceSm(_),
                ),
            ) if !self.is_served(request) => Task::Answer,
            (Role::Esme, Event::Pdu(pdu @ (RequestPdu::DeliverSm(_) | RequestPdu::DataSm(_)))) => {
                match says_how_it_goes(pdu) {
                    true => Task::Receipt,
                    false if !self.is_served(request) => Task::Answer,
                    false => Task::None,
                }
            }
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
    fn receipt(&self, request: Request) -> SpooledCall<X::Future, X::Error> {
        let spool = self.spool.clone();
        let handlers = self.is_served(&request).then(|| self.handlers.clone());
        let call = async move {
            let status = match (spool.take_receipt(&request).await, handlers) {
                (Ok(Taken::Ours), _) => Status::ROK,
                (Err(status), _) => status,
                (Ok(Taken::Unknown), Some(handlers)) => {
                    return Box::pin(hand_on(handlers, request)).await;
                }
                // Nothing has ended.
                (Ok(Taken::Unknown), None) if is_intermediate(&request) => Status::ROK,
                (Ok(Taken::Unknown), None) => {
                    unknown(&request);
                    Status::RX_P_APPN
                }
            };
            Ok(request.answer(status))
        };
        SpooledCall::Spool { call: Box::pin(call) }
    }
}

/// Has the handlers answer what the spool does not.
async fn hand_on<X: HandlerService>(
    mut handlers: X,
    request: Request,
) -> Result<Response, X::Error> {
    std::future::poll_fn(|cx| handlers.poll_ready(cx)).await?;
    handlers.call(request).await
}

/// Says that a receipt is refused.
fn unknown(request: &Request) {
    static UNKNOWN: Seldom = Seldom::new();
    if let Some(times) = UNKNOWN.times() {
        tracing::warn!(
            session = %request.session().id(), times,
            "a receipt is for no message that is known, and is refused with ESME_RX_P_APPN; if it should be known, see message_id_form of its bind"
        );
    }
    metrics::counter!("wirepath_smpp_spool_unknown_receipts_total").increment(1);
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
                let handlers = self.serves.contains(&On::ROUTE).then(|| self.handlers.clone());
                if handlers.is_none()
                    && let Event::Pdu(RequestPdu::SubmitSm(pdu)) = request.event()
                    && let Some(keeping) = self.spool.begin(pdu, request.session())
                {
                    return SpooledCall::Storing { call: Submission { request, keeping } };
                }
                let spool = self.spool.clone();
                SpooledCall::Spool {
                    call: Box::pin(async move {
                        if let Event::Pdu(RequestPdu::SubmitMulti(pdu)) = request.event() {
                            let session = request.session();
                            let answer = Box::pin(spool.submit_multi(pdu, session, handlers));
                            return Ok(Response::Pdu(answer.await.into()));
                        }
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
            Task::Receipt => self.receipt(request),
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
        /// The spool's, of a `submit_sm`: what nearly all of them are.
        Storing {
            call: Submission,
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
            Self::Storing { .. } => "SpooledCall::Storing",
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
            Called::Storing { call } => call.poll(cx).map(Ok),
            Called::Spool { call } => call.as_mut().poll(cx),
        }
    }
}

/// A `submit_sm` that is being stored, and will be answered then.
#[derive(Debug)]
#[expect(unnameable_types, reason = "a part of a future that has no name either")]
pub struct Submission {
    request: Request,
    keeping: Result<Keeping, Status>,
}

impl Submission {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Response> {
        let outcome = match &mut self.keeping {
            Ok(keeping) => std::task::ready!(Pin::new(keeping).poll(cx)),
            Err(status) => Err(*status),
        };
        Poll::Ready(match (self.request.event(), outcome) {
            (Event::Pdu(RequestPdu::SubmitSm(pdu)), Ok(id)) => {
                Response::Pdu(ResponsePdu::SubmitSm(pdu.accept(id.0)))
            }
            (_, Ok(_)) => Response::Silent, // it was none
            (_, Err(status)) => self.request.answer(status),
        })
    }
}

fn esm_class(pdu: &RequestPdu) -> Option<EsmClass> {
    match pdu {
        RequestPdu::DeliverSm(pdu) => Some(EsmClass(pdu.esm_class())),
        RequestPdu::DataSm(pdu) => Some(EsmClass(pdu.esm_class())),
        _ => None,
    }
}

/// Whether it is a receipt, or an intermediate notification (SMPP 3.4 §5.2.12). Either has the SMSC's id, which would mean nothing
/// to an ESME, or another message.
fn says_how_it_goes(pdu: &RequestPdu) -> bool {
    esm_class(pdu).is_some_and(|class| class.is_receipt() || class.is_intermediate())
}

fn is_intermediate(request: &Request) -> bool {
    match request.event() {
        Event::Pdu(pdu) => esm_class(pdu).is_some_and(EsmClass::is_intermediate),
        _ => false,
    }
}

/// What `#[route_message]` says of a `submit_sm` or a `data_sm`, of an ESME's.
async fn choose<X: HandlerService>(
    handlers: X,
    request: &Request,
) -> Result<Option<Route>, Status> {
    let session = request.session();
    let message = match (session.role(), request.event()) {
        (Role::Smsc, Event::Pdu(RequestPdu::SubmitSm(pdu))) => Message::from(pdu),
        (Role::Smsc, Event::Pdu(RequestPdu::DataSm(pdu))) => Message::from(pdu),
        _ => return Ok(None),
    };
    let message = message.with_origin(Origin::Esme(session.system_id()));
    ask(handlers, session.clone(), message).await
}

impl Spool {
    /// Answers a request that no handler is for.
    async fn answer(&self, request: Request, chosen: Option<Route>) -> Response {
        let session = request.session();
        let Event::Pdu(pdu) = request.event() else { return Response::Silent };
        let response = match pdu {
            RequestPdu::SubmitSm(pdu) => {
                ResponsePdu::SubmitSm(match self.submit(pdu, session, chosen).await {
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
            RequestPdu::DataSm(pdu) => {
                ResponsePdu::DataSm(match self.take_data(pdu, session, chosen).await {
                    Ok(id) => pdu.accept(id.0),
                    Err(status) => pdu.reject(status),
                })
            }
            RequestPdu::DeliverSm(pdu) => {
                ResponsePdu::DeliverSm(match self.deliver_from(pdu, session).await {
                    Ok(_) => pdu.accept(),
                    Err(status) => pdu.reject(status),
                })
            }
            other => ResponsePdu::of_status(other.command(), Status::RSYSERR),
        };
        Response::Pdu(response)
    }

    /// Takes a message of an ESME's.
    async fn submit(
        &self,
        pdu: &SubmitSm,
        session: &Session,
        chosen: Option<Route>,
    ) -> Result<ItemId, Status> {
        if pdu.replace_if_present_flag() == 1 {
            self.give_way(pdu, session).await;
        }
        match chosen {
            Some(route) => self.accept(pdu, session, &route).await,
            None => self.take(pdu.into(), session, &*self.way(pdu.into(), session)?).await,
        }
    }

    /// Takes a message of an ESME's, or of an SMSC's.
    async fn take_data(
        &self,
        pdu: &DataSm,
        session: &Session,
        chosen: Option<Route>,
    ) -> Result<ItemId, Status> {
        if session.role() == Role::Esme {
            return self.deliver_data(pdu, session).await;
        }
        match chosen {
            Some(route) => self.accept_data(pdu, session, &route).await,
            None => self.take(pdu.into(), session, &*self.way(pdu.into(), session)?).await,
        }
    }

    async fn take_receipt(&self, request: &Request) -> Result<Taken, Status> {
        let Some(kept) = self.inner.smpp.hub().kept_with(request.session().id()) else {
            return Ok(Taken::Unknown);
        };
        let (bind, form) = (&kept.config.name, kept.config.message_id_form);
        let (receipt, notification) = match request.event() {
            Event::Pdu(RequestPdu::DeliverSm(pdu)) => (pdu.receipt(), pdu.notification()),
            Event::Pdu(RequestPdu::DataSm(pdu)) => (pdu.receipt(), pdu.notification()),
            _ => (None, None),
        };
        match (receipt, notification) {
            (Some(receipt), _) => self.inner.receipt(bind, form, &receipt).await,
            // Rare, and large.
            (None, Some(said)) => Box::pin(self.inner.intermediate(bind, form, &said)).await,
            (None, None) => Ok(Taken::Unknown),
        }
    }
}
