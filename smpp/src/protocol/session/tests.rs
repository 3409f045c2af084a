use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn bound(role: Role, kind: BindKind, now: Instant) -> Session {
    let mut session = Session::new(role, Timers::default(), now);
    session.bind_sent(kind);
    session.bind_decided(true);
    session
}

#[test]
fn a_bind_opens_the_session_once() {
    let mut session = Session::new(Role::Smsc, Timers::default(), Instant::now());
    assert_eq!(session.receive(CommandId::SUBMIT_SM), Verdict::Refuse(Status::RINVBNDSTS));
    assert_eq!(session.receive(CommandId::BIND_RECEIVER), Verdict::Bind(BindKind::Receiver));
    assert_eq!(session.receive(CommandId::SUBMIT_SM), Verdict::Ignore);
    session.bind_decided(true);
    assert_eq!(session.receive(CommandId::BIND_TRANSCEIVER), Verdict::Refuse(Status::RALYBND));
    assert_eq!(session.receive(CommandId::UNBIND), Verdict::Unbind);
}

#[test]
fn what_has_no_response_is_not_refused() {
    let now = Instant::now();
    for mut session in [
        Session::new(Role::Esme, Timers::default(), now),
        bound(Role::Esme, BindKind::Transmitter, now),
        bound(Role::Smsc, BindKind::Transceiver, now),
    ] {
        assert_eq!(session.receive(CommandId::OUTBIND), Verdict::Ignore);
        assert_eq!(session.receive(CommandId::ALERT_NOTIFICATION), Verdict::Ignore);
    }
}

#[test]
fn an_outbind_is_decided_before_anything_else_is_looked_at() {
    let now = Instant::now();
    let mut session = Session::new(Role::Smsc, Timers::default(), now);
    assert_eq!(session.receive(CommandId::ENQUIRE_LINK), Verdict::EnquireLink);
    assert_eq!(session.receive(CommandId::OUTBIND), Verdict::Outbind);
    assert_eq!((session.phase(), session.kind()), (Phase::Called, None));
    for behind in [CommandId::OUTBIND, CommandId::BIND_TRANSCEIVER, CommandId::DELIVER_SM] {
        assert_eq!(session.receive(behind), Verdict::Ignore, "{behind}");
    }
    assert_eq!(session.poll_timeout(), Some(now + 5 * SECOND), "it is part of session-init");
    assert_eq!(session.handle_timeout(now + 5 * SECOND), Some(Due::SessionInit));
}

#[test]
fn only_an_smsc_calls_and_not_who_is_bound() {
    let now = Instant::now();
    for kind in BindKind::ALL {
        for role in [Role::Smsc, Role::Esme] {
            assert_eq!(bound(role, kind, now).receive(CommandId::OUTBIND), Verdict::Ignore);
        }
    }
}

#[test]
fn a_refused_bind_leaves_it_open() {
    let mut session = Session::new(Role::Smsc, Timers::default(), Instant::now());
    assert_eq!(session.receive(CommandId::BIND_TRANSMITTER), Verdict::Bind(BindKind::Transmitter));
    session.bind_decided(false);
    assert_eq!(session.phase(), Phase::Open);
    assert_eq!(session.kind(), None);
}

#[test]
fn each_kind_of_bind_allows_its_own_commands() {
    let now = Instant::now();
    for (kind, command, allowed) in [
        (BindKind::Transmitter, CommandId::SUBMIT_SM, true),
        (BindKind::Receiver, CommandId::SUBMIT_SM, false),
        (BindKind::Transceiver, CommandId::SUBMIT_MULTI, true),
        (BindKind::Receiver, CommandId::QUERY_SM, false),
        (BindKind::Receiver, CommandId::DATA_SM, false),
        (BindKind::Transmitter, CommandId::DATA_SM, true),
        (BindKind::Transceiver, CommandId::DELIVER_SM, false),
        (BindKind::Receiver, CommandId::ENQUIRE_LINK, true),
    ] {
        let verdict = bound(Role::Smsc, kind, now).receive(command);
        assert_eq!(
            verdict != Verdict::Refuse(Status::RINVBNDSTS),
            allowed,
            "{command} on a {kind}"
        );
    }
    for (kind, allowed) in
        [(BindKind::Transmitter, false), (BindKind::Receiver, true), (BindKind::Transceiver, true)]
    {
        assert_eq!(
            may_send(Role::Smsc, kind, CommandId::DELIVER_SM),
            allowed,
            "deliver_sm to a {kind}"
        );
        assert_eq!(may_send(Role::Smsc, kind, CommandId::ALERT_NOTIFICATION), allowed);
        assert!(!may_send(Role::Smsc, kind, CommandId::SUBMIT_SM));
    }
}

#[test]
fn session_init_covers_the_whole_bind() {
    let start = Instant::now();
    let mut session = Session::new(Role::Smsc, Timers::default(), start);
    for second in 1..5 {
        session.heard(start + SECOND * second);
        session.waits_for_rest(start + SECOND * second, true);
    }
    assert_eq!(session.handle_timeout(start + SECOND * 4), None);
    assert_eq!(session.handle_timeout(start + SECOND * 5), Some(Due::SessionInit));
}

#[test]
fn silence_is_asked_about_once_then_ends_the_session() {
    let start = Instant::now();
    let mut session = bound(Role::Smsc, BindKind::Receiver, start);
    assert_eq!(session.poll_timeout(), Some(start + SECOND * 30));
    assert_eq!(session.handle_timeout(start + SECOND * 30), Some(Due::EnquireLink));
    assert_eq!(session.handle_timeout(start + SECOND * 30), None);
    assert_eq!(session.handle_timeout(start + SECOND * 60), Some(Due::Silent));
    session.heard(start + SECOND * 59);
    assert_eq!(session.handle_timeout(start + SECOND * 60), None);
    assert_eq!(session.poll_timeout(), Some(start + SECOND * 89));
}

#[test]
fn a_pdu_that_never_ends_is_not_kept_alive_by_its_own_octets() {
    let start = Instant::now();
    let mut session = bound(Role::Smsc, BindKind::Transceiver, start);
    for second in 1..30 {
        session.heard(start + SECOND * second);
        session.waits_for_rest(start + SECOND * second, true);
    }
    assert_eq!(session.handle_timeout(start + SECOND * 31), Some(Due::Stalled));
}

#[test]
fn a_peer_that_reads_nothing_is_closed_after_the_response_timer() {
    let start = Instant::now();
    let mut session = bound(Role::Smsc, BindKind::Transceiver, start);
    session.blocked(start, true);
    session.heard(start + SECOND * 20);
    session.blocked(start + SECOND * 20, true);
    assert_eq!(session.handle_timeout(start + SECOND * 30), Some(Due::Unread));
    session.blocked(start + SECOND * 30, false);
    assert_eq!(session.handle_timeout(start + SECOND * 30), None);
}

#[test]
fn unbinding_waits_for_the_answer_for_the_response_timer() {
    let start = Instant::now();
    let mut session = bound(Role::Esme, BindKind::Transceiver, start);
    session.unbind_sent(start);
    assert_eq!(session.receive(CommandId::DELIVER_SM), Verdict::Dispatch);
    assert_eq!(session.handle_timeout(start + SECOND * 30), Some(Due::UnbindUnanswered));
}
