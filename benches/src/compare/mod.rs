//! `compare`: wirepath, smpp34 and a plain TCP echo, interleaved, in processes of their own.

mod both_ends;
mod case;
mod server_alone;
mod steady;
mod window_1;

use crate::{child, cli::CompareArgs, document, error::LoadError};

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    rounds: usize,
    count: u64,
}

/// The subcommand. Says whether every target was met.
pub(crate) fn compare(args: &CompareArgs) -> Result<bool, LoadError> {
    let effort = match args.quick {
        true => Effort { rounds: 2, count: 40_000 },
        false => Effort { rounds: args.rounds, count: args.count },
    };
    // Needed last: better missed now than in some minutes.
    child::counted_program()?;
    let parts = [
        server_alone::measure(effort, &args.out)?,
        both_ends::measure(effort, &args.out)?,
        window_1::measure(effort)?,
        steady::measure(effort)?,
    ];
    let mut text = format!(
        "## wirepath, smpp34 and a plain TCP echo\n\n{}\
         {} rounds, every case once in each, in rotated order; servers and drivers are processes of their own. Figures are \
         medians with ranges; ratios are taken within a round.\n",
        document::command_line(),
        effort.rounds,
    );
    for part in &parts {
        text += &part.text;
    }
    document::put(&args.out, "compare", &text)?;
    Ok(parts.iter().all(|part| part.is_met))
}

/// One part of the section.
struct Part {
    text: String,
    is_met: bool,
}
