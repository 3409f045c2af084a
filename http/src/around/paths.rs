//! Lists of paths: `/health`, or `/docs/*` for all that begin so.

use crate::protocol::percent;

#[derive(Debug, Default)]
pub(super) struct Paths(Vec<Pattern>);

#[derive(Debug)]
enum Pattern {
    Is(String),
    /// With its slash at the end.
    Begins(String),
}

impl Paths {
    /// `key` is where the list stands, for what is reported.
    pub(super) fn new(texts: &[String], key: &str, report: &mut dyn FnMut(&str, String)) -> Self {
        let mut patterns = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let (start, is_prefix) = match text.strip_suffix("/*") {
                Some(start) => (format!("{start}/"), true),
                None => (text.clone(), false),
            };
            if !start.starts_with('/') || start.contains(['*', '?', '#', '{']) {
                let why = "expected a path such as `/health`, or `/docs/*` for all that begin with `/docs/`";
                report(&format!("{key}[{i}]"), why.to_owned());
            }
            patterns.push(if is_prefix { Pattern::Begins(start) } else { Pattern::Is(start) });
        }
        Self(patterns)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a path is surely among them, whoever reads it: for what is let in.
    pub(super) fn have_surely(&self, path: &str) -> bool {
        // Whatever a file system, a proxy behind us or a middleware might make another path of.
        let is_plain = !path.contains(['%', '\\', ';'])
            && !path.split('/').any(|segment| matches!(segment, "." | ".."));
        self.0.iter().any(|pattern| match pattern {
            Pattern::Is(own) => path == own,
            Pattern::Begins(start) => is_plain && path.starts_with(start),
        })
    }

    /// Whether it might be among them for anybody: decoded, with or without a `/` at its end, or more of them than one
    /// between two segments. For what is kept out.
    pub(super) fn have_maybe(&self, path: &str) -> bool {
        let path = percent::octets(path);
        self.0.iter().any(|pattern| {
            let (own, is_prefix) = match pattern {
                Pattern::Is(own) => (own, false),
                Pattern::Begins(start) => (start, true),
            };
            let own = percent::octets(own);
            let mut rest = segments(&path);
            segments(&own).all(|segment| rest.next() == Some(segment))
                && (is_prefix || rest.next().is_none())
        })
    }
}

/// The segments that say something.
fn segments(decoded: &[u8]) -> impl Iterator<Item = &[u8]> {
    percent::segments(decoded).filter(|segment| !matches!(*segment, b"" | b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(texts: &[&str]) -> (Paths, usize) {
        let mut wrong = 0;
        let texts: Vec<_> = texts.iter().map(|&text| text.to_owned()).collect();
        (Paths::new(&texts, "open", &mut |_, _| wrong += 1), wrong)
    }

    #[test]
    fn what_is_let_in_is_read_narrowly_and_what_is_kept_out_widely() {
        let (paths, wrong) = paths(&["/health", "/docs/*"]);
        assert_eq!(wrong, 0);
        for (path, surely, maybe) in [
            ("/health", true, true),
            ("/health/", false, true),
            ("//health", false, true),
            ("/./health/.", false, true),
            ("/%2fhealth%2F", false, true),
            ("/health;x", false, true),
            ("/health/x", false, false),
            ("/docs/a", true, true),
            ("/docs", false, true),
            ("//docs/a", false, true),
            ("/docs//a", true, true),
            ("/docs\\a", false, true),
            ("/docs/.", false, true),
            ("/docs/..;/admin", false, true),
            ("/docs/a;b", false, true),
            ("/docs/..%2fadmin", false, true),
            ("/docs/%5c..%5Cadmin", false, true),
            ("/%64ocs/%ff", false, true),
            ("/docsx", false, false),
            ("/docs/../admin", false, true),
            ("/docs/%2e%2e/admin", false, true),
            ("/docs/..\\admin", false, true),
            ("/%64ocs/a", false, true),
            ("/other", false, false),
        ] {
            assert_eq!(
                (paths.have_surely(path), paths.have_maybe(path)),
                (surely, maybe),
                "{path}"
            );
        }
    }

    #[test]
    fn the_whole_tree_and_encoded_patterns() {
        let (all, _) = paths(&["/*"]);
        assert!(["/", "//", "/x", "/%ff"].iter().all(|path| all.have_maybe(path)));
        let (some, _) = paths(&["/caf%C3%A9/*", "/"]);
        for (path, maybe) in [("/caf%c3%a9/x", true), ("/café", true), ("//", true), ("/x", false)]
        {
            assert_eq!(some.have_maybe(path), maybe, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_reported() {
        assert_eq!(paths(&["health", "", "/a*", "/a/*/b", "*", "/a?b", "/{id}"]).1, 7);
        assert_eq!(paths(&["/*", "/"]).1, 0);
    }
}
