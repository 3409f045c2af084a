//! The paths of a document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    operation::Operation,
    schemas::Schemas,
    security::{Asks, SecurityScheme},
    surroundings::Surroundings,
};
use crate::{handler::Methods, protocol::Template};

/// A route that describes itself.
pub(crate) struct Described<'r> {
    pub(crate) path: &'r str,
    pub(crate) methods: Methods,
    pub(crate) name: &'static str,
    pub(crate) describe: fn(&mut Operation<'_>),
}

/// The paths of a document, and what they are said to need.
#[derive(Default)]
pub(super) struct Paths {
    paths: BTreeMap<String, Map<String, Value>>,
    /// By paths without names: the path as it is written, and its names. Two templates that differ in names alone are one.
    by_shape: BTreeMap<String, (String, Vec<String>)>,
    ids: BTreeSet<String>,
    pub(super) schemes: Vec<(String, SecurityScheme)>,
    pub(super) without_schema: Vec<String>,
}

impl Paths {
    /// Adds a route. `asked` is what is asked of all of them, and `around` what stands there.
    pub(super) fn add(
        &mut self,
        route: &Described<'_>,
        asked: &Asks,
        around: &Surroundings,
        schemas: &mut Schemas,
    ) {
        let Ok(template) = Template::parse(route.path) else { return };
        let own = template.names().map(str::to_owned).collect::<Vec<_>>();
        for place in route.methods.places() {
            let mut operation = Operation::new(schemas, &own);
            operation.asks = asked.clone();
            if !asked.needed.is_empty() {
                operation.refuses(&[401]);
            }
            (route.describe)(&mut operation);
            if operation.hidden {
                return;
            }
            let added = around.add(route.path, &operation.asks);
            operation.refuses(&added.refuses);
            let (path, names) = self.path(route.path, &own);
            let method = Methods::name(place);
            let finished = operation.finish(&self.id(route.name, method), &names);
            let mut members = finished.members;
            if !added.security.is_empty() {
                members.insert("security".to_owned(), added.security.into());
            }
            members.insert("responses".to_owned(), finished.answers.into_json());
            members.extend(finished.edits);
            let without = finished.without_schema.into_iter();
            self.without_schema.extend(without.map(|ty| format!("{method} {path}: {ty}")));
            self.schemes.extend(finished.asks.schemes);
            self.paths.entry(path).or_default().insert(method.to_ascii_lowercase(), members.into());
        }
    }

    /// A path as it is written in the document, and the names of its parameters there.
    fn path(&mut self, path: &str, own: &[String]) -> (String, Vec<String>) {
        let path = plain(path);
        let shape =
            own.iter().fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), "{}"));
        self.by_shape.entry(shape).or_insert_with(|| (path, own.to_vec())).clone()
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

    /// The object `paths`.
    pub(super) fn take(&mut self) -> Value {
        let paths = std::mem::take(&mut self.paths).into_iter();
        Value::Object(paths.map(|(path, item)| (path, item.into())).collect())
    }
}

/// As OpenAPI writes a path: without the star, and with braces that are none of a parameter's encoded.
fn plain(path: &str) -> String {
    path.replace("{{", "%7B").replace("}}", "%7D").replace("{*", "{")
}
