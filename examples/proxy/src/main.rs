//! A reverse proxy: what comes is passed on to the client `upstream` of its configuration, and the answer back.
//!
//! ```sh
//! UPSTREAM=http://127.0.0.1:9000 cargo run -p proxy -- --config examples/proxy/proxy.yaml
//! ```
//!
//! Bodies are streamed both ways, so that what it holds of one is a few buffers, however long it is. Headers that belong to a
//! connection (RFC 9110 §7.6.1) are dropped. 502 is answered where the upstream cannot be reached or breaks off, 504 where it takes
//! too long, and requests without a body that are safe to repeat are repeated.

mod headers;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use wirepath::{
    App,
    http::{
        Http, Peer, Refusal, Request, Response, StatusCode, client::ClientError, route, routes,
    },
};

/// Passes requests on to an upstream.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// The configuration: listeners, and the client `upstream`.
    #[arg(long, value_name = "FILE", default_value = "proxy.yaml")]
    config: PathBuf,
}

#[route("/", methods = [GET, POST, PUT, PATCH, DELETE, OPTIONS])]
async fn root(http: Http, peer: Option<Peer>, request: Request) -> Result<Response, Refusal> {
    pass_on(&http, peer, request).await
}

#[route("/{*path}", methods = [GET, POST, PUT, PATCH, DELETE, OPTIONS])]
async fn all(
    _path: String,
    http: Http,
    peer: Option<Peer>,
    request: Request,
) -> Result<Response, Refusal> {
    pass_on(&http, peer, request).await
}

async fn pass_on(http: &Http, peer: Option<Peer>, request: Request) -> Result<Response, Refusal> {
    let (mut head, body) = request.into_parts();
    headers::for_upstream(&mut head.headers, peer.map(|Peer(peer)| peer.ip()));
    // As it came: decoded and encoded again it might be another one.
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let request = http.client("upstream").request(head.method, target);
    let answer = request.headers(head.headers).body(body).send().await.map_err(refused)?;
    let mut response = answer.into_response();
    headers::of_one_connection(response.headers_mut());
    Ok(response)
}

/// 502, 504, 413 or 400, as the error has it. A path that leads elsewhere came from outside, so it is 400.
fn refused(error: ClientError) -> Refusal {
    match error {
        ClientError::Path { source, .. } => {
            Refusal::new(StatusCode::BAD_REQUEST, source.to_string())
        }
        error => error.into(),
    }
}

async fn run(args: Args) -> Result<(), wirepath::Error> {
    App::from_file(args.config)?.http(routes![root, all]).run().await
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
