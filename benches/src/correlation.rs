//! `correlation`: receipts for messages of the spool's.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use wirepath_runtime::shutdown::Shutdown;
use wirepath_smpp::{
    Client, DeliverSm, EsmClass, MessageState, Pipeline, ReceiptBuilder, Server, Session, Smpp,
    config::ServerConfig, protocol::pdu::Request,
};
use wirepath_test_support::RedisServer;

use crate::{
    child::ServerProcess,
    cli::{CorrelationArgs, StoreArg},
    document,
    error::LoadError,
    payload,
    report::grouped,
    runtime,
    server::{Handled, ServerKind, wirepath},
    spread::Spread,
    tally::{Places, Tally},
    verdict::Verdicts,
};

/// Receipts that are unanswered: as many requests of one peer are looked at side by side.
const WINDOW: usize = 1_000;
/// What the gateway has to write down the SMSC's last ids.
const SETTLING: Duration = Duration::from_secs(1);
/// What is late after this does not come.
const STALLED: Duration = Duration::from_secs(60);
/// How often it is looked whether all have come.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// What one round came to.
struct Sample {
    stored_per_second: f64,
    per_second: f64,
    p99_ms: f64,
    cpu_us: f64,
    fsyncs_per_second: f64,
}

/// The subcommand. Says whether the target was met.
pub(crate) fn correlation(args: &CorrelationArgs) -> Result<bool, LoadError> {
    let mut samples = Vec::new();
    for round in 0..args.rounds {
        eprintln!("correlation: round {} of {}", round + 1, args.rounds);
        let folder = match &args.folder {
            Some(folder) => tempfile::tempdir_in(folder)?,
            None => tempfile::tempdir()?,
        };
        samples.push(runtime(None)?.block_on(measure(args, folder.path()))?);
    }
    let (name, target) = match args.store {
        StoreArg::Embedded => ("embedded", 100_000.0),
        StoreArg::Redis => ("redis", 20_000.0),
    };
    let of = |figure: fn(&Sample) -> f64| Spread::of(samples.iter().map(figure));
    let mut verdicts = Verdicts::new();
    let rate = of(|sample| sample.per_second);
    let verdict = verdicts.at_least(rate.median, target, f64::INFINITY);
    let text = format!(
        "## Receipts correlated: {name}\n\n{}\
         An SMSC takes {} messages that want receipts from a gateway with a spool, and then sends their receipts over the same \
         session, {WINDOW} unanswered. The gateway has jemalloc, as the program `gateway`. Each is looked up by the SMSC's id, and answered when its message has ended on disk and \
         the receipt for its ESME, which is not bound, waits there. Median and range of {} rounds, each with a store of its own.\n\n\
         | receipts/s | p99 of the answer ms | gateway CPU µs a receipt | fsyncs/s | messages/s stored and sent before | target | verdict |\n\
         |---:|---:|---:|---:|---:|---|---|\n\
         | {} ({}–{}) | {:.2} | {} | {:.0} | {:.0} | at least {} | {verdict} |\n",
        document::command_line(),
        grouped(args.count as f64),
        args.rounds,
        grouped(rate.median),
        grouped(rate.least),
        grouped(rate.most),
        of(|sample| sample.p99_ms),
        of(|sample| sample.cpu_us),
        of(|sample| sample.fsyncs_per_second),
        of(|sample| sample.stored_per_second),
        grouped(target),
    );
    document::put(&args.out, &format!("correlation-{name}"), &text)?;
    Ok(verdicts.all_met)
}

