//! `wirepath-load`: puts SMPP servers and clients under load, and measures them.

use std::process::ExitCode;

fn main() -> ExitCode {
    wirepath_benches::run(None)
}
