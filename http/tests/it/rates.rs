//! Rate limits in front of all routes.

use wirepath_http::{
    config::{Around, Auth, HttpConfig, RateKey, RateLimit},
    get, post, routes,
    testing::Client,
};
use wirepath_test_support::Book;

#[get("/")]
async fn root() -> &'static str {
    "root"
}

#[post("/login")]
async fn login() -> &'static str {
    "in"
}

/// A rate that gives nothing back while a test lasts.
fn hourly(by: RateKey, requests: u32) -> RateLimit {
    RateLimit::new(by, requests).per_s(3_600)
}

#[tokio::test]
async fn by_address_with_a_wait_and_a_problem() {
    let book = Book::default();
    let _counting = metrics::set_default_local_recorder(&book);
    let around = Around::new().rate_limit(hourly(RateKey::Address, 2));
    let one = Client::new(routes![root], ()).from_peer("192.0.2.1:1".parse().unwrap());
    let client = one.around(&around).unwrap();
    for _ in 0..2 {
        assert_eq!(client.get("/").send().await.status(), 200);
    }
    // What finds no route is counted as well.
    for path in ["/", "/none"] {
        let answer = client.get(path).send().await;
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1_790..=1_800).contains(&wait), "{wait}");
        assert!(answer.text().contains(&format!("ask again in {wait} s")));
    }
    assert_eq!(book.read("wirepath_http_limited_total{by=address}"), 2);
    let other = client.from_peer("192.0.2.2:1".parse().unwrap());
    assert_eq!(other.get("/").send().await.status(), 200);
}

#[tokio::test]
async fn by_header_and_those_without_it_are_one() {
    let limit = RateLimit::by_header("x-tenant", 1).per_s(3_600);
    let client = Client::new(routes![root], ()).around(&Around::new().rate_limit(limit)).unwrap();
    for (tenant, status) in [("a", 200), ("b", 200), ("a", 429), ("", 200), ("", 429)] {
        let mut asking = client.get("/");
        if !tenant.is_empty() {
            asking = asking.header("x-tenant", tenant);
        }
        assert_eq!(asking.send().await.status(), status, "{tenant}");
    }
}

#[tokio::test]
async fn by_key_and_where_nobody_is_known_by_address() {
    let auth = Auth::new()
        .api_key("one", "one-with-16-octets", &[])
        .api_key("other", "other-with-16-octets", &[])
        .open(["/"]);
    let around = Around::new().auth(auth).rate_limit(hourly(RateKey::Key, 1));
    let client = Client::new(routes![root], ()).from_peer("192.0.2.1:1".parse().unwrap());
    let client = client.around(&around).unwrap();
    let keys = ["one-with-16-octets", "other-with-16-octets", "one-with-16-octets"];
    for (key, status) in keys.into_iter().zip([200, 200, 429]) {
        let answer = client.get("/").header("x-api-key", key).send().await;
        assert_eq!(answer.status(), status, "{key}");
    }
    for status in [200, 429] {
        assert_eq!(client.get("/").send().await.status(), status);
    }
}

#[tokio::test]
async fn for_some_paths_however_they_are_written() {
    let limit = hourly(RateKey::Address, 1).paths(["/login"]);
    let client = Client::new(routes![root, login], ());
    let client = client.around(&Around::new().rate_limit(limit)).unwrap();
    for (path, status) in [
        ("/", 405),
        ("/login", 200),
        ("/%6cogin", 429),
        ("/login", 429),
        ("//login", 429),
        ("/login/", 429),
    ] {
        assert_eq!(client.post(path).send().await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn it_stands_in_front_of_authentication_so_that_keys_cannot_be_guessed_fast() {
    let auth = Auth::new().api_key("one", "one-with-16-octets", &[]);
    let around = Around::new().auth(auth).rate_limit(hourly(RateKey::Address, 2));
    let client = Client::new(routes![root], ()).around(&around).unwrap();
    for status in [401, 401, 429] {
        let answer = client.get("/").header("x-api-key", "guess").send().await;
        assert_eq!(answer.status(), status);
    }
}

#[test]
fn mistakes_are_named() {
    for (limit, expected) in [
        ("{by: address, requests: 0}", "leave the limit out"),
        ("{by: header, requests: 1}", "such as `x-tenant`"),
        ("{by: address, header: x, requests: 1}", "is for `by: header` alone"),
        ("{by: address, requests: 1, per_s: 86401}", "expected 1 to 86400"),
        ("{by: address, requests: 1, burst: 0}", "`around.rate_limits[0].burst`"),
        ("{by: address, requests: 1, max_clients: 0}", "expected 1 to 10000000"),
        ("{by: address, requests: 1, paths: [login]}", "`around.rate_limits[0].paths[0]`"),
        ("{by: adress, requests: 1}", "`address`"),
        ("{requests: 1}", "by"),
    ] {
        let text = format!("around: {{rate_limits: [{limit}]}}");
        let loaded = HttpConfig::from_str(&text, "http.yaml", &Default::default());
        let error = loaded.unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
