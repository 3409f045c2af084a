//! A parsed document: a tree of nodes that know where they stand.
//!
//! The tree is built from the parser's events and not from typed scalars, for three reasons: a text
//! must stay as it was written until a type is asked for (`password: 0042`), a variable's value must
//! not be able to look like YAML, and every error must know its line.

mod node;
mod parse;
mod section;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use zeroize::Zeroizing;

use self::parse::{MAX_BYTES, parse};
pub use self::section::Section;
pub(super) use self::{
    node::{Entry, Node, Position, Scalar, Value},
    section::join,
};
use super::{ConfigError, Env, Problem, ProblemKind};

/// A YAML document, parsed and expanded, not yet loaded into a type.
///
/// It has no `Debug` output of its content: that may hold secrets.
pub struct Document {
    file: Arc<str>,
    root: Node,
    /// Names in `${…}`.
    variables: BTreeSet<String>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Document {
    /// Parses a document. `file` is the name for errors.
    ///
    /// # Errors
    ///
    /// If the text is not well-formed YAML, holds a key twice, holds more than one document, or goes
    /// beyond the [limits](crate::config). A variable that is not set is reported when the section
    /// that uses it is [loaded](Section::load).
    pub fn parse(text: &str, file: &str, env: &Env) -> Result<Self, ConfigError> {
        let file = Arc::from(file);
        match parse(text, env) {
            Ok((root, variables)) => Ok(Self { file, root, variables }),
            Err(problem) => Err(problem.in_file(&file).into()),
        }
    }

    /// Reads and parses a file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not UTF-8, and as [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>, env: &Env) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let refuse = |kind| Problem::new(kind).in_file(&Arc::from(name.as_str()));
        let bytes =
            read_bounded(path).map_err(|error| refuse(ProblemKind::Read(Arc::new(error))))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            refuse(ProblemKind::Syntax("not UTF-8".to_owned())).at((line, 1))
        })?;
        Self::parse(text, &name, env)
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The whole document.
    pub fn root(&self) -> Section<'_> {
        Section {
            document: self,
            file: &self.file,
            node: &self.root,
            path: String::new(),
            ignored: &[],
        }
    }
}

fn read_bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
