//! The library behind `wirepath-load`, so that its two programs share their code.

mod child;
mod cli;
mod client;
mod codec;
mod compare;
mod correlation;
mod document;
mod drive;
mod error;
mod flood;
mod fsyncs;
mod heap;
mod http;
mod idle;
mod leak;
pub mod numbers;
mod one_core;
mod open_files;
mod payload;
mod plan;
mod plot;
mod progress;
mod recovery;
mod relay;
mod report;
mod routing;
pub mod samples;
mod self_test;
mod serve;
mod server;
mod spread;
mod store;
mod sweep;
mod tally;
mod usage;
mod verdict;

use std::{io, process::ExitCode};

use clap::Parser;

use self::{
    cli::{Cli, Protocol, Smpp, StoreCommand},
    error::LoadError,
};
pub use heap::Heap;

/// Runs the program. `heap` reads the allocator's counts, in the program whose allocator counts.
pub fn run(heap: Option<fn() -> Heap>) -> ExitCode {
    if let Some(read) = heap {
        heap::install(read);
    }
    let outcome = match Cli::parse().protocol {
        Protocol::Smpp(command) => smpp(&command),
        Protocol::Http(command) => http::run(&command),
        Protocol::Store(StoreCommand::Spool(args)) => store::spool(&args),
        Protocol::Store(StoreCommand::Correlate(args)) => store::correlate(&args),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("wirepath-load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command. `false`: it ran, and what it measured is not good.
fn smpp(command: &Smpp) -> Result<bool, LoadError> {
    match command {
        Smpp::Drive(args) => drive::drive(args),
        Smpp::Serve(args) => serve::serve(args).map(|()| true),
        Smpp::SelfTest(args) => self_test::self_test(args),
        Smpp::Sweep(args) => sweep::windows(args),
        Smpp::Binds(args) => sweep::binds(args),
        Smpp::Compare(args) => compare::compare(args),
        Smpp::Relay(args) => relay::relay(args),
        Smpp::Recovery(args) => recovery::recovery(args),
        Smpp::Correlation(args) => correlation::correlation(args),
        Smpp::Codec(args) => codec::codec(args),
        Smpp::Routing(args) => routing::routing(args),
        Smpp::Idle(args) => idle::idle(args),
        Smpp::Flood(args) => flood::flood(args),
        Smpp::LeakCheck(args) => leak::leak_check(args),
    }
}

/// A runtime with this many workers, or one a core.
fn runtime(threads: Option<usize>) -> io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads.max(1));
    }
    builder.enable_all().build()
}
