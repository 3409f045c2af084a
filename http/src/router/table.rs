//! From a method and a path to a number.

use std::{collections::HashMap, sync::Arc};

use http::{HeaderValue, Method, StatusCode, header::ALLOW};

use super::RouteError;
use crate::{
    Arrived, Body, Refusal, Response,
    handler::{Methods, RouteInfo, RouteLimits},
    protocol::{self, Spans, Template},
};

/// All routes, by their paths. Built once.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// By paths whose parameters are numbered: two routes may call the same one differently.
    paths: protocol::Table,
    entries: Vec<Entry>,
    /// A route has limits of its own: where none has, nobody asks.
    pub(super) has_limits: bool,
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
    /// A handler for the method: its place in the list, and its names for the parameters.
    Route(usize, &'t Arc<RouteInfo>),
    /// Handlers for other methods.
    Other(&'t Entry),
    Nothing,
}

/// A route, with the prefix that it is mounted at.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) path: String,
    pub(super) methods: Methods,
    pub(super) place: usize,
    pub(super) name: &'static str,
    pub(super) limits: RouteLimits,
    #[cfg(feature = "files")]
    pub(super) files: Option<super::Files>,
    /// A document of all routes is served here.
    #[cfg(feature = "openapi")]
    pub(super) api: Option<super::api::Served>,
    /// What the handler's types say.
    #[cfg(feature = "openapi")]
    pub(super) describe: Option<crate::handler::Describe>,
}

impl Written {
    /// The first of a list.
    pub(super) fn new(path: String, methods: Methods, name: &'static str) -> Self {
        Self {
            path,
            methods,
            place: 0,
            name,
            limits: RouteLimits::NONE,
            #[cfg(feature = "files")]
            files: None,
            #[cfg(feature = "openapi")]
            api: None,
            #[cfg(feature = "openapi")]
            describe: None,
        }
    }

    fn error(&self, why: &dyn std::fmt::Display) -> RouteError {
        RouteError::new(self.name, &self.path, &why.to_string())
    }

    fn info(&self, template: Template) -> Result<RouteInfo, RouteError> {
        let info = RouteInfo { limits: self.limits, ..RouteInfo::new(Some(template), &self.path) };
        #[cfg(feature = "files")]
        let info = match &self.files {
            Some(files) => {
                let folder = files.open().map_err(|error| self.error(&files.why(&error)))?;
                RouteInfo { folder: Some(Arc::new(folder)), ..info }
            }
            None => info,
        };
        Ok(info)
    }

    fn parse(&self, text: &str) -> Result<Template, RouteError> {
        Template::parse(text).map_err(|error| self.error(&error))
    }
}

impl Table {
    pub(super) fn build(routes: &[Written]) -> Result<Self, RouteError> {
        let mut table = Self::default();
        let mut by_shape: HashMap<String, usize> = HashMap::new();
        let mut methods: Vec<Methods> = Vec::new();
        for route in routes {
            let template = route.parse(&route.path)?;
            let shape = without_names(&route.path);
            let at = match by_shape.get(&shape) {
                Some(at) => *at,
                None => {
                    let numbered = route.parse(&shape)?;
                    let at = table.paths.insert(numbered).map_err(|error| route.error(&error))?;
                    table.entries.push(Entry::empty());
                    methods.push(Methods::NONE);
                    by_shape.insert(shape, at);
                    at
                }
            };
            let info = route.info(template)?;
            #[cfg(feature = "openapi")]
            let info = RouteInfo {
                api: route.api.as_ref().map(|api| api.make(&route.path, routes)),
                ..info
            };
            let info = Arc::new(info);
            table.has_limits |= info.limits != RouteLimits::NONE;
            if let (Some(entry), Some(methods)) = (table.entries.get_mut(at), methods.get_mut(at)) {
                entry.add(route, info)?;
                *methods = methods.and(route.methods);
            }
        }
        for (entry, methods) in table.entries.iter_mut().zip(methods) {
            entry.finish(methods);
        }
        Ok(table)
    }

    #[inline]
    pub(super) fn find(
        &self,
        method: &Method,
        path: impl AsRef<[u8]>,
        spans: &mut Spans,
    ) -> Found<'_> {
        let Some(route) = self.paths.find(path, spans) else { return Found::Nothing };
        let Some(entry) = self.entries.get(route) else { return Found::Nothing };
        match Methods::place(method).and_then(|place| entry.routes.get(place)?.as_ref()) {
            Some((place, info)) => Found::Route(*place, info),
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
                return Err(route.error(&"another route has that method and path"));
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

    /// One of those that answer here, for what is at the path whatever the method.
    pub(super) fn info(&self) -> Option<&Arc<RouteInfo>> {
        self.routes.iter().flatten().map(|(_, info)| info).next()
    }

    /// 405, or for `OPTIONS` what there is.
    #[cold]
    pub(super) fn refuse(&self, arrived: &Arrived) -> Response {
        let mut response = if arrived.method() == Method::OPTIONS {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        } else {
            let detail = "this path answers other methods: `allow` names them";
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, detail).respond_to(arrived.headers())
        };
        response.headers_mut().insert(ALLOW, self.allow.clone());
        response
    }
}

/// A template with its parameters numbered.
fn without_names(path: &str) -> String {
    let (mut shape, mut rest, mut count) = (String::with_capacity(path.len()), path, 0);
    while let Some((before, behind)) = rest.split_once('{') {
        shape.push_str(before);
        // Literal braces are written twice.
        if let Some(behind) = behind.strip_prefix('{') {
            shape.push_str("{{");
            rest = behind;
            continue;
        }
        let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
        let star = if name.starts_with('*') { "*" } else { "" };
        shape.push_str(&format!("{{{star}p{count}}}"));
        count += 1;
        rest = behind;
    }
    shape.push_str(rest);
    shape
}

#[cfg(test)]
mod agreement;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers() {
        for (path, shape) in [
            ("/users/{id}/files/{*path}", "/users/{p0}/files/{*p1}"),
            ("/v{version}/", "/v{p0}/"),
            ("/", "/"),
            ("/a/{{x}}/{y}", "/a/{{x}}/{p0}"),
        ] {
            assert_eq!(without_names(path), shape);
        }
    }
}
