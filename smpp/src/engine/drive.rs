//! From an open byte stream to a running session.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

#[cfg(any(test, feature = "testing"))]
use super::admission::Admission;
use super::{
    connection::{Connection, Limits, Opening},
    hub::Hub,
    link::Link,
};
use crate::{
    config::ServerConfig,
    handler::{HandlerService, UnbindCause},
    protocol::{Role, Timers},
};

/// What the sessions of a listener, or of a client, have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct DrivePlan {
    pub(super) timers: Timers,
    pub(super) limits: Limits,
    pub(super) window: usize,
}

impl DrivePlan {
    pub(super) fn of_server(config: &ServerConfig) -> Self {
        Self {
            timers: Timers {
                session_init: Some(config.session_init_timer()),
                enquire_link: config.enquire_link_timer(),
                inactivity: config.inactivity_timer(),
                response: Some(config.response_timer()),
            },
            limits: Limits {
                max_pdu_bytes: config.max_pdu_bytes,
                max_in_flight: config.max_in_flight,
                high_water: config.output_high_water_bytes,
            },
            window: config.window_size,
        }
    }

    pub(super) fn response_timer(&self) -> Duration {
        self.timers.response.unwrap_or(Duration::from_secs(30))
    }
}

/// Makes the shared half of a session that begins now.
pub(super) fn link(
    role: Role,
    peer: SocketAddr,
    certificate: Option<Bytes>,
    hub: &Arc<Hub>,
    plan: &DrivePlan,
) -> Link {
    let (id, hub) = (hub.next_id(), Arc::clone(hub));
    Link::new(id, role, peer, certificate, hub, plan.window, plan.response_timer())
}

/// Runs the listener's side of a session over a byte stream, to its end. It counts as open since `opened`: what came before
/// its first octet of SMPP, a proxy's header or TLS, is part of the session-init timer.
#[allow(
    clippy::too_many_arguments,
    reason = "each is a different thing, and the callers are three"
)]
pub(super) async fn drive<IO, X>(
    io: IO,
    role: Role,
    peer: SocketAddr,
    certificate: Option<Bytes>,
    opened: Instant,
    service: X,
    hub: &Arc<Hub>,
    plan: &DrivePlan,
    opening: Opening<IO>,
    leftover: BytesMut,
) -> UnbindCause
where
    IO: AsyncRead + AsyncWrite + Unpin,
    X: HandlerService,
{
    let link = Arc::new(link(role, peer, certificate, hub, plan).opened_at(opened));
    hub.connected(&link);
    let connection =
        Connection::new(io, link, service, plan.timers, plan.limits, opening, leftover);
    Box::new(connection).run().await
}

/// Runs the listener's side of a session over a byte stream that is no socket: for the test harness.
#[cfg(any(test, feature = "testing"))]
pub(crate) async fn drive_in_process<IO, X>(
    io: IO,
    peer: SocketAddr,
    service: X,
    hub: &Arc<Hub>,
    config: &ServerConfig,
) -> UnbindCause
where
    IO: AsyncRead + AsyncWrite + Unpin,
    X: HandlerService,
{
    let opening = Opening::Listen(Arc::new(Admission::new(config)), None);
    let plan = DrivePlan::of_server(config);
    let opened = Instant::now();
    drive(io, Role::Smsc, peer, None, opened, service, hub, &plan, opening, BytesMut::new()).await
}
