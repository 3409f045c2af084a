//! `http footprint`: crates, build time and size of a hello world, beside plain axum's.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use crate::{cli::RoundsArgs, document, error::LoadError, report::grouped, spread::Spread};

/// One hello world.
struct Hello {
    name: &'static str,
    dependency: String,
    main: &'static str,
}

/// How this checkout builds what it releases.
const PROFILE: &str = "[profile.release]\nlto = \"thin\"\ncodegen-units = 1\n";

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }";

const OURS: &str = r#"use wirepath::{App, http::{get, routes}};

#[get("/")]
async fn hello() -> &'static str {
    "hello"
}

#[tokio::main]
async fn main() -> Result<(), wirepath::Error> {
    App::new().http(routes![hello]).run().await
}
"#;

const AXUMS: &str = r#"use axum::{Router, routing::get};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/", get(async || "hello"));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
    axum::serve(listener, app).await
}
"#;

/// What one build came to.
struct Built {
    crates: usize,
    seconds: f64,
    octets: u64,
    stripped: u64,
}

/// The subcommand.
pub(super) fn footprint(args: &RoundsArgs) -> Result<bool, LoadError> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let ours = format!(
        "wirepath = {{ path = {:?}, default-features = false, features = [\"http\"] }}",
        checkout
    );
    let hellos = [
        Hello { name: "wirepath", dependency: ours, main: OURS },
        Hello { name: "axum", dependency: "axum = \"0.8\"".to_owned(), main: AXUMS },
    ];
    let mut built = [Vec::new(), Vec::new()];
    for round in 0..args.rounds {
        for (hello, built) in hellos.iter().zip(&mut built) {
            eprintln!("footprint: {}, build {} of {}", hello.name, round + 1, args.rounds);
            built.push(build(hello, &checkout)?);
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "## A hello world over HTTP\n\n{}Built from nothing, offline, in release with thin LTO and one codegen unit, by turns, on \
         {cores} cores; versions are those of this checkout's lock file. wirepath's is `features = [\"http\"]`, with TLS, \
         configuration and graceful shutdown in it; axum's is `axum::serve` with its default features. Crates are the lines of \
         `cargo tree --edges normal,build`, each once.\n\n\
         | hello world | crates | build s | binary, octets | stripped, octets |\n|---|---:|---:|---:|---:|\n",
        document::command_line(),
    );
    for (hello, built) in hellos.iter().zip(&built) {
        let Some(last) = built.last() else { continue };
        text += &format!(
            "| {} | {} | {:.1} | {} | {} |\n",
            hello.name,
            last.crates,
            Spread::of(built.iter().map(|built| built.seconds)),
            grouped(last.octets as f64),
            grouped(last.stripped as f64),
        );
    }
    document::put(&args.out, "http-footprint", &text)?;
    Ok(true)
}

fn build(hello: &Hello, checkout: &Path) -> Result<Built, LoadError> {
    let place = tempfile::tempdir()?;
    let folder = place.path();
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("src/main.rs"), hello.main)?;
    // Cargo drops what is not needed of it.
    fs::copy(checkout.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}\n{TOKIO}\n\n{PROFILE}",
        hello.dependency
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let tree = cargo(folder, ["tree", "--offline", "--prefix", "none", "--edges", "normal,build"])?;
    let crates: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|it| !it.is_empty())
        .collect();
    let began = Instant::now();
    cargo(folder, ["build", "--offline", "--quiet", "--release"])?;
    let seconds = began.elapsed().as_secs_f64();
    let program = folder.join("target/release/hello");
    let stripped = strip(&program)?;
    let size = |path: &Path| fs::metadata(path).map(|it| it.len());
    Ok(Built { crates: crates.len(), seconds, octets: size(&program)?, stripped: size(&stripped)? })
}

/// Runs cargo there, in a folder for what it builds that is new; gives what it prints.
fn cargo<const N: usize>(folder: &Path, arguments: [&str; N]) -> Result<String, LoadError> {
    let own = std::env::var_os("CARGO");
    let output = Command::new(own.as_deref().unwrap_or(OsStr::new("cargo")))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // What this program was itself built with is not for others.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_INCREMENTAL")
        .stderr(Stdio::inherit())
        .output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(LoadError::new(format!(
            "cargo {} failed: what it needs has to be in cargo's cache, as after a build of this checkout",
            arguments.join(" ")
        ))),
    }
}

/// A copy without symbols.
fn strip(program: &Path) -> Result<PathBuf, LoadError> {
    let stripped = program.with_extension("stripped");
    let status = Command::new("strip").arg("-o").arg(&stripped).arg(program).status();
    match status {
        Ok(status) if status.success() => Ok(stripped),
        _ => Err(LoadError::new("`strip` is needed: it is in the package binutils")),
    }
}
