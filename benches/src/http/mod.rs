//! HTTP: wirepath, plain axum and bare hyper, side by side.

mod answer;
mod compare;
mod drive;
mod footprint;
mod idle;
mod json;
mod leak;
mod pure;
mod report;
mod self_test;
mod serve;
mod side;
mod sweep;
mod url;

use crate::{cli::Http, error::LoadError};

pub(crate) use self::{side::Side, url::Url};

/// Runs a command. `false`: it ran, and what it measured is not good.
pub(crate) fn run(command: &Http) -> Result<bool, LoadError> {
    match command {
        Http::Drive(args) => drive::command(args),
        Http::Sweep(args) => sweep::sweep(args),
        Http::SelfTest(args) => self_test::self_test(args),
        Http::Compare(args) => compare::compare(args),
        Http::Idle(args) => idle::idle(args),
        Http::LeakCheck(args) => leak::leak_check(args),
        Http::Json(args) => json::json(args),
        Http::Pure(args) => pure::pure(args),
        Http::Footprint(args) => footprint::footprint(args),
        Http::JsonProbe(args) => json::probe(args.engine, args.case).map(|()| true),
        Http::Serve(args) => serve::serve(args.side).map(|()| true),
    }
}
