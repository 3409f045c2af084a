use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(default)]
struct Search {
    q: Option<String>,
    page: Option<i32>,
    min: Option<f64>,
    exact: bool,
    tags: Vec<String>,
    sort: Sort,
}

#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    #[default]
    Price,
    Date,
}

fn refused<T: for<'a> Deserialize<'a>>(text: &str) -> String {
    query::<T>(text).err().unwrap().to_string()
}

#[test]
fn a_struct_of_all_kinds() {
    let search: Search =
        query("q=caf%C3%A9+noir&tags=a&page=-2&tags=b%2Cc&min=0.5&exact=true&sort=date&other=1")
            .unwrap();
    let expected = Search {
        q: Some("café noir".into()),
        page: Some(-2),
        min: Some(0.5),
        exact: true,
        tags: vec!["a".into(), "b,c".into()],
        sort: Sort::Date,
    };
    assert_eq!(search, expected);
    assert_eq!(query::<Search>("").unwrap(), Search::default());
    assert_eq!(query::<Search>("&&").unwrap(), Search::default());
    assert_eq!(query::<Search>("tags=a,b").unwrap().tags, ["a,b"]);
    assert_eq!(query::<Search>("q").unwrap().q.unwrap(), "");
    assert_eq!(query::<Search>("q=a=b").unwrap().q.unwrap(), "a=b");
    assert_eq!(query::<Search>("%71=1").unwrap().q.unwrap(), "1");
}

#[test]
fn nested_options_and_newtypes() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(u32);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Nested {
        a: Option<Option<u8>>,
        b: Option<Vec<Id>>,
        c: Option<(u8, u8)>,
        d: Option<[char; 2]>,
        flag: Option<()>,
    }
    let none = Nested { a: None, b: None, c: None, d: None, flag: None };
    assert_eq!(query::<Nested>("").unwrap(), none);
    let all = Nested {
        a: Some(Some(1)),
        b: Some(vec![Id(1), Id(2)]),
        c: Some((3, 4)),
        d: Some(['x', 'y']),
        flag: Some(()),
    };
    assert_eq!(query::<Nested>("a=1&b=1&c=3&d=x&flag&d=y&b=2&c=4").unwrap(), all);
    assert_eq!(
        refused::<Nested>("c=1"),
        "query parameter `c`: given 1 times, expected 2: repeat the name for each"
    );
}

#[test]
fn an_empty_number_is_none() {
    let numbers: BTreeMap<String, Option<f64>> = query("a=&b=1").unwrap();
    assert_eq!(numbers, BTreeMap::from([("a".into(), None), ("b".into(), Some(1.0))]));
    let lists: BTreeMap<String, Vec<Option<u8>>> = query("a=1&a=").unwrap();
    assert_eq!(lists["a"], [Some(1), None]);
    let texts: BTreeMap<String, Option<String>> = query("a=&b").unwrap();
    assert_eq!(
        texts,
        BTreeMap::from([("a".into(), Some("".into())), ("b".into(), Some("".into()))])
    );
    assert!(query::<BTreeMap<String, u8>>("a=").is_err());
}

#[test]
fn maps_and_lists_of_pairs() {
    let text = "b=2&a=1&b=3";
    let last: BTreeMap<String, String> = query(text).unwrap();
    assert_eq!(last, BTreeMap::from([("a".into(), "1".into()), ("b".into(), "3".into())]));
    let numbers: HashMap<&str, u8> = query(text).unwrap();
    assert_eq!(numbers, HashMap::from([("a", 1), ("b", 3)]));
    let all: BTreeMap<String, Vec<u8>> = query(text).unwrap();
    assert_eq!(all, BTreeMap::from([("a".into(), vec![1]), ("b".into(), vec![2, 3])]));
    let pairs: Vec<(String, u8)> = query(text).unwrap();
    assert_eq!(pairs, [("b".into(), 2), ("a".into(), 1), ("b".into(), 3)]);
    let value: Value = query("b=2&a=1&b=3&c").unwrap();
    assert_eq!(value, json!({"a": "1", "b": ["2", "3"], "c": ""}));
}

/// The body of the workload `urlencoded complex`: what is repeated is an array.
#[test]
fn a_form_into_a_dynamic_value() {
    let body = b"name=John+Doe&email=john%40example.com&phone=%2B1234567890&interests=tech&interests=sports&age=30&interests=music";
    let value: Value = form(body).unwrap();
    let expected = json!({
        "name": "John Doe", "email": "john@example.com", "phone": "+1234567890",
        "interests": ["tech", "sports", "music"], "age": "30",
    });
    assert_eq!(value, expected);
}

