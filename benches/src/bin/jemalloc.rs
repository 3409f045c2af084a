//! `wirepath-load` with the allocator that the program `gateway` has: all relays that are measured run in it, smpp34's too.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    wirepath_benches::run(None)
}
