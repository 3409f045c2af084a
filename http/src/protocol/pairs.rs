//! Queries and urlencoded forms: pairs of names and values (WHATWG URL §5.1), and typed values made of them.
//!
//! # What becomes what
//!
//! | Sent | Read as |
//! |---|---|
//! | `tag=a&x=1&tag=b` | a `Vec` of `a` and `b`, wherever they stand; of one alone, a `Vec` of one |
//! | `tag=a,b` | the text `a,b`: a comma is a character, and only repeating a name makes a list |
//! | nothing | `None`, or what `#[serde(default)]` says; else the field is missing |
//! | `q=`, `q` | the empty text, `Some("")` for an `Option`; but `None` for an optional number or `bool`, which forms send empty, and where [`empty_as_none`] is asked for |
//! | `page=1&page=2` into a struct's `page: u32` | an error: who sends two means one of two things, and nobody knows which |
//! | the same into a map of texts or numbers | the last |
//! | the same into a dynamic value (`serde_json::Value`) | an array; what is sent once is a text |
//! | a name that the struct does not have | nothing; `#[serde(deny_unknown_fields)]` refuses it |
//!
//! The fields of a struct behind `#[serde(flatten)]` are texts: serde has to keep them before it knows what they will be.
//!
//! # Bounds
//!
//! More than [`MAX_PAIRS`] pairs are refused. Values of one name are found by comparing names where there are few, and by
//! sorting where there are many: nothing is hashed, so there are no collisions to be sent, and the time is bounded by
//! n log n whatever the names are. What is plain is borrowed; up to 24 pairs need no memory of their own.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use smallvec::SmallVec;

use super::{
    field_error::{FieldError, Place},
    percent,
    scalar::Scalar,
    tag::{same, tag},
};

mod de;

/// The most pairs that are read. Beyond, the whole query or form is refused.
pub const MAX_PAIRS: usize = 1_000;

/// So many are kept without memory of their own, and looked through one by one.
const FEW: usize = 24;

/// No pair.
const NONE: u16 = u16::MAX;

/// The pairs of a query or a form.
///
/// ```
/// use wirepath_http::protocol::Pairs;
///
/// let pairs = Pairs::query("q=caf%C3%A9+noir&tag=a&tag=b")?;
/// assert_eq!(pairs.get("q").unwrap()?, "café noir");
/// assert_eq!(pairs.get("tag").unwrap()?, "b");
///
/// #[derive(serde::Deserialize)]
/// struct Search<'a> {
///     q: String,
///     #[serde(borrow)]
///     tag: Vec<&'a str>,
///     page: Option<u32>,
/// }
/// let search: Search<'_> = pairs.deserialize()?;
/// assert_eq!((&*search.q, search.tag, search.page), ("café noir", vec!["a", "b"], None));
/// # Ok::<(), wirepath_http::protocol::FieldError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    pairs: SmallVec<[Pair<'a>; FEW]>,
    place: Place,
}

#[derive(Clone, Debug)]
struct Pair<'a> {
    /// Decoded: names are compared.
    name: Cow<'a, str>,
    /// As it was sent.
    raw: &'a str,
    /// Whether the value may have something encoded.
    is_encoded: bool,
    /// Names with two tags are two.
    tag: u64,
    /// The next pair of the same name.
    next: u16,
    /// Whether a pair before this has the same name.
    is_again: bool,
}

/// Reads a query into `T`.
///
/// ```
/// use std::collections::BTreeMap;
/// use wirepath_http::protocol::pairs;
///
/// let map: BTreeMap<String, u8> = pairs::query("a=1&b=2")?;
/// assert_eq!(map, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
/// # Ok::<(), wirepath_http::protocol::FieldError>(())
/// ```
///
/// # Errors
///
/// If there are too many pairs, or if a value is not of its type.
#[inline]
pub fn query<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, FieldError> {
    // Filled where it stands: it is too large to be handed around.
    let mut all = Pairs::none(Place::Query);
    all.split(text)?;
    all.deserialize()
}

