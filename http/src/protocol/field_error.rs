//! Why a parameter or a field is refused.

use std::{borrow::Cow, fmt};

use serde::de::{Expected, Unexpected};

/// The longest text of the client's that an error repeats, in characters.
pub const MAX_SENT: usize = 64;

/// The longest explanation, in characters.
const MAX_PROBLEM: usize = 512;

/// Where the value stands in the request.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// In the path.
    Path,
    /// Behind the `?`.
    Query,
    /// In an urlencoded body.
    Form,
}

impl Place {
    fn noun(self) -> &'static str {
        match self {
            Self::Path => "path parameter",
            Self::Query => "query parameter",
            Self::Form => "form field",
        }
    }

    fn whole(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Form => "form",
        }
    }
}

/// Why a parameter or a field is refused: which one, what was sent, and what is expected instead.
///
/// What was sent is repeated with its control characters escaped, cut after [`MAX_SENT`] characters.
///
/// ```
/// use wirepath_http::protocol::{FieldError, pairs};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Page {
///     page: u8,
/// }
///
/// let error: FieldError = pairs::query::<Page>("page=300").unwrap_err();
/// assert_eq!(error.name(), Some("page"));
/// assert_eq!(
///     error.to_string(),
///     "query parameter `page` is `300`: expected a whole number from 0 to 255"
/// );
/// assert_eq!(pairs::query::<Page>("").unwrap_err().to_string(), "query parameter `page`: missing");
/// ```
// In a box, because it is rare and every value passes through a `Result` with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    place: Place,
    name: Option<String>,
    sent: Option<String>,
    problem: Cow<'static, str>,
    handlers_fault: bool,
}

impl FieldError {
    pub(crate) fn new(problem: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            place: Place::Query,
            name: None,
            sent: None,
            problem: problem.into(),
            handlers_fault: false,
        }))
    }

    /// The type that is asked for is none that such parameters make, whatever they are.
    pub(crate) fn never(problem: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(problem);
        error.0.handlers_fault = true;
        error
    }

    #[cold]
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.0.place = place;
        // A field that the template does not have is no fault of the client's.
        self.0.handlers_fault |= place == Place::Path && self.0.problem == MISSING;
        self
    }

    #[cold]
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.0.name.get_or_insert_with(|| cut(name));
        self
    }

    #[cold]
    pub(crate) fn sent(mut self, text: &str) -> Self {
        self.0.sent.get_or_insert_with(|| cut(text));
        self
    }

    /// Where the value stands in the request.
    #[must_use]
    pub fn place(&self) -> Place {
        self.0.place
    }

    /// The name of the parameter; `None` if it is about all of them.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Whether no request at all could be right, because the handler asks for a type that parameters like these cannot
    /// make: a tuple of three for a path of two, for one. That is a 500, and nothing for the client to mend.
    #[must_use]
    pub fn is_handlers_fault(&self) -> bool {
        self.0.handlers_fault
    }

    /// What was sent, where one value is at fault: escaped, and cut.
    #[must_use]
    pub fn was_sent(&self) -> Option<&str> {
        self.0.sent.as_deref()
    }

    /// What is wrong with it, without its name: `expected a whole number from 0 to 255`.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.0.problem
    }
}

const MISSING: &str = "missing";

/// Escapes what would break a line, and cuts.
fn cut(text: &str) -> String {
    let mut short = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(MAX_SENT) {
        match character {
            '"' | '\'' | '\\' => short.push(character),
            _ => short.extend(character.escape_debug()),
        }
    }
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { place, name, sent, problem, .. } = &*self.0;
        match name {
            Some(name) => write!(f, "{} `{name}`", place.noun())?,
            None => f.write_str(place.whole())?,
        }
        if let Some(sent) = sent {
            write!(f, " is `{sent}`")?;
        }
        write!(f, ": {problem}")
    }
}

impl std::error::Error for FieldError {}

impl serde::de::Error for FieldError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let mut problem = message.to_string();
        if let Some((at, _)) = problem.char_indices().nth(MAX_PROBLEM) {
            problem.truncate(at);
            problem.push('…');
        }
        Self::new(problem)
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match unexpected {
            // A text is all that there is to be had: the error has it already.
            Unexpected::Str(_) => Self::custom(format_args!("expected {expected}")),
            other => Self::custom(format_args!("expected {expected}, not {other}")),
        }
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("expected {}", OneOf(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("unknown; there is {}", OneOf(expected))).named(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(MISSING).named(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("given under two names that mean the same; send one of them").named(field)
    }
}

/// `a`, `b` or `c`.
struct OneOf(&'static [&'static str]);

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.0.iter().enumerate() {
            let before = match place {
                0 => "",
                _ if place + 1 == self.0.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}`{name}`")?;
        }
        if self.0.is_empty() { f.write_str("nothing") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::Error;

    use super::*;

    #[test]
    fn what_was_sent_is_cut_and_escaped() {
        let error = FieldError::new("bad").named("x").sent("a\r\nb\u{1b}[2J\"");
        assert_eq!(error.to_string(), "query parameter `x` is `a\\r\\nb\\u{1b}[2J\"`: bad");
        let error = FieldError::new("bad").named("x").sent(&"é".repeat(1_000));
        assert_eq!(error.was_sent().unwrap().chars().count(), MAX_SENT + 1);
        let long = FieldError::custom("é".repeat(10_000));
        assert_eq!(long.problem().chars().count(), MAX_PROBLEM + 1);
    }

    #[test]
    fn the_innermost_name_stays() {
        let error = FieldError::new("bad").named("inner").named("outer").sent("1").sent("2");
        assert_eq!(error.to_string(), "query parameter `inner` is `1`: bad");
        assert_eq!(FieldError::new("bad").at(Place::Form).to_string(), "form: bad");
    }

    #[test]
    fn choices_are_listed() {
        let list = |names| FieldError::unknown_variant("x", names).problem().to_owned();
        assert_eq!(list(&["a"]), "expected `a`");
        assert_eq!(list(&["a", "b", "c"]), "expected `a`, `b` or `c`");
        assert_eq!(list(&[]), "expected nothing");
    }

    #[test]
    fn a_missing_path_parameter_is_the_handlers_fault() {
        assert!(FieldError::missing_field("id").at(Place::Path).is_handlers_fault());
        assert!(!FieldError::missing_field("id").at(Place::Query).is_handlers_fault());
    }
}
