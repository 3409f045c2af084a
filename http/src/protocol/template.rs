//! Path templates: `/users/{id}/orders/{order}`, `/files/{*rest}`.
//!
//! # Grammar
//!
//! ```text
//! template  = "/" | 1*( "/" segment ) [ "/" ]
//! segment   = literal | [ literal ] "{" name "}" | "{*" name "}"     ; the last form in the last place only
//! name      = ( letter | "_" ) *( letter | digit | "_" )              ; ASCII, each once in a template
//! literal   = 1*( any character but "/" "{" "}" "?" "#" | "{{" | "}}" )
//! ```
//!
//! `{id}` takes what is there up to the next slash, `{*rest}` all up to the end, slashes and all. At the end of the path
//! that is one octet or more; before a slash it may be none, as in axum: `/users//x` is a `/users/{id}/x`. A slash at
//! the end is part of the template: `/users` and `/users/` are two. A segment that begins with `:` or `*` is refused,
//! because that is how older routers write parameters; so are `.`, `..` and empty segments, which no client sends.
//!
//! # Percent-encoding
//!
//! A path is matched as it was sent, octet for octet: `%2F` in a parameter separates nothing. Decoding comes after, each
//! parameter by itself. Literals are written as people read them, and encoded where a path needs that: `/café` takes
//! `/caf%C3%A9`. What is encoded already, `%20`, stays as it is. Other spellings of the same path (`/%75sers` for
//! `/users`) match no literal, so a guard never sees another path than the router did.

use std::{fmt, str::FromStr};

use super::spans::Spans;

/// A path template.
///
/// ```
/// use wirepath_http::protocol::Template;
///
/// let template: Template = "/users/{id}/orders/{order}".parse()?;
/// assert_eq!(template.names().collect::<Vec<_>>(), ["id", "order"]);
/// let spans = template.matches("/users/7/orders/42").unwrap();
/// assert_eq!(spans.of("/users/7/orders/42", 1), Some("42"));
/// # Ok::<(), wirepath_http::protocol::template::TemplateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template {
    text: String,
    segments: Vec<Segment>,
    names: Vec<Box<str>>,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    /// As it is on the wire.
    Literal(String),
    /// A parameter behind a literal, which may be empty.
    Parameter { before: String },
    /// All that is left.
    Rest,
}

/// A text that is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path `{template}` {mistake}")]
pub struct TemplateError {
    template: String,
    mistake: Mistake,
}

impl TemplateError {
    /// What is wrong with it.
    #[must_use]
    pub fn mistake(&self) -> &Mistake {
        &self.mistake
    }
}