/// Reads an urlencoded form into `T`.
///
/// # Errors
///
/// As [`query`], and if the octets are not UTF-8.
#[inline]
pub fn form<'a, T: Deserialize<'a>>(octets: &'a [u8]) -> Result<T, FieldError> {
    let mut all = Pairs::none(Place::Form);
    all.split(utf8(octets)?)?;
    all.deserialize()
}

/// Reads an empty text as `None` for any type, dates for one, since browsers send fields that nobody filled in:
/// `#[serde(default, deserialize_with = "…")]`.
///
/// ```
/// use wirepath_http::protocol::pairs;
///
/// #[derive(serde::Deserialize)]
/// struct Form {
///     #[serde(default, deserialize_with = "pairs::empty_as_none")]
///     from: Option<std::net::IpAddr>,
/// }
/// let form = |text| pairs::query::<Form>(text).map(|form| form.from);
/// assert_eq!(form("from=").unwrap(), None);
/// assert_eq!(form("from=::1").unwrap(), Some("::1".parse().unwrap()));
/// assert_eq!(
///     form("from=x").unwrap_err().to_string(),
///     "query parameter `from`: invalid IP address syntax"
/// );
/// ```
///
/// # Errors
///
/// If the text is not empty, and no `T`.
pub fn empty_as_none<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: for<'any> Deserialize<'any>,
    D: Deserializer<'de>,
{
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?.unwrap_or_default();
    match text.is_empty() {
        true => Ok(None),
        false => T::deserialize(Scalar::of(&text))
            .map(Some)
            .map_err(|error| serde::de::Error::custom(error.problem())),
    }
}

impl<'a> Pairs<'a> {
    /// Splits a query: what is behind the `?`.
    ///
    /// # Errors
    ///
    /// If there are more than [`MAX_PAIRS`], or if a name is not UTF-8.
    #[inline]
    pub fn query(text: &'a str) -> Result<Self, FieldError> {
        let mut all = Self::none(Place::Query);
        all.split(text)?;
        Ok(all)
    }

    /// Splits an urlencoded form.
    ///
    /// # Errors
    ///
    /// As [`Pairs::query`], and if the octets are not UTF-8.
    #[inline]
    pub fn form(octets: &'a [u8]) -> Result<Self, FieldError> {
        let mut all = Self::none(Place::Form);
        all.split(utf8(octets)?)?;
        Ok(all)
    }

    #[inline]
    fn none(place: Place) -> Self {
        Self { pairs: SmallVec::new(), place }
    }

    fn split(&mut self, text: &'a str) -> Result<(), FieldError> {
        let place = self.place;
        let mut rest = text;
        while !rest.is_empty() {
            let (pair, behind) = next_pair(rest);
            rest = behind;
            let Some(Sent { name, raw, name_is_encoded, is_encoded }) = pair else { continue };
            if self.pairs.len() == MAX_PAIRS {
                let problem = format!("it has more than {MAX_PAIRS} pairs: send fewer");
                return Err(FieldError::new(problem).at(place));
            }
            let name = match name_is_encoded {
                false => Cow::Borrowed(name),
                true => percent::form(name)
                    .map_err(|error| FieldError::new(error.to_string()).at(place).named(name))?,
            };
            let tag = tag(name.as_bytes());
            self.pairs.push(Pair { name, raw, is_encoded, tag, next: NONE, is_again: false });
        }
        match self.pairs.len() {
            0 | 1 => {}
            2..=FEW => self.link_few(),
            _ => self.link_many(),
        }
        Ok(())
    }

