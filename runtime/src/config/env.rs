//! The environment as a value.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

/// A snapshot of environment variables, handed to whatever reads them.
///
/// `Debug` shows the names only: values are often secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// An environment without variables.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The environment of this process as it is now. Variables that are not UTF-8 are left out, so
    /// using one is the error "not set".
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The value of a variable; an empty value is a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Names and values of the variables whose names start with `prefix`, in order of name.
    pub fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.0
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_finds_its_variables_and_no_others() {
        let env = Env::from_iter([("A", "1"), ("AB_1", "2"), ("AB_2", "3"), ("AC", "4")]);
        assert_eq!(env.with_prefix("AB_").collect::<Vec<_>>(), [("AB_1", "2"), ("AB_2", "3")]);
    }

    #[test]
    fn values_do_not_print() {
        let env = Env::from_iter([("PASSWORD", "hunter2")]);
        assert_eq!(format!("{env:?}"), r#"{"PASSWORD"}"#);
    }
}
