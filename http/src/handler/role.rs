//! What an annotated function is for.

use std::time::Duration;

use super::{Methods, RouteLimits};

/// What an annotated function is for. Compared at compile time.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    pub(crate) kind: Kind,
    pub(crate) path: &'static str,
    pub(crate) methods: Methods,
    pub(crate) order: i32,
    pub(crate) limits: RouteLimits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Route,
    Middleware,
    Startup,
    Shutdown,
    Unknown,
}

impl Role {
    /// What the macros write where the attribute does not say what it is for.
    pub const UNKNOWN: Self = Self::of(Kind::Unknown);
    /// Runs before the first listener accepts.
    pub const STARTUP: Self = Self::of(Kind::Startup);
    /// Runs once all is drained.
    pub const SHUTDOWN: Self = Self::of(Kind::Shutdown);

    /// Answers requests.
    #[must_use]
    pub const fn route(path: &'static str, methods: Methods) -> Self {
        Self { path, methods, ..Self::of(Kind::Route) }
    }

    /// The same with a time of its own.
    #[must_use]
    pub const fn timeout_ms(mut self, timeout: u64) -> Self {
        self.limits.timeout = Some(Duration::from_millis(timeout));
        self
    }

    /// The same with a limit of its own for the body.
    #[must_use]
    pub const fn max_body_bytes(mut self, octets: usize) -> Self {
        self.limits.max_body_bytes = Some(octets);
        self
    }

    /// Stands in front of all routes: the lower the order, the further out.
    #[must_use]
    pub const fn middleware(order: i32) -> Self {
        Self { order, ..Self::of(Kind::Middleware) }
    }

    const fn of(kind: Kind) -> Self {
        Self { kind, path: "", methods: Methods::NONE, order: 0, limits: RouteLimits::NONE }
    }

    /// Whether both can stand in one list: false for two routes that would answer one request.
    ///
    /// Paths are alike if their segments are, whatever their parameters are called.
    #[must_use]
    pub const fn distinct(&self, other: &Self) -> bool {
        !(matches!(self.kind, Kind::Route)
            && matches!(other.kind, Kind::Route)
            && self.methods.meets(other.methods)
            && alike(self.path.as_bytes(), other.path.as_bytes()))
    }
}

/// Compares two templates, which the macros have checked, without the names in them.
const fn alike(a: &[u8], b: &[u8]) -> bool {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] != b[j] {
            return false;
        }
        if a[i] == b'{' {
            if starts_rest(a, i) != starts_rest(b, j) {
                return false;
            }
            i = behind_name(a, i);
            j = behind_name(b, j);
        } else {
            i += 1;
            j += 1;
        }
    }
    i == a.len() && j == b.len()
}

const fn starts_rest(text: &[u8], brace: usize) -> bool {
    brace + 1 < text.len() && text[brace + 1] == b'*'
}

const fn behind_name(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at] != b'}' {
        at += 1;
    }
    if at < text.len() { at + 1 } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &'static str) -> Role {
        Role::route(path, Methods::GET)
    }

    #[test]
    fn names_of_parameters_do_not_tell_paths_apart() {
        for (a, b, distinct) in [
            ("/", "/", false),
            ("/a/{x}", "/a/{other}", false),
            ("/a/{x}", "/a/{*x}", true),
            ("/a/{x}/b", "/a/{y}/c", true),
            ("/a/{x}", "/a/{x}/", true),
            ("/a", "/ab", true),
        ] {
            assert_eq!(get(a).distinct(&get(b)), distinct, "{a} {b}");
            assert_eq!(get(b).distinct(&get(a)), distinct, "{b} {a}");
        }
    }

    #[test]
    fn methods_tell_them_apart() {
        assert!(get("/a").distinct(&Role::route("/a", Methods::POST)));
        assert!(!get("/a").distinct(&Role::route("/a", Methods::POST.and(Methods::GET))));
        assert!(Role::STARTUP.distinct(&Role::STARTUP));
        assert!(Role::UNKNOWN.distinct(&Role::UNKNOWN));
    }
}
