//! The SMSC simulator: `smsc --help` says what it does.

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};
use smsc::{Args, Simulator, logs};
use wirepath::{Error, shutdown::Shutdown};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    logs::start("info");
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Error> {
    let options = args.options().unwrap_or_else(|error| {
        Args::command().error(ErrorKind::ValueValidation, error).exit();
    });
    // First: from the moment that somebody can connect, a signal drains.
    let shutdown = Shutdown::on_signals().map_err(Error::Signals)?;
    let mut simulator = Simulator::start_with(args.smpp()?, options, shutdown).await?;
    simulator.report();
    simulator.ended().await;
    let (taken, receipts) = (simulator.taken(), simulator.receipts());
    tracing::info!(taken, receipts, held = simulator.held(), "stopped");
    Ok(())
}
