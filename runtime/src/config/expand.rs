//! `${VAR}` in values.

use std::borrow::Cow;

use super::Env;

/// The longest text that one expansion may produce, in octets.
const MAX_LENGTH: usize = 1 << 20;

/// Why a text could not be expanded. It names variables, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpandError {
    /// The variable is not set and has no default.
    #[error("environment variable `{name}` is not set; set it, or write `${{{name}:-default}}`")]
    Unset {
        /// The variable.
        name: String,
    },
    /// A `${` without its `}`.
    #[error("`${{` without `}}`; write `$$` for a dollar sign")]
    Unterminated,
    /// What stands between the braces is not `NAME` or `NAME:-default`.
    #[error(
        "`${{{name}}}` is no variable: expected `${{NAME}}` or `${{NAME:-default}}`; write `$$` for a dollar sign"
    )]
    BadName {
        /// What stands there.
        name: String,
    },
    /// A default that holds another `${`.
    #[error("the default of `${{{name}:-…}}` holds another `${{`, which is not supported")]
    Nested {
        /// The variable with that default.
        name: String,
    },
    /// The result would be longer than 1 MiB.
    #[error("the expanded value is longer than 1 MiB")]
    TooLong,
}

/// Replaces `${VAR}` by the variable's value, `${VAR:-default}` by its value or, if it is unset or
/// empty, the default, and `$$` by `$`. Any other `$` stands for itself.
///
/// Values and defaults are taken as they are and not expanded again. A default ends at the first `}`
/// and cannot hold another `${`.
///
/// # Errors
///
/// If a variable without a default is not set, or the text is malformed.
///
/// # Examples
///
/// ```
/// use wirepath_runtime::config::{Env, expand};
///
/// let env = Env::from_iter([("HOST", "smsc.example")]);
/// assert_eq!(expand("${HOST}:${PORT:-2775}", &env)?, "smsc.example:2775");
/// assert_eq!(expand("5$ is $$5", &env)?, "5$ is $5");
/// assert_eq!(
///     expand("${PORT}", &env).unwrap_err().to_string(),
///     "environment variable `PORT` is not set; set it, or write `${PORT:-default}`"
/// );
/// # Ok::<(), wirepath_runtime::config::ExpandError>(())
/// ```
pub fn expand<'a>(text: &'a str, env: &Env) -> Result<Cow<'a, str>, ExpandError> {
    if !text.contains('$') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        push(&mut out, &rest[..dollar])?;
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            push(&mut out, "$")?;
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (inside, after) = after.split_once('}').ok_or(ExpandError::Unterminated)?;
            push(&mut out, resolve(inside, env)?)?;
            rest = after;
        } else {
            push(&mut out, "$")?;
        }
    }
    push(&mut out, rest)?;
    Ok(Cow::Owned(out))
}

/// The names between `${` and `}`. A `$${` that protects its text is not told apart.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|after| after.split(['}', ':']).next())
}

fn push(out: &mut String, piece: &str) -> Result<(), ExpandError> {
    if out.len() + piece.len() > MAX_LENGTH {
        return Err(ExpandError::TooLong);
    }
    out.push_str(piece);
    Ok(())
}

fn resolve<'a>(inside: &'a str, env: &'a Env) -> Result<&'a str, ExpandError> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let named = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    if !named {
        // Only the start: something long between braces was not meant as a name.
        return Err(ExpandError::BadName { name: name.chars().take(40).collect() });
    }
    match (env.get(name), default) {
        (_, Some(default)) if default.contains("${") => {
            Err(ExpandError::Nested { name: name.to_owned() })
        }
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default),
        (None, None) => Err(ExpandError::Unset { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn env() -> Env {
        Env::from_iter([("A", "1"), ("EMPTY", ""), ("DOLLAR", "${A}$$"), ("_x9", "y")])
    }

    #[test]
    fn the_forms() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("${A}", "1"),
            ("x${A}y${_x9}z", "x1yyz"),
            ("${EMPTY}", ""),
            ("${EMPTY:-d}", "d"),
            ("${NONE:-}", ""),
            ("${NONE:-a:-b $ c}", "a:-b $ c"),
            ("$$", "$"),
            ("$${A}", "${A}"),
            ("$$$$", "$$"),
            ("$A $ $", "$A $ $"),
            (
                "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
                "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
            ),
            ("${DOLLAR}", "${A}$$"),
            ("é${A}é", "é1é"),
        ] {
            assert_eq!(expand(text, &env()).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_errors() {
        let unset = ExpandError::Unset { name: "NONE".into() };
        assert_eq!(expand("${NONE}", &env()), Err(unset));
        assert_eq!(expand("${A", &env()), Err(ExpandError::Unterminated));
        for bad in ["${}", "${1A}", "${A-b}", "${A B}", "${:-x}", "${é}"] {
            assert!(matches!(expand(bad, &env()), Err(ExpandError::BadName { .. })), "{bad}");
        }
        assert!(matches!(expand("${A:-${B}}", &env()), Err(ExpandError::Nested { .. })));
    }

    #[test]
    fn the_result_is_bounded() {
        let env = Env::from_iter([("BIG", "x".repeat(1000))]);
        assert_eq!(expand(&"${BIG}".repeat(2000), &env), Err(ExpandError::TooLong));
    }

    proptest! {
        #[test]
        fn it_never_panics(text in r"([${}:A_\-]|\PC){0,40}") {
            let _ = expand(&text, &env());
        }

        #[test]
        fn text_without_dollars_is_untouched(text in "[^$]{0,40}") {
            prop_assert!(matches!(expand(&text, &env()), Ok(Cow::Borrowed(same)) if same == text));
        }

        #[test]
        fn doubled_dollars_protect_any_text(text in r"([${}:A]|\PC){0,40}") {
            let protected = text.replace('$', "$$");
            prop_assert_eq!(expand(&protected, &env()).unwrap(), text);
        }

        #[test]
        fn values_are_taken_as_they_are(value in r"\PC{0,40}") {
            let env = Env::from_iter([("V", value.clone())]);
            prop_assert_eq!(expand("${V}", &env).unwrap(), value);
        }
    }
}
