//! The lanes of the store that a message goes through.

use wirepath_runtime::store::Lane;

use crate::protocol::SystemId;

/// Messages that an SMSC has, until their receipts come.
pub(super) const SENT: &str = "sent";

/// Dead letters.
pub(super) const DEAD: &str = "dead";

/// Parts of messages that SMSCs have sent, until the others come or their time is over.
pub(super) const PARTS: &str = "parts";

const OUT: &str = "out:";
const IN: &str = "in:";
const WAITS: &str = "=";

/// What waits to go out on the binds of a chain. Messages with one chain share a lane: any of its binds that is bound drains it,
/// and none of the messages has to move when one is lost. If they are to wait for the first bind even then, they have a lane
/// of their own.
pub(super) fn out(chain: &[String], waits_for_first: bool) -> Lane {
    let waits = if waits_for_first { WAITS } else { "" };
    Lane::from(format!("{OUT}{waits}{}", chain.join(">")))
}

/// The binds of such a lane that drain it; `None` for another lane.
pub(super) fn binds_of(lane: &Lane) -> Option<Vec<String>> {
    let chain = lane.as_str().strip_prefix(OUT)?;
    let (chain, binds) = match chain.strip_prefix(WAITS) {
        Some(chain) => (chain, 1),
        None => (chain, usize::MAX),
    };
    Some(chain.split('>').take(binds).map(str::to_owned).collect())
}

/// What waits for an ESME to fetch it.
pub(super) fn inward(esme: SystemId) -> Lane {
    Lane::from(format!("{IN}{}", esme.as_bytes().escape_ascii()))
}

/// Whether it is such a lane.
pub(super) fn is_inward(lane: &Lane) -> bool {
    lane.as_str().starts_with(IN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_read_back_from_its_lane() {
        let chain = vec!["alpha".to_owned(), "beta".to_owned()];
        assert_eq!(out(&chain, false).as_str(), "out:alpha>beta");
        assert_eq!(binds_of(&out(&chain, true)), Some(vec!["alpha".to_owned()]));
        assert_eq!(binds_of(&out(&chain, false)), Some(chain));
        let inward = inward(SystemId::new(b"a\xFFb").unwrap());
        assert_eq!(inward.as_str(), "in:a\\xffb");
        assert!(is_inward(&inward) && binds_of(&inward).is_none());
    }
}
