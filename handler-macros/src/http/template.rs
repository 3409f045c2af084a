//! Paths with parameters in them.

/// A parameter of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// As it stands in the path: `{id}`, `{*rest}`.
    pub(super) shown: String,
}

/// The parameters of a path; if it is none, what to write instead.
pub(super) fn parameters(path: &str) -> Result<Vec<Parameter>, String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(match path {
            "" => "a path starts with `/`: write \"/\" for the root".to_owned(),
            _ => format!("a path starts with `/`: write \"/{path}\""),
        });
    };
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_some() {
            return Err("a path has no two slashes in a row".to_owned());
        }
        let Some(parameter) = parameter(segment)? else { continue };
        if segment.starts_with("{*") && segments.peek().is_some() {
            return Err(format!(
                "`{segment}` takes the rest of the path: nothing can stand behind it"
            ));
        }
        if parameters.iter().any(|other| other.name == parameter.name) {
            return Err(format!("the path has two parameters of the name `{}`", parameter.name));
        }
        parameters.push(parameter);
    }
    Ok(parameters)
}

/// The parameter that a segment ends with, if it does.
fn parameter(segment: &str) -> Result<Option<Parameter>, String> {
    if let Some((before, inner)) = segment.strip_suffix('}').and_then(|text| text.split_once('{')) {
        return named(segment, before, inner).map(Some);
    }
    if segment.contains(['{', '}']) {
        return Err(format!(
            "`{segment}`: a parameter ends its segment, as in `{{name}}` or `v{{name}}`"
        ));
    }
    if let Some(name) = segment.strip_prefix(':') {
        return Err(format!("a parameter is written `{{{name}}}`"));
    }
    if let Some(name) = segment.strip_prefix('<').and_then(|text| text.strip_suffix('>')) {
        let name = name.split(':').next_back().unwrap_or(name);
        return Err(format!("a parameter is written `{{{name}}}`"));
    }
    // Letters of other scripts are held against their percent-encoded form.
    let never = |it: &char| it.is_ascii() && !it.is_ascii_graphic() || "?#\"\\^`<>|".contains(*it);
    match segment.chars().find(never) {
        Some('?') => Err("the query is no part of a path: take it as `Query<…>`".to_owned()),
        Some(other) => Err(format!(
            "`{other}` never stands in the path of a request as it is: write it percent-encoded"
        )),
        None => Ok(None),
    }
}

/// The parameter of a segment `before{inner}`.
fn named(segment: &str, before: &str, inner: &str) -> Result<Parameter, String> {
    if before.contains('}') || inner.contains(['{', '}']) {
        return Err(format!("`{segment}`: a segment has one parameter, at its end"));
    }
    if !before.is_empty() && inner.starts_with('*') {
        return Err(format!("`{segment}`: what takes the rest of the path stands behind a slash"));
    }
    let name = inner.strip_prefix('*').unwrap_or(inner);
    if syn::parse_str::<syn::Ident>(name).is_ok() {
        return Ok(Parameter { name: name.to_owned(), shown: format!("{{{inner}}}") });
    }
    Err(match name.split_once(':') {
        Some((name, _)) => format!(
            "`{segment}`: the type is the argument's, so write `{{{name}}}` and `{name}: …` among the arguments"
        ),
        None => format!("`{segment}`: the name of a parameter is one that an argument can have"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Result<Vec<String>, String> {
        Ok(parameters(path)?.into_iter().map(|parameter| parameter.name).collect())
    }

    #[test]
    fn paths() {
        for (path, expected) in [
            ("/", &[] as &[&str]),
            ("/a/b-c/~d/", &[]),
            ("/users/{id}", &["id"]),
            ("/users/{id}/orders/{order}/", &["id", "order"]),
            ("/files/{*rest}", &["rest"]),
            ("/caf%C3%A9", &[]),
            ("/café/v{version}", &["version"]),
        ] {
            assert_eq!(names(path).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for (path, hint) in [
            ("", "write \"/\" for the root"),
            ("orders", "write \"/orders\""),
            ("/{id:u64}", "write `{id}` and `id: …`"),
            ("/{}", "the name of a parameter"),
            ("/{a}/{a}", "two parameters of the name `a`"),
            ("/{*rest}/more", "nothing can stand behind it"),
            ("/{a}b", "ends its segment"),
            ("/{a}-{b}", "one parameter"),
            ("/a//b", "two slashes"),
            ("/a{*b}", "behind a slash"),
            ("/:id", "written `{id}`"),
            ("/<int:id>", "written `{id}`"),
            ("/a?b", "take it as `Query<…>`"),
            ("/a b", "percent-encoded"),
        ] {
            let error = names(path).unwrap_err();
            assert!(error.contains(hint), "{path}: {error}");
        }
    }
}
