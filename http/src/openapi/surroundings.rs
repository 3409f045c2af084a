//! What the configuration puts around routes, as far as clients see it.

use serde_json::{Map, Value, json};

use super::security::{Asks, SecurityScheme, Whom};
use crate::config::Around;

/// Names of the configuration's schemes in a document.
const KEY: &str = "apiKey";
const TOKEN: &str = "bearer";

/// What the configuration puts around routes, as far as clients see it. No secret is in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// The header of API keys.
    key: Option<String>,
    tokens: bool,
    open: Vec<String>,
    /// Paths, and the scopes that they ask for.
    rules: Vec<(Vec<String>, Vec<String>)>,
    /// The paths of each rate limit; none for all.
    limits: Vec<Vec<String>>,
}

/// What they add to an operation.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Added {
    /// `security`, if there is any.
    pub(super) security: Vec<Value>,
    /// Problems.
    pub(super) refuses: Vec<u16>,
}

impl Surroundings {
    pub(super) fn of(around: &Around) -> Self {
        let auth = around.auth.as_ref();
        Self {
            key: auth.and_then(|it| it.api_keys.as_ref()).map(|keys| keys.header.clone()),
            tokens: auth.is_some_and(|it| it.jwt.is_some()),
            open: auth.map(|it| it.open.clone()).unwrap_or_default(),
            rules: auth.iter().flat_map(|it| &it.rules).map(rule).collect(),
            limits: around.rate_limits.iter().map(|it| it.paths.clone()).collect(),
        }
    }

    /// The schemes that there are.
    pub(super) fn schemes(&self) -> Vec<(String, SecurityScheme)> {
        let key = self.key.iter();
        let key = key.map(|name| (KEY.to_owned(), SecurityScheme::api_key("header", name)));
        let token = self.tokens.then(|| (TOKEN.to_owned(), SecurityScheme::bearer("JWT")));
        key.chain(token).collect()
    }

    /// What they add to an operation at a path that asks so.
    pub(super) fn add(&self, path: &str, asks: &Asks) -> Added {
        let mut added = Added::default();
        let is_limited = |paths: &Vec<String>| paths.is_empty() || any(paths, path);
        if self.limits.iter().any(is_limited) {
            added.refuses.push(429);
        }
        let open = self.open(path);
        let is_asked = match open {
            _ if self.key.is_none() && !self.tokens => false,
            Open::Always => asks.whom != Whom::Anybody,
            Open::Sometimes | Open::Never => true,
        };
        let is_optional = open != Open::Never && asks.whom < Whom::Caller;
        let scopes = if open == Open::Always { Vec::new() } else { self.scopes(path) };
        if is_asked && open != Open::Always {
            added.refuses.push(401);
        }
        if is_asked && open != Open::Always && self.rules.iter().any(|(it, _)| any(it, path)) {
            added.refuses.push(403);
        }
        let names = [
            self.key.is_some().then_some(KEY).filter(|_| asks.whom != Whom::Token),
            self.tokens.then_some(TOKEN),
        ];
        let ways = names.into_iter().flatten().filter(|_| is_asked);
        let mut ways: Vec<Map<_, _>> =
            ways.map(|name| Map::from_iter([(name.to_owned(), json!(scopes))])).collect();
        if ways.is_empty() && !asks.needed.is_empty() {
            ways.push(Map::new());
        }
        for way in &mut ways {
            way.extend(asks.needed.clone());
        }
        let or_nothing = asks.optional || (is_asked && is_optional && asks.needed.is_empty());
        let nothing = (or_nothing && !ways.is_empty()).then(Map::new);
        added.security = ways.into_iter().chain(nothing).map(Value::Object).collect();
        added
    }

    /// The scopes that a path asks for, whatever its parameters are.
    fn scopes(&self, path: &str) -> Vec<&str> {
        let is_one = |paths: &[String]| paths.iter().any(|it| meets(it, path, false));
        let rules = self.rules.iter().filter(|(paths, _)| is_one(paths));
        let mut scopes: Vec<_> = rules.flat_map(|(_, it)| it).map(String::as_str).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    fn open(&self, path: &str) -> Open {
        match any(&self.open, path) {
            false => Open::Never,
            // A parameter may have something in it that is not open: `%` for one.
            true if path.contains('{') => Open::Sometimes,
            true => Open::Always,
        }
    }
}

/// Whether everybody may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Always,
    Sometimes,
    Never,
}

