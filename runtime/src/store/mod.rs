//! Where state lives that has to outlive a process, or that several share.
//!
//! ```text
//!            Store                a handle, cheap to clone
//!              │ commit(Batch)    all of it or nothing, durable when it returns
//!      ┌───────┼────────┐
//!     Kv     Queue     Bus        what is read; each a trait of a few methods
//!      └───────┼────────┘
//!   memory · embedded · Redis
//! ```
//!
//! Writes go by [`Batch`] alone, whatever they touch: what belongs together (a message leaves its lane, and the id that it
//! was given elsewhere is written down) is one step, and no kill comes in between.
//!
//! # What happens when
//!
//! - A write is durable when [`Store::commit`] answers; what was pushed can be leased from then on, and not before.
//! - Delivery is at least once: a leased item stays until it is removed. A crash gives back what was leased.
//! - In a lane, the due items of the highest priority come first, then those of the lowest number.
//! - A full store refuses what takes room, with an error that names the bound, and always removes.
//!
//! # Metrics
//!
//! | name | kind | what |
//! |---|---|---|
//! | `wirepath_store_commits_total` | counter | batches that were answered |
//! | `wirepath_store_fsyncs_total` | counter | groups of batches that reached the disk (embedded) |
//! | `wirepath_store_commit_seconds` | histogram | from the call to the answer |
//! | `wirepath_store_items`, `wirepath_store_bytes` | gauge | what it holds (embedded) |
//! | `wirepath_store_damaged_total` | counter | records that were moved out of the way (embedded) |
//! | `wirepath_store_failures_total` | counter | disks that failed (embedded) |

mod backend;
mod batch;
mod bus;
mod by_id;
mod config;
#[cfg(feature = "store-embedded")]
mod embedded;
mod error;
mod index;
mod item;
mod items;
mod kv;
mod memory;
mod queue;
#[cfg(feature = "store-embedded")]
pub mod record;
#[cfg(feature = "store-redis")]
mod redis;
mod time;
mod wake;

#[cfg(feature = "store-embedded")]
pub use self::embedded::EmbeddedOptions;
#[cfg(feature = "store-embedded")]
#[doc(hidden)]
pub use self::embedded::engine as __engine;
#[cfg(feature = "store-redis")]
pub use self::redis::RedisOptions;
pub use self::{
    backend::{Answer, Backend, Store, WhenDone},
    batch::{Batch, Guard, Op},
    bus::{Bus, Feed, Subscription},
    config::{StoreConfig, StoreEngine, UnknownStoreEngine},
    error::{Source, StoreError},
    item::{Item, ItemId, Lane},
    kv::Kv,
    queue::{Depth, Found, Queue},
};
