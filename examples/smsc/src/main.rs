//! An SMSC simulator on wirepath: `smsc --help` says what it does.

mod args;
mod faults;
mod handlers;
mod logs;
mod message;
mod messages;
mod mo;
#[cfg(test)]
mod order;
mod outbox;
mod receipts;
mod smsc;
mod status;

use std::{process::ExitCode, sync::Arc};

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};
use wirepath::App;

use crate::{args::Args, faults::FaultLayer, smsc::Smsc};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    logs::start();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), wirepath::Error> {
    let faults = args.faults().unwrap_or_else(|error| {
        Args::command().error(ErrorKind::ValueValidation, error).exit();
    });
    let smsc = Arc::new(Smsc::new(args.receipt_delay(), args.max_messages(), args.receipt_form()));
    let handlers = wirepath::handlers![
        handlers::bound,
        handlers::submit,
        handlers::submit_multi,
        handlers::data,
        handlers::query,
        handlers::cancel,
        handlers::replace,
    ];
    // No `#[on_bind]`: `server.esmes` decides who may bind.
    let running = App::from_config(args.smpp()?)
        .state(Arc::clone(&smsc))
        .smpp(handlers.layer(FaultLayer::new(faults, smsc.counters.injected.clone())))
        .bind()
        .await?;
    let smpp = running.smpp();
    tokio::spawn(Arc::clone(&smsc).deliver(smpp.clone()));
    tokio::spawn(mo::originate(Arc::clone(&smsc), smpp.clone(), args.mo_rate()));
    tokio::spawn(status::report(Arc::clone(&smsc), smpp));
    running.run().await?;
    let (taken, receipts) = (smsc.counters.taken.get(), smsc.counters.receipts.get());
    tracing::info!(taken, receipts, held = smsc.messages.load(), "stopped");
    Ok(())
}
