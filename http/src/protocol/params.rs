//! The parameters of a path as typed values.
//!
//! [`Params::deserialize`] makes what axum's `Path` makes: one value, a tuple in the template's order, a struct or a map
//! by name, a list. A value is any integer, `f32` or `f64` (finite), `bool` (`true` or `false`), `char`, a string (`&str`
//! too, where nothing was encoded), an enum without data, an `Option` or a newtype of these, and whatever reads itself
//! from a string by serde.
//!
//! Dates and times are such: with the feature `jiff` this crate has jiff with its serde on, whose `civil::Date`,
//! `civil::DateTime` and `Timestamp` read ISO 8601 and RFC 3339. It was chosen over chrono and time because those need a
//! format spelled out, or a module per field, before they read `2024-01-15T10:00:00Z`, and because its `Zoned` keeps
//! the zone that RFC 9557 writes behind it. The types of chrono and time work as well where they deserialize from a
//! string. The feature `uuid` does the same for UUIDs.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::{
    field_error::{FieldError, Place},
    percent,
    scalar::{Scalar, forward_to_scalar},
    spans::Spans,
    word::find,
};

/// The parameters of a path. What is borrowed from it (`'a`) outlives the offsets (`'s`) that it was found by.
///
/// ```
/// use wirepath_http::protocol::{Params, Template};
///
/// #[derive(serde::Deserialize)]
/// struct Order<'a> {
///     id: u64,
///     order: &'a str,
/// }
///
/// let template = Template::parse("/users/{id}/orders/{order}")?;
/// let path = "/users/7/orders/A-1";
/// let spans = template.matches(path).unwrap();
/// let params = Params::of(&template, &spans, path);
///
/// let order: Order<'_> = params.deserialize()?;
/// assert_eq!((order.id, order.order), (7, "A-1"));
/// let (id, order): (u64, String) = params.deserialize()?;
/// assert_eq!((id, &*order), (7, "A-1"));
/// assert_eq!(params.value::<u64>("id")?, 7);
/// assert_eq!(
///     params.value::<u8>("order").unwrap_err().to_string(),
///     "path parameter `order` is `A-1`: expected a whole number from 0 to 255"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Copy, Clone)]
pub struct Params<'a, 's> {
    names: &'a [Box<str>],
    spans: &'s Spans,
    path: Path<'a>,
}

#[derive(Copy, Clone)]
enum Path<'a> {
    Text(&'a str),
    /// UTF-8, and looked at for that no further than where somebody asks.
    Octets(&'a [u8]),
}

impl<'a, 's> Params<'a, 's> {
    #[inline]
    pub(crate) fn new(names: &'a [Box<str>], spans: &'s Spans, path: &'a str) -> Self {
        Self { names, spans, path: Path::Text(path) }
    }

    /// The same of octets that are known to be UTF-8.
    #[inline]
    pub(crate) fn of_octets(names: &'a [Box<str>], spans: &'s Spans, path: &'a [u8]) -> Self {
        Self { names, spans, path: Path::Octets(path) }
    }

    /// The parameters of a path that `template` matches, as [`Template::matches`](super::Template::matches) found them.
    #[must_use]
    pub fn of(template: &'a super::Template, spans: &'s Spans, path: &'a str) -> Self {
        Self::new(template.name_list(), spans, path)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len().min(self.names.len())
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names, and the values as they were sent: percent-encoded.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a, 's> {
        let this = *self;
        (0..this.len()).filter_map(move |place| Some((&**this.names.get(place)?, this.raw(place)?)))
    }

    /// The value of this name as it was sent: percent-encoded.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let place = self.names.iter().position(|one| **one == *name)?;
        self.raw(place)
    }

    #[inline]
    fn raw(&self, place: usize) -> Option<&'a str> {
        match self.path {
            Path::Text(path) => self.spans.of(path, place),
            Path::Octets(path) => str::from_utf8(path.get(self.spans.range(place)?)?).ok(),
        }
    }

    /// One parameter.
    ///
    /// # Errors
    ///
    /// If the value is not of the type, or there is no such parameter.
    #[inline]
    pub fn value<T: serde::Deserialize<'a>>(&self, name: &str) -> Result<T, FieldError> {
        match self.names.iter().position(|one| **one == *name) {
            Some(place) => match self.element(place) {
                Some(element) => T::deserialize(element),
                None => Err(missing(name)),
            },
            None => Err(missing(name)),
        }
    }

    /// The parameter at a place, counted from the last: the last is 0.
    #[inline]
    pub(crate) fn counted_from_end<T: serde::Deserialize<'a>>(
        &self,
        place: usize,
    ) -> Result<T, FieldError> {
        let place = self.len().checked_sub(1).and_then(|last| last.checked_sub(place));
        match place.and_then(|place| self.element(place)) {
            Some(element) => T::deserialize(element),
            None => Err(FieldError::never("the template has no such parameter").at(Place::Path)),
        }
    }

    /// All of them as one value.
    ///
    /// # Errors
    ///
    /// If a value is not of its type, or if the type does not fit the template, which
    /// [`FieldError::is_handlers_fault`] tells.
    #[inline]
    pub fn deserialize<T: serde::Deserialize<'a>>(&self) -> Result<T, FieldError> {
        T::deserialize(Whole(*self))
    }

    #[inline]
    fn element(&self, place: usize) -> Option<Element<'a>> {
        let name = self.names.get(place)?;
        let raw = self.raw(place)?;
        Some(Element { name, raw })
    }

    /// The only one there is.
    fn only(&self) -> Result<Element<'a>, FieldError> {
        match self.element(0) {
            Some(element) if self.len() == 1 => Ok(element),
            _ => Err(self.count(1)),
        }
    }

    #[cold]
    fn count(&self, expected: usize) -> FieldError {
        let found = self.len();
        FieldError::never(format!(
            "it has {found} parameters, and the handler asks for {expected}: take a struct, or a tuple of {found}"
        ))
        .at(Place::Path)
    }
}

