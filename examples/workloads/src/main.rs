//! The routes that HTTP servers are measured with, on port 8500.
//!
//! ```sh
//! cargo run --release -p workloads
//! cargo run --release -p wirepath-benches -- http drive http://127.0.0.1:8500
//! ```

use clap::Parser;
use wirepath::{
    App, Error,
    http::config::{HttpConfig, Listen},
};

/// Serves eighteen routes that do their work, and /health.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8500")]
    listen: Listen,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = HttpConfig::on(Args::parse().listen);
    let app = App::new().http_config(config).http(workloads::routes()).bind().await?;
    for address in app.local_addrs() {
        println!("workloads on http://{address}; Ctrl-C ends it");
    }
    app.run().await
}