async fn measure(args: &CorrelationArgs, folder: &Path) -> Result<Sample, LoadError> {
    let (handled, shutdown) = (Handled::new(), Shutdown::new());
    let (address, smpp) = smsc(handled, &shutdown).await?;
    let redis = match args.store {
        StoreArg::Embedded => None,
        StoreArg::Redis => Some(RedisServer::start_in(folder)?),
    };
    let (upstream, path) = (address.to_string(), folder.to_string_lossy());
    let url = redis.as_ref().map(RedisServer::url);
    let kept = match &url {
        Some(url) => ["--redis", url],
        None => ["--folder", path.as_ref()],
    };
    let extra = [&["--upstream", &upstream], &kept[..]].concat();
    let mut gateway = ServerProcess::start(ServerKind::Spooled, &extra)?;
    let begin = Instant::now();
    store(gateway.address, args.count).await?;
    all_taken(handled, args.count).await?;
    let stored_per_second = args.count as f64 / begin.elapsed().as_secs_f64();
    tokio::time::sleep(SETTLING).await;
    let session =
        smpp.sessions().pop().ok_or_else(|| LoadError::new("the gateway is not bound"))?;
    let before = gateway.usage()?;
    let begin = Instant::now();
    let tally = send(&session, args.count).await?;
    let seconds = begin.elapsed().as_secs_f64();
    let after = gateway.usage()?;
    shutdown.trigger();
    if tally.ok != args.count {
        return Err(LoadError::new(format!("{} receipts taken; {:?}", tally.ok, tally.errors)));
    }
    Ok(Sample {
        stored_per_second,
        per_second: args.count as f64 / seconds,
        p99_ms: tally.quantile_ms(0.99),
        cpu_us: (after.cpu_ns - before.cpu_ns) as f64 / 1e3 / args.count as f64,
        fsyncs_per_second: (after.fsyncs - before.fsyncs) as f64 / seconds,
    })
}

/// Waits until the SMSC has so many messages; fails if nothing comes for a while.
async fn all_taken(handled: Handled, count: u64) -> Result<(), LoadError> {
    let (mut seen, mut since) = (0, Instant::now());
    while handled.count() < count {
        if handled.count() > seen {
            (seen, since) = (handled.count(), Instant::now());
        } else if since.elapsed() > STALLED {
            return Err(LoadError::new(format!("{seen} of {count} messages came, and no more")));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

/// An SMSC in this process.
async fn smsc(handled: Handled, shutdown: &Shutdown) -> Result<(SocketAddr, Smpp), LoadError> {
    let mut config = ServerConfig::default();
    config.bind_address = "127.0.0.1".to_owned();
    config.port = 0;
    config.window_size = WINDOW;
    let server = Server::bind(&config, wirepath::service(handled)).await?;
    let (address, smpp, signal) = (server.local_addr()?, server.smpp(), shutdown.signal());
    drop(tokio::spawn(async move {
        server.run(signal).await;
    }));
    Ok((address, smpp))
}

/// Messages that want receipts, by way of an ESME that is gone then.
async fn store(gateway: SocketAddr, count: u64) -> Result<(), LoadError> {
    let client = Client::new(gateway.to_string(), "load", "secret").window(WINDOW);
    let (session, _inbox) = client.connect().await?;
    let pdu = payload::submit_sm()?.to_builder().registered_delivery(1).build()?;
    let tally = keep_full(session.pipeline(), count, |_| Ok(pdu.clone())).await?;
    session.unbind().await;
    match tally.ok == count {
        true => Ok(()),
        false => Err(LoadError::new(format!("{} messages taken; {:?}", tally.ok, tally.errors))),
    }
}

/// A receipt for each of them.
async fn send(session: &Session, count: u64) -> Result<Tally, LoadError> {
    keep_full(session.pipeline(), count, |id| {
        let id = id.to_string();
        let text = ReceiptBuilder::new(id.as_bytes(), MessageState::DELIVERED).to_vec();
        let receipt = DeliverSm::builder()
            .source(payload::DESTINATION)
            .destination(payload::SOURCE)
            .esm_class(EsmClass::RECEIPT)
            .short_message(&text);
        Ok(receipt.build()?)
    })
    .await
}

/// Sends `count` requests, the window full all the time.
async fn keep_full<R: Request>(
    mut pipeline: Pipeline<R>,
    count: u64,
    make: impl Fn(u64) -> Result<R, LoadError>,
) -> Result<Tally, LoadError> {
    let (mut tally, mut places, mut sent) = (Tally::new(), Places::new(WINDOW), 0);
    while tally.settled() < count {
        let now = Instant::now();
        while sent < count
            && let Some(place) = places.take(now)
        {
            let lost = |error: wirepath_smpp::SendError| LoadError::new(error.to_string());
            pipeline.send(&make(sent)?, place).await.map_err(lost)?;
            sent += 1;
        }
        if !tally.settle(&mut pipeline, &mut places).await {
            break;
        }
    }
    Ok(tally)
}
