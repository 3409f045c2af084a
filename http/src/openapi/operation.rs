//! One method at one path.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{
    answers::Answers,
    schemas::Schemas,
    security::{Asks, SecurityScheme},
};

/// One method at one path, while its types describe it.
pub struct Operation<'s> {
    schemas: &'s mut Schemas,
    /// Names of the path's parameters, in order.
    names: &'s [String],
    /// Schemas of those that have one.
    path: Map<String, Value>,
    parameters: Vec<Value>,
    body: Map<String, Value>,
    body_is_optional: bool,
    pub(super) answers: Answers,
    docs: &'static str,
    tags: &'static [&'static str],
    deprecated: Option<&'static str>,
    pub(super) hidden: bool,
    /// What the route asks of who asks.
    pub(super) asks: Asks,
    without_schema: Vec<&'static str>,
    edits: Map<String, Value>,
}

/// An operation as it stands in the document, and what is still to be added to it.
pub(super) struct Finished {
    pub(super) members: Map<String, Value>,
    pub(super) answers: Answers,
    pub(super) asks: Asks,
    pub(super) edits: Map<String, Value>,
    pub(super) without_schema: Vec<&'static str>,
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
            body_is_optional: false,
            answers: Answers::default(),
            docs: "",
            tags: &[],
            deprecated: None,
            hidden: false,
            asks: Asks::default(),
            without_schema: Vec::new(),
            edits: Map::new(),
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
    pub fn parameter(&mut self, place: &str, name: &str, required: bool, schema: Value) {
        self.parameters.push(parameter(place, name, required, schema));
    }

    /// Says that the body may be of this media type; with `{}` for a schema, it is anything.
    pub fn body(&mut self, media_type: &str, schema: Value) {
        self.body.insert(media_type.to_owned(), json!({"schema": schema}));
    }

    /// Says that there need not be a body.
    pub fn body_is_optional(&mut self) {
        self.body_is_optional = true;
    }

    /// Adds an answer, or to one of the same status another media type. A status is three digits, `2XX` for a range, or `default`.
    pub fn answer(&mut self, status: &str, description: &str, content: Option<(&str, Value)>) {
        self.answers.add(status, description, content);
    }

    /// Says that the answer of a status has a header.
    pub fn answer_header(&mut self, status: &str, name: &str, mut schema: Value) {
        let description = take_description(&mut schema);
        let answer = self.answers.add(status, "Done", None);
        answer["headers"][name] = json!({"schema": schema});
        if let Some(text) = description {
            answer["headers"][name]["description"] = text;
        }
    }

    /// Says that what is answered is a stream of events whose data are JSON of a type.
    ///
    /// The schema is that of one event. OpenAPI 3.1 says nothing of streams, and its later version means that by `itemSchema`.
    pub fn events<T: JsonSchema>(&mut self) {
        let data = self.output_schema::<T>();
        let schema = json!({
            "type": "object",
            "properties": {
                "event": {"type": "string"},
                "id": {"type": "string"},
                "retry": {"type": "integer", "minimum": 0},
                "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data},
            },
        });
        self.answer("200", "A stream of events", Some(("text/event-stream", schema)));
    }

    /// Adds problems that are answered with these statuses.
    pub fn refuses(&mut self, statuses: &[u16]) {
        statuses.iter().for_each(|status| self.answers.refuse(*status));
    }

    /// Says that who asks has to show who it is: a scheme under a name of the document's, and the scopes that are needed. Several
    /// of one operation are needed together. Adds 401, and 403 where there are scopes.
    pub fn secured(&mut self, name: &str, scheme: SecurityScheme, scopes: &[&str]) {
        self.asks.scheme(name, scheme, scopes);
        self.refuses(if scopes.is_empty() { &[401] } else { &[401, 403] });
    }

    /// Leaves it out of the document.
    pub fn hide(&mut self) {
        self.hidden = true;
    }

