//! The document of a list of routes.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{
    paths::{Described, Paths},
    problems::problems,
    schemas::{self, Schemas},
    security::{Asks, SecurityScheme},
    surroundings::Surroundings,
};
use crate::config::Around;

/// What an OpenAPI document says beside its routes, and where its page is.
#[derive(Debug, Clone)]
pub struct OpenApi {
    info: Map<String, Value>,
    pub(super) servers: Vec<String>,
    tags: Vec<Value>,
    asks: Asks,
    around: Option<Surroundings>,
    edits: Vec<fn(&mut Value)>,
    pub(crate) docs: Option<String>,
}

impl OpenApi {
    /// The title of the API, and its version: that of what is served, not of OpenAPI.
    #[must_use]
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        let info = [("title", title.into()), ("version", version.into())];
        Self {
            info: info.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect(),
            servers: Vec::new(),
            tags: Vec::new(),
            asks: Asks::default(),
            around: None,
            edits: Vec::new(),
            docs: None,
        }
    }

    /// What it is for, as CommonMark.
    #[must_use]
    pub fn description(self, text: &str) -> Self {
        self.info("description", text.into())
    }

    /// Whom to ask: a name, and an address of the web.
    #[must_use]
    pub fn contact(self, name: &str, url: &str) -> Self {
        self.info("contact", json!({"name": name, "url": url}))
    }

    /// How it may be used: a name, and its SPDX expression, as `Apache-2.0`.
    #[must_use]
    pub fn license(self, name: &str, identifier: &str) -> Self {
        self.info("license", json!({"name": name, "identifier": identifier}))
    }

    /// Where it is served: `https://api.example.com`. Without one, at the address that the document is read from.
    #[must_use]
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.servers.push(url.into());
        self
    }

    /// What a tag of routes stands for, as CommonMark. Tags are in the order of these, and then of the routes.
    #[must_use]
    pub fn tag(mut self, name: &str, description: &str) -> Self {
        self.tags.push(json!({"name": name, "description": description}));
        self
    }

    /// What stands around the routes, as far as clients see it: how they show who they are, with 401 and 403, and limits, with 429.
    ///
    /// An application says it by itself, of its first listener. Nothing secret is kept.
    #[must_use]
    pub fn around(mut self, around: &Around) -> Self {
        self.around = Some(Surroundings::of(around));
        self
    }

    /// The same, unless it was said.
    pub(crate) fn or_around(&mut self, around: &Around) {
        self.around.get_or_insert_with(|| Surroundings::of(around));
    }

    /// Says that all routes ask who asks, by a middleware of yours: a scheme, under a name, and 401.
    #[must_use]
    pub fn secured(mut self, name: &str, scheme: SecurityScheme) -> Self {
        self.asks.scheme(name, scheme, &[]);
        self
    }

    /// Serves a page for people at this path too: `/docs`. All of it is in the program; nothing is loaded from elsewhere.
    ///
    /// Its script and its style are at `page.js` and `page.css` below that path.
    #[must_use]
    pub fn docs(mut self, path: impl Into<String>) -> Self {
        self.docs = Some(path.into());
        self
    }

    /// Changes the document once it is made: for what there is no other word for here.
    #[must_use]
    pub fn edit(mut self, edit: fn(&mut Value)) -> Self {
        self.edits.push(edit);
        self
    }

    fn info(mut self, name: &str, value: Value) -> Self {
        self.info.insert(name.to_owned(), value);
        self
    }

    /// The document of these routes.
    pub(crate) fn document(&self, routes: &[Described<'_>]) -> Document {
        let nothing = Surroundings::default();
        let around = self.around.as_ref().unwrap_or(&nothing);
        let (mut schemas, mut all) = (Schemas::new(), Paths::default());
        for route in routes {
            all.add(route, &self.asks, around, &mut schemas);
        }
        let mut paths = all.take();
        let operations = paths.as_object_mut().into_iter().flat_map(Map::values_mut);
        let operations = operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
        let mut named = schemas.finish(operations.filter_map(|it| it.get_mut("responses")));
        let responses = problems(&paths, &mut named);
        let mut document = json!({"openapi": "3.1.1", "info": self.info});
        if !self.servers.is_empty() {
            document["servers"] = self.servers.iter().map(|url| json!({"url": url})).collect();
        }
        if !self.tags.is_empty() {
            document["tags"] = self.tags.clone().into();
        }
        document["paths"] = paths;
        document["components"] = json!({"schemas": named, "responses": responses});
        // The first of a name stays.
        let mut schemes = Map::new();
        for (name, scheme) in around.schemes().into_iter().chain(all.schemes) {
            schemes.entry(name).or_insert_with(|| scheme.value().clone());
        }
        if !schemes.is_empty() {
            document["components"]["securitySchemes"] = schemes.into();
        }
        schemas::bound(&mut document["paths"]);
        schemas::bound(&mut document["components"]["schemas"]);
        self.edits.iter().for_each(|edit| edit(&mut document));
        Document { value: document, without_schema: all.without_schema }
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

    /// The types of which there is no schema, and the arguments, replies and errors that say nothing of themselves, with their route:
    /// `POST /orders: shop::Order`. For a test that there are none.
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
