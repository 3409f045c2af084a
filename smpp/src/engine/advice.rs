//! What to look at when an SMSC refuses a bind of ours.

use super::client::ConnectError;
use crate::protocol::Status;

/// Why a bind did not come about; where the SMSC refused it, with the keys to look at.
pub(super) fn explain(error: &ConnectError) -> String {
    match error {
        ConnectError::Refused(status) => format!("{error}; {}", advice(*status)),
        other => other.to_string(),
    }
}

/// By the status of the response (SMPP 3.4 §5.1.3). SMSCs differ in how much they say: many have one status for all.
fn advice(status: Status) -> &'static str {
    match status {
        Status::RINVSYSID => {
            "look at `binds[].system_id`, and whether the account is one of the SMSC at `host` and `port`"
        }
        Status::RINVPASWD => {
            "look at `binds[].password` and at `binds[].system_id`; only 8 octets of a password can be sent"
        }
        Status::RINVSYSTYP => {
            "look at `binds[].system_type`: many SMSCs want none, others a word that their operator knows"
        }
        Status::RBINDFAIL => {
            "look at `binds[].system_id`, `password`, `system_type` and `bind_type`; or the SMSC does not know the address that \
             this comes from, or allows the account no more binds"
        }
        Status::RALYBND => {
            "the account is bound already, by another program or by a session whose end the SMSC has not noticed; look at \
             `binds[].system_id`, and at how many entries of `binds` have it"
        }
        // SMPP 3.3 has no bind_transceiver.
        Status::RINVCMDID | Status::RINVBNDSTS | Status::RPROHIBITED => {
            "look at `binds[].bind_type`: an SMSC that takes no `transceiver` wants two binds, a `transmitter` and a `receiver`"
        }
        Status::RTHROTTLED | Status::RMSGQFUL | Status::RSYSERR | Status::RX_T_APPN => {
            "nothing of the configuration is wrong by that: the SMSC has had too much, or a fault of its own"
        }
        _ => {
            "look at `binds[].system_id`, `password`, `system_type` and `bind_type`, and ask the SMSC's operator what it means"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_names_the_keys_to_look_at() {
        for (status, keys) in [
            (Status::RINVSYSID, &["`binds[].system_id`"][..]),
            (Status::RINVPASWD, &["`binds[].password`", "`binds[].system_id`"]),
            (Status::RINVSYSTYP, &["`binds[].system_type`"]),
            (
                Status::RBINDFAIL,
                &["`binds[].system_id`", "`password`", "`system_type`", "`bind_type`"],
            ),
            (Status::RALYBND, &["`binds[].system_id`"]),
            (Status::RINVCMDID, &["`binds[].bind_type`"]),
            (Status::from_code(0x4FF), &["`binds[].system_id`", "`password`"]),
        ] {
            let said = explain(&ConnectError::Refused(status));
            assert!(said.contains(&status.to_string()), "{said}");
            assert!(keys.iter().all(|key| said.contains(key)), "{said}");
        }
        let said = explain(&ConnectError::TimedOut);
        assert!(!said.contains("binds"), "{said}");
    }
}
