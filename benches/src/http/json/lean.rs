//! A value of any shape that costs less than serde_json's: what one of our own could be.

use std::{borrow::Cow, fmt, marker::PhantomData};

use compact_str::CompactString;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};

/// With texts of up to 24 octets in place.
pub(super) type Lean = Value<CompactString>;

/// With texts where the body has them, as far as nothing in them is escaped.
pub(super) type Borrowed<'a> = Value<Text<'a>>;

/// Objects are lists, in the order that they came in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<T> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(T),
    List(Vec<Self>),
    Object(Vec<(T, Self)>),
}

/// A text that borrows if it can: serde's `Cow` does not by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(Cow<'a, str>);

/// A text that can be made of one that is there for as long as the body.
pub(super) trait Kept<'de>: Sized {
    fn kept(text: &'de str) -> Self;
    fn copied(text: &str) -> Self;
}

impl Kept<'_> for CompactString {
    fn kept(text: &str) -> Self {
        text.into()
    }

    fn copied(text: &str) -> Self {
        text.into()
    }
}

impl<'de> Kept<'de> for Text<'de> {
    fn kept(text: &'de str) -> Self {
        Self(Cow::Borrowed(text))
    }

    fn copied(text: &str) -> Self {
        Self(Cow::Owned(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Words(PhantomData))
    }
}

struct Words<T>(PhantomData<T>);

impl<'de, T: Kept<'de>> Visitor<'de> for Words<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::kept(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::copied(text))
    }
}

struct Anything<T>(PhantomData<T>);

impl<'de, T: Kept<'de> + Deserialize<'de>> Visitor<'de> for Anything<T> {
    type Value = Value<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value<T>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value<T>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value<T>, E> {
        Ok(Value::Unsigned(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value<T>, E> {
        Ok(Value::Signed(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value<T>, E> {
        Ok(Value::Float(value))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Value<T>, E> {
        Ok(Value::Text(T::kept(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value<T>, E> {
        Ok(Value::Text(T::copied(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<T>, A::Error> {
        let mut object = Vec::new();
        while let Some(pair) = map.next_entry()? {
            object.push(pair);
        }
        Ok(Value::Object(object))
    }
}

impl<'de, T: Kept<'de> + Deserialize<'de>> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything(PhantomData))
    }
}

impl<T: Serialize> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(text) => text.serialize(serializer),
            Self::List(list) => serializer.collect_seq(list),
            Self::Object(object) => {
                serializer.collect_map(object.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}