    /// Finds the values of one name by looking at all pairs before each.
    fn link_few(&mut self) {
        for place in 1..self.pairs.len() {
            let (before, behind) = self.pairs.split_at_mut(place);
            let Some(this) = behind.first_mut() else { return };
            let is_same = |one: &&mut Pair<'_>| {
                one.tag == this.tag && same(one.name.as_bytes(), this.name.as_bytes())
            };
            if let Some(earlier) = before.iter_mut().rev().find(is_same) {
                earlier.next = place.try_into().unwrap_or(NONE);
                this.is_again = true;
            }
        }
    }

    /// Finds them by sorting.
    fn link_many(&mut self) {
        let mut order: Vec<u16> =
            (0..self.pairs.len()).map_while(|place| place.try_into().ok()).collect();
        let name = |place: u16| self.pairs.get(usize::from(place)).map(|pair| &*pair.name);
        // Two of one name stay in their order.
        order.sort_by(|a, b| name(*a).cmp(&name(*b)));
        let alike: Vec<_> = order
            .windows(2)
            .filter_map(|two| <[u16; 2]>::try_from(two).ok())
            .filter(|[first, second]| name(*first) == name(*second))
            .collect();
        for [first, second] in alike {
            if let Some(pair) = self.pairs.get_mut(usize::from(first)) {
                pair.next = second;
            }
            if let Some(pair) = self.pairs.get_mut(usize::from(second)) {
                pair.is_again = true;
            }
        }
    }

    /// How many pairs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pairs in their order: the names decoded, the values as [`Pairs::get`] gives them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Result<Cow<'a, str>, FieldError>)> {
        self.pairs.iter().map(|pair| (&*pair.name, pair.value(self.place)))
    }

    /// The last value of this name, decoded.
    ///
    /// # Errors
    ///
    /// If the value is not UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Result<Cow<'a, str>, FieldError>> {
        let pair = self.pairs.iter().rev().find(|pair| pair.name == name)?;
        Some(pair.value(self.place))
    }

    /// All pairs as one value: see [the table](self#what-becomes-what).
    ///
    /// # Errors
    ///
    /// If a value is not of its type.
    #[inline]
    pub fn deserialize<T: Deserialize<'a>>(&self) -> Result<T, FieldError> {
        T::deserialize(de::Whole::new(self)).map_err(|error| error.at(self.place))
    }
}

impl<'a> Pair<'a> {
    #[inline]
    fn value(&self, place: Place) -> Result<Cow<'a, str>, FieldError> {
        if !self.is_encoded {
            return Ok(Cow::Borrowed(self.raw));
        }
        percent::form(self.raw).map_err(|error| self.not_utf8(&error, place))
    }

    #[cold]
    fn not_utf8(&self, error: &percent::NotUtf8, place: Place) -> FieldError {
        FieldError::new(error.to_string()).at(place).named(&self.name).sent(self.raw)
    }
}

fn utf8(octets: &[u8]) -> Result<&str, FieldError> {
    std::str::from_utf8(octets).map_err(|_| FieldError::new("it is not UTF-8").at(Place::Form))
}

/// A name and its value as they were sent.
struct Sent<'a> {
    name: &'a str,
    raw: &'a str,
    name_is_encoded: bool,
    is_encoded: bool,
}

/// The first pair, if there is one before the first `&`, and what is behind that.
#[inline]
fn next_pair(rest: &str) -> (Option<Sent<'_>>, &str) {
    let octets = rest.as_bytes();
    let mut equals = None;
    let mut end = octets.len();
    let (mut name_is_encoded, mut is_encoded) = (false, false);
    // Pairs are short: one loop over their octets beats several searches.
    for (place, octet) in octets.iter().enumerate() {
        match octet {
            b'=' if equals.is_none() => {
                equals = Some(place);
                name_is_encoded = is_encoded;
                is_encoded = false;
            }
            b'&' => {
                end = place;
                break;
            }
            b'%' | b'+' => is_encoded = true,
            _ => {}
        }
    }
    let behind = rest.get(end + 1..).unwrap_or_default();
    let pair = match equals {
        Some(equals) => match (rest.get(..equals), rest.get(equals + 1..end)) {
            (Some(name), Some(raw)) => Some(Sent { name, raw, name_is_encoded, is_encoded }),
            _ => None,
        },
        None => rest.get(..end).filter(|name| !name.is_empty()).map(|name| Sent {
            name,
            raw: "",
            name_is_encoded: is_encoded,
            is_encoded: false,
        }),
    };
    (pair, behind)
}

#[cfg(test)]
mod tests;
