//! Whether a request goes on.

use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE};

use super::{
    Caller,
    keys::{Keys, Shown},
};
use crate::{Refusal, Request, Response, around::paths::Paths, config::Auth};

/// What lets requests in.
#[derive(Debug)]
pub(in crate::around) struct Gate {
    open: Paths,
    keys: Option<Keys>,
    #[cfg(feature = "jwt")]
    tokens: Option<super::jwt::Tokens>,
    rules: Vec<(Paths, Vec<String>)>,
}

/// Why a request does not go on.
enum Stopped {
    /// It shows nothing.
    Nobody,
    /// What it shows is not right. The text goes out.
    Wrong(&'static str),
    /// It may not do that: what would be needed.
    Scopes(String),
}

impl Gate {
    pub(in crate::around) fn new(config: &Auth, report: &mut dyn FnMut(&str, String)) -> Self {
        if config.api_keys.is_none() && config.jwt.is_none() {
            let why = "lets nobody in: say who may ask, by `api_keys` or `jwt`, or leave it out";
            report("auth", why.to_owned());
        }
        #[cfg(not(feature = "jwt"))]
        if config.jwt.is_some() {
            let why =
                "this program is built without the feature `jwt` of wirepath: add it in Cargo.toml";
            report("auth.jwt", why.to_owned());
        }
        let mut rules = Vec::new();
        for (i, rule) in config.rules.iter().enumerate() {
            let key = format!("auth.rules[{i}]");
            if rule.paths.is_empty() || rule.scopes.is_empty() {
                let why = "expected paths and the scopes that they ask for: `{paths: ['/admin/*'], scopes: [admin]}`";
                report(&key, why.to_owned());
            }
            for (j, scope) in rule.scopes.iter().enumerate() {
                if !is_scope(scope) {
                    let why = "expected letters without space, quotes and backslash between them";
                    report(&format!("{key}.scopes[{j}]"), why.to_owned());
                }
            }
            let paths = Paths::new(&rule.paths, &format!("{key}.paths"), report);
            rules.push((paths, rule.scopes.clone()));
        }
        Self {
            open: Paths::new(&config.open, "auth.open", report),
            keys: config.api_keys.as_ref().map(|keys| Keys::new(keys, report)),
            #[cfg(feature = "jwt")]
            tokens: config.jwt.as_ref().map(|jwt| super::jwt::Tokens::new(jwt, report)),
            rules,
        }
    }

    /// Lets a request in, and notes in it who asks; or gives the answer. On an open path nobody has to be known.
    pub(in crate::around) fn admit(&self, request: &mut Request) -> Option<Response> {
        let is_open = self.open.have_surely(request.uri().path());
        let stopped = match self.who(request) {
            Ok(caller) => match self.lacking(request, &caller) {
                Some(scopes) if !is_open => Stopped::Scopes(scopes),
                _ => {
                    request.extensions_mut().insert(caller);
                    return None;
                }
            },
            Err(_) if is_open => return None,
            Err(stopped) => stopped,
        };
        Some(self.refuse(request, stopped))
    }

    fn who(&self, request: &mut Request) -> Result<Caller, Stopped> {
        let mut wrong = None;
        match self.keys.as_ref().map(|keys| keys.look(request)) {
            Some(Shown::Right(caller)) => return Ok(caller),
            Some(Shown::Wrong) => wrong = Some("the API key is not one of this server's"),
            Some(Shown::Nothing) | None => {}
        }
        #[cfg(feature = "jwt")]
        match self.tokens.as_ref().map(|tokens| tokens.look(request)) {
            Some(super::jwt::Shown::Right(caller, claims)) => {
                request.extensions_mut().insert(claims);
                return Ok(caller);
            }
            Some(super::jwt::Shown::Wrong(why)) => wrong = Some(why),
            Some(super::jwt::Shown::Nothing) | None => {}
        }
        Err(wrong.map_or(Stopped::Nobody, Stopped::Wrong))
    }

    /// The scopes that the path asks for and the caller lacks.
    fn lacking(&self, request: &Request, caller: &Caller) -> Option<String> {
        let path = request.uri().path();
        let asking = self.rules.iter().filter(|(paths, _)| paths.have_maybe(path));
        let asked = asking.flat_map(|(_, scopes)| scopes);
        let lacking: Vec<&str> =
            asked.map(String::as_str).filter(|scope| !caller.may(scope)).collect();
        (!lacking.is_empty()).then(|| lacking.join(" "))
    }

    #[cold]
    fn refuse(&self, request: &Request, stopped: Stopped) -> Response {
        let (reason, status) = match stopped {
            Stopped::Nobody => ("nobody", StatusCode::UNAUTHORIZED),
            Stopped::Wrong(_) => ("wrong", StatusCode::UNAUTHORIZED),
            Stopped::Scopes(_) => ("scopes", StatusCode::FORBIDDEN),
        };
        metrics::counter!("wirepath_http_unauthorized_total", "reason" => reason).increment(1);
        let detail = match &stopped {
            Stopped::Nobody => format!("show who you are: {}", self.ways()),
            Stopped::Wrong(why) => (*why).to_owned(),
            Stopped::Scopes(scopes) => format!("this asks for more than you may: {scopes}"),
        };
        let mut response = Refusal::new(status, detail).respond_to(request.headers());
        self.challenge(&mut response, &stopped);
        response
    }

    /// Says in a 401 that came from further inside how to show who one is, if it does not say that itself.
    pub(in crate::around) fn explain(&self, response: &mut Response) {
        let is_bare = !response.headers().contains_key(WWW_AUTHENTICATE);
        if response.status() == StatusCode::UNAUTHORIZED && is_bare {
            self.challenge(response, &Stopped::Nobody);
        }
    }

    fn challenge(&self, response: &mut Response, stopped: &Stopped) {
        for challenge in self.challenges(stopped) {
            if let Ok(challenge) = HeaderValue::try_from(challenge) {
                response.headers_mut().append(WWW_AUTHENTICATE, challenge);
            }
        }
    }

    fn has_tokens(&self) -> bool {
        #[cfg(feature = "jwt")]
        return self.tokens.is_some();
        #[cfg(not(feature = "jwt"))]
        false
    }

    /// How to show who one is.
    fn ways(&self) -> String {
        let key = self.keys.as_ref().map(|keys| format!("an API key in `{}`", keys.header));
        let token = self.has_tokens().then(|| "a token in `authorization: Bearer …`".to_owned());
        key.into_iter().chain(token).collect::<Vec<_>>().join(", or ")
    }

    /// RFC 9110 §11.6.1 wants one with each 401; RFC 6750 §3 says what stands in that of tokens.
    fn challenges(&self, stopped: &Stopped) -> Vec<String> {
        let mut challenges = Vec::new();
        if self.has_tokens() {
            challenges.push(match stopped {
                Stopped::Nobody => "Bearer".to_owned(),
                Stopped::Wrong(why) => {
                    format!("Bearer error=\"invalid_token\", error_description=\"{why}\"")
                }
                Stopped::Scopes(scopes) => {
                    format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"")
                }
            });
        }
        if let Some(keys) = &self.keys
            && !matches!(stopped, Stopped::Scopes(_))
        {
            challenges.push(format!("ApiKey header=\"{}\"", keys.header));
        }
        challenges
    }
}

/// `scope-token` of RFC 6749 §3.3.
fn is_scope(text: &str) -> bool {
    let fits = |octet: u8| octet.is_ascii_graphic() && octet != b'"' && octet != b'\\';
    !text.is_empty() && text.bytes().all(fits)
}
