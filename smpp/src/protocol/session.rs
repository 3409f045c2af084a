//! The session as a state machine (SMPP 3.4 §2.2, §7.2). Time comes as an argument; sockets are someone else's.

use std::time::{Duration, Instant};

use super::{CommandId, Status, pdu::BindKind};

/// Which side of the session this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The message centre: it is bound to.
    Smsc,
    /// The external entity: it binds.
    Esme,
}

/// Where a session is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Connected, not bound.
    Open,
    /// A bind is being decided. Nothing else is looked at until it is.
    Binding(BindKind),
    /// The peer has sent `outbind`, and whether it may is being decided. Nothing else is looked at: if so, a session of an
    /// ESME begins on the connection; if not, it closes.
    Called,
    /// Bound.
    Bound(BindKind),
    /// This side has sent `unbind` and waits for the answer. Requests of the peer that crossed it are still served.
    Unbinding(BindKind),
    /// Over.
    Closed,
}

/// The timers of a session (SMPP 3.4 §7.2). `None` switches one off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// From the connection to the bind's answer, in all.
    pub session_init: Option<Duration>,
    /// Silence after which the peer is asked whether it is there.
    pub enquire_link: Option<Duration>,
    /// Silence after which the session is over, whatever the other timers say. Any octet of the peer breaks it.
    pub inactivity: Option<Duration>,
    /// For the answer to a request, for a PDU that has begun to arrive, and for a peer that takes nothing off its socket.
    pub response: Option<Duration>,
}

impl Default for Timers {
    /// The defaults of `smpp.yaml`: 5 s, 30 s, 300 s, 30 s.
    fn default() -> Self {
        Self {
            session_init: Some(Duration::from_secs(5)),
            enquire_link: Some(Duration::from_secs(30)),
            inactivity: Some(Duration::from_secs(300)),
            response: Some(Duration::from_secs(30)),
        }
    }
}

/// What to do with a PDU that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Decide the bind; then call [`Session::bind_decided`].
    Bind(BindKind),
    /// The peer is an SMSC that asks to be bound to (SMPP 3.4 §2.2.1). If it may, this session is over, and an ESME's begins on
    /// the same connection with a bind of ours; if it may not, the connection closes: there is no response.
    Outbind,
    /// Answer `enquire_link`.
    EnquireLink,
    /// Answer `unbind` once what is in flight is answered, then close.
    Unbind,
    /// Give it to its handler.
    Dispatch,
    /// Answer with the command's own response and this status; the session goes on.
    Refuse(Status),
    /// A response: settle the request that it answers.
    Settle,
    /// Say nothing.
    Ignore,
}

/// What a timer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Due {
    /// Send `enquire_link`.
    EnquireLink,
    /// Close: no bind in time.
    SessionInit,
    /// Close: the peer did not answer `enquire_link`, nor send anything else.
    Silent,
    /// Close: nothing for the time of the inactivity timer.
    Inactive,
    /// Close: a PDU began to arrive and never ended.
    Stalled,
    /// Close: the peer takes nothing off its socket.
    Unread,
    /// Close: the peer did not answer `unbind`.
    UnbindUnanswered,
}

/// A session.
///
/// ```text
///                 connected
///                     │
///                     ▼            session_init
///          ┌──────── Open ───────────────────────────┐
///          │          ├── outbind ──▶ Called ─────────┤  (an ESME's session, Open anew, if it is let)
///          │          │ bind_* (ours or the peer's)   │
///          │          ▼            session_init      │
///   RBINDFAIL…     Binding ───────────────────────────┤
///   answered,         │ bind_*_resp ROK               │
///   then closed       ▼                               │
///          │        Bound ── unbind from the peer ────┤
///          │          │      (answered, then closed)  │
///          │          │ unbind from us                │
///          │          ▼                               │
///          │      Unbinding ── unbind_resp, response ─┤
///          ▼                     timer                ▼
///        Closed ◀─────────────────────────────────  Closed
/// ```
///
/// In any phase a lost connection, an unbroken silence or a stalled PDU leads to Closed.
#[derive(Debug)]
pub struct Session {
    role: Role,
    phase: Phase,
    timers: Timers,
    opened: Instant,
    /// When the peer was last heard.
    heard: Instant,
    /// When the last `enquire_link` went out that nothing has been heard after.
    asked: Option<Instant>,
    /// Since when a PDU has been half there.
    partial: Option<Instant>,
    /// Since when output has been waiting for the peer to take it.
    blocked: Option<Instant>,
    unbound: Option<Instant>,
}

