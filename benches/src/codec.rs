//! `codec`: what decoding, encoding and reading receipts take, side by side with smpp34 on the same octets.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use wirepath_smpp::{DeliverSm, MessageId, Pdu, Receipt, Rules, SubmitSm};

use crate::{
    cli::RoundsArgs,
    document,
    error::LoadError,
    one_core::OneCore,
    samples::{RECEIPT, UNUSUAL_RECEIPT, deliver, frame, header, octets, submit},
    spread::Spread,
    verdict::Verdicts,
};

/// Calls between two looks at the clock: what they take and make stays in the caches.
const BATCH: usize = 64;

/// Batches of a round.
const BATCHES: usize = 10_000;

/// One thing that is timed, and what it is held to.
struct Case {
    what: &'static str,
    ours: Box<dyn FnMut() -> f64>,
    theirs: Option<Box<dyn FnMut() -> f64>>,
    target: Option<Target>,
}

#[derive(Clone, Copy)]
enum Target {
    /// smpp34's time is at least this many times ours.
    TimesFaster(f64),
    /// Ours is below this many ns.
    Below(f64),
}

/// The subcommand. Says whether every target was met.
pub(crate) fn codec(args: &RoundsArgs) -> Result<bool, LoadError> {
    let _one_core = OneCore::enter()?;
    let mut cases = cases();
    let mut ours: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    let mut theirs = ours.clone();
    for round in 0..args.rounds {
        eprintln!("codec: round {} of {}", round + 1, args.rounds);
        for ((case, ours), theirs) in cases.iter_mut().zip(&mut ours).zip(&mut theirs) {
            ours.push((case.ours)());
            theirs.extend(case.theirs.as_mut().map(|time| time()));
        }
    }
    let mut verdicts = Verdicts::new();
    let mut text = format!(
        "## The codec\n\n{}{} rounds, wirepath and smpp34 by turns, on one core. Nanoseconds a call, median and range; ratios \
        are taken within a round. What goes in is made before the clock starts, and what comes out is dropped after it \
        stops. `cargo bench -p wirepath-benches --bench codec` times the same by criterion.\n\n\
        | what | wirepath ns | smpp34 ns | smpp34 ÷ wirepath | target | verdict |\n|---|---:|---:|---:|---|---|\n",
        document::command_line(),
        args.rounds,
    );
    for ((case, ours), theirs) in cases.iter().zip(&ours).zip(&theirs) {
        let (spread, gain) = (Spread::of(ours.clone()), Spread::ratio(theirs, ours));
        let (target, verdict) = match case.target {
            Some(Target::TimesFaster(times)) => {
                (format!("at least {times}"), verdicts.at_least(gain.median, times, f64::INFINITY))
            }
            Some(Target::Below(ns)) => {
                (format!("under {ns} ns"), verdicts.at_most(spread.median, ns))
            }
            None => (String::new(), ""),
        };
        let (theirs, gain) = match theirs.is_empty() {
            true => (String::new(), String::new()),
            false => (format!("{:.0}", Spread::of(theirs.clone())), format!("{gain:.1}")),
        };
        text += &format!(
            "| {} | {spread:.0} | {theirs} | {gain} | {target} | {verdict} |\n",
            case.what
        );
    }
    document::put(&args.out, "codec", &text)?;
    Ok(verdicts.all_met)
}

/// Nanoseconds that `work` takes for each of what `input` makes.
pub(crate) fn time<I, O>(mut input: impl FnMut() -> I, mut work: impl FnMut(I) -> O) -> f64 {
    let (mut inputs, mut outputs) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    let mut spent = Duration::ZERO;
    for _ in 0..BATCHES {
        inputs.extend((0..BATCH).map(|_| black_box(input())));
        let begin = Instant::now();
        outputs.extend(inputs.drain(..).map(&mut work));
        spent += begin.elapsed();
        black_box(&outputs);
        outputs.clear();
    }
    spent.as_secs_f64() * 1e9 / (BATCH * BATCHES) as f64
}

fn cases() -> Vec<Case> {
    vec![decode_submit(), decode_deliver(), answer_submit(), encode_submit(), receipt(), unusual()]
}

fn decode_submit() -> Case {
    let wire = octets(&submit());
    let theirs = wire.clone();
    Case {
        what: "decode submit_sm",
        ours: Box::new(move || {
            time(|| frame(&wire), |frame| SubmitSm::decode(frame, Rules::Strict))
        }),
        theirs: Some(Box::new(move || {
            let wire = &theirs[..];
            time(|| wire, |octets| smpp34::submit_sm::decode(header(octets), octets))
        })),
        target: Some(Target::TimesFaster(4.0)),
    }
}

fn decode_deliver() -> Case {
    let wire = octets(&deliver());
    let theirs = wire.clone();
    Case {
        what: "decode deliver_sm, a receipt",
        ours: Box::new(move || {
            time(|| frame(&wire), |frame| DeliverSm::decode(frame, Rules::Strict))
        }),
        theirs: Some(Box::new(move || {
            let wire = &theirs[..];
            time(|| wire, |octets| smpp34::deliver_sm::decode(header(octets), octets))
        })),
        target: None,
    }
}

fn answer_submit() -> Case {
    let wire = octets(&submit());
    let theirs = wire.clone();
    let mut out = BytesMut::with_capacity(64 * 1024);
    let (mut id, mut their_id) = (0, 0);
    Case {
        what: "submit_sm to its encoded response",
        ours: Box::new(move || {
            time(
                || frame(&wire),
                |frame| {
                    out.clear();
                    id += 1;
                    let sequence = frame.header().sequence;
                    let pdu = SubmitSm::decode(frame, Rules::Strict).expect("a submit_sm");
                    pdu.accept(MessageId::decimal(id)).encode(sequence, &mut out);
                    out.len()
                },
            )
        }),
        theirs: Some(Box::new(move || {
            let wire = &theirs[..];
            time(
                || wire,
                |octets| {
                    their_id += 1;
                    let pdu = smpp34::submit_sm::decode(header(octets), octets);
                    pdu.expect("a submit_sm").accept(their_id.to_string()).encode()
                },
            )
        })),
        target: Some(Target::TimesFaster(4.0)),
    }
}

fn encode_submit() -> Case {
    let ours = submit();
    let wire = octets(&ours);
    let theirs = smpp34::submit_sm::decode(header(&wire), &wire).expect("a submit_sm");
    let mut out = BytesMut::with_capacity(64 * 1024);
    Case {
        what: "encode submit_sm",
        ours: Box::new(move || {
            time(
                || &ours,
                |pdu| {
                    out.clear();
                    pdu.encode(7, &mut out);
                    out.len()
                },
            )
        }),
        // Its encoder takes the PDU by value; the copy is made before the clock starts.
        theirs: Some(Box::new(move || time(|| theirs.clone(), |pdu| pdu.encode()))),
        target: None,
    }
}

fn receipt() -> Case {
    Case {
        what: "read a receipt, canonical form",
        ours: Box::new(|| time(|| RECEIPT, Receipt::parse)),
        theirs: None,
        target: Some(Target::Below(120.0)),
    }
}

fn unusual() -> Case {
    Case {
        what: "read a receipt, an unusual form",
        ours: Box::new(|| time(|| UNUSUAL_RECEIPT, Receipt::parse)),
        theirs: None,
        target: None,
    }
}
