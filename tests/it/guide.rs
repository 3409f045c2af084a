//! What the doctests of the guide do not see: its YAML, and whether every chapter is in the book and among the doctests.

use std::{collections::BTreeSet, fs, path::Path};

use wirepath::{config::Env, smpp::config::SmppConfig};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The files of the chapters.
fn chapters() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src");
    let files = fs::read_dir(folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".md") && name != "SUMMARY.md").collect()
}

#[test]
fn every_chapter_is_in_the_book_and_its_code_is_tested() {
    let (summary, doctests) = (read("docs/src/SUMMARY.md"), read("src/guide.rs"));
    for chapter in chapters() {
        assert!(summary.contains(&format!("]({chapter})")), "SUMMARY.md leaves {chapter} out");
        assert!(doctests.contains(&format!("\"{chapter}\"")), "src/guide.rs leaves {chapter} out");
    }
}

#[test]
#[cfg_attr(not(feature = "spool"), ignore = "a file with `spool` is an error without the feature")]
fn every_yaml_block_loads() {
    let names = ["SHOP_PASSWORD", "ALPHA_PASSWORD", "ALPHA_OUTBIND_PASSWORD", "USERS_TOKEN"];
    let env = names.map(|name| (name, "s3cret"));
    let env = Env::from_iter(env.into_iter().chain([("SHOP_API_KEY", "sixteen-and-more")]));
    let mut blocks = 0;
    // Clients are configuration where there are clients.
    let is_read = |chapter: &String| cfg!(feature = "client") || chapter != "http-client.md";
    for chapter in chapters().into_iter().filter(is_read) {
        let text = read(&format!("docs/src/{chapter}"));
        for block in text.split("```yaml\n").skip(1) {
            let yaml = block.split("```").next().unwrap();
            match chapter.starts_with("http") {
                true => http_yaml_loads(yaml, &chapter, &env),
                false => {
                    let loaded = SmppConfig::from_str(yaml, &chapter, &env);
                    loaded.unwrap_or_else(|e| panic!("{chapter}: {e}"));
                }
            }
            blocks += 1;
        }
    }
    assert!(blocks > 0);
}

#[cfg(feature = "http")]
fn http_yaml_loads(yaml: &str, chapter: &str, env: &Env) {
    let loaded = wirepath::http::config::HttpConfig::from_str(yaml, chapter, env);
    loaded.unwrap_or_else(|e| panic!("{chapter}: {e}"));
}

#[cfg(not(feature = "http"))]
fn http_yaml_loads(_: &str, _: &str, _: &Env) {}

/// The fields of the structs in a file of the configuration: its keys.
fn keys(source: &str) -> impl Iterator<Item = &str> {
    let fields = source.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "));
    fields.map(|(field, _)| field).filter(|field| !field.contains(' '))
}

/// Whether a table has a key, alone or at the end of a path.
fn has_key(tables: &str, key: &str) -> bool {
    [format!("`{key}`"), format!(".{key}`")].iter().any(|key| tables.contains(key))
}

#[test]
fn every_key_around_http_routes_is_in_the_tables() {
    let tables = read("docs/src/http-around.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("http/src/config/around");
    for file in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(file.unwrap().path()).unwrap();
        for key in keys(&source) {
            assert!(has_key(&tables, key), "http-around.md leaves out `{key}`");
        }
    }
}

#[test]
fn every_key_of_an_http_listener_is_in_the_table() {
    let table = read("docs/src/http.md");
    for file in ["mod", "server"] {
        let source = read(&format!("http/src/config/{file}.rs"));
        for key in keys(&source) {
            assert!(has_key(&table, key), "http.md leaves out `{key}`");
        }
    }
}

#[test]
fn every_key_is_in_the_tables() {
    let tables = read("docs/src/configuration.md");
    let smpp = ["server", "esme", "bind", "routing", "reassembly", "text", "spool"];
    let files = smpp.map(|file| format!("smpp/src/config/{file}.rs"));
    for file in files.into_iter().chain(["runtime/src/store/config.rs".to_owned()]) {
        let source = read(&file);
        for key in keys(&source) {
            assert!(has_key(&tables, key), "configuration.md leaves out `{key}` of {file}");
        }
    }
}

#[test]
fn every_figure_of_the_readme_is_one_that_was_measured() {
    let (readme, measured) = (read("README.md"), read("docs/BENCHMARKS.md"));
    let rows: Vec<&str> = readme.lines().filter(|line| line.contains('–')).collect();
    assert!(!rows.is_empty());
    for row in rows {
        // `10.3 (9.9–10.7)`: a median and its range.
        for cell in row.split('|').map(str::trim).filter(|cell| cell.contains('–')) {
            assert!(measured.contains(cell), "`{cell}` is not in docs/BENCHMARKS.md");
        }
    }
}
