//! What is wrong with a configuration, and where.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::{ExpandError, nearest};

/// What is wrong with a configuration: one [`Problem`] or several.
///
/// The accessors speak of the first; [`problems`](Self::problems) has all of them. `Display` prints
/// one line for each.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", Lines(.problems))]
#[non_exhaustive]
pub struct ConfigError {
    /// Never empty.
    problems: Vec<Problem>,
}

impl ConfigError {
    /// The file, as it was named to the loader. `None` for a problem with an environment variable
    /// that no file refers to.
    pub fn file(&self) -> Option<&str> {
        self.first().file()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.first().line()
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> Option<usize> {
        self.first().column()
    }

    /// The dotted path of the key, such as `server.tls.cert_path` or `binds[0].port`.
    pub fn key(&self) -> Option<&str> {
        self.first().key()
    }

    /// What was probably meant.
    pub fn suggestion(&self) -> Option<&str> {
        self.first().suggestion()
    }

    /// All problems, in the order in which they were found.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// `Ok` if there is no problem.
    ///
    /// # Errors
    ///
    /// All the problems, if there are any.
    pub fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    fn first(&self) -> &Problem {
        &self.problems[0]
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug)]
pub struct Problem(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    kind: ProblemKind,
    file: Option<Arc<str>>,
    /// Line and column, both from 1.
    position: Option<(usize, usize)>,
    key: Option<String>,
    suggestion: Option<String>,
}

/// What kind of thing is wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The file could not be read.
    Read(Arc<io::Error>),
    /// The file is longer than 1 MiB, nested too deeply, or too large once aliases are followed.
    TooLarge(&'static str),
    /// The file is not well-formed YAML.
    Syntax(String),
    /// A mapping holds a key twice.
    DuplicateKey,
    /// Nothing is configured by this key.
    UnknownKey {
        /// The keys that would be known there.
        known: Vec<String>,
    },
    /// A key that must be there is not.
    MissingKey,
    /// The value does not fit the key.
    InvalidValue {
        /// What is wrong with it.
        message: String,
        /// The value, unless it is secret or no scalar.
        found: Option<String>,
    },
    /// A `${VAR}` could not be expanded.
    Expand(ExpandError),
    /// An environment variable that overrides the file does not hold what it should.
    Variable {
        /// The variable.
        name: String,
        /// What is wrong with it.
        message: String,
    },
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind) -> Self {
        Self(Box::new(Details { kind, file: None, position: None, key: None, suggestion: None }))
    }

    /// A problem with an environment variable that overrides the file. The message completes the
    /// sentence "environment variable `NAME` …".
    ///
    /// ```
    /// use wirepath_runtime::config::Problem;
    ///
    /// let problem = Problem::variable("SMPP_SERVER_MAX_MPS", "is `many`, expected a whole number");
    /// assert_eq!(
    ///     problem.to_string(),
    ///     "environment variable `SMPP_SERVER_MAX_MPS` is `many`, expected a whole number"
    /// );
    /// ```
    pub fn variable(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ProblemKind::Variable { name: name.into(), message: message.into() })
    }

    /// Adds what was probably meant: the nearest of the known names, if one is near.
    #[must_use]
    pub fn suggest<'a>(mut self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.suggestion = nearest(given, known).map(str::to_owned);
        self
    }

    pub(crate) fn with_found(mut self, shown: String) -> Self {
        if let ProblemKind::InvalidValue { found, .. } = &mut self.0.kind {
            found.get_or_insert(shown);
        }
        self
    }

    /// For secret values: what is near a secret says much about it.
    pub(crate) fn without_suggestion(mut self) -> Self {
        self.0.suggestion = None;
        self
    }

    pub(crate) fn in_file(mut self, file: &Arc<str>) -> Self {
        self.0.file.get_or_insert_with(|| Arc::clone(file));
        self
    }

    pub(crate) fn at(mut self, position: (usize, usize)) -> Self {
        self.0.position.get_or_insert(position);
        self
    }

    pub(crate) fn with_key(mut self, key: impl Into<String>) -> Self {
        let key = key.into();
        if !key.is_empty() {
            self.0.key = Some(key);
        }
        self
    }

    /// What kind of problem it is.
    pub fn kind(&self) -> &ProblemKind {
        &self.0.kind
    }

    /// As [`ConfigError::file`].
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// As [`ConfigError::line`].
    pub fn line(&self) -> Option<usize> {
        self.0.position.map(|(line, _)| line)
    }

    /// As [`ConfigError::column`].
    pub fn column(&self) -> Option<usize> {
        self.0.position.map(|(_, column)| column)
    }

    /// As [`ConfigError::key`].
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// As [`ConfigError::suggestion`].
    pub fn suggestion(&self) -> Option<&str> {
        self.0.suggestion.as_deref()
    }

    /// The environment variable that the problem is about.
    pub fn environment_variable(&self) -> Option<&str> {
        match &self.0.kind {
            ProblemKind::Variable { name, .. }
            | ProblemKind::Expand(ExpandError::Unset { name }) => Some(name),
            _ => None,
        }
    }

    fn place(&self) -> String {
        match (&self.0.file, self.0.position) {
            (Some(file), Some((line, column))) => format!(" at {file}:{line}:{column}"),
            (Some(file), None) => format!(" in {file}"),
            (None, _) => String::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place();
        let key = self.0.key.as_deref().unwrap_or("the document");
        match &self.0.kind {
            ProblemKind::Read(error) => write!(f, "cannot read the configuration{place}: {error}")?,
            ProblemKind::TooLarge(what) => {
                write!(f, "the configuration is too large{place}: {what}")?
            }
            ProblemKind::Syntax(message) => write!(f, "not well-formed YAML{place}: {message}")?,
            ProblemKind::DuplicateKey => write!(f, "duplicate key `{key}`{place}")?,
            ProblemKind::UnknownKey { known } => {
                write!(f, "unknown key `{key}`{place}")?;
                if self.0.suggestion.is_none() && !known.is_empty() {
                    write!(f, "; the known keys are {}", known.join(", "))?;
                }
            }
            ProblemKind::MissingKey => write!(f, "missing key `{key}`{place}")?,
            ProblemKind::InvalidValue { message, found: Some(found) } => {
                write!(f, "invalid value `{found}` for `{key}`{place}: {message}")?;
            }
            ProblemKind::InvalidValue { message, found: None } => {
                write!(f, "invalid value for `{key}`{place}: {message}")?;
            }
            ProblemKind::Expand(error) => write!(f, "in `{key}`{place}: {error}")?,
            ProblemKind::Variable { name, message } => {
                write!(f, "environment variable `{name}` {message}")?;
            }
        }
        match &self.0.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}
