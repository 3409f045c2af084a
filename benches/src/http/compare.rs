//! `http compare`: CPU per request and requests per second, interleaved.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
};

use super::{drive::drive, side::Side, workload::WORKLOADS};
use crate::{cli::HttpCompareArgs, error::LoadError};

/// What is measured on one side in one round.
#[derive(Debug, Clone, Copy)]
struct Figures {
    /// CPU time of the server, in nanoseconds a request.
    cpu: f64,
    per_second: f64,
}

/// Runs it and prints a table: for each workload the medians, and the ratios to plain axum and bare hyper with their ranges.
pub(crate) fn compare(args: &HttpCompareArgs) -> Result<(), LoadError> {
    let HttpCompareArgs { sides, rounds, count, connections } = args;
    let connections = *connections as u64;
    // Each connection sends as many.
    let count = (count / connections).max(1) * connections;
    println!(
        "| workload | server | CPU/request, µs | requests/s | CPU against axum | CPU against hyper |"
    );
    println!("|---|---|---|---|---|---|");
    for workload in WORKLOADS {
        let mut servers = Vec::new();
        for side in sides {
            let mut server = Server::start(*side)?;
            // Warm: allocators, caches, the branch predictor.
            drive(server.address, workload, connections, count / 4)?;
            server.cpu_ns()?;
            servers.push(server);
        }
        let mut figures = vec![Vec::new(); servers.len()];
        for _ in 0..*rounds {
            for (server, figures) in servers.iter_mut().zip(&mut figures) {
                let before = server.cpu_ns()?;
                let per_second = drive(server.address, workload, connections, count)?;
                let cpu = (server.cpu_ns()? - before) / count as f64;
                figures.push(Figures { cpu, per_second });
            }
        }
        let of = |side| sides.iter().position(|it| *it == side).and_then(|at| figures.get(at));
        for (side, own) in sides.iter().zip(&figures) {
            println!(
                "| {} | {} | {:.2} | {:.0} | {} | {} |",
                workload.name,
                side.name(),
                median(own.iter().map(|it| it.cpu / 1_000.0)),
                median(own.iter().map(|it| it.per_second)),
                ratio(own, of(Side::Axum)),
                ratio(own, of(Side::Hyper)),
            );
        }
    }
    Ok(())
}

/// Round by round: the median of the ratios, and their range.
fn ratio(own: &[Figures], other: Option<&Vec<Figures>>) -> String {
    let Some(other) = other else { return "–".to_owned() };
    let ratios = || own.iter().zip(other).map(|(own, other)| own.cpu / other.cpu);
    let (least, most) =
        ratios().fold((f64::INFINITY, 0.0_f64), |(least, most), it| (least.min(it), most.max(it)));
    format!("{:.2} ({least:.2}–{most:.2})", median(ratios()))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A side in a process of its own. It goes when this is dropped.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    fn start(side: Side) -> Result<Self, LoadError> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["http", "serve", side.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let gone = || LoadError::new("the server process has no pipes");
        let mut stdout = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        let address = line(&mut stdout)?;
        let address = address.parse().map_err(|_| {
            LoadError::new(format!("the server printed {address:?} as its address"))
        })?;
        Ok(Self { child, stdout, address })
    }

    fn cpu_ns(&mut self) -> Result<f64, LoadError> {
        if let Some(stdin) = &mut self.child.stdin {
            stdin.write_all(b"\n")?;
        }
        line(&mut self.stdout)?.parse().map_err(|_| LoadError::new("the server printed no number"))
    }
}

fn line(stdout: &mut impl BufRead) -> Result<String, LoadError> {
    let mut text = String::new();
    stdout.read_line(&mut text)?;
    Ok(text.trim().to_owned())
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have gone already; then neither does anything.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
