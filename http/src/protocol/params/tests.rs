use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::protocol::Template;

/// The one who is asked, with the path that it reads.
fn read<T: for<'a> Deserialize<'a>>(template: &str, path: &str) -> Result<T, FieldError> {
    let template = Template::parse(template).unwrap();
    let spans = template.matches(path).unwrap();
    Params::of(&template, &spans, path).deserialize()
}

fn one<T: for<'a> Deserialize<'a>>(value: &str) -> Result<T, FieldError> {
    read("/{id}", &format!("/{value}"))
}

fn refused<T: for<'a> Deserialize<'a> + std::fmt::Debug>(value: &str) -> String {
    one::<T>(value).unwrap_err().to_string()
}

#[derive(Debug, PartialEq, Deserialize)]
struct Order {
    id: u64,
    order: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Color {
    Red,
    DarkBlue,
}

#[test]
fn one_value_of_any_type() {
    assert_eq!(one::<u8>("255").unwrap(), 255);
    assert_eq!(one::<i8>("-128").unwrap(), -128);
    assert_eq!(one::<u16>("7").unwrap(), 7);
    assert_eq!(one::<i16>("-7").unwrap(), -7);
    assert_eq!(one::<u32>("7").unwrap(), 7);
    assert_eq!(one::<i32>("-7").unwrap(), -7);
    assert_eq!(one::<u64>("18446744073709551615").unwrap(), u64::MAX);
    assert_eq!(one::<i64>("-9223372036854775808").unwrap(), i64::MIN);
    assert_eq!(one::<u128>(&u128::MAX.to_string()).unwrap(), u128::MAX);
    assert_eq!(one::<i128>(&i128::MIN.to_string()).unwrap(), i128::MIN);
    assert_eq!(one::<usize>("7").unwrap(), 7);
    assert_eq!(one::<f64>("-2.5e3").unwrap(), -2500.0);
    assert_eq!(one::<f32>("0.5").unwrap(), 0.5);
    assert!(one::<bool>("true").unwrap());
    assert_eq!(one::<char>("%C3%A9").unwrap(), 'é');
    assert_eq!(one::<String>("caf%C3%A9+1%2F2").unwrap(), "café+1/2");
    assert_eq!(one::<Color>("dark_blue").unwrap(), Color::DarkBlue);
    assert_eq!(one::<Option<u8>>("7").unwrap(), Some(7));
    assert_eq!(one::<(u8,)>("7").unwrap(), (7,));
    assert_eq!(one::<Box<u8>>("%37").unwrap(), Box::new(7));
    assert_eq!(
        one::<std::net::IpAddr>("::1").unwrap(),
        std::net::IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])
    );
    assert_eq!(read::<String>("/f/{*rest}", "/f/a/b").unwrap(), "a/b");
}

