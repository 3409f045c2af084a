//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Parser;
use wirepath::{
    Error,
    config::Env,
    secret::Secret,
    smpp::{
        ReceiptForm, Status,
        config::{EsmeConfig, SmppConfig},
    },
};

use crate::{faults::Faults, options::Options};

/// Where it listens if nothing else is said.
const LISTEN: &str = "127.0.0.1:2775";

/// An SMSC simulator.
///
/// Takes transmitter, receiver and transceiver binds, gives every message an id of its own, delivers it on paper, and sends
/// the receipts that were asked for. query_sm, cancel_sm and replace_sm are answered from the messages that it holds, and
/// replace_if_present_flag is honoured. The faults that operators meet can be had on demand.
///
/// Without --config one ESME may bind: system_id esme1, password secret.
#[derive(Debug, Parser)]
#[command(version, after_long_help = AFTER_HELP)]
pub struct Args {
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:2775, or what the file of --config says].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// An smpp.yaml: timers, limits, TLS, and who may bind (server.esmes).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The time from a message to its final state, and so to its receipt.
    #[arg(long, value_name = "MS", default_value_t = 50)]
    receipt_delay: u64,

    /// How receipts are written: all fields and TLVs; TLVs alone; the id in hexadecimal where submit_sm_resp has it in
    /// decimal; without sub and dlvrd. The last two carry no TLVs.
    #[arg(long, value_name = "FORM", default_value = "canonical", value_parser = receipt_form())]
    receipt_form: ReceiptForm,

    /// Mobile-originated messages a second, to the bound receivers and transceivers in turn [default: none].
    #[arg(long, value_name = "N/s", value_parser = per_second, default_value = "0", hide_default_value = true)]
    mo_rate: u32,

    /// The most messages that are held, waiting for their final state or for somebody to take their receipt. Further ones
    /// are answered with ESME_RMSGQFUL. As many finished ones are remembered for query_sm.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_messages: u32,

    /// Answer each message this much later.
    #[arg(
        long,
        value_name = "MS",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "Faults"
    )]
    latency: u64,

    /// Answer every Nth message with ESME_RTHROTTLED.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Faults")]
    throttle_every: Option<u64>,

    /// Answer every Nth message with a status, by name or by number: 10 ESME_RSUBMITFAIL, 3 0x401.
    #[arg(long, num_args = 2, value_names = ["N", "STATUS"], help_heading = "Faults")]
    fail_every: Vec<String>,

    /// Never answer every Nth message: it is lost.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Faults")]
    drop_every: Option<u64>,
}

const AFTER_HELP: &str = "\
A message is a submit_sm, a submit_multi or a data_sm. Where several faults meet on one message, the first of drop, throttle
and fail happens; the message is then not taken.

registered_delivery: 1 asks for a receipt, 2 for one of a failure only, 3 for one of a success only; 0x10 on top asks for an
intermediate notification. A message fails that is cancelled, or whose validity_period ends before its delivery.

On a terminal, a line on stderr says every second how it goes. Elsewhere the log is JSON. RUST_LOG sets how much is logged,
NO_COLOR=1 turns colours off.

Examples:
  smsc --listen 0.0.0.0:2775
  smsc --receipt-delay 2000 --receipt-form hex-id
  smsc --latency 200 --throttle-every 50 --fail-every 10 ESME_RSUBMITFAIL --drop-every 1000
  smsc --mo-rate 5/s";

impl Args {
    /// The configuration: the file's, or the defaults, with what the command line adds.
    ///
    /// # Errors
    ///
    /// If the file is not right.
    pub fn smpp(&self) -> Result<SmppConfig, Error> {
        let mut config = match &self.config {
            Some(file) => SmppConfig::from_file(file, &Env::of_process())?,
            None => SmppConfig::default(),
        };
        let default = || LISTEN.parse().ok().filter(|_| self.config.is_none());
        if let Some(address) = self.listen.or_else(default) {
            config.server.bind_address = address.ip().to_string();
            config.server.port = address.port();
        }
        if config.server.esmes.is_empty() {
            let password = Secret::from("secret");
            config.server.esmes.push(EsmeConfig::new("esme1", password));
        }
        Ok(config)
    }

