//! `http drive`: so many connections, each with one request at a time, from one thread.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use workloads::Workload;

use super::{
    answer::{Judge, Look},
    report::Report,
    url::Url,
};
use crate::{
    cli::HttpDriveArgs, error::LoadError, open_files, progress::Progress, tally::Tally,
    usage::cpu_ns,
};

/// Room for an answer to begin with.
const ROOM: usize = 16 * 1024;
/// No answer is longer.
const MOST: usize = 1 << 20;

/// One drive of one workload.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) url: Url,
    pub(super) workload: &'static Workload,
    pub(super) connections: usize,
    /// Requests, over all connections.
    pub(super) count: u64,
    /// Whether to ask for answers without a pause: then no server has to wake this program.
    pub(super) spins: bool,
}

impl Plan {
    pub(super) fn new(url: &Url, workload: &'static Workload) -> Self {
        Self { url: url.clone(), workload, connections: 1, count: 1, spins: false }
    }

    /// How many requests the connection of this number sends.
    fn share(&self, connection: usize) -> u64 {
        let (connections, connection) = (self.connections as u64, connection as u64);
        self.count / connections + u64::from(connection < self.count % connections)
    }
}

/// The subcommand. Says whether every answer was right.
pub(super) fn command(args: &HttpDriveArgs) -> Result<bool, LoadError> {
    let mut is_clean = true;
    if !args.json {
        print!("{}", Report::HEAD);
    }
    for workload in args.workloads.list() {
        let plan = Plan {
            connections: args.connections,
            count: args.count,
            ..Plan::new(&args.url, workload)
        };
        let (progress, bar) = Progress::start(plan.count, args.json);
        let report = drive(&plan, &progress)?;
        drop(bar);
        match args.json {
            true => println!("{}", serde_json::to_string(&report)?),
            false => print!("{}{}", report.row(), report.complaints()),
        }
        is_clean &= report.is_clean();
    }
    Ok(is_clean)
}

/// Drives as the plan says. Connecting is not in the time.
pub(super) fn drive(plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(drive_here(plan, progress))
}

/// The same in the runtime that is there.
pub(super) async fn drive_here(plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    open_files::raise(plan.connections + 100)?;
    let address = plan.url.address()?;
    let request: Arc<[u8]> = plan.workload.request(plan.url.host()).into();
    let mut lines = Vec::with_capacity(plan.connections);
    for _ in 0..plan.connections {
        lines.push(Line::connect(address, plan.workload).await?);
    }
    let tally = Arc::new(Mutex::new(Tally::new()));
    let spinning = plan.spins.then(|| {
        tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        })
    });
    let (started, cpu) = (Instant::now(), cpu_ns());
    let mut tasks = JoinSet::new();
    for (connection, line) in lines.into_iter().enumerate() {
        let (request, tally, progress) =
            (Arc::clone(&request), Arc::clone(&tally), progress.clone());
        tasks.spawn(send(line, request, plan.share(connection), tally, progress));
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| LoadError::new(error.to_string()))?;
    }
    let (took, cpu) = (started.elapsed(), cpu_ns() - cpu);
    if let Some(spinning) = spinning {
        spinning.abort();
    }
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Report::new(plan, &tally, took, cpu))
}

/// Asks once, and gives the body of the answer.
pub(super) fn body(url: &Url, workload: &'static Workload) -> Result<Vec<u8>, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut line = Line::connect(url.address()?, workload).await?;
        let asked = line.ask(&workload.request(url.host())).await;
        asked.map_err(|why| LoadError::new(format!("{}: {why}", workload.name)))?;
        Ok(line.judge.body().to_vec())
    })
}

/// Sends so many requests, one after the other. After a failure it goes on with a new connection, if there is one to be had.
async fn send(
    mut line: Line,
    request: Arc<[u8]>,
    count: u64,
    tally: Arc<Mutex<Tally>>,
    progress: Progress,
) {
    let locked = || tally.lock().unwrap_or_else(PoisonError::into_inner);
    for sent in 0..count {
        let at = Instant::now();
        match line.ask(&request).await {
            Ok(()) => locked().answered(at.elapsed()),
            Err(why) => {
                locked().failed(why);
                match Line::connect(line.address, line.judge.workload()).await {
                    Ok(new) => line = new,
                    Err(why) => return locked().failed_times(why, count - sent - 1),
                }
            }
        }
        progress.add(1);
    }
}

/// A connection.
pub(super) struct Line {
    address: SocketAddr,
    stream: TcpStream,
    room: Vec<u8>,
    judge: Judge,
}

impl Line {
    pub(super) async fn connect(
        address: SocketAddr,
        workload: &'static Workload,
    ) -> Result<Self, LoadError> {
        let stream = TcpStream::connect(address).await.map_err(|error| {
            LoadError::new(format!(
                "nobody answers at {address}: {error}. `cargo run --release -p workloads` serves at 127.0.0.1:8500"
            ))
        })?;
        stream.set_nodelay(true)?;
        // At this machine's own address, the work of a client's TCP is done in its server's calls, and counted as the server's:
        // it is the least that there is, and paces nothing.
        #[cfg(target_os = "linux")]
        rustix::net::sockopt::set_tcp_congestion(&stream, "reno").map_err(io::Error::from)?;
        Ok(Self { address, stream, room: vec![0; ROOM], judge: Judge::new(workload) })
    }

    /// Sends the request and waits for all of the answer; or says what was wrong with it.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<(), String> {
        let of_io = |error: io::Error| error.kind().to_string();
        self.stream.write_all(request).await.map_err(of_io)?;
        let mut filled = 0;
        loop {
            if filled == self.room.len() {
                if filled >= MOST {
                    return Err("an answer that does not end".to_owned());
                }
                self.room.resize(filled * 2, 0);
            }
            let free = self.room.get_mut(filled..).unwrap_or_default();
            match self.stream.read(free).await.map_err(of_io)? {
                0 => return Err("the connection was closed".to_owned()),
                more => filled += more,
            }
            match self.judge.look(self.room.get(..filled).unwrap_or_default()) {
                Look::More => {}
                Look::Right => return Ok(()),
                Look::Wrong(why) => return Err(why),
            }
        }
    }

    /// The connection alone.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }
}
