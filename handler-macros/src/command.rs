//! The commands that a handler can be for.

/// A command that can be named in `#[on_pdu("…")]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Command {
    /// `command_id`.
    pub(crate) id: u32,
    /// The PDU type that the handler takes.
    pub(crate) subject: &'static str,
    /// False for the commands that no response exists for.
    pub(crate) answered: bool,
}

const fn command(id: u32, subject: &'static str, answered: bool) -> Command {
    Command { id, subject, answered }
}

const COMMANDS: &[(&str, Command)] = &[
    ("submit_sm", command(0x0004, "SubmitSm", true)),
    ("submit_multi", command(0x0021, "SubmitMulti", true)),
    ("submit_sm_multi", command(0x0021, "SubmitMulti", true)),
    ("deliver_sm", command(0x0005, "DeliverSm", true)),
    ("data_sm", command(0x0103, "DataSm", true)),
    ("query_sm", command(0x0003, "QuerySm", true)),
    ("cancel_sm", command(0x0008, "CancelSm", true)),
    ("replace_sm", command(0x0007, "ReplaceSm", true)),
    ("alert_notification", command(0x0102, "AlertNotification", false)),
    ("broadcast_sm", command(0x0111, "BroadcastSm", true)),
    ("query_broadcast_sm", command(0x0112, "QueryBroadcastSm", true)),
    ("cancel_broadcast_sm", command(0x0113, "CancelBroadcastSm", true)),
];

/// Standard commands that are no handler's.
const OTHERS: &[(&str, u32, &str)] = &[
    ("bind_receiver", 0x0001, "binds have an attribute of their own: `#[on_bind]`"),
    ("bind_transmitter", 0x0002, "binds have an attribute of their own: `#[on_bind]`"),
    ("bind_transceiver", 0x0009, "binds have an attribute of their own: `#[on_bind]`"),
    (
        "unbind",
        0x0006,
        "`unbind` is answered by the engine; `#[on_session(\"unbound\")]` sees the end of a session",
    ),
    ("enquire_link", 0x0015, "`enquire_link` is answered by the engine"),
    // SMPP 3.4 §4.1.7.
    (
        "outbind",
        0x000B,
        "no handler gets an `outbind`: it asks an ESME that listens to bind, before there is a session; bind with `Client` when \
         it is due",
    ),
];

/// Bit 31: set in the identifier of every response.
const RESPONSE: u32 = 0x8000_0000;

/// Looks a command up; if there is none, says what to write instead.
pub(crate) fn by_name(name: &str) -> Result<Command, String> {
    if let Some((_, command)) = COMMANDS.iter().find(|(known, _)| *known == name) {
        return Ok(*command);
    }
    if let Some((_, _, why)) = OTHERS.iter().find(|(known, ..)| *known == name) {
        return Err((*why).to_owned());
    }
    if name == "generic_nack" || name.strip_suffix("_resp").is_some_and(is_standard_name) {
        return Err(format!("`{name}` is a response: handlers are for requests"));
    }
    Err(match nearest(name, COMMANDS.iter().map(|(known, _)| *known)) {
        Some(near) => format!("unknown command `{name}`: did you mean `{near}`?"),
        None => format!(
            "unknown command `{name}`: write one of {}, or `*` for what has no other handler",
            list(COMMANDS.iter().map(|(known, _)| *known)),
        ),
    })
}

/// Checks the number of a vendor's command; if it is none, says what to write instead.
pub(crate) fn by_number(id: u32) -> Result<(), String> {
    if id & RESPONSE != 0 {
        return Err(format!("{id:#010x} is a response (bit 31 is set): handlers are for requests"));
    }
    if let Some((name, _)) = COMMANDS.iter().find(|(_, command)| command.id == id) {
        return Err(format!("{id:#010x} is no vendor's command: write its name, \"{name}\""));
    }
    match OTHERS.iter().find(|(_, known, _)| *known == id) {
        Some((_, _, why)) => Err((*why).to_owned()),
        None => Ok(()),
    }
}

/// The known word that `word` is probably meant for.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    let distance = |near: &str| match near.starts_with(&word) && word.len() > 3 {
        true => 0,
        false => strsim::damerau_levenshtein(&word, near),
    };
    known
        .map(|near| (distance(near), near))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, near)| *distance <= near.len() / 3)
        .map(|(_, near)| near)
}

/// `` `a`, `b` `` and so on.
pub(crate) fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn is_standard_name(name: &str) -> bool {
    COMMANDS.iter().any(|(known, _)| *known == name)
        || OTHERS.iter().any(|(known, ..)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_submit_multi_are_one_command() {
        assert_eq!(by_name("submit_multi"), by_name("submit_sm_multi"));
    }

    #[test]
    fn a_typo_gets_the_nearest_name() {
        for (typo, meant) in [
            ("sumbit_sm", "submit_sm"),
            ("submit-sm", "submit_sm"),
            ("DELIVER_SM", "deliver_sm"),
            ("data", "data_sm"),
            ("alert_notif", "alert_notification"),
            ("cancel_brodcast_sm", "cancel_broadcast_sm"),
        ] {
            let message = by_name(typo).unwrap_err();
            assert!(message.ends_with(&format!("did you mean `{meant}`?")), "{typo}: {message}");
        }
    }

    #[test]
    fn what_is_near_to_nothing_gets_the_list() {
        let message = by_name("frobnicate").unwrap_err();
        assert!(message.contains("write one of `submit_sm`, "), "{message}");
        assert!(by_name("").unwrap_err().contains("write one of"));
    }

    #[test]
    fn commands_that_are_no_handlers_say_whose_they_are() {
        assert!(by_name("bind_transceiver").unwrap_err().contains("#[on_bind]"));
        assert!(by_name("unbind").unwrap_err().contains("on_session"));
        assert!(by_name("enquire_link").unwrap_err().contains("engine"));
        assert!(by_name("outbind").unwrap_err().contains("`Client`"));
        assert!(by_name("submit_sm_resp").unwrap_err().contains("is a response"));
        assert!(by_name("generic_nack").unwrap_err().contains("is a response"));
    }

    #[test]
    fn numbers_are_for_vendors() {
        assert_eq!(by_number(0x0001_0201), Ok(()));
        assert!(by_number(0x0000_0004).unwrap_err().contains("\"submit_sm\""));
        assert!(by_number(0x0000_0021).unwrap_err().contains("\"submit_multi\""));
        assert!(by_number(0x0000_0009).unwrap_err().contains("#[on_bind]"));
        assert!(by_number(0x0000_000B).unwrap_err().contains("`Client`"));
        assert!(by_number(0x8001_0201).unwrap_err().contains("bit 31"));
    }
}
