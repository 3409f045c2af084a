//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::{
    plan::{ClientKind, Plan},
    serve::ServerKind,
};

/// Puts protocol servers under load, and compares them with their peers.
#[derive(Debug, Parser)]
#[command(name = "wirepath-load", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) protocol: Protocol,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Protocol {
    /// SMPP 3.4.
    #[command(subcommand, arg_required_else_help = true)]
    Smpp(Smpp),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Smpp {
    /// Sends submit_sm to any SMSC, keeping a window in flight, and reports rate, percentiles and errors.
    Drive(DriveArgs),
    /// Runs a server that takes every message; prints its address, and its counters as JSON when it ends.
    Serve(ServeArgs),
    /// Drives servers in this process with few messages; fails if one is lost, doubled or refused.
    SelfTest(SelfTestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Where the SMSC is.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Its port.
    #[arg(long, default_value_t = 2775)]
    pub(crate) port: u16,
    /// Who binds.
    #[arg(long, default_value = "esme1")]
    pub(crate) system_id: String,
    /// The password, at most 8 octets.
    #[arg(long, default_value = "secret")]
    pub(crate) password: String,
    /// Which client sends.
    #[arg(long, value_enum, default_value_t = ClientKind::Wirepath)]
    pub(crate) client: ClientKind,
    /// Short for --client raw: octets encoded before, over plain sockets.
    #[arg(long, conflicts_with = "client")]
    pub(crate) pipelined: bool,
    /// Worker threads; by default one a core. `raw` always has a thread a bind.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

impl Target {
    pub(crate) fn plan(&self, count: u64, window: usize, binds: usize) -> Plan {
        Plan {
            host: self.host.clone(),
            port: self.port,
            system_id: self.system_id.clone(),
            password: self.password.clone(),
            client: if self.pipelined { ClientKind::Raw } else { self.client },
            count,
            window,
            binds,
            threads: self.threads,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DriveArgs {
    #[command(flatten)]
    target: Target,
    /// Messages to send, over all binds.
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Messages in flight on each bind. 1 is plain request and response.
    #[arg(long, default_value_t = 64, value_parser = at_least_one)]
    window: usize,
    /// Binds side by side.
    #[arg(long, default_value_t = 1, value_parser = at_least_one)]
    binds: usize,
    /// Prints one line of JSON.
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// Prints a Markdown table.
    #[arg(long)]
    pub(crate) markdown: bool,
}

impl DriveArgs {
    pub(crate) fn plan(&self) -> Plan {
        self.target.plan(self.count, self.window, self.binds)
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Which server.
    #[arg(long, value_enum, default_value_t = ServerKind::Wirepath)]
    pub(crate) kind: ServerKind,
    /// Where it listens; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Worker threads; by default one a core.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// The keepalive timer of wirepath's server, in milliseconds.
    #[arg(long)]
    pub(crate) enquire_link_ms: Option<u64>,
    /// Prints the counters at each line of standard input, and stops when it ends; else SIGTERM stops it.
    #[arg(long)]
    pub(crate) control: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SelfTestArgs {
    /// Messages for each pair of client and server.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) count: u64,
}

pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

#[derive(Debug, Args)]
pub(crate) struct OutArgs {
    /// The document whose section is replaced; standard output without it. Plots go to `plots/` beside it.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}