#[test]
fn errors_say_what_was_sent_and_what_is_expected() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(rename = "page")]
        _page: u8,
    }
    for (text, expected) in [
        ("", "query parameter `page`: missing"),
        ("page=", "query parameter `page` is ``: expected a whole number from 0 to 255"),
        (
            "page=%31%30%30%30",
            "query parameter `page` is `1000`: expected a whole number from 0 to 255",
        ),
        ("page=1&page=1", "query parameter `page`: given 2 times: give it once"),
        ("page=%FF", "query parameter `page` is `%FF`: is not UTF-8 when it is percent-decoded"),
        ("%FF=1", "query parameter `%FF`: is not UTF-8 when it is percent-decoded"),
        ("pages=1", "query parameter `pages`: unknown; there is `page`"),
    ] {
        assert_eq!(refused::<Strict>(text), expected);
    }
    assert_eq!(
        refused::<Search>("sort=x"),
        "query parameter `sort` is `x`: expected `price` or `date`"
    );
    assert_eq!(
        refused::<BTreeMap<String, u8>>("x=y"),
        "query parameter `x` is `y`: expected a whole number from 0 to 255"
    );
    assert_eq!(
        refused::<BTreeMap<u8, u8>>("x=1"),
        "query parameter `x`: expected a whole number from 0 to 255"
    );
    let list = refused::<BTreeMap<String, Vec<u8>>>("x=1&x=y");
    assert_eq!(list, "query parameter `x` is `y`: expected a whole number from 0 to 255");
    let octets = form::<Value>(b"a=\xFF").unwrap_err();
    assert_eq!(octets.to_string(), "form: it is not UTF-8");
    assert!(query::<u8>("a=1").unwrap_err().is_handlers_fault());
    assert!(query::<BTreeMap<String, BTreeMap<u8, u8>>>("a=1").unwrap_err().is_handlers_fault());
}

#[test]
fn what_is_not_read_may_be_anything() {
    assert_eq!(query::<Search>("other=%FF&page=1").unwrap().page, Some(1));
}

#[test]
fn only_so_many_pairs() {
    let text = |count: usize| "a=1&".repeat(count);
    assert_eq!(Pairs::query(&text(MAX_PAIRS)).unwrap().len(), MAX_PAIRS);
    let error = Pairs::query(&text(MAX_PAIRS + 1)).unwrap_err().to_string();
    assert_eq!(error, "query: it has more than 1000 pairs: send fewer");
    assert_eq!(Pairs::query(&"&".repeat(100_000)).unwrap().len(), 0);
    let all: BTreeMap<String, Vec<u8>> = query(&text(MAX_PAIRS)).unwrap();
    assert_eq!(all["a"].len(), MAX_PAIRS);
}

#[test]
fn pairs_one_by_one() {
    let pairs = Pairs::query("a=1&b=%FF&a=2").unwrap();
    assert_eq!(pairs.get("a").unwrap().unwrap(), "2");
    assert!(pairs.get("b").unwrap().is_err());
    assert!(pairs.get("c").is_none());
    assert_eq!(pairs.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b", "a"]);
    assert!(!pairs.is_empty());
}

#[test]
fn an_alias_and_its_name_are_two() {
    #[derive(Debug, Deserialize)]
    struct Aliased {
        #[serde(rename = "a", alias = "b")]
        _a: u8,
    }
    assert_eq!(
        refused::<Aliased>("a=1&b=2"),
        "query parameter `a`: given under two names that mean the same; send one of them"
    );
}

/// The names of all pairs, some of them often, more than are compared one by one.
fn texts() -> impl Strategy<Value = String> {
    let name = "[abc]{0,2}|%61|a%62|\\+|é|[a-z]{6}";
    let value = "[a-z0-9+=,]{0,4}|%[2-7][0-9a-f]|%C3%A9|%zz|-?[0-9]{1,4}|true|[0-9]\\.[0-9]";
    let pair = (name, value, 0..8).prop_map(|(name, value, kind)| match kind {
        0 => name,
        1 => String::new(),
        _ => format!("{name}={value}"),
    });
    prop_oneof![
        proptest::collection::vec(pair.clone(), 0..8),
        proptest::collection::vec(pair, 0..40),
    ]
    .prop_map(|pairs| pairs.join("&"))
}

proptest! {
    #[test]
    fn agrees_with_serde_html_form_and_serde_urlencoded(text in texts()) {
        // All pairs.
        let ours: Vec<(String, String)> = query(&text).unwrap();
        prop_assert_eq!(&ours, &serde_urlencoded::from_str::<Vec<(String, String)>>(&text).unwrap());
        // Maps where the last counts, as axum's.
        let ours: BTreeMap<String, String> = query(&text).unwrap();
        prop_assert_eq!(ours, serde_urlencoded::from_str(&text).unwrap());
        let ours = query::<BTreeMap<String, i16>>(&text).ok();
        let theirs = serde_urlencoded::from_str::<BTreeMap<String, i16>>(&text).ok();
        // A value that does not count is not parsed.
        prop_assert!(theirs.is_none() || ours == theirs);
        // Lists.
        let ours = query::<BTreeMap<String, Vec<String>>>(&text).unwrap();
        prop_assert_eq!(ours, serde_html_form::from_str(&text).unwrap());
        prop_assert_eq!(query::<Value>(&text).unwrap(), serde_html_form::from_str::<Value>(&text).unwrap());
    }

    #[test]
    fn structs_agree(text in texts()) {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Some {
            a: Option<String>,
            b: Option<i32>,
            #[serde(default)]
            c: Vec<String>,
            ab: Option<bool>,
            bc: Option<f64>,
        }
        let ours = query::<Some>(&text).ok();
        prop_assert_eq!(&ours, &form(text.as_bytes()).ok());
        let theirs = serde_html_form::from_str::<Some>(&text).ok();
        prop_assert_eq!(ours, theirs);
    }
}
