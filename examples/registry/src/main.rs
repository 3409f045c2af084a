//! A registry of services, and a service that is in it for as long as it runs.
//!
//! ```sh
//! cargo run -p registry -- serve
//! cargo run -p registry -- join --name chat --config examples/registry/service.yaml
//! curl localhost:8080/services/chat
//! ```
//!
//! - `PUT /services/{name}/{id}` registers, with an address and the seconds for which that holds; again, it is a heartbeat.
//! - `GET /services/{name}` says who is there, without those whose time is over.
//! - `DELETE /services/{name}/{id}` takes one out.
//!
//! A service registers under `#[on_startup]`, where a failure stops its start; beats three times as often as it has to; and
//! leaves under `#[on_shutdown]`, when its last request is answered. One that is killed is forgotten when its time is over.

mod entries;
mod service;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use wirepath::{
    App, State,
    http::{
        Json, Refusal, StatusCode,
        config::{HttpConfig, Listen},
        delete, get, put, routes,
    },
};

use crate::{
    entries::{Entries, Entry, MAX_TEXT},
    service::Service,
};

/// A registry of services, and a service that is in it.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Runs the registry.
    Serve {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
        listen: Listen,
    },
    /// Runs a service that registers there.
    Join {
        /// The service's name.
        #[arg(long)]
        name: String,
        /// The configuration: a listener, and the client `registry`.
        #[arg(long, value_name = "FILE", default_value = "service.yaml")]
        config: PathBuf,
    },
}

/// Octets of a request's body.
const MAX_BODY: usize = 4_096;

/// What the registry listens with.
fn registry_config(listen: Listen) -> HttpConfig {
    let mut config = HttpConfig::on(listen);
    for server in &mut config.servers {
        server.max_body_bytes = MAX_BODY;
    }
    config
}

#[put("/services/{name}/{id}")]
async fn register(
    name: String,
    id: String,
    State(entries): State<Entries>,
    Json(entry): Json<Entry>,
) -> Result<StatusCode, Refusal> {
    if [&name, &id, &entry.address].iter().any(|text| text.len() > MAX_TEXT) {
        let detail = format!("a name, an id and an address have at most {MAX_TEXT} octets each");
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    match entries.put(name, id, entry) {
        Ok(true) => Ok(StatusCode::CREATED),
        Ok(false) => Ok(StatusCode::NO_CONTENT),
        Err(full) => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, full)),
    }
}

#[get("/services/{name}")]
async fn discover(name: String, State(entries): State<Entries>) -> Json<Vec<Entry>> {
    Json(entries.list(&name))
}

#[delete("/services/{name}/{id}")]
async fn deregister(name: String, id: String, State(entries): State<Entries>) -> StatusCode {
    match entries.remove(&name, &id) {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::NOT_FOUND,
    }
}

async fn run(args: Args) -> Result<(), wirepath::Error> {
    match args.what {
        What::Serve { listen } => {
            println!("a registry at http://{listen}/services; Ctrl-C ends it");
            let app = App::new().http_config(registry_config(listen)).state(Entries::default());
            app.http(routes![register, discover, deregister]).run().await
        }
        What::Join { name, config } => {
            let mut app = App::from_file(config)?;
            let service = Service::new(app.clients()?, &name);
            println!("{name} is in the registry until Ctrl-C");
            app.state(service).http(service::routes()).run().await
        }
    }
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
