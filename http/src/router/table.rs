//! From a method and a path to a number.

use std::{collections::HashMap, sync::Arc};

use http::{HeaderValue, Method, StatusCode, Uri, header::ALLOW};

use super::RouteError;
use crate::{
    Body, Refusal, Request, Response,
    handler::{Captures, Methods, RouteInfo},
};

/// All routes, by their paths. Built once.
#[derive(Debug, Default)]
pub(super) struct Table {
    paths: matchit::Router<usize>,
    entries: Vec<Entry>,
}

/// One path, and who answers there.
#[derive(Debug)]
pub(super) struct Entry {
    /// By the method's place: the handler's, and its names for the parameters.
    routes: [Option<(usize, Arc<RouteInfo>)>; Methods::COUNT],
    allow: HeaderValue,
}

/// What is at a path.
pub(super) enum Found<'t> {
    /// A handler for the method.
    Route(Matched<'t>),
    /// Handlers for other methods.
    Other(&'t Entry),
    Nothing,
}

/// A handler's place in the list, and where the parameters stand.
pub(super) struct Matched<'t> {
    pub(super) place: usize,
    pub(super) info: &'t Arc<RouteInfo>,
    pub(super) captures: Captures,
}

/// A route, with the prefix that it is mounted at.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) path: String,
    pub(super) methods: Methods,
    pub(super) place: usize,
    pub(super) name: &'static str,
}

impl Table {
    pub(super) fn build(routes: &[Written]) -> Result<Self, RouteError> {
        let mut table = Self::default();
        let mut by_shape: HashMap<String, usize> = HashMap::new();
        let mut methods: Vec<Methods> = Vec::new();
        for route in routes {
            let (shape, names) = without_names(&route.path);
            let at = match by_shape.get(&shape) {
                Some(at) => *at,
                None => {
                    let at = table.entries.len();
                    table.paths.insert(&shape, at).map_err(|error| {
                        RouteError::new(route.name, &route.path, &error.to_string())
                    })?;
                    table.entries.push(Entry::empty());
                    methods.push(Methods::NONE);
                    by_shape.insert(shape, at);
                    at
                }
            };
            let info = RouteInfo { pattern: Arc::from(&*route.path), names };
            table.entries[at].add(route, Arc::new(info))?;
            methods[at] = methods[at].and(route.methods);
        }
        for (entry, methods) in table.entries.iter_mut().zip(methods) {
            entry.finish(methods);
        }
        Ok(table)
    }

    #[inline]
    pub(super) fn find(&self, method: &Method, uri: &Uri) -> Found<'_> {
        let path = uri.path();
        let Ok(at) = self.paths.at(path) else { return Found::Nothing };
        let Some(entry) = self.entries.get(*at.value) else { return Found::Nothing };
        let route = Methods::place(method).and_then(|place| entry.routes[place].as_ref());
        match route {
            Some((place, info)) => {
                let captures = Captures::of(path, at.params.iter().map(|(_, value)| value));
                Found::Route(Matched { place: *place, info, captures })
            }
            None => Found::Other(entry),
        }
    }
}

impl Entry {
    fn empty() -> Self {
        Self { routes: Default::default(), allow: HeaderValue::from_static("") }
    }

    fn add(&mut self, route: &Written, info: Arc<RouteInfo>) -> Result<(), RouteError> {
        for place in route.methods.places() {
            let slot = &mut self.routes[place];
            if slot.is_some() {
                let other = "another route has that method and path";
                return Err(RouteError::new(route.name, &route.path, other));
            }
            *slot = Some((route.place, Arc::clone(&info)));
        }
        Ok(())
    }

    fn finish(&mut self, mut methods: Methods) {
        let [get, head, ..] = &mut self.routes;
        // RFC 9110 §9.3.2: as GET, and hyper leaves the body out.
        if let (Some(get), None) = (&get, &head) {
            *head = Some(get.clone());
        }
        if methods.meets(Methods::GET) {
            methods = methods.and(Methods::HEAD);
        }
        let methods = methods.and(Methods::OPTIONS);
        // Method names are text: the fallback is never taken.
        self.allow = methods.to_string().parse().unwrap_or(HeaderValue::from_static("OPTIONS"));
    }

    /// 405, or for `OPTIONS` what there is.
    #[cold]
    pub(super) fn refuse(&self, request: &Request) -> Response {
        let mut response = if request.method() == Method::OPTIONS {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        } else {
            let detail = "this path answers other methods: `allow` names them";
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, detail).respond_to(request.headers())
        };
        response.headers_mut().insert(ALLOW, self.allow.clone());
        response
    }
}

/// A template with its parameters numbered: two routes may call the same one differently.
fn without_names(path: &str) -> (String, Vec<Box<str>>) {
    let (mut shape, mut names) = (String::with_capacity(path.len()), Vec::new());
    for segment in path.split_inclusive('/') {
        let (text, slash) = match segment.strip_suffix('/') {
            Some(text) => (text, "/"),
            None => (segment, ""),
        };
        match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => {
                let (star, name) = name.strip_prefix('*').map_or(("", name), |name| ("*", name));
                shape.push_str(&format!("{{{star}{}}}", names.len()));
                names.push(name.into());
            }
            None => shape.push_str(text),
        }
        shape.push_str(slash);
    }
    (shape, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers() {
        let (shape, names) = without_names("/users/{id}/files/{*path}");
        assert_eq!(shape, "/users/{0}/files/{*1}");
        assert_eq!(names, ["id".into(), "path".into()]);
        assert_eq!(without_names("/").0, "/");
        assert_eq!(without_names("/a/").0, "/a/");
    }
}
