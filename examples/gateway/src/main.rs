//! An SMS gateway on wirepath: `gateway --help` says what it does.

mod args;
mod ask;
mod builtin;
mod check;
mod desk;
mod failure;
mod hint;
mod route;
mod run;
mod send;
mod socket;
mod spool;
mod status;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    args::{Args, Command},
    failure::Failure,
};

// A message is taken in by one thread, written by another and sent by a third: what one allocates another frees. That is what this
// allocator is good at; with the system's, threads wait for each other there (docs/src/store.md says what it comes to).
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let Args { command, run } = Args::parse();
    let outcome = match command {
        None => return serve(run).await,
        Some(Command::Run(run)) => return serve(run).await,
        Some(Command::Check { file }) => quietly(async { check::check(&file) }).await,
        Some(Command::Send(args)) => quietly(send::send(args)).await,
        Some(Command::Route(args)) => quietly(async { route::route(&args) }).await,
        Some(Command::Spool(args)) => quietly(spool::spool(args)).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}

/// The gateway itself, which logs.
async fn serve(args: args::RunArgs) -> ExitCode {
    // What its store does inside is for those who look for it.
    smsc::logs::start("info,fjall=warn,lsm_tree=warn");
    match run::run(&args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

/// A command that says on stdout what it has to say.
async fn quietly(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    smsc::logs::start("warn");
    command.await
}
