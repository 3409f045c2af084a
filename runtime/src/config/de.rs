//! From nodes to serde types.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::document::{Entry, Node, Position, Scalar, Value, join};
use super::{ConfigError, Problem, ProblemKind};
use crate::secret;

/// Keys whose values stay out of errors even if the type that they load into is no `Secret`.
const SECRET_NAMES: [&str; 5] = ["password", "passwd", "passphrase", "secret", "token"];

/// Values longer than this are cut in errors.
const LONGEST_SHOWN: usize = 60;

pub(super) fn load<T: DeserializeOwned>(
    file: &Arc<str>,
    root: &Node,
    path: &str,
    ignored: &[&str],
) -> Result<T, ConfigError> {
    let seen = Seen::default();
    let at = At { node: root, path: path.to_owned(), secret: false, ignored, seen: &seen };
    let loaded = at.load(PhantomData::<T>);
    let mut problems = seen.unknown.into_inner();
    let loaded = match loaded {
        Ok(loaded) => Some(loaded),
        Err(error) => {
            problems.push(error.problem);
            None
        }
    };
    problems.sort_by_key(|problem| (problem.line(), problem.column()));
    match loaded {
        Some(loaded) if problems.is_empty() => Ok(loaded),
        _ => {
            let problems = problems.into_iter().map(|problem| problem.in_file(file)).collect();
            ConfigError::check(problems)?;
            unreachable!("either there is a value or there is a problem")
        }
    }
}

/// A node and the way to it.
struct At<'a> {
    node: &'a Node,
    path: String,
    /// The value must not be repeated in an error.
    secret: bool,
    /// Keys of this very mapping that others load.
    ignored: &'a [&'a str],
    seen: &'a Seen,
}

/// What was noticed on the way.
struct Seen {
    /// Unknown keys: they do not stop the loading.
    unknown: RefCell<Vec<Problem>>,
    /// The last node that loaded as a secret. It is only compared, never followed: a type that wraps a
    /// `Secret` may refuse the value after the secret itself was taken.
    secret: Cell<*const Node>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { unknown: RefCell::default(), secret: Cell::new(std::ptr::null()) }
    }
}

/// An error on its way up. The innermost node that it passes gives it its place.
#[derive(Debug)]
struct Error {
    problem: Problem,
    /// A key that is to be added to the path of the node.
    leaf: Option<String>,
    placed: bool,
}

impl Error {
    fn new(kind: ProblemKind) -> Self {
        Self { problem: Problem::new(kind), leaf: None, placed: false }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(ProblemKind::InvalidValue { message: message.into(), found: None })
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::invalid(message.to_string())
    }

    // The found value is left out of all of these: the node that places the error knows whether it
    // may be shown.
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid(format!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid(format!("expected {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::invalid(format!("expected {expected}, found {length}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut error = Self::invalid(format!("expected {}", one_of(expected)));
        error.problem = error.problem.suggest(variant, expected.iter().copied());
        error
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.iter().map(|&name| name.to_owned()).collect();
        let mut error = Self::new(ProblemKind::UnknownKey { known });
        error.problem = error.problem.suggest(field, expected.iter().copied());
        error.leaf = Some(field.to_owned());
        error
    }

    fn missing_field(field: &'static str) -> Self {
        Self { leaf: Some(field.to_owned()), ..Self::new(ProblemKind::MissingKey) }
    }
}

fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => format!("`{only}`"),
        [rest @ .., last] => format!("`{}` or `{last}`", rest.join("`, `")),
    }
}

impl<'a> At<'a> {
    fn child(&self, node: &'a Node, path: String, key: &str) -> Self {
        let key = key.to_ascii_lowercase();
        let secret = self.secret || SECRET_NAMES.iter().any(|name| key.contains(name));
        Self { node, path, secret, ignored: &[], seen: self.seen }
    }

