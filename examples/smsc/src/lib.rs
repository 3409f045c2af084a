//! An SMSC simulator on wirepath, as a library: for programs and tests that want an SMSC in their own process. `smsc --help` says
//! what it does.
//!
//! ```
//! use smsc::{Options, Simulator};
//! use wirepath::smpp::{Client, SubmitSm};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Simulator::start("127.0.0.1:0".parse()?, Options::default()).await?;
//! let address = simulator.local_addr().to_string();
//! let (session, mut inbox) = Client::new(address, "esme1", "secret").connect().await?;
//! let message = SubmitSm::builder().source("100").destination("200").registered_delivery(1);
//! session.submit_sm(&message.short_message("hello").build()?).await?;
//! assert!(inbox.next().await.is_some(), "its receipt");
//! assert_eq!(simulator.taken(), 1);
//! simulator.stop().await;
//! # Ok(()) }
//! ```

mod args;
mod faults;
mod handlers;
pub mod logs;
mod message;
mod messages;
mod mo;
mod options;
#[cfg(test)]
mod order;
mod outbox;
mod receipts;
mod simulator;
mod smsc;
mod status;

pub use crate::{args::Args, faults::Faults, options::Options, simulator::Simulator};
