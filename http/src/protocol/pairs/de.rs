//! Pairs as typed values.

use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    value::MapDeserializer,
};

use super::{NONE, Pair, Pairs};
use crate::protocol::{
    field_error::FieldError,
    percent,
    scalar::{Scalar, forward_to_scalar},
};

/// Whether `T` is an optional number or `bool`, for which an empty text can mean nothing but none.
///
/// serde does not say what an `Option` is one of before it is too late to have none of it. The names of types are not
/// promised to stay what they are, but here both sides come from the same compiler.
#[cold]
fn is_number<T>() -> bool {
    fn is<T, N>() -> bool {
        std::any::type_name::<T>() == std::any::type_name::<Option<N>>()
    }
    let whole = is::<T, u8>() || is::<T, u16>() || is::<T, u32>() || is::<T, u64>();
    let signed = is::<T, i8>() || is::<T, i16>() || is::<T, i32>() || is::<T, i64>();
    let long = is::<T, u128>() || is::<T, i128>() || is::<T, usize>() || is::<T, isize>();
    whole || signed || long || is::<T, f32>() || is::<T, f64>() || is::<T, bool>()
}

/// All pairs, to be deserialized.
#[derive(Copy, Clone)]
pub(super) struct Whole<'p, 'de>(&'p Pairs<'de>);

impl<'p, 'de> Whole<'p, 'de> {
    pub(super) fn new(pairs: &'p Pairs<'de>) -> Self {
        Self(pairs)
    }

    fn scalar<T>(
        self,
        _: impl for<'t> FnOnce(Scalar<'de, 't>) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        Err(FieldError::never("pairs cannot become one value: take a struct or a map"))
    }

    #[inline]
    fn names(self, last_counts: bool) -> Names<'p, 'de> {
        Names { pairs: self.0, next: 0, value: None, last_counts }
    }
}

impl<'de> Deserializer<'de> for Whole<'_, 'de> {
    type Error = FieldError;

