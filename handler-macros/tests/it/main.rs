//! What the macros expand to, compared with what is committed.
//!
//! `golden/*.rs` is what a user writes, `golden/*.expanded.rs` what rustc gets. After a change, run the tests with
//! `WIREPATH_BLESS=1`, which writes the latter anew, and read the difference.
//!
//! A crate of macros exports nothing else, so its modules are taken in as files.

#![allow(unreachable_pub, reason = "the modules were written for another crate")]

#[path = "../../src/args.rs"]
mod args;
#[path = "../../src/attribute.rs"]
mod attribute;
#[path = "../../src/check.rs"]
mod check;
#[path = "../../src/command.rs"]
mod command;
#[path = "../../src/expand.rs"]
mod expand;
#[path = "../../src/handlers.rs"]
mod handlers;
#[path = "../../src/http/mod.rs"]
mod http;
#[path = "../../src/target.rs"]
mod target;

mod golden;
