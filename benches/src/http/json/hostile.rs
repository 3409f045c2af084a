//! What the engines make of JSON that is unusual, or none. Each in a process of its own: it may take the process with it.

use std::process::Command;

use super::engine::{ENGINES, Engine};
use crate::{child, error::LoadError};

/// The stack of a thread that serves: tokio's default.
const STACK: usize = 2 << 20;

/// What is parsed, and what it is called.
fn cases() -> [(&'static str, Vec<u8>); 12] {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    [
        ("a name twice", br#"{"a":1,"a":2}"#.to_vec()),
        ("the order of names", br#"{"b":1,"a":2}"#.to_vec()),
        ("2⁶⁴", b"18446744073709551616".to_vec()),
        ("1e400", b"1e400".to_vec()),
        ("-0", b"-0".to_vec()),
        ("half a surrogate pair", br#""\ud800""#.to_vec()),
        ("a text that is not UTF-8", b"\"\xFF\"".to_vec()),
        ("a control character in a text", b"\"\x01\"".to_vec()),
        ("text behind the value", b"1 2".to_vec()),
        ("100 arrays in each other", nested(100)),
        ("1,000 arrays in each other", nested(1_000)),
        ("100,000 arrays in each other", nested(100_000)),
    ]
}

/// The table.
pub(super) fn table() -> Result<String, LoadError> {
    let own: Vec<(usize, &Engine)> =
        ENGINES.iter().enumerate().filter(|(_, engine)| engine.is_drawn).collect();
    let names: Vec<&str> = own.iter().map(|(_, engine)| engine.name).collect();
    let mut text = format!(
        "\nWhat becomes of what is unusual, read into a value of any shape and written again on a thread with 2 MiB of stack:\n\n\
         | sent | {} |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for (number, (name, _)) in cases().iter().enumerate() {
        let mut cells = Vec::new();
        for (engine, _) in &own {
            cells.push(outcome(*engine, number)?);
        }
        text += &format!("| {name} | {} |\n", cells.join(" | "));
    }
    Ok(text)
}

/// What a process of its own says.
fn outcome(engine: usize, case: usize) -> Result<String, LoadError> {
    let (engine, case) = (engine.to_string(), case.to_string());
    let output =
        Command::new(child::program()?).args(["http", "json-probe", &engine, &case]).output()?;
    Ok(match output.status.success() {
        true => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        false => "the process ends: stack overflow".to_owned(),
    })
}

/// The process: one case with one engine, by their numbers.
pub(crate) fn probe(engine: usize, case: usize) -> Result<(), LoadError> {
    let gone = || LoadError::new("there is no such engine, or no such case");
    let engine = ENGINES.get(engine).ok_or_else(gone)?;
    let (_, text) = cases().into_iter().nth(case).ok_or_else(gone)?;
    let echo = engine.dynamic;
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || echo(&text))?;
    let answer = thread.join().map_err(|_| LoadError::new("it panicked"))?;
    println!(
        "{}",
        match answer {
            None => "refused".to_owned(),
            Some(answer) if answer.len() > 40 => "taken".to_owned(),
            Some(answer) => format!("`{}`", String::from_utf8_lossy(&answer)),
        }
    );
    Ok(())
}
