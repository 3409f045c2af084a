//! The command line.

mod http;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::http::{
    Http, HttpCompareArgs, HttpDriveArgs, HttpIdleArgs, HttpLeakArgs, HttpSelfTestArgs,
    HttpSweepArgs,
};
use crate::{
    plan::{ClientKind, Plan},
    serve::Setup,
    server::{ServerKind, spooled::Kept},
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
    /// HTTP.
    #[command(subcommand, arg_required_else_help = true)]
    Http(Http),
    /// The store under the spool.
    #[command(subcommand, arg_required_else_help = true)]
    Store(StoreCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Does what the spool does with its store, on disk, with each engine by turns.
    Spool(SpoolArgs),
    /// Puts keys into a Redis server, then reads and deletes them as receipts do.
    Correlate(CorrelateArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CorrelateArgs {
    /// The server.
    #[arg(long, default_value = "redis://127.0.0.1:6379")]
    pub(crate) url: String,
    /// Rounds.
    #[arg(long, default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Keys of a round.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) count: u64,
    /// Calls in flight.
    #[arg(long, default_value_t = 256, value_parser = at_least_one)]
    pub(crate) in_flight: usize,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SpoolArgs {
    /// Which engine.
    #[arg(long, value_enum, default_value_t = EngineArg::Both)]
    pub(crate) engine: EngineArg,
    /// Rounds; each measures every engine once, by turns.
    #[arg(long, default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Messages of a round.
    #[arg(long, default_value_t = 50_000)]
    pub(crate) count: u64,
    /// Messages in flight.
    #[arg(long, default_value_t = 256, value_parser = at_least_one)]
    pub(crate) in_flight: usize,
    /// Items that wait when the store is opened.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) waiting: u64,
    /// Where the stores are made; the folder for temporary files without it. It has to be on the disk that is meant.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineArg {
    /// The one that the store is built on.
    Fjall,
    /// The one that it was chosen over.
    Redb,
    Both,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Smpp {
    /// Sends submit_sm to any SMSC, keeping a window in flight, and reports rate, percentiles and errors.
    Drive(DriveArgs),
    /// Runs a server that takes every message; prints its address, and its counters as JSON when it ends.
    Serve(ServeArgs),
    /// Drives servers in this process with few messages; fails if one is lost, doubled or refused.
    SelfTest(SelfTestArgs),
    /// Drives with windows from 1 to 512: a table and a plot.
    Sweep(SweepArgs),
    /// Drives with 1 to 64 binds: a table and a plot.
    Binds(SweepArgs),
    /// Sets wirepath against smpp34 and a plain TCP echo, interleaved, in processes of their own.
    Compare(CompareArgs),
    /// Sets wirepath as a relay, without its spool and with it, against the same relay on smpp34.
    Relay(RelayArgs),
    /// Opens a store in which messages wait, and reports when the first of them goes out.
    Recovery(RecoveryArgs),
    /// Sends receipts for messages of the spool's, and reports how many are correlated a second.
    Correlation(CorrelationArgs),
    /// Times the codec side by side with smpp34's, by turns in this process.
    Codec(RoundsArgs),
    /// Times the way to a prefix among a million, and to the route behind it.
    Routing(RoundsArgs),
    /// Holds many idle binds, with keepalives running, and reports the server's memory.
    Idle(IdleArgs),
    /// Sends and never reads, and reports how much the server's memory grew.
    Flood(FloodArgs),
    /// Goes round codec, receipts and bind/unbind with a counting allocator; fails if live bytes grow.
    LeakCheck(LeakArgs),
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
    /// Where the relays send.
    #[arg(long)]
    upstream: Option<SocketAddr>,
    /// The folder that the spool stores in.
    #[arg(long, conflicts_with = "redis")]
    folder: Option<PathBuf>,
    /// The URL of the Redis server that the spool stores in.
    #[arg(long)]
    redis: Option<String>,
    /// Prints the counters at each line of standard input, and stops when it ends; else SIGTERM stops it.
    #[arg(long)]
    pub(crate) control: bool,
}

impl ServeArgs {
    pub(crate) fn setup(&self) -> Setup {
        let folder = self.folder.clone().map(Kept::Folder);
        Setup {
            kind: self.kind,
            listen: self.listen,
            enquire_link_ms: self.enquire_link_ms,
            upstream: self.upstream,
            kept: folder.or_else(|| self.redis.clone().map(Kept::Redis)),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SelfTestArgs {
    /// Messages for each pair of client and server.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) count: u64,
}

#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Starts this server in a process of its own and drives it, in place of --host and --port.
    #[arg(long, value_enum)]
    pub(crate) serve: Option<ServerKind>,
    /// Messages for each row.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) count: u64,
    /// The window of `binds`; `sweep` has one bind.
    #[arg(long, default_value_t = 64, value_parser = at_least_one)]
    pub(crate) window: usize,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Rounds; each measures everything once, in another order.
    #[arg(long, default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Messages of the fastest cases; slower ones send a part of it.
    #[arg(long, default_value_t = 300_000)]
    pub(crate) count: u64,
    /// Two rounds of few messages, to see that it works.
    #[arg(long)]
    pub(crate) quick: bool,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RelayArgs {
    /// Rounds; each measures everything once, in another order.
    #[arg(long, default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Messages of the fastest relay; slower ones get a part of it.
    #[arg(long, default_value_t = 600_000)]
    pub(crate) count: u64,
    /// Where the spool's folders are made; the folder for temporary files without it. It has to be on the disk that is meant.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RecoveryArgs {
    /// Messages that wait.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) messages: u64,
    /// Starts that are measured.
    #[arg(long, default_value_t = 3, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Where the store is made; the folder for temporary files without it. It has to be on the disk that is meant.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CorrelationArgs {
    /// Where the messages are stored; `redis` starts a server of its own.
    #[arg(long, value_enum, default_value_t = StoreArg::Embedded)]
    pub(crate) store: StoreArg,
    /// Rounds, each with a store of its own.
    #[arg(long, default_value_t = 3, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    /// Messages of a round.
    #[arg(long, default_value_t = 300_000)]
    pub(crate) count: u64,
    /// Where the stores are made; the folder for temporary files without it. It has to be on the disk that is meant.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreArg {
    /// In files of its own.
    Embedded,
    /// In a Redis server that this starts, with every write on disk before it is answered.
    Redis,
}

#[derive(Debug, Args)]
pub(crate) struct RoundsArgs {
    /// Rounds; each measures everything once.
    #[arg(long, default_value_t = 5, value_parser = at_least_one)]
    pub(crate) rounds: usize,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct IdleArgs {
    /// Binds to hold.
    #[arg(long, default_value_t = 10_000, value_parser = at_least_one)]
    pub(crate) binds: usize,
    /// How long to hold them.
    #[arg(long, default_value_t = 15)]
    pub(crate) seconds: u64,
    /// The server's keepalive timer.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) enquire_link_ms: u64,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FloodArgs {
    /// PDUs to send, as far as the server takes them.
    #[arg(long, default_value_t = 300_000)]
    pub(crate) count: u64,
    #[command(flatten)]
    pub(crate) out: OutArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LeakArgs {
    /// Cycles, after two to warm up.
    #[arg(long, default_value_t = 10, value_parser = at_least_one)]
    pub(crate) cycles: usize,
    /// Iterations of codec and receipts in each cycle.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) iterations: u64,
    /// Binds and unbinds in each cycle.
    #[arg(long, default_value_t = 500)]
    pub(crate) churn: u64,
    #[command(flatten)]
    pub(crate) out: OutArgs,
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
