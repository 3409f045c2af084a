//! Several engines that share a store, as one: what one of them has for an ESME that is bound at another reaches it there.
//!
//! ```text
//!  asks: no session of the ESME's here               serves: it has one
//!    1. puts the key ask/<run>/<number>, for 30 s
//!    2. publishes the PDU ────── esme:<system_id> ──────▶ 3. deletes the key: it was there, so nobody else serves this
//!                                                         4. sends, under the window of its own session
//!    5. hears the answer ◀────── replica:<run> ────────── publishes what came of it
//!  or, after a second, deletes the key: it was there, so nobody ever serves it
//! ```
//!
//! One of several that delete a key at a time finds it there. That is what both sides go by: a PDU is sent once at most, however
//! many replicas have sessions of the ESME, however late the bus brings it, and however often it is published. No clocks are
//! compared.
//!
//! # What the bus loses
//!
//! It gives a payload to those who listen at that moment, and what is on its way while a connection is down is gone.
//!
//! - The request: it is published a second time half a second later. If that is lost too, nobody deletes the key, and the asker
//!   hears `NotBound`: nothing was sent.
//! - The answer: the asker hears `TimedOut` after its response timer. The ESME may have the PDU.
//!
//! # Bounds
//!
//! 1,024 requests of this engine wait for an answer, and it serves 1,024 at a time; a PDU has up to 128 KiB. A task and a
//! subscription for each ESME that has a receiving session here, so no more than `max_connections`; a subscription keeps up to
//! 1,024 payloads.

mod ask;
mod serve;
mod share;
mod wire;

pub(crate) use self::share::Replicas;
