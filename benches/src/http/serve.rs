//! `http serve`: one side, in a process of its own.

use std::io::BufRead;

use super::side::{self, Side};
use crate::{error::LoadError, usage::cpu_ns};

/// Serves until standard input ends. Prints the address, and for each line that comes the CPU time so far, in nanoseconds.
pub(crate) fn serve(side: Side) -> Result<(), LoadError> {
    println!("{}", side::start(side)?);
    for line in std::io::stdin().lock().lines() {
        line?;
        println!("{}", cpu_ns());
    }
    Ok(())
}
