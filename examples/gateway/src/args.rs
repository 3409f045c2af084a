//! The command line.

use std::{convert::Infallible, net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand};
use wirepath::{
    Error,
    config::Env,
    secret::Secret,
    smpp::config::{SmppConfig, SpoolConfig},
};

/// Where it listens if nothing else is said.
pub(crate) const LISTEN: &str = "127.0.0.1:2775";

/// Where its store is if nothing else is said.
const DATA: &str = "./data";

/// An SMS gateway: ESMEs in front, SMSCs behind, every message kept until its end.
///
/// Without --config it starts on any machine: one ESME may bind (system_id esme1, password secret), messages are kept in ./data,
/// and go to an SMSC simulator that is built in. With --config it does what the file says.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const AFTER_HELP: &str = "\
A message is on disk (or in Redis) before its submit_sm_resp leaves. Its end is a receipt, if its sender asked for one, or a
dead letter: see `gateway spool --help`. SIGTERM and SIGINT stop listening, let what is in flight finish, and end it; a second
one ends it at once. What waits then goes on at the next start.

On a terminal, a line on stderr says every second how it goes. Elsewhere the log is JSON. RUST_LOG sets how much is logged,
NO_COLOR=1 turns colours off.

Examples:
  gateway
  gateway send --text 'hello' 31612345678
  gateway check gateway.yaml
  gateway --config gateway.yaml
  gateway route --config gateway.yaml 31612345678
  gateway spool ls --dead";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the gateway: what happens without a command, too.
    Run(RunArgs),
    /// Say whether a configuration is right, and what it holds.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Send a text, and wait for its receipt.
    Send(SendArgs),
    /// Say which way a message would go, and why.
    Route(RouteArgs),
    /// Look at what waits, and at dead letters; send those again, or throw them away.
    ///
    /// A gateway that runs is asked over the socket control.sock in its data folder. If none runs, or the store is in Redis,
    /// the store itself is opened.
    Spool(SpoolArgs),
}

/// Where the configuration and the store are.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// The configuration [default: none, the built-in one].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The folder of the embedded store [default: ./data, or what the file of --config says].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:2775, or what the file of --config says].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,

    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SendArgs {
    /// The gateway, or any SMSC.
    #[arg(long, value_name = "HOST:PORT", default_value = LISTEN)]
    pub(crate) to: String,

    /// Who binds.
    #[arg(long, value_name = "ID", default_value = "esme1")]
    pub(crate) system_id: String,

    /// The password of the bind.
    #[arg(long, value_name = "PASSWORD", default_value = "secret", value_parser = secret)]
    pub(crate) password: Secret,

    /// The sender: a number, or a name of up to 11 characters.
    #[arg(long, value_name = "SENDER", default_value = "12345")]
    pub(crate) from: String,

    /// The text, of any length: what does not fit into one message goes out in several.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: String,

    /// Do not ask for a receipt, and do not wait for one.
    #[arg(long)]
    pub(crate) no_wait: bool,

    /// How long the receipt is waited for.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u64,

    /// The recipient: digits with the country code, with or without a + in front.
    pub(crate) number: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RouteArgs {
    /// The configuration [default: none, the built-in one].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The sender's address.
    #[arg(long, value_name = "SENDER", default_value = "", hide_default_value = true)]
    pub(crate) from: String,

    /// The ESME that the message comes from.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    pub(crate) esme: String,

    /// The recipient.
    pub(crate) number: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SpoolArgs {
    #[command(subcommand)]
    pub(crate) what: SpoolCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SpoolCommand {
    /// List the lanes, or the messages of one.
    Ls {
        #[command(flatten)]
        store: StoreArgs,

        /// The messages of this lane.
        #[arg(long, value_name = "LANE", conflicts_with = "dead")]
        lane: Option<String>,

        /// The dead letters.
        #[arg(long)]
        dead: bool,

        /// Begin behind this message.
        #[arg(long, value_name = "ID")]
        after: Option<u64>,

        /// List this many at most.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1_000))]
        limit: u16,
    },
    /// Show all that is known of a message.
    Show {
        #[command(flatten)]
        store: StoreArgs,

        /// Its number: the message_id that its sender got.
        id: u64,
    },
    /// Send dead letters again.
    Replay {
        #[command(flatten)]
        store: StoreArgs,

        /// Their numbers.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<u64>,
    },
    /// Throw dead letters away.
    Discard {
        #[command(flatten)]
        store: StoreArgs,

        /// Their numbers.
        #[arg(required = true, value_name = "ID")]
        ids: Vec<u64>,
    },
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::from(text))
}

impl StoreArgs {
    /// What the file says, or else that there is a spool; and the folder of the command line.
    pub(crate) fn smpp(&self) -> Result<SmppConfig, Error> {
        let mut config = match &self.config {
            Some(file) => SmppConfig::from_file(file, &Env::of_process())?,
            None => {
                let mut config = SmppConfig::default();
                config.spool = Some(SpoolConfig::default());
                config.store.path = PathBuf::from(DATA);
                config
            }
        };
        if let Some(folder) = &self.data {
            config.store.path.clone_from(folder);
        }
        Ok(config)
    }
}

impl RunArgs {
    /// The same, and where to listen.
    pub(crate) fn smpp(&self) -> Result<SmppConfig, Error> {
        let mut config = self.store.smpp()?;
        let default = || LISTEN.parse().ok().filter(|_| self.store.config.is_none());
        if let Some(address) = self.listen.or_else(default) {
            config.server.bind_address = address.ip().to_string();
            config.server.port = address.port();
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("gateway").chain(line.split_whitespace()))
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn running_is_the_default() {
        let config = parse("--listen 127.0.0.1:0 --data d").unwrap().run.smpp().unwrap();
        assert_eq!((config.server.port, config.store.path), (0, PathBuf::from("d")));
        let config = parse("").unwrap().run.smpp().unwrap();
        assert_eq!((config.server.bind_address.as_str(), config.server.port), ("127.0.0.1", 2775));
        assert!(config.spool.is_some());
        assert!(matches!(parse("run").unwrap().command, Some(Command::Run(_))));
        assert!(parse("--listen 127.0.0.1:0 check x").is_err());
    }

    #[test]
    fn passwords_are_not_printed() {
        let args = parse("send --password geheim --text x 31612345678").unwrap();
        assert!(!format!("{args:?}").contains("geheim"));
    }

    #[test]
    fn mistakes_are_refused() {
        for line in
            ["spool replay", "spool ls --dead --lane x", "spool ls --limit 0", "send 316", "chek"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