impl Session {
    /// A connection that has just been made.
    #[must_use]
    pub fn new(role: Role, timers: Timers, now: Instant) -> Self {
        Self {
            role,
            phase: Phase::Open,
            timers,
            opened: now,
            heard: now,
            asked: None,
            partial: None,
            blocked: None,
            unbound: None,
        }
    }

    /// Where it is in its life.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The bind kind, while bound or unbinding.
    #[must_use]
    pub fn kind(&self) -> Option<BindKind> {
        match self.phase {
            Phase::Bound(kind) | Phase::Unbinding(kind) => Some(kind),
            Phase::Open | Phase::Binding(_) | Phase::Called | Phase::Closed => None,
        }
    }

    /// Octets came in.
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.asked = None;
    }

    /// No whole PDU is left to take; `half` says whether a part of one is there.
    pub fn waits_for_rest(&mut self, now: Instant, half: bool) {
        self.partial = half.then(|| self.partial.unwrap_or(now));
    }

    /// A whole PDU was taken off the input, so whatever is half there now has just begun.
    #[inline]
    pub fn progressed(&mut self) {
        self.partial = None;
    }

    /// Output is waiting for the peer (`true`), or some of it went out (`false`).
    pub fn blocked(&mut self, now: Instant, blocked: bool) {
        self.blocked = blocked.then(|| self.blocked.unwrap_or(now));
    }

    /// Says what to do with a PDU from the peer.
    #[inline]
    pub fn receive(&mut self, command: CommandId) -> Verdict {
        if command.is_response() {
            return Verdict::Settle;
        }
        match self.phase {
            Phase::Bound(kind) | Phase::Unbinding(kind) => self.receive_bound(command, kind),
            Phase::Open => self.receive_open(command),
            // Neither is asked: the driver looks at nothing while a bind is decided, nor after the end.
            Phase::Binding(_) | Phase::Called | Phase::Closed => Verdict::Ignore,
        }
    }

    #[inline]
    fn receive_bound(&mut self, command: CommandId, kind: BindKind) -> Verdict {
        match command {
            CommandId::ENQUIRE_LINK => Verdict::EnquireLink,
            CommandId::UNBIND => Verdict::Unbind,
            CommandId::BIND_TRANSMITTER
            | CommandId::BIND_RECEIVER
            | CommandId::BIND_TRANSCEIVER => Verdict::Refuse(Status::RALYBND),
            _ if may_send(self.role.peer(), kind, command) => Verdict::Dispatch,
            _ => refuse(command),
        }
    }

    fn receive_open(&mut self, command: CommandId) -> Verdict {
        match (self.role, BindKind::of(command)) {
            (Role::Smsc, Some(kind)) => {
                self.phase = Phase::Binding(kind);
                Verdict::Bind(kind)
            }
            (Role::Smsc, None) if command == CommandId::OUTBIND => {
                self.phase = Phase::Called;
                Verdict::Outbind
            }
            // SMPP 3.4 §2.3 lists neither as needing a bind; peers probe a port with them.
            _ if command == CommandId::ENQUIRE_LINK => Verdict::EnquireLink,
            _ if command == CommandId::UNBIND => Verdict::Unbind,
            // What cannot be named has no response of its own; and no handler sees what comes from a stranger.
            _ if command.name().is_none() => Verdict::Refuse(Status::RINVCMDID),
            _ => refuse(command),
        }
    }

    /// This side sends a bind.
    pub fn bind_sent(&mut self, kind: BindKind) {
        self.phase = Phase::Binding(kind);
    }

    /// The bind that was being decided is answered; a refusal leaves the session open for the moment that it takes to
    /// send the answer and close.
    pub fn bind_decided(&mut self, accepted: bool) {
        if let Phase::Binding(kind) = self.phase {
            self.phase = if accepted { Phase::Bound(kind) } else { Phase::Open };
        }
    }

    /// This side sends `unbind`.
    pub fn unbind_sent(&mut self, now: Instant) {
        if let Phase::Bound(kind) = self.phase {
            self.phase = Phase::Unbinding(kind);
            self.unbound = Some(now);
        }
    }

    /// Nothing more is expected of the peer: it has answered our `unbind`, or closed its side. What it asked before is still
    /// answered; no keepalive is sent, and no timer for its `unbind_resp` runs.
    pub fn wind_down(&mut self) {
        if let Phase::Bound(kind) | Phase::Unbinding(kind) = self.phase {
            self.phase = Phase::Unbinding(kind);
            self.unbound = None;
        }
        self.partial = None;
    }

    /// It is over.
    pub fn close(&mut self) {
        self.phase = Phase::Closed;
    }

    /// The earliest moment at which [`handle_timeout`](Self::handle_timeout) has something to say. It moves later with
    /// every octet that is heard, so a driver may leave an armed timer alone and ask again when it fires.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines().into_iter().flatten().map(|(at, _)| at).min()
    }

    /// What is due by `now`, one thing a call; call until it returns `None`. `EnquireLink` is asked for once a silence.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Due> {
        let (_, due) = self
            .deadlines()
            .into_iter()
            .flatten()
            .filter(|(at, _)| *at <= now)
            .min_by_key(|(at, _)| *at)?;
        if due == Due::EnquireLink {
            self.asked = Some(now);
        }
        Some(due)
    }

    fn deadlines(&self) -> [Option<(Instant, Due)>; 5] {
        let Timers { session_init, enquire_link, inactivity, response } = self.timers;
        let after =
            |since: Option<Instant>, timer: Option<Duration>, due| Some((since? + timer?, due));
        let stalled = after(self.partial, response, Due::Stalled);
        let unread = after(self.blocked, response, Due::Unread);
        match self.phase {
            Phase::Open | Phase::Binding(_) | Phase::Called => [
                after(Some(self.opened), session_init, Due::SessionInit),
                stalled,
                unread,
                None,
                None,
            ],
            Phase::Bound(_) => [
                match self.asked {
                    None => after(Some(self.heard), enquire_link, Due::EnquireLink),
                    Some(asked) => after(Some(asked), response, Due::Silent),
                },
                after(Some(self.heard), inactivity, Due::Inactive),
                stalled,
                unread,
                None,
            ],
            Phase::Unbinding(_) => {
                [after(self.unbound, response, Due::UnbindUnanswered), stalled, unread, None, None]
            }
            Phase::Closed => [None; 5],
        }
    }
}

