//! `wirepath-load`: puts SMPP servers and clients under load, and measures them.

use std::process::ExitCode;

// That of the program `gateway`. Every server and every client runs in this program, so all sides of a comparison have the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wirepath_benches::run(None)
}