/// What is wrong with a template, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mistake {
    /// It does not begin with a slash.
    #[error("does not begin with `/`: put one in front")]
    NoSlash,
    /// Two slashes in a row.
    #[error("has two slashes in a row: remove one")]
    Empty,
    /// A segment that clients resolve before they send.
    #[error(
        "has a segment `{0}`, which clients resolve before they send: write the path without it"
    )]
    Dots(String),
    /// A query or a fragment.
    #[error("has a `{0}`: the query is read by an extractor, the fragment is never sent")]
    Query(char),
    /// A `%` that encodes nothing.
    #[error("has a `%` without two hexadecimal digits behind it: write `%25`")]
    Percent,
    /// How other routers write parameters.
    #[error("has a segment `{found}`: a parameter is written `{meant}` here")]
    Foreign {
        /// What is there.
        found: String,
        /// What is meant.
        meant: String,
    },
    /// A brace is opened and not closed.
    #[error(
        "has a `{{` without its `}}`: a parameter is `{{name}}`, the character itself is `{{{{`"
    )]
    Unclosed,
    /// A brace is closed and not opened.
    #[error(
        "has a `}}` without its `{{`: a parameter is `{{name}}`, the character itself is `}}}}`"
    )]
    Unopened,
    /// The name is none.
    #[error(
        "has a parameter `{{{0}}}`: a name is letters, digits and underscores, and does not begin with a digit"
    )]
    Name(String),
    /// The name has a type or a pattern behind it.
    #[error(
        "has a parameter `{{{0}}}`: write the name alone, its type is the handler's argument's"
    )]
    Typed(String),
    /// Two parameters in a segment.
    #[error("has two parameters in the segment `{0}`: put a `/` between them")]
    Two(String),
    /// Something behind a parameter.
    #[error(
        "has something behind the parameter in the segment `{0}`: a parameter reaches up to the next `/`"
    )]
    Behind(String),
    /// A catch-all with something before or behind it.
    #[error(
        "has `{{*{0}}}` elsewhere than as its whole last segment: it takes all that is left of the path"
    )]
    RestNotLast(String),
    /// A name is there twice.
    #[error("has two parameters `{0}`: give one of them another name")]
    Twice(String),
    /// More parameters than [`Spans::MAX`].
    #[error("has more than {} parameters: put some into the query", Spans::MAX)]
    TooMany,
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        Self::parse(text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    ///
    /// At the first mistake; the error says how to mend it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Self::read(text).map_err(|mistake| TemplateError { template: text.to_owned(), mistake })
    }

    fn read(text: &str) -> Result<Self, Mistake> {
        let inside = text.strip_prefix('/').ok_or(Mistake::NoSlash)?;
        let mut template = Self { text: text.to_owned(), segments: Vec::new(), names: Vec::new() };
        let mut parts = inside.split('/').peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            if part.is_empty() && !last {
                return Err(Mistake::Empty);
            }
            let (segment, name) = Segment::parse(part)?;
            if matches!(segment, Segment::Rest) && !last {
                return Err(Mistake::RestNotLast(name.unwrap_or_default().to_owned()));
            }
            template.segments.push(segment);
            template.names.extend(name.map(Box::from));
        }
        template.check_names()?;
        Ok(template)
    }

    fn check_names(&self) -> Result<(), Mistake> {
        if self.names.len() > Spans::MAX {
            return Err(Mistake::TooMany);
        }
        for (place, name) in self.names.iter().enumerate() {
            if self.names.iter().take(place).any(|earlier| earlier == name) {
                return Err(Mistake::Twice(name.to_string()));
            }
        }
        Ok(())
    }

    /// The names of the parameters in their order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.names.iter().map(|name| &**name)
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn name_list(&self) -> &[Box<str>] {
        &self.names
    }

    /// The template as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The template with its literals as they are on the wire, as axum and matchit take it.
    ///
    /// ```
    /// use wirepath_http::protocol::Template;
    ///
    /// let template = Template::parse("/café/{id}")?;
    /// assert_eq!(template.pattern(), "/caf%C3%A9/{id}");
    /// # Ok::<(), wirepath_http::protocol::template::TemplateError>(())
    /// ```
    #[must_use]
    pub fn pattern(&self) -> String {
        let escape = |literal: &str| literal.replace('{', "{{").replace('}', "}}");
        let mut names = self.names.iter();
        let mut name = || names.next().map(|name| &**name).unwrap_or_default();
        let mut pattern = String::new();
        for segment in &self.segments {
            pattern.push('/');
            match segment {
                Segment::Literal(literal) => pattern.push_str(&escape(literal)),
                Segment::Parameter { before } => {
                    pattern.push_str(&format!("{}{{{}}}", escape(before), name()));
                }
                Segment::Rest => pattern.push_str(&format!("{{*{}}}", name())),
            }
        }
        pattern
    }

    /// Puts `self` in front of `template`, as a mount does: `/api` and `/users/{id}` make `/api/users/{id}`, `/api` and `/`
    /// make `/api`.
    ///
    /// # Errors
    ///
    /// If the prefix has a catch-all, if both have a parameter of one name, or if there are too many of them.
    pub fn join(&self, template: &Self) -> Result<Self, TemplateError> {
        let prefix = self.text.strip_suffix('/').unwrap_or(&self.text);
        match (prefix, &*template.text) {
            (_, "/") => Ok(self.clone()),
            ("", _) => Ok(template.clone()),
            (_, behind) => Self::parse(&format!("{prefix}{behind}")),
        }
    }

    /// Where the parameters stand in a path, if it is one of this template's. Of several templates, see
    /// [`Table`](super::Table).
    #[must_use]
    pub fn matches(&self, path: &str) -> Option<Spans> {
        let mut spans = Spans::default();
        let mut rest = path;
        for segment in &self.segments {
            rest = rest.strip_prefix('/')?;
            let end = match segment {
                Segment::Rest => rest.len(),
                _ => rest.find('/').unwrap_or(rest.len()),
            };
            let (part, behind) = rest.split_at_checked(end)?;
            let value = match segment {
                Segment::Literal(literal) if part == literal => None,
                Segment::Literal(_) => return None,
                Segment::Parameter { before } => Some(part.strip_prefix(before.as_str())?),
                Segment::Rest => Some(part),
            };
            if let Some(value) = value {
                (!value.is_empty() || !behind.is_empty()).then_some(())?;
                let end = path.len() - behind.len();
                spans.push(end - value.len(), end)?;
            }
            rest = behind;
        }
        rest.is_empty().then_some(spans)
    }
}

