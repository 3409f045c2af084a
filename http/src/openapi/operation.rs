//! One method at one path.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::schemas::Schemas;

/// One method at one path, while its types describe it.
pub struct Operation<'s> {
    schemas: &'s mut Schemas,
    /// Names of the path's parameters, in order.
    names: &'s [String],
    /// Schemas of those that have one.
    path: Map<String, Value>,
    parameters: Vec<Value>,
    body: Map<String, Value>,
    responses: Map<String, Value>,
    docs: &'static str,
    tags: &'static [&'static str],
    without_schema: Vec<&'static str>,
}

impl std::fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation").field("names", &self.names).finish_non_exhaustive()
    }
}

impl<'s> Operation<'s> {
    pub(super) fn new(schemas: &'s mut Schemas, names: &'s [String]) -> Self {
        Self {
            schemas,
            names,
            path: Map::new(),
            parameters: Vec::new(),
            body: Map::new(),
            responses: Map::new(),
            docs: "",
            tags: &[],
            without_schema: Vec::new(),
        }
    }

    /// The schema of a type that is read, or a reference to it.
    pub fn input_schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.input::<T>()
    }

    /// The schema of a type that is written, or a reference to it.
    pub fn output_schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.output::<T>()
    }

    /// Adds a parameter. `place` is `query`, `header` or `cookie`.
    pub fn parameter(&mut self, place: &str, name: &str, required: bool, mut schema: Value) {
        let mut parameter = json!({"name": name, "in": place, "required": required});
        if let Some(text) = schema.as_object_mut().and_then(|it| it.remove("description")) {
            parameter["description"] = text;
        }
        parameter["schema"] = schema;
        self.parameters.push(parameter);
    }

    /// Says that the body may be of this media type; with `{}` for a schema, it is anything.
    pub fn body(&mut self, media_type: &str, schema: Value) {
        self.body.insert(media_type.to_owned(), json!({"schema": schema}));
    }

    /// Adds an answer, or to one of the same status another media type. A status is three digits, `2XX` for a range, or `default`.
    pub fn answer(&mut self, status: &str, description: &str, content: Option<(&str, Value)>) {
        let answer =
            self.responses.entry(status).or_insert_with(|| json!({"description": description}));
        if let Some((media_type, schema)) = content {
            answer["content"][media_type] = json!({"schema": schema});
        }
    }

    /// Adds problems that are answered with these statuses.
    pub fn refuses(&mut self, statuses: &[u16]) {
        for status in statuses {
            let reference = json!({"$ref": format!("#/components/responses/Problem{status}")});
            self.responses.entry(status.to_string()).or_insert(reference);
        }
    }

    /// Says that any other status is a problem.
    pub(super) fn may_refuse(&mut self) {
        let reference = json!({"$ref": "#/components/responses/Problem"});
        self.responses.insert("default".to_owned(), reference);
    }

    /// Gives the answer of one status to another.
    pub(super) fn restate(&mut self, from: &str, to: &str) {
        if let Some(answer) = self.responses.remove(from) {
            self.responses.insert(to.to_owned(), answer);
        }
    }

    /// Says what a type is that has no schema.
    pub(super) fn lacks_schema<T>(&mut self) {
        self.without_schema.push(std::any::type_name::<T>());
    }

    /// The type of a path's parameter.
    pub(super) fn path_parameter(&mut self, name: &str, schema: Value) {
        self.path.insert(name.to_owned(), schema);
    }

    /// Names of the path's parameters, in order.
    pub(super) fn path_names(&self) -> &'s [String] {
        self.names
    }

    /// A schema where it stands, to be taken apart.
    pub(super) fn fields<T: JsonSchema>(&mut self) -> Value {
        self.schemas.fields::<T>()
    }

    /// What the macros know: the documentation, and what the attribute says.
    #[doc(hidden)]
    pub fn said(&mut self, docs: &'static str, tags: &'static [&'static str]) {
        (self.docs, self.tags) = (docs, tags);
    }

    /// The media types that a route produces, in place of what its reply says of itself.
    #[doc(hidden)]
    pub fn produces(&mut self, media_types: &[&str]) {
        if media_types.is_empty() {
            return;
        }
        self.refuses(&[406]);
        for status in ["200", "2XX"] {
            let Some(answer) = self.responses.get_mut(status) else { continue };
            let before = answer["content"].take();
            answer["content"] = media_types
                .iter()
                .map(|kind| ((*kind).to_owned(), before.get(kind).cloned().unwrap_or(json!({}))))
                .collect();
        }
    }

    /// Adds a stream of events.
    #[doc(hidden)]
    pub fn streams(&mut self) {
        let content = ("text/event-stream", json!({"type": "string"}));
        self.answer("200", "A stream of events", Some(content));
        self.refuses(&[406]);
    }

    /// The JSON of it, with the path's parameters under these names; and the types without a schema.
    pub(super) fn finish(mut self, id: &str, names: &[String]) -> (Value, Vec<&'static str>) {
        let mut operation = Map::new();
        let (summary, description) = paragraphs(self.docs);
        for (key, text) in [("summary", summary), ("description", description)] {
            if !text.is_empty() {
                operation.insert(key.to_owned(), text.into());
            }
        }
        if !self.tags.is_empty() {
            operation.insert("tags".to_owned(), json!(self.tags));
        }
        operation.insert("operationId".to_owned(), id.into());
        let mut parameters = Vec::new();
        for (own, name) in self.names.iter().zip(names) {
            let schema = self.path.remove(own).unwrap_or(json!({"type": "string"}));
            parameters
                .push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
        }
        parameters.append(&mut self.parameters);
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), parameters.into());
        }
        if !self.body.is_empty() {
            let body = json!({"required": true, "content": self.body});
            operation.insert("requestBody".to_owned(), body);
        }
        if self.responses.is_empty() {
            self.answer("default", "An answer", None);
        }
        operation.insert("responses".to_owned(), self.responses.into());
        (operation.into(), self.without_schema)
    }
}

/// The first paragraph in one line, and the rest as it is.
fn paragraphs(docs: &str) -> (String, String) {
    let (first, rest) = docs.trim().split_once("\n\n").unwrap_or((docs.trim(), ""));
    let line = first.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    (line, rest.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_is_the_summary() {
        for (docs, summary, description) in [
            ("", "", ""),
            ("One.", "One.", ""),
            ("One\nline.\n\nTwo.\n\n- x\n- y\n", "One line.", "Two.\n\n- x\n- y"),
        ] {
            assert_eq!(paragraphs(docs), (summary.to_owned(), description.to_owned()));
        }
    }
}
