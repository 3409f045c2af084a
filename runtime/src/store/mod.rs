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

mod backend;
mod batch;
mod bus;
#[cfg(feature = "store-embedded")]
mod embedded;
mod error;
mod index;
mod item;
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
    backend::{Answer, Backend, Store},
    batch::{Batch, Guard, Op},
    bus::{Bus, Feed, Subscription},
    error::{Source, StoreError},
    item::{Item, ItemId, Lane},
    kv::Kv,
    queue::{Depth, Found, Queue},
};
