//! `http serve`: one server, in a process of its own.

use std::{io::BufRead, process::Command};

use super::side::{self, Side};
use crate::{
    child::{self, ServerProcess},
    error::LoadError,
    server::Handled,
    usage::Usage,
};

/// Serves until standard input ends. Prints the address, and the counters for each line that comes.
pub(super) fn serve(side: Side) -> Result<(), LoadError> {
    // Requests are counted by who sends them: counting here would be work that no server has to do.
    let handled = Handled::new();
    println!("{}", side::start(side)?);
    for line in std::io::stdin().lock().lines() {
        line?;
        println!("{}", serde_json::to_string(&Usage::now(handled))?);
    }
    Ok(())
}

/// Starts it.
pub(super) fn process(side: Side) -> Result<ServerProcess, LoadError> {
    ServerProcess::spawn(Command::new(child::program()?).args(["http", "serve", side.name()]))
}
