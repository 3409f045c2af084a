//! Two sessions over a link that loses, delays, reorders and cuts, under a clock that is moved by hand.
//!
//! The world asserts as it goes: the window is never exceeded, sequence numbers are in range and unique, each request has
//! one outcome, and from whatever state the operations lead to, silence ends both sessions.

use proptest::prelude::*;
use wirepath_properties::{
    link::{Operation, Side, Weather, World},
    session::{run, timers},
};
use wirepath_smpp::{BindKind, CommandId, protocol::Timers};

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Smsc), Just(Side::Esme)]
}

fn any_kind() -> impl Strategy<Value = BindKind> {
    prop_oneof![
        1 => Just(BindKind::Transmitter),
        1 => Just(BindKind::Receiver),
        3 => Just(BindKind::Transceiver),
    ]
}

fn any_message() -> impl Strategy<Value = CommandId> {
    prop_oneof![Just(CommandId::SUBMIT_SM), Just(CommandId::DELIVER_SM), Just(CommandId::DATA_SM)]
}

fn any_operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => any_kind().prop_map(Operation::Bind),
        20 => (any_side(), any_message()).prop_map(|(side, command)| Operation::Send(side, command)),
        2 => any_side().prop_map(Operation::EnquireLink),
        1 => any_side().prop_map(Operation::Unbind),
        1 => any_side().prop_map(Operation::Stall),
        1 => (any_side(), 0..20_u32).prop_map(|(side, number)| Operation::Unsolicited(side, number)),
        1 => (any_side(), any::<bool>()).prop_map(|(side, blocked)| Operation::Block(side, blocked)),
        1 => any::<(bool, bool)>().prop_map(|(smsc_notices, esme_notices)| Operation::Lose {
            smsc_notices,
            esme_notices
        }),
        10 => prop_oneof![0..10_u32, 0..2_000_u32, 0..60_000_u32].prop_map(Operation::Pass),
    ]
}

fn any_timers() -> impl Strategy<Value = Timers> {
    any::<[u8; 4]>()
        .prop_map(|[init, enquire, inactive, response]| timers(init, enquire, inactive, response))
}

fn any_weather() -> impl Strategy<Value = Weather> {
    let link = (prop_oneof![Just(0), 0..40_u8, any::<u8>()], 0..5_000_u16, any::<u64>());
    let ends = (1..12_usize, prop_oneof![3 => Just(0), 1 => any::<u8>()]);
    let first = prop_oneof![Just(1), Just(0x7FFF_FFFD), 1..0x7FFF_FFFF_u32];
    (link, ends, first, [any_timers(), any_timers()]).prop_map(
        |((loss, delay, seed), (limit, refusals), first, timers)| Weather {
            loss,
            delay,
            seed,
            limit,
            refusals,
            first,
            timers,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_it_ends_in_order(
        weather in any_weather(),
        operations in prop::collection::vec(any_operation(), 0..200),
    ) {
        run(weather, operations);
    }

    /// Bound from the start, so that most of what is done is done in a session.
    #[test]
    fn a_bound_session_keeps_its_window(
        weather in any_weather(),
        operations in prop::collection::vec(any_operation(), 0..400),
    ) {
        let weather = Weather { loss: weather.loss / 8, refusals: 0, ..weather };
        let bind = [Operation::Bind(BindKind::Transceiver), Operation::Pass(weather.delay.into())];
        run(weather, bind.into_iter().chain(operations));
    }
}

fn calm() -> Weather {
    let timers = Timers::default();
    Weather { loss: 0, delay: 0, seed: 7, limit: 4, refusals: 0, first: 1, timers: [timers; 2] }
}

#[test]
fn in_calm_weather_a_session_binds_and_every_request_is_answered() {
    let mut world = World::new(calm());
    world.operate(Operation::Bind(BindKind::Transceiver));
    world.operate(Operation::Pass(0));
    for round in 0..1_000 {
        let (side, command) = match round % 2 {
            0 => (Side::Esme, CommandId::SUBMIT_SM),
            _ => (Side::Smsc, CommandId::DELIVER_SM),
        };
        world.operate(Operation::Send(side, command));
        world.operate(Operation::Pass(1));
    }
    assert_eq!(world.answered(), [500, 500 + 1], "the messages, and the bind");
    world.operate(Operation::Unbind(Side::Esme));
    world.operate(Operation::Pass(1));
    assert_eq!(world.answered(), [500, 500 + 2], "and the unbind");
    assert!(world.is_closed());
    world.finish();
}

#[test]
fn a_link_that_keeps_quiet_is_kept_alive_by_enquire_link() {
    let mut world = World::new(calm());
    world.operate(Operation::Bind(BindKind::Receiver));
    world.operate(Operation::Pass(3_600_000));
    assert!(!world.is_closed(), "an hour of silence, but for enquire_link");
    world.operate(Operation::Lose { smsc_notices: false, esme_notices: false });
    world.operate(Operation::Pass(61_000));
    assert!(world.is_closed(), "half open: enquire_link after 30 s, no answer for 30 s");
    world.finish();
}

#[test]
fn a_pdu_that_never_ends_ends_the_session() {
    let mut world = World::new(calm());
    world.operate(Operation::Bind(BindKind::Transceiver));
    world.operate(Operation::Pass(1));
    world.operate(Operation::Stall(Side::Esme));
    world.operate(Operation::Pass(29_000));
    assert!(!world.is_closed());
    world.operate(Operation::Pass(2_000));
    assert!(world.is_closed());
    world.finish();
}

#[test]
fn a_bind_that_never_comes_ends_the_session() {
    let mut world = World::new(calm());
    world.operate(Operation::Pass(4_999));
    assert!(!world.is_closed());
    world.operate(Operation::Pass(1));
    assert!(world.is_closed());
    world.finish();
}