    /// Puts a member of the operation's object in place of what is there: `externalDocs`, `x-…`.
    pub fn set(&mut self, member: &str, value: Value) {
        self.edits.insert(member.to_owned(), value);
    }

    /// Adds what a type says that may be missing: its parameters are optional, and it refuses nothing.
    pub(super) fn maybe(&mut self, describe: impl FnOnce(&mut Self)) {
        let (answers, asks) = (self.answers.clone(), self.asks.clone());
        let before = self.parameters.len();
        describe(self);
        self.answers = answers;
        self.asks = asks.or_maybe(&self.asks);
        for parameter in self.parameters.iter_mut().skip(before) {
            parameter["required"] = false.into();
        }
    }

    /// Adds what a type says that is an error.
    pub(super) fn or_else(&mut self, describe: impl FnOnce(&mut Self)) {
        let answers = std::mem::take(&mut self.answers);
        describe(self);
        let error = std::mem::replace(&mut self.answers, answers);
        self.answers.or_else(error);
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

    /// It is `#[deprecated]`, with this note or an empty one.
    #[doc(hidden)]
    pub fn deprecated(&mut self, note: &'static str) {
        self.deprecated = Some(note);
    }

    /// The media types that a route produces, in place of what its reply says of itself.
    #[doc(hidden)]
    pub fn produces(&mut self, media_types: &[&str]) {
        if !media_types.is_empty() {
            self.refuses(&[406]);
            self.answers.produce(media_types);
        }
    }

    /// The statuses that a route answers, in place of those that are not known.
    #[doc(hidden)]
    pub fn answers(&mut self, statuses: &[u16]) {
        if !statuses.is_empty() {
            self.answers.list(statuses);
        }
    }

    /// Adds a stream of events.
    #[doc(hidden)]
    pub fn streams(&mut self) {
        let content = ("text/event-stream", json!({}));
        self.answer("200", "A stream of events", Some(content));
        self.refuses(&[406]);
    }

    /// All that does not depend on what is around it, with the path's parameters under these names.
    pub(super) fn finish(mut self, id: &str, names: &[String]) -> Finished {
        let mut members = Map::new();
        let (summary, mut description) = paragraphs(self.docs);
        if let Some(note) = self.deprecated.filter(|note| !note.is_empty()) {
            let gap = if description.is_empty() { "" } else { "\n\n" };
            description = format!("{description}{gap}Deprecated: {note}");
        }
        for (key, text) in [("summary", summary), ("description", description)] {
            if !text.is_empty() {
                members.insert(key.to_owned(), text.into());
            }
        }
        if !self.tags.is_empty() {
            members.insert("tags".to_owned(), json!(self.tags));
        }
        if self.deprecated.is_some() {
            members.insert("deprecated".to_owned(), true.into());
        }
        members.insert("operationId".to_owned(), id.into());
        let mut parameters = Vec::new();
        for (own, name) in self.names.iter().zip(names) {
            let schema = self.path.remove(own).unwrap_or(json!({"type": "string"}));
            parameters.push(parameter("path", name, true, schema));
        }
        parameters.append(&mut self.parameters);
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), parameters.into());
        }
        if !self.body.is_empty() {
            let body = json!({"required": !self.body_is_optional, "content": self.body});
            members.insert("requestBody".to_owned(), body);
        }
        let Self { answers, asks, edits, without_schema, .. } = self;
        Finished { members, answers, asks, edits, without_schema }
    }
}

/// The description of what is in a schema is its parameter's.
fn parameter(place: &str, name: &str, required: bool, mut schema: Value) -> Value {
    let mut parameter = json!({"name": name, "in": place, "required": required});
    if let Some(text) = take_description(&mut schema) {
        parameter["description"] = text;
    }
    parameter["schema"] = schema;
    parameter
}

fn take_description(schema: &mut Value) -> Option<Value> {
    schema.as_object_mut().and_then(|it| it.remove("description"))
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
