//! One text as one value.

use std::{borrow::Cow, fmt::Display};

use serde::de::{Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor};

use super::field_error::FieldError;

/// A decoded text, to be deserialized into whatever a text can be.
///
/// The errors say what is expected. Which parameter it is and what was sent is added by those who know.
#[derive(Clone, Copy)]
pub(crate) enum Scalar<'de, 't> {
    /// A part of the request: a value can borrow it.
    Lasting(&'de str),
    /// What was decoded: it is gone once the value is there.
    Passing(&'t str),
}

impl<'de, 't> Scalar<'de, 't> {
    #[inline]
    pub(crate) fn of(text: &'t Cow<'de, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::Lasting(text),
            Cow::Owned(text) => Self::Passing(text),
        }
    }

    #[inline]
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Lasting(text) => text,
            Self::Passing(text) => text,
        }
    }
}

#[cold]
fn whole_number(least: impl Display, most: impl Display) -> FieldError {
    FieldError::new(format!("expected a whole number from {least} to {most}"))
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
            match self.text().parse::<$type>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(whole_number(<$type>::MIN, <$type>::MAX)),
            }
        }
    )*};
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
            match self.text().parse::<$type>() {
                // `inf` and `nan` parse, and so does 1e999: none of them is a number that JSON could answer with.
                Ok(number) if number.is_finite() => visitor.$visit(number),
                _ => Err(FieldError::new("expected a number")),
            }
        }
    )*};
}

macro_rules! never {
    ($($method:ident ($($argument:ty),*) $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, FieldError> {
            Err(FieldError::never(concat!("one text cannot become ", $what)))
        }
    )*};
}

impl<'de> Deserializer<'de> for Scalar<'de, '_> {
    type Error = FieldError;

    whole_numbers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
    }

    numbers! {
        deserialize_f32 visit_f32 f32;
        deserialize_f64 visit_f64 f64;
    }

    never! {
        deserialize_seq() "a list";
        deserialize_tuple(usize) "a tuple";
        deserialize_tuple_struct(&'static str, usize) "a tuple";
        deserialize_map() "a map";
        deserialize_struct(&'static str, &'static [&'static str]) "a struct: parameters do not nest";
    }

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Lasting(text) => visitor.visit_borrowed_str(text),
            Self::Passing(text) => visitor.visit_str(text),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_any(visitor)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Lasting(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Self::Passing(text) => visitor.visit_bytes(text.as_bytes()),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.text() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(FieldError::new("expected `true` or `false`")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        let mut characters = self.text().chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => visitor.visit_char(character),
            _ => Err(FieldError::new("expected one character")),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self.text().is_empty() {
            true => visitor.visit_unit(),
            false => Err(FieldError::new("expected no value")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_enum(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_unit()
    }
}

/// The text is the name of a variant without data.
impl<'de> EnumAccess<'de> for Scalar<'de, '_> {
    type Error = FieldError;
    type Variant = UnitVariant;

    fn variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, UnitVariant), FieldError> {
        Ok((seed.deserialize(self)?, UnitVariant))
    }
}

/// What is behind the name: nothing.
pub(crate) struct UnitVariant;

const WITH_DATA: &str = "one text cannot become a variant with data";

impl<'de> VariantAccess<'de> for UnitVariant {
    type Error = FieldError;

    fn unit_variant(self) -> Result<(), FieldError> {
        Ok(())
    }

    fn newtype_variant_seed<S>(self, _: S) -> Result<S::Value, FieldError>
    where
        S: serde::de::DeserializeSeed<'de>,
    {
        Err(FieldError::never(WITH_DATA))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, FieldError> {
        Err(FieldError::never(WITH_DATA))
    }

    fn struct_variant<V>(self, _: &'static [&'static str], _: V) -> Result<V::Value, FieldError>
    where
        V: Visitor<'de>,
    {
        Err(FieldError::never(WITH_DATA))
    }
}

impl<'de> IntoDeserializer<'de, FieldError> for Scalar<'de, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Forwards to `self.scalar()` what a text alone can answer.
macro_rules! forward_to_scalar {
    ($($method:ident)+) => {$(
        #[inline]
        fn $method<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
            self.scalar(|scalar| serde::Deserializer::$method(scalar, visitor))
        }
    )+};
    () => {
        $crate::protocol::scalar::forward_to_scalar! {
            deserialize_bool deserialize_char
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
            deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
            deserialize_f32 deserialize_f64
            deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
            deserialize_identifier
        }

        fn deserialize_enum<V: serde::de::Visitor<'de>>(
            self,
            name: &'static str,
            variants: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, FieldError> {
            self.scalar(|scalar| {
                serde::Deserializer::deserialize_enum(scalar, name, variants, visitor)
            })
        }
    };
}

pub(crate) use forward_to_scalar;
