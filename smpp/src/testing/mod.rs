//! What users write tests with: their handlers behind the real engine, in process, without a socket.
//!
//! A [`Harness`] runs the handlers; [`Harness::bind`] gives a [`TestSession`], which plays the ESME: it sends requests and
//! gets the answers as they went over the wire, sees what the handlers sent, and answers it. Everything between is what
//! runs in production: frames, bind policy, rates, timers.
//!
//! With `#[tokio::test(start_paused = true)]` time stands still while anything can be done and leaps ahead when nothing
//! can, so a test of a timer of minutes takes no time. That needs tokio's feature `test-util`.
//!
//! Behind the feature `testing`, for `[dev-dependencies]`.
//!
//! ```
//! use std::sync::Arc;
//! use wirepath_smpp::testing::Harness;
//! use wirepath_smpp::{
//!     Bind, BindKind, DeliverSm, Session, Status, SubmitSm, SubmitSmResp, handlers, on_bind, on_pdu,
//! };
//!
//! #[on_bind]
//! async fn authorise(bind: Bind) -> bool {
//!     bind.password() == b"secret"
//! }
//!
//! /// Sends each message back to where it came from.
//! #[on_pdu("submit_sm")]
//! async fn echo(pdu: SubmitSm, session: Session) -> Result<SubmitSmResp, Status> {
//!     let back = DeliverSm::builder()
//!         .source(pdu.destination())
//!         .destination(pdu.source())
//!         .short_message(pdu.body())
//!         .build()?;
//!     session.deliver_sm(&back).await?;
//!     Ok(pdu.accept(17))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let harness = Harness::new(handlers![authorise, echo].with_state(Arc::new(())));
//! assert_eq!(
//!     harness.bind(BindKind::Transceiver, "esme1", "wrong").await.err(),
//!     Some(Status::RBINDFAIL),
//! );
//!
//! let mut session = harness.bind(BindKind::Transceiver, "esme1", "secret").await?;
//! let pdu = SubmitSm::builder().source("100").destination("200").short_message("hello").build()?;
//! let answer = session.submit_sm(&pdu).await;
//! assert_eq!(answer.status, Status::ROK);
//! assert_eq!(answer.message_id.as_bytes(), b"17");
//!
//! let sent = session.sent_as::<DeliverSm>();
//! assert_eq!(sent.len(), 1);
//! assert_eq!(sent[0].body(), b"hello");
//! session.unbind().await;
//! # Ok(()) }
//! ```

mod harness;
mod peer;
mod session;

pub use self::{harness::Harness, session::TestSession};
