use std::{cmp::Reverse, panic};

use axum::{Router, body::Body, extract::RawPathParams, routing::get};
use futures_util::FutureExt;
use proptest::{collection::vec, prelude::*, sample::select};
use tower::ServiceExt;

use super::*;

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn table(templates: &[&str]) -> Table {
    let mut table = Table::new();
    for text in templates {
        table.insert(template(text)).unwrap();
    }
    table
}

/// The template that was found, and the parameters.
type Answer = (String, Vec<(String, String)>);

fn ours(table: &Table, path: &str) -> Option<Answer> {
    let found = table.at(path)?;
    let params = table.params(&found, path);
    let values = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some((table.template(found.route).unwrap().to_string(), values.collect()))
}

#[test]
fn literals_go_first_and_the_way_back_is_open() {
    let table = table(&["/users/{id}", "/users/me", "/users/{id}/x", "/{*rest}", "/users/me/y"]);
    let found = |path| ours(&table, path).unwrap().0;
    assert_eq!(found("/users/me"), "/users/me");
    assert_eq!(found("/users/7"), "/users/{id}");
    assert_eq!(found("/users/me/x"), "/users/{id}/x");
    assert_eq!(found("/users/me/y"), "/users/me/y");
    assert_eq!(found("/users/me/z"), "/{*rest}");
    assert_eq!(found("/users/"), "/{*rest}");
    assert_eq!(ours(&table, "/"), None);
    assert_eq!(ours(&table, ""), None);
    assert_eq!(table.templates().len(), 5);
}

#[test]
fn conflicts_name_both() {
    let mut table = table(&["/health", "/users/{id}", "/files/{*rest}", "/users/{id}/x"]);
    let mut conflict = |text: &str| table.insert(template(text)).unwrap_err().to_string();
    assert_eq!(
        conflict("/health"),
        "the path `/health` conflicts with `/health`: it is there already"
    );
    assert_eq!(
        conflict("/users/{user}"),
        "the path `/users/{user}` conflicts with `/users/{id}`: give the parameters in one place one name and one form"
    );
    assert!(conflict("/files/{name}").contains("`/files/{*rest}`"));
    assert!(conflict("/users/{user}/x").contains("`/users/{id}/x`"));
    // What was refused leaves nothing behind.
    assert_eq!(table.insert(template("/users/{user}/y")).unwrap(), 4);
    assert_eq!(ours(&table, "/users/7/y").unwrap().1, [("user".to_owned(), "7".to_owned())]);
    let same = table.insert(template("/users/{id}")).unwrap_err();
    assert_eq!((same.route(), same.existing()), (1, same.new_template()));
}

#[test]
fn as_many_parameters_as_a_template_may_have() {
    let text: String = (0..Spans::MAX).map(|number| format!("/{{p{number}}}")).collect();
    let table = table(&[&text]);
    let path = "/v".repeat(Spans::MAX);
    assert_eq!(ours(&table, &path).unwrap().1.len(), Spans::MAX);
}

#[test]
fn more_literals_than_are_looked_through() {
    let all: Vec<String> =
        (0..500).map(|number| format!("/item{number}/prefix{}/x", number % 7)).collect();
    let table = table(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for (route, path) in all.iter().enumerate() {
        assert_eq!(table.at(path).unwrap().route, route);
    }
    assert!(table.at("/item500/prefix3/x").is_none());
}

#[test]
fn too_long_a_path_is_nothing() {
    let table = table(&["/{*rest}"]);
    let path = |length| format!("/{}", "a".repeat(length - 1));
    assert!(table.at(path(Spans::MAX_PATH)).is_some());
    assert!(table.at(path(Spans::MAX_PATH + 1)).is_none());
}

#[test]
fn literals_beyond_ascii() {
    let table = table(&["/café/{id}", "/a{{b}}"]);
    assert_eq!(ours(&table, "/caf%C3%A9/1").unwrap().0, "/café/{id}");
    assert!(ours(&table, "/a{b}").is_some());
}

/// The first of the templates that match, by what a reader of the documentation expects of each segment.
fn model(table: &Table, path: &str) -> Option<Answer> {
    let rank = |template: &Template| {
        let segments = template.pattern();
        let rank = |segment: &str| match segment.find('{') {
            None => (0, Reverse(0)),
            Some(_) if segment.starts_with("{*") => (2, Reverse(0)),
            Some(before) => (1, Reverse(before)),
        };
        segments.split('/').map(rank).collect::<Vec<_>>()
    };
    let template =
        table.templates().filter(|t| t.matches(path).is_some()).min_by_key(|t| rank(t))?;
    let spans = template.matches(path)?;
    let params = Params::of(template, &spans, path);
    let values = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some((template.to_string(), values.collect()))
}

/// axum's router with the same routes, which answer with their template and their parameters; `None` if it refuses the
/// last of them.
fn with_route(router: &Router, template: &Template) -> Option<Router> {
    let text = template.to_string();
    let answer = move |params: RawPathParams| async move {
        let params: Vec<_> = params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        axum::Json((text, params))
    };
    let (router, pattern) = (router.clone(), template.pattern());
    panic::catch_unwind(panic::AssertUnwindSafe(|| router.route(&pattern, get(answer)))).ok()
}

fn axums(router: &Router, path: &str) -> Option<Answer> {
    let request = http::Request::get(path).body(Body::empty()).ok()?;
    let response = router.clone().oneshot(request).now_or_never()?.ok()?;
    if response.status() == http::StatusCode::NOT_FOUND {
        return None;
    }
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).now_or_never()?.ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

fn templates() -> impl Strategy<Value = Vec<Template>> {
    let segment = select(&["a", "b", "ab", "abc", "{x}", "{y}", "a{x}", "ab{y}", "é"][..]);
    let end = select(&["", "", "/", "/{*r}", "/{*s}"][..]);
    let one = (vec(segment, 0..4), end).prop_filter_map("no template", |(segments, end)| {
        let text: String = segments.iter().map(|segment| format!("/{segment}")).collect();
        Template::parse(&(text + end)).ok()
    });
    vec(one, 0..10)
}

fn paths() -> impl Strategy<Value = Vec<String>> {
    let segment = select(&["a", "b", "ab", "abc", "abcd", "x", "%C3%A9", ""][..]);
    let one = vec(segment, 1..5)
        .prop_map(|segments| segments.iter().map(|segment| format!("/{segment}")).collect());
    vec(one, 1..16)
}

fn decoded(answer: Option<Answer>) -> Option<Answer> {
    let (template, params) = answer?;
    let decode = |value: String| crate::protocol::percent::path(&value).unwrap().into_owned();
    Some((template, params.into_iter().map(|(name, value)| (name, decode(value))).collect()))
}

proptest! {
    #[test]
    fn agrees_with_axum_and_with_the_model(templates in templates(), paths in paths()) {
        let mut table = Table::new();
        let mut router = Router::new();
        for template in templates {
            match with_route(&router, &template) {
                Some(more) => {
                    router = more;
                    prop_assert!(table.insert(template.clone()).is_ok(), "{}", template);
                }
                None => prop_assert!(table.insert(template.clone()).is_err(), "{}", template),
            }
        }
        for path in paths {
            let found = ours(&table, &path);
            prop_assert_eq!(&found, &model(&table, &path), "{}", path);
            prop_assert_eq!(decoded(found), axums(&router, &path), "{}", path);
        }
    }
}
