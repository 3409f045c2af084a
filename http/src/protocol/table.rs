//! All templates of a listener, and which of them a path is.

use super::{params::Params, spans::Spans, template::Template, tree::Tree};

/// All templates of a listener, and which of them a path is.
///
/// In each segment a literal goes before a parameter, and a parameter before a catch-all, whatever order they were
/// inserted in; where the better start leads nowhere, the next is tried. Of two parameters in one place, the one with the
/// longer literal in front goes first.
///
/// What is accepted, and the way that a path takes, are matchit's, in the version that axum has: it is asked about every
/// template that is inserted. Paths are looked up in a tree of our own, because matchit's look-up makes a list for more than three
/// parameters, and checks as UTF-8 again what it cut. Nothing is allocated for a path, and no node is visited twice for it.
///
/// ```
/// use wirepath_http::protocol::{Table, Template};
///
/// let mut table = Table::new();
/// table.insert(Template::parse("/users/{id}")?)?;
/// let me = table.insert(Template::parse("/users/me")?)?;
///
/// assert_eq!(table.at("/users/me").unwrap().route, me);
/// let path = "/users/7";
/// let found = table.at(path).unwrap();
/// let (id,): (u64,) = table.params(&found, path).deserialize()?;
/// assert_eq!(id, 7);
/// assert!(table.at("/users").is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Who knows what conflicts.
    known: matchit::Router<()>,
    tree: Tree,
    templates: Vec<Template>,
}

/// What a path was found to be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The number that [`Table::insert`] gave.
    pub route: usize,
    /// Where the parameters stand in the path.
    pub spans: Spans,
}

/// Two templates of which no path could tell which is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the path `{new}` conflicts with `{existing}`: {}",
    if .new == .existing { "it is there already" } else { "give the parameters in one place one name and one form" }
)]
pub struct Conflict {
    new: Template,
    existing: Template,
    route: usize,
}

impl Conflict {
    /// The template that was to be inserted.
    #[must_use]
    pub fn new_template(&self) -> &Template {
        &self.new
    }

    /// The template that is there.
    #[must_use]
    pub fn existing(&self) -> &Template {
        &self.existing
    }

    /// The number of the template that is there. Where both are the same, its methods are the place for the new ones.
    #[must_use]
    pub fn route(&self) -> usize {
        self.route
    }
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a template and gives its number: 0, 1, 2 and so on.
    ///
    /// # Errors
    ///
    /// If it is there already, or one that differs in nothing but the names of its last parameters, or one that has a
    /// parameter where this has a catch-all. The error names both.
    pub fn insert(&mut self, template: Template) -> Result<usize, Box<Conflict>> {
        let route = self.templates.len();
        match self.known.insert(template.pattern(), ()) {
            Ok(()) => {
                self.tree.insert(&template, route);
                self.templates.push(template);
                Ok(route)
            }
            Err(_) => Err(self.conflict(template)),
        }
    }

    /// matchit says what the way to the conflict looks like, which need not be a whole template: ask each.
    fn conflict(&self, new: Template) -> Box<Conflict> {
        let clashes = |existing: &&Template| {
            let mut pair = matchit::Router::new();
            pair.insert(existing.pattern(), ()).is_err() || pair.insert(new.pattern(), ()).is_err()
        };
        let existing = self.templates.iter().find(clashes).unwrap_or(&new).clone();
        let route = self.templates.iter().position(|one| *one == existing).unwrap_or_default();
        Box::new(Conflict { new, existing, route })
    }

    /// What a path is: the path alone, percent-encoded as it was sent, without its query.
    ///
    /// A path of more than [`Spans::MAX_PATH`] octets is nothing.
    #[must_use]
    #[inline]
    pub fn at(&self, path: impl AsRef<[u8]>) -> Option<Found> {
        let mut spans = Spans::default();
        let route = self.find(path, &mut spans)?;
        Some(Found { route, spans })
    }

    /// The same, with the parameters into a place that is there already, whatever it holds: what moves nothing is faster.
    #[inline]
    pub fn find(&self, path: impl AsRef<[u8]>, spans: &mut Spans) -> Option<usize> {
        let path = path.as_ref();
        spans.truncate(0);
        if path.len() > Spans::MAX_PATH || path.first() != Some(&b'/') {
            return None;
        }
        self.tree.find(path, 1, spans)
    }

    /// The parameters of a path that was found here.
    #[must_use]
    #[inline]
    pub fn params<'a, 's>(&'a self, found: &'s Found, path: &'a str) -> Params<'a, 's> {
        let names = self.templates.get(found.route).map(Template::name_list);
        Params::new(names.unwrap_or_default(), &found.spans, path)
    }

    /// The template with this number.
    #[must_use]
    pub fn template(&self, route: usize) -> Option<&Template> {
        self.templates.get(route)
    }

    /// The templates in the order in which they were inserted.
    pub fn templates(&self) -> impl ExactSizeIterator<Item = &Template> {
        self.templates.iter()
    }
}

#[cfg(test)]
mod tests;
