//! What kind of refusal a `command_status` is.

use std::fmt;

use crate::config::FailoverOn;
use crate::protocol::Status;

/// What a `command_status` means for the message that it answers: is it with the peer, may it be sent again, and where.
///
/// | class | statuses | why |
/// |---|---|---|
/// | `ok` | `ROK` | |
/// | `throttled` | `RTHROTTLED`, `RMSGQFUL` | the peer is fine and wants less (SMPP 3.4 §5.1.3: "exceeded allowed message limits", "message queue full") |
/// | `temporary` | `RSYSERR`, `RSUBMITFAIL`, `RBCASTFAIL`, `RUNKNOWNERR`, `RDELIVERYFAILURE`, `RX_T_APPN`, `RSERTYPUNAVAIL` | says nothing against the message, or that it may pass later |
/// | `elsewhere` | `RINVBNDSTS`, `RALYBND`, `RBINDFAIL`, `RINVSYSID`, `RINVPASWD`, `RINVCMDID` | says that this session, or this peer, does not take such messages from us, now or later; another one may |
/// | `temporary` | vendor statuses (0x400 to 0x4FF), values without a name | nothing is known, so the message is not given up for it |
/// | `permanent` | every other one: `RINVDSTADR`, `RINVSRCADR`, `RX_P_APPN`, `RX_R_APPN`, … | the message, or the account, will not do as it is |
///
/// `RSUBMITFAIL` is "submit_sm or submit_multi failed" in SMPP 3.4 §5.1.3, with no cause, whereas what is wrong with a message
/// has statuses of its own there: so it is temporary. `RDELIVERYFAILURE` has its cause in the TLV `delivery_failure_reason`
/// (§5.3.2.33), whose values are of both kinds; the status alone is taken as temporary.
///
/// ```
/// use wirepath_smpp::{Status, routing::StatusClass};
///
/// assert_eq!(StatusClass::of(Status::RMSGQFUL), StatusClass::Throttled);
/// assert_eq!(StatusClass::of(Status::RSYSERR), StatusClass::Temporary);
/// assert_eq!(StatusClass::of(Status::RINVDSTADR).to_string(), "permanent");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusClass {
    /// The peer has it.
    Ok,
    /// The peer would have it more slowly.
    Throttled,
    /// The same message may pass later, there or elsewhere.
    Temporary,
    /// The same message may pass, but not there.
    Elsewhere,
    /// The same message will not pass.
    Permanent,
}

impl StatusClass {
    /// The class of a status. Every 32-bit value has one.
    pub const fn of(status: Status) -> Self {
        match status {
            Status::ROK => Self::Ok,
            Status::RTHROTTLED | Status::RMSGQFUL => Self::Throttled,
            Status::RSYSERR
            | Status::RSUBMITFAIL
            | Status::RBCASTFAIL
            | Status::RUNKNOWNERR
            | Status::RDELIVERYFAILURE
            | Status::RX_T_APPN
            | Status::RSERTYPUNAVAIL => Self::Temporary,
            Status::RINVBNDSTS
            | Status::RALYBND
            | Status::RBINDFAIL
            | Status::RINVSYSID
            | Status::RINVPASWD
            | Status::RINVCMDID => Self::Elsewhere,
            _ if status.name().is_none() => Self::Temporary,
            _ => Self::Permanent,
        }
    }

    /// Whether the same peer may take the same message later. Of one that wants less, at a lower rate.
    pub const fn may_pass_later(self) -> bool {
        matches!(self, Self::Throttled | Self::Temporary)
    }

    /// The name that `failover_on` has for it; `None` for [`Ok`](Self::Ok).
    pub const fn failure(self) -> Option<FailoverOn> {
        match self {
            Self::Ok => None,
            Self::Throttled => Some(FailoverOn::Throttled),
            // Who tries elsewhere after a failure that may pass, does so after one that does not.
            Self::Temporary | Self::Elsewhere => Some(FailoverOn::Temporary),
            Self::Permanent => Some(FailoverOn::Permanent),
        }
    }
}

impl fmt::Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Throttled => "throttled",
            Self::Temporary => "temporary",
            Self::Elsewhere => "elsewhere",
            Self::Permanent => "permanent",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_status_has_the_class_of_the_table() {
        let throttled = [Status::RMSGQFUL, Status::RTHROTTLED];
        let elsewhere =
            ["RINVBNDSTS", "RALYBND", "RBINDFAIL", "RINVSYSID", "RINVPASWD", "RINVCMDID"]
                .map(|name| name.parse::<Status>().unwrap());
        let temporary = [
            "RSYSERR",
            "RSUBMITFAIL",
            "RX_T_APPN",
            "RDELIVERYFAILURE",
            "RUNKNOWNERR",
            "RSERTYPUNAVAIL",
            "RBCASTFAIL",
        ]
        .map(|name| name.parse::<Status>().unwrap());
        for &status in Status::ALL {
            let class = match status {
                Status::ROK => StatusClass::Ok,
                status if throttled.contains(&status) => StatusClass::Throttled,
                status if temporary.contains(&status) => StatusClass::Temporary,
                status if elsewhere.contains(&status) => StatusClass::Elsewhere,
                _ => StatusClass::Permanent,
            };
            assert_eq!(StatusClass::of(status), class, "{status}");
        }
        let count = |class| Status::ALL.iter().filter(|&&s| StatusClass::of(s) == class).count();
        assert_eq!(
            [
                StatusClass::Ok,
                StatusClass::Throttled,
                StatusClass::Temporary,
                StatusClass::Elsewhere,
                StatusClass::Permanent
            ]
            .map(count),
            [1, 2, 7, 6, Status::ALL.len() - 16]
        );
    }

    #[test]
    fn what_no_table_lists_is_temporary() {
        for code in [0x09, 0x16, 0x113, 0x400, 0x4FF, 0x500, u32::MAX] {
            assert_eq!(
                StatusClass::of(Status::from_code(code)),
                StatusClass::Temporary,
                "{code:#x}"
            );
        }
    }

    #[test]
    fn names() {
        assert_eq!(StatusClass::Ok.to_string(), "ok");
        assert_eq!(StatusClass::Throttled.to_string(), "throttled");
        assert_eq!(StatusClass::Ok.failure(), None);
        assert_eq!(StatusClass::Elsewhere.failure(), Some(FailoverOn::Temporary));
        assert!(
            StatusClass::Temporary.may_pass_later() && !StatusClass::Elsewhere.may_pass_later()
        );
    }
}
