//! `http leak-check`: goes round and round, and looks whether live bytes grow, and whether what should allocate nothing does.

use std::{hint::black_box, sync::Arc, time::Duration};

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wirepath_http::{
    config::Threads,
    protocol::{Table, Template, pairs, percent},
};
use wirepath_runtime::shutdown::Shutdown;
use workloads::{Workload, workload::WORKLOADS};

use super::{
    drive::{Line, Plan, drive_here},
    side::bind_wirepath,
    url::Url,
};
use crate::{
    cli::HttpLeakArgs,
    document,
    error::LoadError,
    leak::{self, allocation_free, cycles},
    progress::Progress,
};

/// What is answered, and not with 200: no such path, another method, a parameter, a body, and what is no HTTP.
const REFUSED: [(&str, &str); 5] = [
    ("GET /none HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 404 "),
    ("DELETE /health HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 405 "),
    ("GET /path/int/x HTTP/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1 422 "),
    (
        "POST /json/small HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n{",
        "HTTP/1.1 400 ",
    ),
    ("nonsense\r\n\r\n", "HTTP/1.1 400 "),
];

/// The subcommand. Says whether live bytes were the same after every cycle.
pub(super) fn leak_check(args: &HttpLeakArgs) -> Result<bool, LoadError> {
    if let Some(is_good) = leak::elsewhere()? {
        return Ok(is_good);
    }
    let table = table()?;
    let mut rows = vec![
        allocation_free("match a path and read two numbers of it", || order(&table).is_some()),
        allocation_free("read a query of four", || {
            pairs::query::<Plain>(black_box("a=12345&b=-7&c=0.5&d=false")).is_ok()
        }),
        allocation_free("percent-decode what is plain", || {
            percent::path(black_box("550e8400-e29b-41d4-a716-446655440000")).is_ok()
        }),
    ];
    rows.push(cycles("paths, queries and texts", args.cycles, || parse(&table, args.iterations))?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shutdown = Shutdown::new();
    // In this runtime, so that at the end of a cycle nothing is under way on another thread.
    let url = runtime.block_on(async {
        let server = bind_wirepath(Threads::Shared).await?;
        let address = server.local_addrs().first().copied();
        drop(tokio::spawn(server.run(shutdown.signal())));
        address.map(Url::from).ok_or_else(|| LoadError::new("the server did not start"))
    })?;
    rows.push(cycles("requests of every workload", args.cycles, || {
        runtime.block_on(requests(&url, args.requests))
    })?);
    rows.push(cycles("requests that are refused", args.cycles, || {
        runtime.block_on(refused(&url, args.requests))
    })?);
    rows.push(cycles("connections opened and closed", args.cycles, || {
        runtime.block_on(churn(&url, args.churn))
    })?);
    shutdown.trigger();
    let text = format!(
        "## HTTP: memory that stays, and memory that is asked for\n\n{}With an allocator that counts. {} cycles after two to warm \
         up: {} paths, queries and texts in each, {} requests of each of {} workloads and of each of {} kinds that are refused, \
         {} connections opened and closed.\n\n",
        document::command_line(),
        args.cycles,
        args.iterations,
        args.requests,
        WORKLOADS.len(),
        REFUSED.len(),
        args.churn,
    );
    leak::put(&args.out, "http-leak-check", text, &rows)
}

#[derive(Deserialize)]
struct Order {
    id: u64,
    order: u64,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what counts is that it is read")]
struct Plain {
    a: u64,
    b: i32,
    c: f64,
    d: bool,
}

fn table() -> Result<Table, LoadError> {
    let mut table = Table::new();
    for path in ["/users/{id}", "/users/{id}/orders/{order}", "/files/{*path}"] {
        let template = Template::parse(path).map_err(|error| LoadError::new(error.to_string()))?;
        table.insert(template).map_err(|error| LoadError::new(error.to_string()))?;
    }
    Ok(table)
}

fn order(table: &Table) -> Option<u64> {
    let path = black_box("/users/12345/orders/67890");
    let found = table.at(path)?;
    let order: Order = table.params(&found, path).deserialize().ok()?;
    Some(order.id ^ order.order)
}

fn parse(table: &Table, iterations: u64) -> Result<(), LoadError> {
    for _ in 0..iterations {
        let failed = || LoadError::new("what is well-formed was refused");
        black_box(order(table).ok_or_else(failed)?);
        let query = black_box("q=caf%C3%A9+noir&tag=a&tag=b&page=1");
        black_box(pairs::query::<workloads::model::Many>(query).map_err(|_| failed())?);
        black_box(percent::path(black_box("caf%C3%A9")).map_err(|_| failed())?);
    }
    Ok(())
}

async fn requests(url: &Url, count: u64) -> Result<(), LoadError> {
    for workload in WORKLOADS.iter() {
        let plan = Plan { connections: 2, count, ..Plan::new(url, workload) };
        let report = drive_here(&plan, &Progress::default()).await?;
        if !report.is_clean() {
            return Err(LoadError::new(report.complaints()));
        }
    }
    settled().await
}

async fn refused(url: &Url, count: u64) -> Result<(), LoadError> {
    for _ in 0..count {
        for (request, status) in REFUSED {
            let mut stream = TcpStream::connect(url.address()?).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = [0; 4_096];
            let read = stream.read(&mut answer).await?;
            if !answer.get(..read).is_some_and(|answer| answer.starts_with(status.as_bytes())) {
                return Err(LoadError::new(format!("expected {status}for {request:?}")));
            }
        }
    }
    settled().await
}

async fn churn(url: &Url, connections: u64) -> Result<(), LoadError> {
    let workload =
        Workload::find("path simple").ok_or_else(|| LoadError::new("there is no such workload"))?;
    let request: Arc<[u8]> = workload.request(url.host()).into();
    for _ in 0..connections {
        let mut line = Line::connect(url.address()?, workload).await?;
        line.ask(&request).await.map_err(LoadError::new)?;
    }
    settled().await
}

/// The server's tasks end a moment after their peers.
async fn settled() -> Result<(), LoadError> {
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(())
}