    /// Loads the node; an error that has no place yet, as that of a `TryFrom`, gets this one.
    fn load<'de, T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let here = Self { path: self.path.clone(), ..self };
        here.with(seed.deserialize(self))
    }

    fn place(&self, mut error: Error) -> Error {
        if error.placed {
            return error;
        }
        let key = match &error.leaf {
            Some(leaf) => join(&self.path, leaf),
            None => self.path.clone(),
        };
        let mut problem = error.problem.with_key(key).at(self.node.position);
        if let Value::Scalar(scalar) = &self.node.value
            && !scalar.is_null()
        {
            if self.secret || std::ptr::eq(self.seen.secret.get(), self.node) {
                problem = problem.without_suggestion();
            } else {
                problem = problem.with_found(shown(scalar));
            }
        }
        error.problem = problem;
        error.placed = true;
        error
    }

    fn scalar(&self, expected: &str) -> Result<&'a Scalar, Error> {
        match &self.node.value {
            Value::Scalar(scalar) if scalar.is_null() => {
                Err(Error::invalid(format!("expected {expected}, found nothing")))
            }
            Value::Scalar(scalar) => Ok(scalar),
            Value::List(_) => Err(Error::invalid(format!("expected {expected}, found a list"))),
            Value::Map(_) => Err(Error::invalid(format!("expected {expected}, found a mapping"))),
        }
    }

    fn integer<T: TryFrom<i128>>(&self, expected: &str) -> Result<T, Error> {
        let scalar = self.scalar(expected)?;
        scalar
            .text
            .trim()
            .parse::<i128>()
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| Error::invalid(format!("expected {expected}")))
    }

    fn items(&self) -> Result<&'a [Node], Error> {
        match &self.node.value {
            Value::List(items) => Ok(items),
            Value::Scalar(scalar) if scalar.is_null() => Ok(&[]),
            Value::Scalar(_) => Err(Error::invalid("expected a list")),
            Value::Map(_) => Err(Error::invalid("expected a list, found a mapping")),
        }
    }

    fn entries(&self) -> Result<&'a [Entry], Error> {
        match &self.node.value {
            Value::Map(entries) => Ok(entries),
            Value::Scalar(scalar) if scalar.is_null() => Ok(&[]),
            Value::Scalar(_) => Err(Error::invalid("expected a mapping of keys to values")),
            Value::List(_) => {
                Err(Error::invalid("expected a mapping of keys to values, found a list"))
            }
        }
    }

    fn report_unknown(&self, entry: &Entry, fields: &[&str]) {
        let known = fields.iter().map(|&field| field.to_owned()).collect();
        let problem = Problem::new(ProblemKind::UnknownKey { known })
            .at(entry.position)
            .with_key(join(&self.path, &entry.key))
            .suggest(&entry.key, fields.iter().copied());
        self.seen.unknown.borrow_mut().push(problem);
    }

    /// Gives an error that has no place yet the place of this node.
    fn with<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| self.place(error))
    }
}

