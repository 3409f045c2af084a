//! The document of a list of routes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    operation::Operation,
    schemas::{self, Schemas},
};
use crate::{handler::Methods, protocol::Template};

/// What an OpenAPI document says beside its routes, and where its page is.
#[derive(Debug, Clone)]
pub struct OpenApi {
    title: String,
    version: String,
    description: Option<String>,
    servers: Vec<String>,
    pub(crate) docs: Option<String>,
}

impl OpenApi {
    /// The title of the API, and its version: that of what is served, not of OpenAPI.
    #[must_use]
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            version: version.into(),
            description: None,
            servers: Vec::new(),
            docs: None,
        }
    }

    /// What it is for, as CommonMark.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Where it is served: `https://api.example.com`. Without one, at the address that the document is read from.
    #[must_use]
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.servers.push(url.into());
        self
    }

    /// Serves a page for people at this path too: `/docs`. All of it is in the program; nothing is loaded from elsewhere.
    #[must_use]
    pub fn docs(mut self, path: impl Into<String>) -> Self {
        self.docs = Some(path.into());
        self
    }

    /// The document of these routes.
    pub(crate) fn document(&self, routes: &[Described<'_>]) -> Document {
        let mut schemas = Schemas::new();
        let mut paths = Paths::default();
        for route in routes {
            paths.add(route, &mut schemas);
        }
        let Paths { paths, without_schema, .. } = paths;
        let mut paths =
            Value::Object(paths.into_iter().map(|(path, item)| (path, item.into())).collect());
        let mut named = schemas.finish(&mut paths);
        let responses = responses(&paths, &mut named);
        let mut info = json!({"title": self.title, "version": self.version});
        if let Some(text) = &self.description {
            info["description"] = (&**text).into();
        }
        let mut document = json!({"openapi": "3.1.1", "info": info});
        if !self.servers.is_empty() {
            document["servers"] = self.servers.iter().map(|url| json!({"url": url})).collect();
        }
        document["paths"] = paths;
        document["components"] = json!({"schemas": named, "responses": responses});
        schemas::bound(&mut document["paths"]);
        schemas::bound(&mut document["components"]);
        Document { value: document, without_schema }
    }
}

/// An OpenAPI 3.1 document, as [`Routes::document`](crate::Routes::document) makes it.
#[derive(Clone, PartialEq)]
pub struct Document {
    value: Value,
    without_schema: Vec<String>,
}

impl Document {
    /// The document.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The types of which there is no schema, with their route: `POST /orders: shop::Order`. For a test that there are none.
    #[must_use]
    pub fn without_schema(&self) -> &[String] {
        &self.without_schema
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As JSON.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

/// A route that describes itself.
pub(crate) struct Described<'r> {
    pub(crate) path: &'r str,
    pub(crate) methods: Methods,
    pub(crate) name: &'static str,
    pub(crate) describe: fn(&mut Operation<'_>),
}

#[derive(Default)]
struct Paths {
    paths: BTreeMap<String, Map<String, Value>>,
    /// By paths without names: the path as it is written, and its names. Two templates that differ in names alone are one.
    by_shape: BTreeMap<String, (String, Vec<String>)>,
    ids: BTreeSet<String>,
    without_schema: Vec<String>,
}

impl Paths {
    fn add(&mut self, route: &Described<'_>, schemas: &mut Schemas) {
        let Ok(template) = Template::parse(route.path) else { return };
        let own = template.names().map(str::to_owned).collect::<Vec<_>>();
        let path = plain(route.path);
        let shape =
            own.iter().fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), "{}"));
        let (path, names) =
            self.by_shape.entry(shape).or_insert_with(|| (path, own.clone())).clone();
        for place in route.methods.places() {
            let method = Methods::name(place);
            let mut operation = Operation::new(schemas, &own);
            (route.describe)(&mut operation);
            let id = self.id(route.name, method);
            let (operation, without) = operation.finish(&id, &names);
            let without = without.iter().map(|ty| format!("{method} {path}: {ty}"));
            self.without_schema.extend(without);
            let item = self.paths.entry(path.clone()).or_default();
            item.insert(method.to_ascii_lowercase(), operation);
        }
    }

    /// A function's name may be there twice, an operation's may not.
    fn id(&mut self, name: &str, method: &str) -> String {
        let first = name.to_owned();
        let second = format!("{name}_{}", method.to_ascii_lowercase());
        let more = (2..).map(|count: u64| format!("{name}_{count}"));
        let mut all = [first, second].into_iter().chain(more);
        let id = all.find(|id| !self.ids.contains(id)).unwrap_or_default();
        self.ids.insert(id.clone());
        id
    }
}

/// As OpenAPI writes a path: without the star, and with braces that are none of a parameter's encoded.
fn plain(path: &str) -> String {
    path.replace("{{", "%7B").replace("}}", "%7D").replace("{*", "{")
}

/// The problems that operations refer to, and their schema among the named ones.
fn responses(paths: &Value, named: &mut Map<String, Value>) -> Map<String, Value> {
    let mut used = BTreeSet::new();
    references(paths, &mut used);
    if used.is_empty() {
        return Map::new();
    }
    let mut name = "Problem".to_owned();
    while named.contains_key(&name) {
        name.push('_');
    }
    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
    named.insert(name, problem());
    let each = used.into_iter().map(|name| {
        let status = name.strip_prefix("Problem").and_then(|it| it.parse::<StatusCode>().ok());
        let description = status.and_then(|it| it.canonical_reason()).unwrap_or("Why it failed");
        let content = json!({
            "application/problem+json": {"schema": schema},
            "text/plain": {"schema": {"type": "string"}},
        });
        (name, json!({"description": description, "content": content}))
    });
    each.collect()
}

fn references(value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, used)),
        Value::Object(members) => members.values().for_each(|member| references(member, used)),
        Value::String(text) => {
            let name = text.strip_prefix("#/components/responses/");
            used.extend(name.map(str::to_owned));
        }
        _ => {}
    }
}

/// RFC 9457, with the entries of `errors` as [`FieldProblem`](crate::protocol::problem::FieldProblem) writes them.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a request failed (RFC 9457).",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 100, "maximum": 999},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri-reference"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "detail": {"type": "string"},
                        "pointer": {"type": "string", "description": "A JSON pointer into the body (RFC 6901)."},
                        "parameter": {"type": "string"},
                        "in": {"enum": ["path", "query", "header", "cookie"]},
                    },
                    "required": ["detail"],
                },
            },
            "errors_omitted": {"type": "integer", "minimum": 1},
        },
        "required": ["title", "status"],
    })
}