impl Segment {
    /// The segment, and the name in it.
    fn parse(part: &str) -> Result<(Self, Option<&str>), Mistake> {
        if matches!(part, "." | "..") {
            return Err(Mistake::Dots(part.to_owned()));
        }
        if let Some(mistake) = foreign(part) {
            return Err(mistake);
        }
        let (before, braces) = literal(part)?;
        let Some(braces) = braces else { return Ok((Self::Literal(before), None)) };
        let (name, behind) = braces.split_once('}').ok_or(Mistake::Unclosed)?;
        let (name, is_rest) = match name.strip_prefix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        check_name(name)?;
        if !behind.is_empty() {
            let (_, another) = literal(behind)?;
            return Err(match another {
                Some(_) => Mistake::Two(part.to_owned()),
                None => Mistake::Behind(part.to_owned()),
            });
        }
        match is_rest {
            true if !before.is_empty() => Err(Mistake::RestNotLast(name.to_owned())),
            true => Ok((Self::Rest, Some(name))),
            false => Ok((Self::Parameter { before }, Some(name))),
        }
    }
}

/// A segment as Express, Rails, Flask and older versions of axum write it.
fn foreign(part: &str) -> Option<Mistake> {
    let bare = |name: &str| {
        let name =
            name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').find(|n| !n.is_empty());
        name.unwrap_or("name").to_owned()
    };
    let meant = match part.chars().next()? {
        ':' => format!("{{{}}}", bare(part)),
        '*' => format!("{{*{}}}", bare(part)),
        '<' if part.ends_with('>') => {
            // Flask's `<int:id>` has the type in front.
            let inside = part.rsplit(':').next().unwrap_or(part);
            format!("{{{}}}", bare(inside))
        }
        _ => return None,
    };
    Some(Mistake::Foreign { found: part.to_owned(), meant })
}

/// The literal at the start as it is on the wire, and what is behind the brace that opens after it.
fn literal(part: &str) -> Result<(String, Option<&str>), Mistake> {
    let mut wire = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(character) = rest.chars().next() {
        let (this, behind) = rest.split_at(character.len_utf8());
        rest = behind;
        match character {
            '{' | '}' if behind.starts_with(character) => {
                wire.push(character);
                rest = behind.get(1..).unwrap_or_default();
            }
            '{' => return Ok((wire, Some(behind))),
            '}' => return Err(Mistake::Unopened),
            '?' | '#' => return Err(Mistake::Query(character)),
            '%' => match behind.as_bytes() {
                [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    wire.push(character);
                }
                _ => return Err(Mistake::Percent),
            },
            _ if character.is_ascii_graphic() => wire.push(character),
            _ => this.bytes().for_each(|octet| wire.push_str(&format!("%{octet:02X}"))),
        }
    }
    Ok((wire, None))
}

fn check_name(name: &str) -> Result<(), Mistake> {
    if let Some((before, _)) = name.split_once(':')
        && check_name(before).is_ok()
    {
        return Err(Mistake::Typed(name.to_owned()));
    }
    let is_name = name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_')
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    is_name.then_some(()).ok_or_else(|| Mistake::Name(name.to_owned()))
}

#[cfg(test)]
mod tests;