    /// How it is to behave.
    ///
    /// # Errors
    ///
    /// What is wrong with an option.
    pub fn options(&self) -> Result<Options, String> {
        Ok(Options {
            receipt_delay: Duration::from_millis(self.receipt_delay),
            receipt_form: self.receipt_form,
            max_messages: self.max_messages as usize,
            mo_rate: self.mo_rate,
            faults: self.faults()?,
        })
    }

    fn faults(&self) -> Result<Faults, String> {
        let fail_every = match self.fail_every.as_slice() {
            [] => None,
            [every, status] => {
                let every: u64 =
                    every.parse().ok().filter(|every| *every > 0).ok_or_else(|| {
                        format!("--fail-every: `{every}` is not a whole number above 0")
                    })?;
                let status: Status =
                    status.parse().map_err(|error| format!("--fail-every: {error}"))?;
                if status.is_ok() {
                    return Err("--fail-every: ESME_ROK is no failure".to_owned());
                }
                Some((every, status))
            }
            _ => return Err("--fail-every can be given once".to_owned()),
        };
        Ok(Faults {
            latency: Duration::from_millis(self.latency),
            drop_every: self.drop_every,
            throttle_every: self.throttle_every,
            fail_every,
        })
    }
}

fn receipt_form() -> impl clap::builder::TypedValueParser<Value = ReceiptForm> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};

    PossibleValuesParser::new(["canonical", "tlv", "hex-id", "short"])
        .try_map(|name| name.parse::<ReceiptForm>())
}

/// `5`, or `5/s`.
fn per_second(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    match number.trim().parse() {
        Ok(rate @ 0..=100_000) => Ok(rate),
        _ => {
            Err("expected a number of messages a second, such as 5 or 5/s, 100,000 at most".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Args {
        Args::try_parse_from(std::iter::once("smsc").chain(line.split_whitespace())).unwrap()
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn defaults() {
        let args = parse("");
        let config = args.smpp().unwrap();
        assert_eq!((config.server.bind_address.as_str(), config.server.port), ("127.0.0.1", 2775));
        assert_eq!(config.server.esmes[0].system_id, "esme1");
        assert!(config.server.esmes[0].password.verify(b"secret"));
        assert_eq!(args.options().unwrap(), Options::default());
    }

    #[test]
    fn faults_by_name_and_number() {
        let args =
            parse("--latency 20 --throttle-every 5 --fail-every 3 RSUBMITFAIL --drop-every 7");
        let faults = args.faults().unwrap();
        assert_eq!(faults.latency, Duration::from_millis(20));
        assert_eq!(faults.throttle_every, Some(5));
        assert_eq!(faults.fail_every, Some((3, Status::RSUBMITFAIL)));
        assert_eq!(faults.drop_every, Some(7));
        let faults = parse("--fail-every 1 0x401").faults().unwrap();
        assert_eq!(faults.fail_every, Some((1, Status::from_code(0x401))));
    }

    #[test]
    fn mistakes_are_named() {
        let error = parse("--fail-every 3 RSUBMTFAIL").faults().unwrap_err();
        assert!(error.contains("ESME_RSUBMITFAIL"), "{error}");
        assert!(parse("--fail-every 0 RSYSERR").faults().is_err());
        assert!(parse("--fail-every 2 0").faults().is_err());
        assert!(Args::try_parse_from(["smsc", "--receipt-form", "long"]).is_err());
        assert!(Args::try_parse_from(["smsc", "--drop-every", "0"]).is_err());
        assert_eq!(parse("--mo-rate 5/s").mo_rate, 5);
        assert!(Args::try_parse_from(["smsc", "--mo-rate", "5/m"]).is_err());
    }
}