#[test]
fn several_values() {
    let path = "/users/7/orders/A%201";
    let template = "/users/{id}/orders/{order}";
    let expected = Order { id: 7, order: "A 1".into() };
    assert_eq!(read::<Order>(template, path).unwrap(), expected);
    assert_eq!(read::<(u64, String)>(template, path).unwrap(), (7, "A 1".into()));
    assert_eq!(read::<Vec<String>>(template, path).unwrap(), ["7", "A 1"]);
    let pairs = [("id", "7"), ("order", "A 1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(read::<HashMap<String, String>>(template, path).unwrap(), pairs.clone().into());
    assert_eq!(read::<Vec<(String, String)>>(template, path).unwrap(), pairs);
    let value: serde_json::Value = read(template, path).unwrap();
    assert_eq!(value, serde_json::json!({"id": "7", "order": "A 1"}));
    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair(u64, String);
    assert_eq!(read::<Pair>(template, path).unwrap(), Pair(7, "A 1".into()));
    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(Order);
    assert_eq!(read::<Wrapped>(template, path).unwrap(), Wrapped(expected));
    assert_eq!(read::<()>(template, path), Ok(()));
    assert_eq!(read::<()>("/", "/"), Ok(()));
    assert_eq!(read::<Option<Order>>("/", "/").unwrap(), None);
}

#[test]
fn text_is_borrowed_where_it_was_plain() {
    let template = Template::parse("/{a}/{b}").unwrap();
    let read = |path| {
        let spans = template.matches(path).unwrap();
        let params = Params::of(&template, &spans, path);
        params.deserialize::<(&str, &str)>()
    };
    assert_eq!(read("/x/y").unwrap(), ("x", "y"));
    let error = read("/x/%79").unwrap_err().to_string();
    assert_eq!(error, "path parameter `b` is `y`: expected a borrowed string");
}

#[test]
fn errors_say_what_was_sent_and_what_is_expected() {
    let parameter = |rest: &str| format!("path parameter `id` is {rest}");
    for (error, expected) in [
        (refused::<u8>("256"), "`256`: expected a whole number from 0 to 255"),
        (refused::<i8>("x%0Ay"), "`x\\ny`: expected a whole number from -128 to 127"),
        (refused::<u32>("-1"), "`-1`: expected a whole number from 0 to 4294967295"),
        (refused::<f64>("inf"), "`inf`: expected a number"),
        (refused::<f64>("1e999"), "`1e999`: expected a number"),
        (refused::<bool>("yes"), "`yes`: expected `true` or `false`"),
        (refused::<char>("ab"), "`ab`: expected one character"),
        (refused::<Color>("green"), "`green`: expected `red` or `dark_blue`"),
        (refused::<String>("%FF"), "`%FF`: is not UTF-8 when it is percent-decoded"),
        (refused::<std::net::IpAddr>("x"), "`x`: invalid IP address syntax"),
    ] {
        assert_eq!(error, parameter(expected));
    }
    let long = refused::<u8>(&"9".repeat(60_000));
    assert!(long.len() < 200, "{long}");
    let error = read::<Order>("/{id}/{order}", "/x/y").unwrap_err();
    assert_eq!(
        (error.name(), error.was_sent(), error.is_handlers_fault()),
        (Some("id"), Some("x"), false)
    );
}

#[test]
fn a_type_that_does_not_fit_the_template_is_the_handlers_fault() {
    let template = "/{id}/{order}";
    let fault = |error: FieldError| {
        assert!(error.is_handlers_fault(), "{error}");
        error.to_string()
    };
    assert_eq!(
        fault(read::<(u8, u8, u8)>(template, "/1/2").unwrap_err()),
        "path: it has 2 parameters, and the handler asks for 3: take a struct, or a tuple of 2"
    );
    fault(read::<u8>(template, "/1/2").unwrap_err());
    fault(read::<u8>("/", "/").unwrap_err());
    fault(read::<(u8, Vec<u8>)>(template, "/1/2").unwrap_err());
    fault(read::<(u8, BTreeMap<u8, u8>)>(template, "/1/2").unwrap_err());
    fault(read::<(u8, Order)>(template, "/1/2").unwrap_err());
    assert_eq!(fault(read::<Order>("/{id}", "/1").unwrap_err()), "path parameter `order`: missing");
    let template = Template::parse("/{id}").unwrap();
    let spans = template.matches("/1").unwrap();
    let params = Params::of(&template, &spans, "/1");
    assert_eq!(
        fault(params.value::<u8>("order").unwrap_err()),
        "path parameter `order`: the path has no such parameter"
    );
    assert_eq!((params.len(), params.get("id"), params.get("order")), (1, Some("1"), None));
}

#[cfg(feature = "uuid")]
#[test]
fn uuids() {
    let text = "550e8400-e29b-41d4-a716-446655440000";
    assert_eq!(one::<uuid::Uuid>(text).unwrap(), uuid::Uuid::parse_str(text).unwrap());
    assert!(refused::<uuid::Uuid>("550e").starts_with("path parameter `id` is `550e`: "));
}

#[cfg(feature = "jiff")]
#[test]
fn dates_and_times() {
    use jiff::{Timestamp, civil};
    assert_eq!(one::<civil::Date>("2024-01-15").unwrap(), civil::date(2024, 1, 15));
    assert_eq!(
        one::<civil::DateTime>("2024-01-15T10:00:00").unwrap(),
        civil::datetime(2024, 1, 15, 10, 0, 0, 0)
    );
    assert_eq!(one::<Timestamp>("2024-01-15T10%3A00:00Z").unwrap().as_second(), 1_705_312_800);
    assert!(
        refused::<civil::Date>("2024-13-01").starts_with("path parameter `id` is `2024-13-01`: ")
    );
}

/// What axum's `Path` makes of the same.
fn axums<T>(path: &str) -> Option<T>
where
    T: serde::de::DeserializeOwned + Send + 'static,
{
    use axum::{Router, body::Body, extract::Path, routing::get};
    use futures_util::FutureExt;
    use tower::ServiceExt;
    let slot = std::sync::Arc::new(std::sync::Mutex::new(None));
    let filled = slot.clone();
    let keep = move |Path(value): Path<T>| async move { *filled.lock().unwrap() = Some(value) };
    let request = http::Request::get(path).body(Body::empty()).unwrap();
    let router: Router = Router::new().route("/{id}/{order}", get(keep));
    router.oneshot(request).now_or_never().unwrap().unwrap();
    slot.lock().unwrap().take()
}

proptest! {
    #[test]
    fn agrees_with_axum(id in "[0-9]{1,3}|-[0-9]|%3[0-9]|\\+1|x", order in "[a-z%é.+]{1,6}|%[0-9A-F]{2}") {
        let order = order.replace('é', "%C3%A9");
        let path = format!("/{id}/{order}");
        let template = "/{id}/{order}";
        prop_assert_eq!(read::<(u8, String)>(template, &path).ok(), axums::<(u8, String)>(&path));
        prop_assert_eq!(read::<Order>(template, &path).ok(), axums::<Order>(&path));
        prop_assert_eq!(read::<(i32, f64)>(template, &path).ok(), axums::<(i32, f64)>(&path).filter(|(_, f)| f.is_finite()));
        let map = read::<BTreeMap<String, String>>(template, &path).ok();
        prop_assert_eq!(map, axums::<BTreeMap<String, String>>(&path));
    }
}
