//! What arguments take.

use bytes::Bytes;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{DescribeInput, Operation, security::Whom};
use crate::{
    Accepts, ClientIp, Drain, Form, HeaderMap, Json, LastEventId, MatchedPath, Method, Path, Peer,
    Query, Refusal, Request, RequestId, State, Uri, Version, around::Caller,
};

impl<T: JsonSchema> DescribeInput for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.input_schema::<T>();
        json_body(operation, schema);
    }
}

pub(super) fn json_body(operation: &mut Operation<'_>, schema: Value) {
    operation.body("application/json", schema);
    operation.refuses(&[400, 413, 415, 422]);
}

impl<T: JsonSchema> DescribeInput for Form<T> {
    fn describe(operation: &mut Operation<'_>) {
        let fields = operation.fields::<T>();
        let (schema, is_filled) = filled(fields);
        let schema = if is_filled { schema } else { operation.input_schema::<T>() };
        form_body(operation, schema);
    }
}

pub(super) fn form_body(operation: &mut Operation<'_>, schema: Value) {
    operation.body("application/x-www-form-urlencoded", schema);
    operation.refuses(&[400, 413, 415, 422]);
}

/// Each field is a parameter.
impl<T: JsonSchema> DescribeInput for Query<T> {
    fn describe(operation: &mut Operation<'_>) {
        let (schema, _) = filled(operation.fields::<T>());
        operation.refuses(&[422]);
        let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
            // A map: OpenAPI 3.1 §4.8.12.3 has its keys as parameters, and no use for its name.
            return operation.parameter("query", "query", false, schema);
        };
        let required = schema.get("required").and_then(Value::as_array);
        for (name, field) in fields {
            let is_required = required.is_some_and(|it| it.iter().any(|it| it == name));
            operation.parameter("query", name, is_required, without_null(field.clone()));
        }
    }
}

/// By name for a struct, by place for a tuple, and else the only one.
impl<T: JsonSchema> DescribeInput for Path<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.fields::<T>();
        let names = operation.path_names();
        operation.refuses(&[422]);
        if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
            fields.iter().for_each(|(name, field)| operation.path_parameter(name, field.clone()));
        } else if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
            let each = names.iter().zip(items);
            each.for_each(|(name, item)| operation.path_parameter(name, item.clone()));
        } else if let [name] = names {
            operation.path_parameter(name, schema);
        }
    }
}

impl DescribeInput for String {
    fn describe(operation: &mut Operation<'_>) {
        operation.body("text/plain", json!({"type": "string"}));
        operation.body_is_optional();
        operation.refuses(&[400, 413]);
    }
}

impl DescribeInput for Bytes {
    fn describe(operation: &mut Operation<'_>) {
        operation.body("application/octet-stream", json!({}));
        operation.body_is_optional();
        operation.refuses(&[400, 413]);
    }
}

impl DescribeInput for Vec<u8> {
    fn describe(operation: &mut Operation<'_>) {
        Bytes::describe(operation);
    }
}

/// The handler decides what becomes of it.
impl DescribeInput for crate::Body {
    fn describe(operation: &mut Operation<'_>) {
        operation.body("*/*", json!({}));
        operation.body_is_optional();
    }
}

/// Which parts there are is for the handler to say: `describe = …` in its attribute.
#[cfg(feature = "multipart")]
impl DescribeInput for crate::Multipart {
    fn describe(operation: &mut Operation<'_>) {
        operation.body("multipart/form-data", json!({"type": "object"}));
        operation.refuses(&[400, 413, 415]);
    }
}

#[cfg(feature = "validate")]
impl<E: DescribeInput> DescribeInput for crate::Valid<E> {
    fn describe(operation: &mut Operation<'_>) {
        E::describe(operation);
        operation.refuses(&[422]);
    }
}

/// These say nothing of what clients send.
macro_rules! nothing {
    ($($({$($generics:tt)*})? $ty:ty;)*) => {$(
        impl $(<$($generics)*>)? DescribeInput for $ty {
            fn describe(_: &mut Operation<'_>) {}
        }
    )*};
}

nothing! {
    {T} State<T>;
    {T} axum::extract::State<T>;
    Method;
    Uri;
    Version;
    HeaderMap;
    Peer;
    ClientIp;
    MatchedPath;
    Drain;
    RequestId;
    Request;
}

#[cfg(feature = "client")]
nothing! {
    crate::Http;
}

/// What may be missing.
impl<E: DescribeInput> DescribeInput for Option<E> {
    fn describe(operation: &mut Operation<'_>) {
        operation.maybe(E::describe);
    }
}

/// The handler is told of the refusal, and answers it.
impl<E: DescribeInput> DescribeInput for Result<E, Refusal> {
    fn describe(operation: &mut Operation<'_>) {
        E::describe(operation);
    }
}

impl DescribeInput for Accepts {
    fn describe(operation: &mut Operation<'_>) {
        operation.refuses(&[406]);
    }
}

impl DescribeInput for LastEventId {
    fn describe(operation: &mut Operation<'_>) {
        let description = "The id of the last event that was seen.";
        let schema = json!({"type": "string", "description": description});
        operation.parameter("header", "Last-Event-ID", false, schema);
    }
}

impl DescribeInput for Caller {
    fn describe(operation: &mut Operation<'_>) {
        operation.asks.whom = operation.asks.whom.max(Whom::Caller);
        operation.refuses(&[401]);
    }
}

#[cfg(feature = "jwt")]
impl<T> DescribeInput for crate::around::Claims<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.asks.whom = Whom::Token;
        operation.refuses(&[401]);
    }
}

/// The same, with one item at least in each list that has to be there: an empty one cannot be sent. And whether there are any.
fn filled(mut schema: Value) -> (Value, bool) {
    let mut any = false;
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return (schema, false);
    };
    for (_, field) in fields.iter_mut().filter(|(name, _)| required.iter().any(|it| it == *name)) {
        let is_list = field.get("type").is_some_and(|it| it == "array");
        if is_list && field.get("minItems").and_then(Value::as_u64).unwrap_or(0) == 0 {
            field["minItems"] = 1.into();
            any = true;
        }
    }
    (schema, any)
}

/// `None` is what is not there, and cannot be sent.
fn without_null(mut schema: Value) -> Value {
    let Some(members) = schema.as_object_mut() else { return schema };
    if members.get("default").is_some_and(Value::is_null) {
        members.remove("default");
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|it| it != "null");
        if let [only] = &**types {
            members["type"] = only.clone();
        }
    }
    if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
        choices.retain(|it| it.get("type").is_none_or(|it| it != "null"));
        if let [Value::Object(only)] = &**choices {
            let only = only.clone();
            members.remove("anyOf");
            members.extend(only);
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_cannot_be_sent() {
        let list = json!({"type": "array"});
        let schema = json!({"required": ["a", "c"], "properties": {"a": list, "b": list, "c": {}}});
        let (schema, any) = filled(schema);
        assert!(any);
        let expected = json!({"a": {"type": "array", "minItems": 1}, "b": list, "c": {}});
        assert_eq!(schema["properties"], expected);
        assert!(!filled(schema).1);
    }

    #[test]
    fn null_cannot_be_sent() {
        for (schema, expected) in [
            (json!({"type": ["string", "null"], "default": null}), json!({"type": "string"})),
            (json!({"anyOf": [{"$ref": "x"}, {"type": "null"}]}), json!({"$ref": "x"})),
            (json!({"type": "integer", "default": 20}), json!({"type": "integer", "default": 20})),
            (json!(true), json!(true)),
        ] {
            assert_eq!(without_null(schema), expected);
        }
    }
}
