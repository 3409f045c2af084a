//! Schemas of types that are read, and of types that are written.

use std::collections::BTreeSet;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

/// Where named schemas stand.
const AT: &str = "#/components/schemas/";

/// Both kinds: serde's attributes may tell them apart, `default` for one makes a field optional that is always written.
pub(super) struct Schemas {
    input: SchemaGenerator,
    output: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            input: settings().for_deserialize().into_generator(),
            output: settings().for_serialize().into_generator(),
        }
    }

    pub(super) fn input<T: JsonSchema>(&mut self) -> Value {
        self.input.subschema_for::<T>().to_value()
    }

    pub(super) fn output<T: JsonSchema>(&mut self) -> Value {
        self.output.subschema_for::<T>().to_value()
    }

    /// The schema of a type that is read itself, and no reference to it.
    pub(super) fn fields<T: JsonSchema>(&mut self) -> Value {
        let schema = T::json_schema(&mut self.input).to_value();
        // A newtype is what is in it.
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix(AT));
        match name.and_then(|name| self.input.definitions().get(name)) {
            Some(inside) => inside.clone(),
            None => schema,
        }
    }

    /// All named schemas. A written type that differs from the one of its name that is read gets a name of its own, to which
    /// the references in `answers` are led.
    pub(super) fn finish<'v>(
        mut self,
        answers: impl Iterator<Item = &'v mut Value>,
    ) -> Map<String, Value> {
        let mut all = self.input.take_definitions(true);
        let mut written = self.output.take_definitions(true);
        let mut other = BTreeSet::new();
        for (name, schema) in &written {
            if all.get(name).is_some_and(|read| read != schema) {
                other.insert(name.clone());
            }
        }
        // What refers to one of these differs too.
        loop {
            let more = written.iter().filter(|(name, schema)| {
                all.contains_key(*name) && !other.contains(*name) && refers(schema, &other)
            });
            let more = more.map(|(name, _)| name.clone()).collect::<Vec<_>>();
            if more.is_empty() {
                break;
            }
            other.extend(more);
        }
        let mut names = Map::new();
        for name in other {
            let mut new = format!("{name}Written");
            while all.contains_key(&new) || written.contains_key(&new) {
                new.push('_');
            }
            names.insert(name, new.into());
        }
        answers.for_each(|answer| rename(answer, &names));
        for (name, mut schema) in std::mem::take(&mut written) {
            rename(&mut schema, &names);
            let name = names.get(&name).and_then(Value::as_str).unwrap_or(&name);
            all.insert(name.to_owned(), schema);
        }
        all
    }
}

/// Whether a schema has a reference to one of these names.
fn refers(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(|item| refers(item, names)),
        Value::Object(members) => members.iter().any(|(key, value)| match (&**key, value) {
            ("$ref", Value::String(to)) => to.strip_prefix(AT).is_some_and(|it| names.contains(it)),
            _ => refers(value, names),
        }),
        _ => false,
    }
}

/// Leads references from old names to new ones.
fn rename(value: &mut Value, names: &Map<String, Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Object(members) => {
            for (key, value) in members {
                let new = match (&**key, &*value) {
                    ("$ref", Value::String(to)) => {
                        to.strip_prefix(AT).and_then(|name| names.get(name)?.as_str())
                    }
                    _ => None,
                };
                match new {
                    Some(new) => *value = format!("{AT}{new}").into(),
                    None => rename(value, names),
                }
            }
        }
        _ => {}
    }
}

/// Writes down the bounds of 32 and 64 bits, which schemars leaves to `format`.
pub(super) fn bound(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(bound),
        Value::Object(members) => {
            members.values_mut().for_each(bound);
            let bounds: Option<(Value, Value)> = match members.get("format").and_then(Value::as_str)
            {
                Some("uint32") => Some((0.into(), u32::MAX.into())),
                Some("uint64" | "uint") => Some((0.into(), u64::MAX.into())),
                Some("int32") => Some((i32::MIN.into(), i32::MAX.into())),
                Some("int64" | "int") => Some((i64::MIN.into(), i64::MAX.into())),
                _ => None,
            };
            if let Some((least, most)) = bounds.filter(|_| members.contains_key("type")) {
                members.entry("minimum").or_insert(least);
                members.entry("maximum").or_insert(most);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[allow(dead_code, reason = "looked at as a type")]
    #[derive(schemars::JsonSchema)]
    struct Leaf {
        #[schemars(default)]
        count: u32,
    }

    #[allow(dead_code, reason = "looked at as a type")]
    #[derive(schemars::JsonSchema)]
    struct Tree {
        leaf: Leaf,
        same: Same,
    }

    #[allow(dead_code, reason = "looked at as a type")]
    #[derive(schemars::JsonSchema)]
    struct Same {
        id: u64,
    }

    #[test]
    fn what_is_written_otherwise_than_read_has_a_name_of_its_own() {
        let mut schemas = Schemas::new();
        assert_eq!(schemas.input::<Tree>(), json!({"$ref": "#/components/schemas/Tree"}));
        let mut answers = json!([schemas.output::<Tree>(), schemas.output::<Same>()]);
        let all = schemas.finish(std::iter::once(&mut answers));
        assert_eq!(
            answers,
            json!([{"$ref": "#/components/schemas/TreeWritten"}, {"$ref": "#/components/schemas/Same"}])
        );
        let names = all.keys().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(names, ["Leaf", "LeafWritten", "Same", "Tree", "TreeWritten"]);
        assert_eq!(all["LeafWritten"]["required"], json!(["count"]));
        assert_eq!(
            all["TreeWritten"]["properties"]["leaf"],
            json!({"$ref": "#/components/schemas/LeafWritten"})
        );
        assert_eq!(all["Tree"]["properties"]["leaf"], json!({"$ref": "#/components/schemas/Leaf"}));
    }

    #[test]
    fn integers_have_bounds() {
        let mut schema = json!({"a": {"type": "integer", "format": "uint64"}, "format": "int32"});
        bound(&mut schema);
        assert_eq!(schema["a"]["maximum"], u64::MAX);
        assert_eq!(schema.get("maximum"), None);
    }
}
