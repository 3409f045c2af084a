//! The command line of `http`.

use clap::{Args, Subcommand};
use workloads::{Workload, workload::WORKLOADS};

use super::{OutArgs, RoundsArgs, at_least_one};
use crate::{
    http::{Side, Url},
    one_core::Cores,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Http {
    /// Sends requests to any server of these workloads, and reports rate, percentiles and errors. Only right answers count.
    Drive(HttpDriveArgs),
    /// Drives with 1 to 512 connections: a table and a plot.
    Sweep(HttpSweepArgs),
    /// Starts every server in this process and sends it few requests; fails if an answer is wrong, or two servers differ.
    SelfTest(HttpSelfTestArgs),
    /// Compares wirepath, plain axum and bare hyper: CPU per request and requests per second, round by round.
    Compare(HttpCompareArgs),
    /// Holds many idle connections, each after one request, and reports the server's memory.
    Idle(HttpIdleArgs),
    /// Goes round parsing, requests and connections with a counting allocator; fails if live bytes grow.
    LeakCheck(HttpLeakArgs),
    /// Times JSON engines on the bodies of the workloads, and shows what they make of unusual ones.
    Json(RoundsArgs),
    /// Times paths, queries, percent-decoding and the configuration, by turns with axum's in this process.
    Pure(RoundsArgs),
    /// Builds a hello world and axum's, and reports crates, time and size.
    Footprint(RoundsArgs),
    /// One unusual text, read by one engine.
    #[command(hide = true)]
    JsonProbe(JsonProbeArgs),
    /// One server, until standard input ends. Prints its address, and its counters as JSON for each line.
    #[command(hide = true)]
    Serve(HttpServeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WorkloadArgs {
    /// Which workload, and not all of them: `json-small`. Can be repeated.
    #[arg(long = "workload", value_name = "NAME", value_parser = workload)]
    names: Vec<&'static Workload>,
}

impl WorkloadArgs {
    pub(crate) fn list(&self) -> Vec<&'static Workload> {
        match self.names.is_empty() {
            true => WORKLOADS.iter().collect(),
            false => self.names.clone(),
        }
    }
}

fn workload(name: &str) -> Result<&'static Workload, String> {
    Workload::find(name).ok_or_else(|| {
        let names: Vec<String> = WORKLOADS.iter().map(|it| it.name.replace(' ', "-")).collect();
        format!("there are: {}", names.join(", "))
    })
}

#[derive(Debug, Args)]
pub(crate) struct HttpDriveArgs {
    /// The server: http://127.0.0.1:8500.
    pub(crate) url: Url,
    #[command(flatten)]
    pub(crate) workloads: WorkloadArgs,
    /// Requests of each workload.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) count: u64,
    /// Connections that are kept alive, each with one request at a time.
    #[arg(long, default_value_t = 50, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// Prints a line of JSON for each workload.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HttpSweepArgs {
    /// The server, if it runs already.
    #[arg(conflicts_with = "serve", required_unless_present = "serve")]
    pub(crate) url: Option<Url>,
    /// Starts this one in a process of its own.
    #[arg(long, value_enum)]
    pub(crate) serve: Option<Side>,
    /// Which workload.
    #[arg(long, value_name = "NAME", default_value = "path-simple", value_parser = workload)]
    pub(crate) workload: &'static Workload,
    /// Requests of each row.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) count: u64,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HttpSelfTestArgs {
    /// Requests of each workload, for each server.
    #[arg(long, default_value_t = 200)]
    pub(crate) count: u64,
}

#[derive(Debug, Args)]
pub(crate) struct HttpCompareArgs {
    /// The servers.
    #[arg(value_enum, default_values_t = Side::ALL)]
    pub(crate) sides: Vec<Side>,
    #[command(flatten)]
    pub(crate) workloads: WorkloadArgs,
    /// Rounds; each measures every server once, in another order.
    #[arg(long, default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Requests of a round, for each server; workloads of large bodies send a part of it.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) count: u64,
    /// Connections that are kept alive, each with one request at a time.
    #[arg(long, default_value_t = 50, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// Where the servers and this program run.
    #[arg(long, value_enum, default_value_t = Cores::Apart)]
    pub(crate) cores: Cores,
    /// Names this machine, in small letters, digits and hyphens: its section stands beside those of others.
    #[arg(long, value_name = "NAME", value_parser = machine)]
    pub(crate) machine: Option<String>,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

/// A word that may stand in the names of sections and of files.
fn machine(text: &str) -> Result<String, String> {
    let is_plain =
        |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("must be small letters, digits and hyphens".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct HttpIdleArgs {
    /// The servers. Targets are for the first of wirepath's.
    #[arg(value_enum, default_values_t = [Side::Wirepath, Side::Axum, Side::Hyper])]
    pub(crate) sides: Vec<Side>,
    /// Connections to hold.
    #[arg(long, default_value_t = 10_000, value_parser = at_least_one)]
    pub(crate) connections: usize,
    /// How long to hold them.
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u64,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HttpLeakArgs {
    /// Cycles, after two to warm up.
    #[arg(long, default_value_t = 10, value_parser = at_least_one)]
    pub(crate) cycles: usize,
    /// Paths, queries and texts that are parsed in each cycle.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) iterations: u64,
    /// Requests of each workload in each cycle.
    #[arg(long, default_value_t = 100)]
    pub(crate) requests: u64,
    /// Connections opened and closed in each cycle.
    #[arg(long, default_value_t = 500)]
    pub(crate) churn: u64,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HttpServeArgs {
    /// Which server.
    #[arg(value_enum)]
    pub(crate) side: Side,
}

#[derive(Debug, Args)]
pub(crate) struct JsonProbeArgs {
    /// The engine's number.
    pub(crate) engine: usize,
    /// The text's number.
    pub(crate) case: usize,
}