impl Role {
    /// The other side.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Smsc => Self::Esme,
            Self::Esme => Self::Smsc,
        }
    }
}

/// What a command gets that the state or the bind does not allow. Two have no response that could carry the status
/// (SMPP 3.4 §4.1.7, §4.12).
const fn refuse(command: CommandId) -> Verdict {
    match command {
        CommandId::OUTBIND | CommandId::ALERT_NOTIFICATION => Verdict::Ignore,
        _ => Verdict::Refuse(Status::RINVBNDSTS),
    }
}

/// SMPP 3.4 §2.3, tables 2-1: which side may send which request on which kind of bind. What the tables do not name, a
/// vendor's command, may go either way on any.
#[inline]
#[must_use]
pub const fn may_send(sender: Role, kind: BindKind, command: CommandId) -> bool {
    match command {
        CommandId::SUBMIT_SM
        | CommandId::SUBMIT_MULTI
        | CommandId::QUERY_SM
        | CommandId::CANCEL_SM
        | CommandId::REPLACE_SM
        | CommandId::BROADCAST_SM
        | CommandId::QUERY_BROADCAST_SM
        | CommandId::CANCEL_BROADCAST_SM => matches!(sender, Role::Esme) && kind.can_transmit(),
        CommandId::DELIVER_SM | CommandId::ALERT_NOTIFICATION => {
            matches!(sender, Role::Smsc) && kind.can_receive()
        }
        CommandId::DATA_SM => match sender {
            Role::Esme => kind.can_transmit(),
            Role::Smsc => kind.can_receive(),
        },
        CommandId::OUTBIND => false,
        CommandId::BIND_TRANSMITTER | CommandId::BIND_RECEIVER | CommandId::BIND_TRANSCEIVER => {
            false
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