    forward_to_scalar! {}

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_map(self.names(true))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_map(self.names(true))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_map(self.names(false))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        let one = |pair| One { pairs: self.0, pair };
        let pairs = self.0.pairs.iter().map(|pair| (Scalar::of(&pair.name), one(pair)));
        visitor.visit_seq(MapDeserializer::new(pairs))
    }

    fn deserialize_tuple<V>(self, _: usize, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.deserialize_seq(visitor)
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

/// Each name once, in the order in which they come first.
struct Names<'p, 'de> {
    pairs: &'p Pairs<'de>,
    next: usize,
    value: Option<Values<'p, 'de>>,
    last_counts: bool,
}

impl<'de> MapAccess<'de> for Names<'_, 'de> {
    type Error = FieldError;

    #[inline]
    fn next_key_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, FieldError>
    where
        S: DeserializeSeed<'de>,
    {
        loop {
            let Some(pair) = self.pairs.pairs.get(self.next) else { return Ok(None) };
            self.next += 1;
            if pair.is_again {
                continue;
            }
            let last_counts = self.last_counts;
            self.value = Some(Values { pairs: self.pairs, first: pair, last_counts });
            // The name is borrowed from the request where it was plain.
            let name = Scalar::of(&pair.name);
            return seed.deserialize(name).map(Some).map_err(|error| error.named(&pair.name));
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, FieldError> {
        match self.value.take() {
            Some(values) => {
                let name = &values.first.name;
                seed.deserialize(values).map_err(|error| error.named(name))
            }
            None => Err(FieldError::never("a value was asked for before its name")),
        }
    }
}

/// All values of a name: one, or several.
#[derive(Copy, Clone)]
struct Values<'p, 'de> {
    pairs: &'p Pairs<'de>,
    first: &'p Pair<'de>,
    last_counts: bool,
}

impl<'p, 'de> Values<'p, 'de> {
    fn pair(self, place: u16) -> Option<&'p Pair<'de>> {
        self.pairs.pairs.get(usize::from(place))
    }

    fn each(self) -> impl Iterator<Item = &'p Pair<'de>> {
        std::iter::successors(Some(self.first), move |pair| self.pair(pair.next))
    }

    /// The one value there is.
    #[inline]
    fn scalar<T>(
        self,
        read: impl for<'t> FnOnce(Scalar<'de, 't>) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        let pair = match self.first.next {
            NONE => self.first,
            _ if self.last_counts => self.each().last().unwrap_or(self.first),
            _ => return Err(self.several()),
        };
        One { pairs: self.pairs, pair }.scalar(read)
    }

    #[cold]
    fn several(self) -> FieldError {
        let count = self.each().count();
        FieldError::new(format!("given {count} times: give it once"))
    }
}

impl<'de> Deserializer<'de> for Values<'_, 'de> {
    type Error = FieldError;

    forward_to_scalar! {}
    forward_to_scalar! { deserialize_unit deserialize_map }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.first.next {
            NONE => self.scalar(|scalar| scalar.deserialize_any(visitor)),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_seq(List { pairs: self.pairs, next: Some(self.first) })
    }

    fn deserialize_tuple<V>(self, count: usize, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        match self.each().count() {
            found if found == count => self.deserialize_seq(visitor),
            found => Err(FieldError::custom(format_args!(
                "given {found} times, expected {count}: repeat the name for each"
            ))),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.deserialize_tuple(count, visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.first.next {
            NONE if self.first.raw.is_empty() && is_number::<V::Value>() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
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

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.scalar(|scalar| scalar.deserialize_struct(name, fields, visitor))
    }

    fn deserialize_unit_struct<V>(self, _: &'static str, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_unit()
    }
}

/// The values of one name as a list.
struct List<'p, 'de> {
    pairs: &'p Pairs<'de>,
    next: Option<&'p Pair<'de>>,
}

impl<'de> SeqAccess<'de> for List<'_, 'de> {
    type Error = FieldError;

    fn next_element_seed<S>(&mut self, seed: S) -> Result<Option<S::Value>, FieldError>
    where
        S: DeserializeSeed<'de>,
    {
        let Some(pair) = self.next else { return Ok(None) };
        self.next = self.pairs.pairs.get(usize::from(pair.next));
        seed.deserialize(One { pairs: self.pairs, pair }).map(Some)
    }
}

/// One value.
#[derive(Copy, Clone)]
struct One<'p, 'de> {
    pairs: &'p Pairs<'de>,
    pair: &'p Pair<'de>,
}

impl<'de> One<'_, 'de> {
    #[inline]
    fn scalar<T>(
        self,
        read: impl for<'t> FnOnce(Scalar<'de, 't>) -> Result<T, FieldError>,
    ) -> Result<T, FieldError> {
        let Pair { raw, is_encoded, .. } = *self.pair;
        let value = match is_encoded {
            false => Ok(read(Scalar::Lasting(raw))),
            true => percent::with(raw, 0, true, read),
        };
        match value {
            Ok(value) => value.map_err(|error| self.at_fault(error)),
            Err(error) => Err(self.pair.not_utf8(&error, self.pairs.place)),
        }
    }

    #[cold]
    fn at_fault(self, error: FieldError) -> FieldError {
        let text = self.pair.value(self.pairs.place).unwrap_or(self.pair.raw.into());
        error.named(&self.pair.name).sent(&text)
    }
}

impl<'de> Deserializer<'de> for One<'_, 'de> {
    type Error = FieldError;

    forward_to_scalar! {}
    forward_to_scalar! {
        deserialize_any deserialize_unit deserialize_seq deserialize_map deserialize_ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.pair.raw.is_empty() && is_number::<V::Value>() {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

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

    fn deserialize_tuple<V>(self, count: usize, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        self.scalar(|scalar| scalar.deserialize_tuple(count, visitor))
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

    fn deserialize_unit_struct<V>(self, _: &'static str, visitor: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        self.deserialize_unit(visitor)
    }
}

impl<'de> IntoDeserializer<'de, FieldError> for One<'_, 'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
