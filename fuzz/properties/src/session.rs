//! Two sessions, whatever is done to them.

use std::time::Duration;

use wirepath_smpp::{BindKind, CommandId, protocol::Timers};

use crate::{
    Octets,
    link::{Operation, Side, Weather, World},
};

/// The target: the weather, then operations to the end of the input.
pub fn any_operations(data: &[u8]) {
    let mut octets = Octets::new(data);
    let weather = weather(&mut octets);
    let mut operations = Vec::new();
    // More of them only repeat themselves.
    while !octets.is_empty() && operations.len() < 96 {
        operations.push(operation(&mut octets));
    }
    run(weather, operations);
}

/// Does these things to two sessions in this weather, then lets them end.
pub fn run(weather: Weather, operations: impl IntoIterator<Item = Operation>) {
    let mut world = World::new(weather);
    for operation in operations {
        world.operate(operation);
    }
    world.finish();
}

/// Timers from a few small numbers; at most one of `enquire_link` and `inactivity` is off.
#[must_use]
pub fn timers(init: u8, enquire: u8, inactive: u8, response: u8) -> Timers {
    let seconds = |n: u8| Some(Duration::from_secs(u64::from(n % 60) + 1));
    Timers {
        session_init: seconds(init),
        enquire_link: if enquire >= 240 { None } else { seconds(enquire) },
        inactivity: if inactive >= 240 && enquire < 240 { None } else { seconds(inactive) },
        response: seconds(response),
    }
}

fn weather(octets: &mut Octets<'_>) -> Weather {
    let mut next =
        || timers(octets.next_u8(), octets.next_u8(), octets.next_u8(), octets.next_u8());
    let timers = [next(), next()];
    Weather {
        loss: octets.next_u8(),
        delay: octets.next_u16() % 20_000,
        seed: u64::from(octets.next_u16()),
        limit: usize::from(octets.next_u8() % 16) + 1,
        refusals: octets.next_u8() / 2,
        first: match octets.next_u8() {
            0 => 0x7FFF_FFFD,
            first => first.into(),
        },
        timers,
    }
}

fn side(octet: u8) -> Side {
    if octet & 0x80 == 0 { Side::Smsc } else { Side::Esme }
}

fn operation(octets: &mut Octets<'_>) -> Operation {
    let choice = octets.next_u8();
    let side = side(choice);
    match choice & 0x0F {
        0 => Operation::Bind(BindKind::Transmitter),
        1 => Operation::Bind(BindKind::Receiver),
        2 => Operation::Bind(BindKind::Transceiver),
        3..=5 => Operation::Send(side, CommandId::SUBMIT_SM),
        6 | 7 => Operation::Send(side, CommandId::DELIVER_SM),
        8 => Operation::Send(side, CommandId::DATA_SM),
        9 => Operation::EnquireLink(side),
        10 => Operation::Unbind(side),
        11 => Operation::Stall(side),
        12 => Operation::Unsolicited(side, octets.next_u16().into()),
        13 => Operation::Block(side, octets.next_u8() & 1 == 0),
        14 => {
            let noticed = octets.next_u8();
            Operation::Lose { smsc_notices: noticed & 1 == 0, esme_notices: noticed & 2 == 0 }
        }
        _ => Operation::Pass(octets.next_u16().into()),
    }
}
