//! The store-and-forward queue: what was acknowledged survives a kill at any instant.
//!
//! A message is one item of the store all its life, and moves from lane to lane, each move in one step:
//!
//! ```text
//!  submit_sm ─▶ out:<binds> ──▶ sent ──▶ in:<ESME> ──▶ (removed: the ESME has its receipt)
//!     accept      │  ▲  │ carrier  │ receipts   │ courier
//!                 │  └──┘ retry    │ or time    ▼
//!                 ▼                └─────────▶ dead    (listed, replayed, discarded)
//!              cancelled, expired, rejected
//! ```
//!
//! | what | who |
//! |---|---|
//! | takes a message, durable before its response | [`Spool::accept`] |
//! | … for many recipients, each a message of its own | `multi` |
//! | sends, under windows and rates; retries, fails over | `carrier`, one task a chain of binds |
//! | joins an SMSC's receipt to its message | `receipts`, by `correlation` |
//! | … and an intermediate notification, which it passes on | `intermediate` |
//! | puts parts of an SMSC's messages together, or gives them up | `gather`, by `group`; `overdue` |
//! | brings receipts and inbound messages to an ESME | `courier`, one task a session that receives |
//! | ends what waits in vain | `sweep` |
//! | answers `query_sm`, `cancel_sm`, `replace_sm` | `manage` |
//! | puts all that behind the user's handlers | [`Spooled`] |
//!
//! # At least once
//!
//! A message whose response was lost may be with the SMSC or not, and so may one that was being sent when the process was killed:
//! `binds[].resend` says whether such a message is sent again (`again`, the default: a recipient may get it twice) or not
//! (`never`: its end is `UNKNOWN`). After a kill nobody knows which messages were on the wire, so those are sent again in either
//! case. A receipt that an ESME has taken, and whose acknowledgement was lost in a kill, comes once more, and says the same.

mod books;
mod carrier;
mod correlation;
mod courier;
mod dead;
mod ends;
mod gather;
mod gauges;
mod group;
mod handover;
mod ids;
mod intake;
mod intermediate;
mod lane;
mod layout;
mod manage;
mod memory;
mod multi;
mod notice;
mod outcome;
mod overdue;
mod parts;
mod receipts;
mod record;
mod service;
mod settle;
#[allow(clippy::module_inception, reason = "it holds `Spool`")]
mod spool;
mod sweep;
mod times;
mod totals;
mod turn;
mod way;

pub use self::{
    dead::{ReplayError, Stored},
    record::{ErrorCode, Record, RecordError, Stage},
    service::Spooled,
    spool::Spool,
    totals::Totals,
};