fn shown(scalar: &Scalar) -> String {
    let text = scalar.text.escape_debug();
    if scalar.text.chars().count() <= LONGEST_SHOWN {
        return text.to_string();
    }
    text.take(LONGEST_SHOWN).chain(['…']).collect()
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let expected = format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX);
            self.with(self.integer::<$type>(&expected).and_then(|number| visitor.$visit(number)))
        }
    )*};
}

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let scalar = match &self.node.value {
            Value::List(_) => return self.deserialize_seq(visitor),
            Value::Map(_) => return self.deserialize_map(visitor),
            Value::Scalar(scalar) => scalar,
        };
        let text = scalar.text.as_str();
        self.with(if scalar.is_null() {
            visitor.visit_unit()
        } else if !scalar.plain {
            visitor.visit_str(text)
        } else if let Some(value) = boolean(text) {
            visitor.visit_bool(value)
        } else if let Ok(number) = text.parse::<u64>() {
            visitor.visit_u64(number)
        } else if let Ok(number) = text.parse::<i64>() {
            visitor.visit_i64(number)
        } else if let Some(number) = float(text) {
            visitor.visit_f64(number)
        } else {
            visitor.visit_str(text)
        })
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.scalar("`true` or `false`").and_then(|scalar| {
            boolean(&scalar.text).ok_or_else(|| Error::invalid("expected `true` or `false`"))
        });
        self.with(value.and_then(|value| visitor.visit_bool(value)))
    }

    integers! {
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let value = self.scalar("a number").and_then(|scalar| {
            float(scalar.text.trim()).ok_or_else(|| Error::invalid("expected a number"))
        });
        self.with(value.and_then(|value| visitor.visit_f64(value)))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.with(self.scalar("a text").and_then(|scalar| visitor.visit_str(&scalar.text)))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.with(
            self.scalar("a text").and_then(|scalar| visitor.visit_bytes(scalar.text.as_bytes())),
        )
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.node.is_null() {
            visitor.visit_unit()
        } else {
            Err(self.place(Error::invalid("expected no value")))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == secret::MARKER {
            self.secret = true;
            self.seen.secret.set(self.node);
        }
        let here = At { path: self.path.clone(), ..self };
        here.with(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = self.with(self.items())?;
        self.with(visitor.visit_seq(Items { at: &self, items, next: 0 }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = self.with(self.entries())?;
        self.with(visitor.visit_map(Entries { at: &self, entries, fields: None, value: None }))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries = self.with(self.entries())?;
        let access = Entries { at: &self, entries, fields: Some(fields), value: None };
        self.with(visitor.visit_map(access))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let expected = one_of(variants);
        let (name, value) = match &self.node.value {
            Value::Map(entries) if entries.len() == 1 => {
                (entries[0].key.as_str(), Some(&entries[0].value))
            }
            Value::Map(_) => {
                return Err(self.place(Error::invalid(format!("expected one key: {expected}"))));
            }
            _ => (self.with(self.scalar(&expected))?.text.as_str(), None),
        };
        if !variants.contains(&name) {
            return Err(self.place(de::Error::unknown_variant(name, variants)));
        }
        let value = value.map(|node| self.child(node, join(&self.path, name), name));
        self.with(visitor.visit_enum(Variant { name, value }))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A finite number. Rust also reads `inf`, `nan` and the like, which YAML spells otherwise and no
/// configuration means.
fn float(text: &str) -> Option<f64> {
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    text.parse::<f64>().ok().filter(|number| numeric && number.is_finite())
}

struct Items<'a, 'p> {
    at: &'p At<'a>,
    items: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.items.get(self.next) else { return Ok(None) };
        let path = format!("{}[{}]", self.at.path, self.next);
        self.next += 1;
        self.at.child(node, path, "").load(seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

struct Entries<'a, 'p> {
    at: &'p At<'a>,
    entries: &'a [Entry],
    /// The known keys, if this loads a struct.
    fields: Option<&'static [&'static str]>,
    value: Option<&'a Entry>,
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        while let Some((entry, rest)) = self.entries.split_first() {
            self.entries = rest;
            let key = entry.key.as_str();
            if self.at.ignored.contains(&key) {
                continue;
            }
            if let Some(fields) = self.fields {
                if !fields.contains(&key) {
                    self.at.report_unknown(entry, fields);
                    continue;
                }
                if entry.value.is_null() {
                    continue;
                }
            }
            self.value = Some(entry);
            let name: StrDeserializer<'_, Error> = key.into_deserializer();
            let key =
                seed.deserialize(name).map_err(|error| at_key(self.at, entry.position, key, error));
            return key.map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some(entry) = self.value.take() else {
            return Err(Error::invalid("a value was asked for before its key"));
        };
        let path = join(&self.at.path, &entry.key);
        self.at.child(&entry.value, path, &entry.key).load(seed)
    }
}

fn at_key(at: &At<'_>, position: Position, key: &str, mut error: Error) -> Error {
    error.problem = error.problem.with_key(join(&at.path, key)).at(position);
    error.placed = true;
    error
}

struct Variant<'a> {
    name: &'a str,
    value: Option<At<'a>>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'a> Variant<'a> {
    fn content(self) -> Result<At<'a>, Error> {
        self.value.ok_or_else(|| Error::invalid(format!("`{}` needs a value", self.name)))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.value {
            None => Ok(()),
            Some(at) if at.node.is_null() => Ok(()),
            Some(at) => Err(at.place(Error::invalid("expected no value"))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.content()?.load(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.content()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content()?.deserialize_struct("", fields, visitor)
    }
}
