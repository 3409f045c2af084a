use proptest::prelude::*;

use super::*;

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn mistake(text: &str) -> Mistake {
    Template::parse(text).unwrap_err().mistake
}

/// The parameters of a path, if it matches.
fn values<'a>(text: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let spans = template(text).matches(path)?;
    Some((0..spans.len()).map(|place| spans.of(path, place).unwrap()).collect())
}

#[test]
fn matches_as_documented() {
    assert_eq!(values("/", "/"), Some(vec![]));
    assert_eq!(values("/users/{id}", "/users/7"), Some(vec!["7"]));
    assert_eq!(values("/users/{id}", "/users/"), None);
    assert_eq!(values("/users/{id}", "/users/7/"), None);
    assert_eq!(values("/users/{id}/", "/users/7/"), Some(vec!["7"]));
    assert_eq!(values("/files/{*rest}", "/files/a/b"), Some(vec!["a/b"]));
    assert_eq!(values("/files/{*rest}", "/files//b"), Some(vec!["/b"]));
    assert_eq!(values("/files/{*rest}", "/files/"), None);
    assert_eq!(values("/v{major}/x", "/v2/x"), Some(vec!["2"]));
    assert_eq!(values("/v{major}/x", "/v/x"), Some(vec![""]));
    assert_eq!(values("/users/{id}/x", "/users//x"), Some(vec![""]));
    assert_eq!(values("/a{{b}}", "/a{b}"), Some(vec![]));
    assert_eq!(values("/users", "users"), None);
    assert_eq!(values("/{*all}", ""), None);
}

#[test]
fn an_encoded_slash_separates_nothing() {
    assert_eq!(values("/f/{name}", "/f/a%2Fb"), Some(vec!["a%2Fb"]));
    assert_eq!(values("/f/{name}/b", "/f/a%2Fb"), None);
}

#[test]
fn literals_are_matched_as_they_are_on_the_wire() {
    assert_eq!(values("/café/{id}", "/caf%C3%A9/1"), Some(vec!["1"]));
    assert_eq!(values("/café/{id}", "/café/1"), None);
    assert_eq!(values("/a b", "/a%20b"), Some(vec![]));
    assert_eq!(values("/a%20b", "/a%20b"), Some(vec![]));
    assert_eq!(values("/users", "/%75sers"), None);
}

#[test]
fn mistakes_are_coached() {
    for (text, expected) in [
        ("users", "the path `users` does not begin with `/`: put one in front"),
        ("", "the path `` does not begin with `/`: put one in front"),
        ("/a//b", "the path `/a//b` has two slashes in a row: remove one"),
        (
            "/users/:id",
            "the path `/users/:id` has a segment `:id`: a parameter is written `{id}` here",
        ),
        (
            "/*rest",
            "the path `/*rest` has a segment `*rest`: a parameter is written `{*rest}` here",
        ),
        (
            "/<int:id>",
            "the path `/<int:id>` has a segment `<int:id>`: a parameter is written `{id}` here",
        ),
        (
            "/{id",
            "the path `/{id` has a `{` without its `}`: a parameter is `{name}`, the character itself is `{{`",
        ),
        (
            "/id}",
            "the path `/id}` has a `}` without its `{`: a parameter is `{name}`, the character itself is `}}`",
        ),
    ] {
        assert_eq!(Template::parse(text).unwrap_err().to_string(), expected);
    }
    let owned = String::from;
    assert_eq!(mistake("/a/../b"), Mistake::Dots(owned("..")));
    assert_eq!(mistake("/a?x={x}"), Mistake::Query('?'));
    assert_eq!(mistake("/100%"), Mistake::Percent);
    assert_eq!(mistake("/{}"), Mistake::Name(owned("")));
    assert_eq!(mistake("/{1st}"), Mistake::Name(owned("1st")));
    assert_eq!(mistake("/{user-id}"), Mistake::Name(owned("user-id")));
    assert_eq!(mistake("/{id:u64}"), Mistake::Typed(owned("id:u64")));
    assert_eq!(mistake("/{a}{b}"), Mistake::Two(owned("{a}{b}")));
    assert_eq!(mistake("/{a}.json"), Mistake::Behind(owned("{a}.json")));
    assert_eq!(mistake("/{*a}/b"), Mistake::RestNotLast(owned("a")));
    assert_eq!(mistake("/x{*a}"), Mistake::RestNotLast(owned("a")));
    assert_eq!(mistake("/{a}/{a}"), Mistake::Twice(owned("a")));
    assert!(Template::parse(&many(Spans::MAX)).is_ok());
    assert_eq!(mistake(&many(Spans::MAX + 1)), Mistake::TooMany);
}

fn many(count: usize) -> String {
    (0..count).map(|number| format!("/{{p{number}}}")).collect()
}

#[test]
fn joined_as_mounts_are() {
    let join = |prefix: &str, behind: &str| {
        template(prefix).join(&template(behind)).map(|joined| joined.to_string())
    };
    assert_eq!(join("/api", "/users/{id}").unwrap(), "/api/users/{id}");
    assert_eq!(join("/api/", "/users").unwrap(), "/api/users");
    assert_eq!(join("/api", "/").unwrap(), "/api");
    assert_eq!(join("/", "/users").unwrap(), "/users");
    assert_eq!(join("/", "/").unwrap(), "/");
    assert_eq!(join("/{tenant}", "/{*rest}").unwrap(), "/{tenant}/{*rest}");
    assert!(matches!(join("/{id}", "/{id}").unwrap_err().mistake, Mistake::Twice(_)));
    assert!(matches!(join("/{*rest}", "/x").unwrap_err().mistake, Mistake::RestNotLast(_)));
}

#[test]
fn too_long_a_path_matches_nothing() {
    let path = |length| format!("/{}", "a".repeat(length - 1));
    assert!(template("/{a}").matches(&path(Spans::MAX_PATH)).is_some());
    assert!(template("/{a}").matches(&path(Spans::MAX_PATH + 1)).is_none());
}

proptest! {
    #[test]
    fn any_text_is_a_template_or_a_mistake(text in "[/a{}*:.%é<>?_1]{0,16}") {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(template.as_str(), &text);
            let again = Template::parse(&template.pattern()).unwrap();
            prop_assert_eq!(again.segments, template.segments);
            prop_assert_eq!(again.names, template.names);
        } else {
            prop_assert!(Template::parse(&text).unwrap_err().to_string().contains(&text));
        }
    }
}