fn rule(rule: &crate::config::Rule) -> (Vec<String>, Vec<String>) {
    (rule.paths.clone(), rule.scopes.clone())
}

/// Whether one of these paths of the configuration may be one of a template.
fn any(paths: &[String], template: &str) -> bool {
    paths.iter().any(|path| meets(path, template, true))
}

/// Whether a path of the configuration, `/docs/*` being whatever begins so, is one of a template. If not `perhaps`, it has to be
/// whatever the template's parameters are.
fn meets(path: &str, template: &str, perhaps: bool) -> bool {
    let (own, is_prefix) = match path.strip_suffix("/*") {
        Some(start) => (start, true),
        None => (path, false),
    };
    let mut theirs = segments(template);
    for segment in segments(own) {
        match theirs.next() {
            Some(their) if their.starts_with("{*") => return perhaps,
            Some(their) if their == segment || (perhaps && their.contains('{')) => {}
            _ => return false,
        }
    }
    is_prefix || theirs.next().is_none()
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Auth, Jwt, RateKey, RateLimit};

    fn around() -> Surroundings {
        let auth = Auth::new()
            .api_key("shop", "0123456789abcdef", &[])
            .jwt(Jwt::hs256("0123456789abcdef0123456789abcdef"))
            .open(["/health", "/docs/*"])
            .rule(&["/admin/*"], &["admin"]);
        let limit = RateLimit::new(RateKey::Address, 1).paths(["/orders"]);
        Surroundings::of(&Around::new().auth(auth).rate_limit(limit))
    }

    fn asks(whom: Whom) -> Asks {
        Asks { whom, ..Asks::default() }
    }

    #[test]
    fn who_may_ask_is_what_the_configuration_says() {
        let both = json!([{"apiKey": []}, {"bearer": []}]);
        let perhaps = json!([{"apiKey": []}, {"bearer": []}, {}]);
        let scoped = json!([{"apiKey": ["admin"]}, {"bearer": ["admin"]}]);
        for (path, whom, security, refuses) in [
            ("/", Whom::Anybody, both.clone(), &[401][..]),
            ("/orders", Whom::Anybody, both.clone(), &[429, 401]),
            ("/orders", Whom::Token, json!([{"bearer": []}]), &[429, 401]),
            ("/orders/{id}", Whom::Anybody, both.clone(), &[401]),
            ("/admin/{*path}", Whom::Anybody, scoped.clone(), &[401, 403]),
            ("/admin", Whom::Anybody, scoped, &[401, 403]),
            ("/{tenant}/users", Whom::Anybody, perhaps.clone(), &[401, 403]),
            ("/health", Whom::Anybody, json!([]), &[]),
            ("/health", Whom::Perhaps, perhaps.clone(), &[]),
            ("/health", Whom::Caller, both, &[]),
            ("/docs/{page}", Whom::Anybody, perhaps, &[401]),
        ] {
            let added = around().add(path, &asks(whom));
            assert_eq!(Value::from(added.security), security, "{path} {whom:?}");
            assert_eq!(added.refuses, refuses, "{path} {whom:?}");
        }
    }

    #[test]
    fn schemes_of_the_handlers_own_are_needed_as_well() {
        let mut asks = Asks::default();
        asks.scheme("session", SecurityScheme::api_key("cookie", "session"), &["a"]);
        let added = around().add("/", &asks).security;
        let expected = json!([{"apiKey": [], "session": ["a"]}, {"bearer": [], "session": ["a"]}]);
        assert_eq!(Value::from(added), expected);
        let nothing = Surroundings::default();
        assert_eq!(nothing.add("/", &asks).security, [json!({"session": ["a"]})]);
        let asks = Asks::default().or_maybe(&asks);
        assert_eq!(nothing.add("/", &asks).security, [json!({"session": ["a"]}), json!({})]);
        assert_eq!(nothing.add("/", &Asks::default()), Added::default());
    }

    #[test]
    fn no_secret_is_kept() {
        assert!(!format!("{:?}", around()).contains("0123456789abcdef"));
    }
}
