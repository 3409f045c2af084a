//! `http compare`: CPU per request and requests per second, interleaved, servers in processes of their own.

mod round;
mod table;

use self::{
    round::{Effort, Measured, TURNS},
    table::{charts, cpu, rate, user},
};
use crate::{
    cli::HttpCompareArgs, document, error::LoadError, one_core::Cores, open_files,
    verdict::Verdicts,
};

/// The subcommand. Says whether every target was met.
pub(super) fn compare(args: &HttpCompareArgs) -> Result<bool, LoadError> {
    let HttpCompareArgs { sides, rounds, count, connections, .. } = args;
    let effort =
        Effort { rounds: *rounds, count: *count, connections: *connections, cores: args.cores };
    // Before the servers start: they have the same limit.
    open_files::raise(connections + 100)?;
    args.cores.prepare()?;
    let mut all = Vec::new();
    for workload in args.workloads.list() {
        all.push(Measured::take(workload, sides, effort)?);
    }
    // What stands where: the heading says it, and the section is named by it.
    let place: Vec<_> = std::iter::once(args.cores.name()).chain(args.machine.as_deref()).collect();
    let section = format!("http-compare-{}", place.join("-"));
    let placed = match args.cores {
        Cores::Apart => {
            "the servers run on one core, and this program on another one, where it never sleeps: a server is busy all the \
             time, and no `send` of it wakes anybody, as none does whose client is at the other end of a network; for the same reason \
             the TCP of this program's end, whose work is done in the servers' calls, is the simplest that there is (reno)"
        }
        Cores::One => {
            "the servers and this program run on one core, in the batch class of the scheduler: nobody takes it from who has it, so a \
             server answers on all connections before this program is on, whichever server it is, and two cores do nothing to \
             each other; for the same reason as with cores apart the TCP of this program's end is the simplest that there is (reno)"
        }
        Cores::Free => "the system places them: falling asleep and being woken are in the figures",
    };
    let mut verdicts = Verdicts::new();
    let mut text = format!(
        "## HTTP: wirepath, plain axum and bare hyper, cores {}\n\n{}\
         {rounds} rounds, every server {TURNS} times in each, by turns, and every round begins with another; {connections} connections that are kept alive, each with \
         one request at a time, from one thread of this program; servers are processes of their own; {placed}. All do the same work, with \
         the same types: bodies are parsed and written again, parameters parsed, files counted. Only right answers count, and \
         one that is not ends the run. `axum` is `axum::serve` as its documentation has it; `hyper` dispatches by hand, on a \
         runtime with several threads, `hyper-per-core` on one a core, as `wirepath`; `wirepath-shared` is wirepath with \
         `threads: shared`. `echo` looks at no request: it knows how long they are, and writes what has to come back, so it is what \
         the kernel's part costs alone. Figures are medians with ranges; ratios are taken within a round.\n",
        place.join(", "),
        document::command_line(),
    );
    text += &cpu(&all, sides, &mut verdicts);
    text += &user(&all, sides);
    text += &rate(&all, sides, &mut verdicts);
    for (name, chart) in charts(&all, sides) {
        text += &document::plot(&args.out, &format!("{section}-{name}"), &chart)?;
    }
    document::put(&args.out, &section, &text)?;
    Ok(verdicts.all_met)
}
