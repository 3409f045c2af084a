//! `docs/PARITY.md` names tests as proof; each of them has to be there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The packages whose tests the table may name, and where their sources are.
const PACKAGES: [(&str, &[&str]); 8] = [
    ("wirepath", &["src", "tests"]),
    ("wirepath-macros", &["handler-macros"]),
    ("wirepath-runtime", &["runtime"]),
    ("wirepath-smpp", &["smpp"]),
    ("wirepath-http", &["http"]),
    ("registry", &["examples/registry"]),
    ("smsc", &["examples/smsc"]),
    ("gateway", &["examples/gateway"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files under a folder.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// What the document has between backticks in the form `package: module::test`.
fn named(document: &str) -> BTreeSet<(&str, &str)> {
    let spans = document.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_path = |path: &str| {
        path.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':')
    };
    spans
        .filter_map(|span| span.split_once(": "))
        .filter(|(_, path)| path.contains("::") && is_path(path))
        .collect()
}

/// Whether a file is the module, by the end of its path.
fn is_module(file: &Path, module: &str) -> bool {
    let stem = file.with_extension("");
    let stem = if stem.ends_with("mod") { stem.parent().unwrap_or(&stem) } else { &stem };
    stem.ends_with(module.replace("::", "/"))
}

/// Whether a source has the function as a test: its attribute above it, and no other item between.
fn has_test(source: &str, name: &str) -> bool {
    source.match_indices(&format!("fn {name}(")).any(|(at, _)| {
        let before = &source[..at];
        let attribute = before.rfind("#[test]").max(before.rfind("#[tokio::test"));
        attribute.is_some_and(|attribute| !before[attribute..].contains("}\n"))
    })
}

#[test]
fn every_test_that_the_table_names_exists() {
    let document = fs::read_to_string(root().join("docs/PARITY.md")).unwrap();
    let named = named(&document);
    assert!(named.len() > 90, "the table names {} tests: is it still read right?", named.len());
    let mut missing = Vec::new();
    for (package, path) in named {
        let (module, name) = path.rsplit_once("::").unwrap_or(("", path));
        let folders = PACKAGES.iter().find(|(known, _)| *known == package);
        let Some((_, folders)) = folders else {
            missing.push(format!("{package}: no such package"));
            continue;
        };
        let mut files = Vec::new();
        for folder in *folders {
            sources(&root().join(folder), &mut files);
        }
        let is_there = files
            .iter()
            .filter(|file| is_module(file, module))
            .any(|file| has_test(&fs::read_to_string(file).unwrap(), name));
        if !is_there {
            missing.push(format!("{package}: {path}"));
        }
    }
    assert!(
        missing.is_empty(),
        "docs/PARITY.md names tests that are not there:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_row_has_a_proof_or_says_that_it_has_none() {
    let document = fs::read_to_string(root().join("docs/PARITY.md")).unwrap();
    for line in document.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [subject, has, proof] = cells[..] else { panic!("not three cells: {line}") };
        let is_open = has.contains("not yet") || proof.contains("no test yet");
        let is_head = subject.trim() == "subject";
        let is_proven = proof.contains("::") || is_run(proof);
        assert!(is_head || is_open || is_proven, "no proof: {line}");
    }
}

/// Whether a proof names a command that the test script runs.
fn is_run(proof: &str) -> bool {
    let script = fs::read_to_string(root().join("scripts/test")).unwrap();
    let command =
        proof.trim().strip_prefix("`scripts/test` runs `").and_then(|rest| rest.split('`').next());
    command.is_some_and(|command| script.contains(command))
}