impl fmt::Debug for Params<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cold]
fn missing(name: &str) -> FieldError {
    FieldError::never("the path has no such parameter").at(Place::Path).named(name)
}

/// All parameters, to be deserialized.
#[derive(Copy, Clone)]
struct Whole<'a, 's>(Params<'a, 's>);

impl<'de, 's> Whole<'de, 's> {
    #[inline]
    fn scalar<T>(
        self,
        read: impl for<'t> FnOnce(Scalar<'de, 't>) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        self.0.only()?.scalar(read)
    }

    fn exactly(self, count: usize) -> Result<Each<'de, 's>, FieldError> {
        match self.0.len() == count {
            true => Ok(self.each()),
            false => Err(self.0.count(count)),
        }
    }

    #[inline]
    fn each(self) -> Each<'de, 's> {
        Each { params: self.0, place: 0 }
    }
}

impl<'de> Deserializer<'de> for Whole<'de, '_> {
    type Error = FieldError;

    forward_to_scalar! {}

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_map(self.each())
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_map(self.each())
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_map(self.each()).map_err(|error| error.at(Place::Path))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_seq(self.each())
    }

    #[inline]
    fn deserialize_tuple<V>(self, count: usize, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        visitor.visit_seq(self.exactly(count)?)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_seq(self.exactly(count)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.0.is_empty() {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V>(self, _: &'static str, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_unit()
    }
}

/// One after the other.
struct Each<'a, 's> {
    params: Params<'a, 's>,
    place: usize,
}

impl<'de> SeqAccess<'de> for Each<'de, '_> {
    type Error = FieldError;

    #[inline]
    fn next_element_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, FieldError>
    where
        S: DeserializeSeed<'de>,
    {
        let Some(element) = self.params.element(self.place) else { return Ok(None) };
        self.place += 1;
        seed.deserialize(element).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.params.len().saturating_sub(self.place))
    }
}

impl<'de> MapAccess<'de> for Each<'de, '_> {
    type Error = FieldError;

    #[inline]
    fn next_key_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, FieldError>
    where
        S: DeserializeSeed<'de>,
    {
        let Some(element) = self.params.element(self.place) else { return Ok(None) };
        seed.deserialize(Scalar::Lasting(element.name)).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, FieldError> {
        let Some(element) = self.params.element(self.place) else {
            return Err(FieldError::never("a value was asked for before its name"));
        };
        self.place += 1;
        seed.deserialize(element)
    }
}

/// One parameter, not yet decoded.
#[derive(Copy, Clone)]
struct Element<'a> {
    name: &'a str,
    raw: &'a str,
}

impl<'de> Element<'de> {
    #[inline]
    fn scalar<T>(
        self,
        read: impl for<'t> FnOnce(Scalar<'de, 't>) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        let value = match find(b'%', self.raw.as_bytes()) {
            None => Ok(read(Scalar::Lasting(self.raw))),
            Some(first) => percent::with(self.raw, first, false, read),
        };
        match value {
            Ok(value) => value.map_err(|error| self.at_fault(error)),
            Err(error) => Err(self.at_fault(serde::de::Error::custom(error))),
        }
    }

    #[cold]
    fn at_fault(self, error: FieldError) -> FieldError {
        let sent = percent::path(self.raw).unwrap_or(self.raw.into());
        error.at(Place::Path).named(self.name).sent(&sent)
    }
}

impl<'de> Deserializer<'de> for Element<'de> {
    type Error = FieldError;

    forward_to_scalar! {}
    forward_to_scalar! {
        deserialize_any deserialize_unit deserialize_seq deserialize_map deserialize_ignored_any
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_some(self)
    }

    #[inline]
    fn deserialize_newtype_struct<V>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        visitor.visit_newtype_struct(self)
    }

    /// A pair is the name and the value: lists of pairs keep the order.
    fn deserialize_tuple<V>(self, count: usize, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        if count != 2 {
            return self.scalar(|scalar| scalar.deserialize_tuple(count, visitor));
        }
        visitor.visit_seq(NameAndValue { element: self, named: false })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.scalar(|scalar| scalar.deserialize_tuple_struct(name, count, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.scalar(|scalar| scalar.deserialize_struct(name, fields, visitor))
    }

    fn deserialize_unit_struct<V>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        self.scalar(|scalar| scalar.deserialize_unit_struct(name, visitor))
    }
}

impl<'de> IntoDeserializer<'de, FieldError> for Element<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

struct NameAndValue<'a> {
    element: Element<'a>,
    named: bool,
}

impl<'de> SeqAccess<'de> for NameAndValue<'de> {
    type Error = FieldError;

    fn next_element_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, FieldError>
    where
        S: DeserializeSeed<'de>,
    {
        if self.named {
            return seed.deserialize(self.element).map(Some);
        }
        self.named = true;
        seed.deserialize(Scalar::Lasting(self.element.name)).map(Some)
    }
}

#[cfg(test)]
mod tests;
