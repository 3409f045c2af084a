//! Mobile-originated messages.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wirepath::smpp::{Address, BuildError, DeliverSm, Smpp};

use crate::{outbox::receives, smsc::Smsc};

/// The short code that handsets write to.
const SHORT_CODE: &str = "2775";

/// Sends so many messages a second, to the sessions that can receive in turn. Does not end.
///
/// While nobody can receive, or the lanes are full, none are made.
pub(crate) async fn originate(smsc: Arc<Smsc>, smpp: Smpp, per_second: u32) {
    if per_second == 0 {
        return;
    }
    let mut ticks = interval(Duration::from_secs(1) / per_second);
    // Timers are exact to the millisecond: what a tick comes late is made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut turn = 0;
    loop {
        ticks.tick().await;
        let mut receivers = smpp.sessions();
        receivers.retain(receives);
        receivers.sort_unstable_by_key(wirepath::smpp::Session::id);
        let Some(at) = usize::checked_rem(turn, receivers.len()) else { continue };
        turn = turn.wrapping_add(1);
        let Ok(pdu) = message(smsc.counters.mo.get() + 1) else { continue };
        if receivers.get(at).is_some_and(|session| smsc.outbox.post_mo(pdu, session.id())) {
            smsc.counters.mo.add(1);
        }
    }
}

/// The `n`th message, from one of a thousand handsets.
fn message(n: u64) -> Result<DeliverSm, BuildError> {
    let handset = format!("31600000{:03}", n % 1_000);
    DeliverSm::builder()
        .source(Address::international(&handset))
        .destination(SHORT_CODE)
        .short_message(&format!("message {n} from a handset"))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_no_receipt() {
        let pdu = message(1_001).unwrap();
        assert_eq!(pdu.source().digits, b"31600000001");
        assert_eq!(pdu.body(), b"message 1001 from a handset");
        assert!(!pdu.is_receipt());
    }
}
