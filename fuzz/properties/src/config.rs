//! Configuration: `smpp.yaml` and the environment.

use std::borrow::Cow;

use wirepath_runtime::config::{Env, expand};
use wirepath_smpp::config::SmppConfig;

/// The target: a document, then variables as `NAME=value`, NULs between them.
pub fn any_file(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\0');
    let document = parts.next().unwrap_or_default();
    let env: Env = parts.filter_map(|variable| variable.split_once('=')).collect();
    expands(document, &env);
    loads(document, &env);
}

/// # Panics
///
/// If a text without variables changes, or an escaped one does not come out as it was.
pub fn expands(text: &str, env: &Env) {
    let escaped = text.replace('$', "$$");
    assert_eq!(expand(&escaped, env).as_deref(), Ok(text), "escaped, it stands for itself");
    match expand(text, env) {
        Ok(expanded) => {
            assert!(expanded.len() <= 1 << 20);
            if !text.contains('$') {
                assert!(matches!(expanded, Cow::Borrowed(same) if same == text));
            }
        }
        Err(error) => {
            assert!(text.contains("${"), "only a variable can fail: {error}");
            assert!(!error.to_string().is_empty());
        }
    }
}

/// # Panics
///
/// If the same file loads differently twice, or an error points at nothing.
pub fn loads(document: &str, env: &Env) {
    let config = SmppConfig::from_str(document, "smpp.yaml", env);
    match &config {
        Ok(config) => {
            for bind in &config.binds {
                assert!(config.binds_named(&bind.name).any(|found| found.name == bind.name));
            }
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(!error.problems().is_empty(), "an error without a problem: {error:?}");
            // A file that ends in a line break has one line more than `lines` counts.
            let lines = document.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() + 1;
            for problem in error.problems() {
                assert!(problem.line().is_none_or(|line| line <= lines), "{problem:?}");
            }
        }
    }
    let again = SmppConfig::from_str(document, "smpp.yaml", env);
    assert_eq!(format!("{config:?}"), format!("{again:?}"));
}
