//! API keys, scopes and open paths.

use wirepath_http::{
    Body, Response, StatusCode,
    around::Caller,
    config::{Around, Auth, Cors, HttpConfig},
    get, post, routes,
    testing::Client,
};
use wirepath_runtime::config::Env;
use wirepath_test_support::{Book, Log};

const KEY: &str = "the-key-of-the-shop";
const ADMIN: &str = "the-key-of-the-admin";

#[get("/me")]
async fn me(caller: Caller) -> String {
    caller.name().to_owned()
}

#[get("/health")]
async fn health(caller: Option<Caller>) -> String {
    caller.map_or("nobody".to_owned(), |caller| caller.name().to_owned())
}

#[get("/admin/{what}")]
async fn admin(what: String, caller: Caller) -> String {
    format!("{what} {}", caller.may("admin"))
}

#[get("/events")]
async fn events() -> Response {
    Response::new(Body::from("data: 1\n\n"))
}

#[get("/bare")]
async fn bare() -> StatusCode {
    StatusCode::UNAUTHORIZED
}

#[post("/take")]
async fn take(body: String) -> String {
    body
}

fn around() -> Around {
    let auth = Auth::new().api_key("shop", KEY, &["read"]).api_key("admin", ADMIN, &["admin"]);
    Around::new().auth(auth.open(["/health", "/docs/*"]).rule(&["/admin/*"], &["admin"]))
}

#[tokio::test]
async fn every_kind_of_route_asks_for_a_key_and_so_does_what_is_no_route() {
    let book = Book::default();
    let _counting = metrics::set_default_local_recorder(&book);
    let theirs = axum::Router::new().route("/theirs", axum::routing::get(async || "theirs"));
    let client = Client::new(routes![me, events, take].axum(theirs), ());
    let client = client.around(&around()).unwrap();
    let asked = [("/me", 200), ("/events", 200), ("/theirs", 200), ("/none", 404), ("/take", 405)];
    for (path, status) in asked {
        for key in [None, Some("wrong"), Some(""), Some("the-key-of-the-shoq")] {
            let mut asking = client.get(path);
            if let Some(key) = key {
                asking = asking.header("x-api-key", key);
            }
            let answer = asking.send().await;
            assert_eq!(answer.status(), 401, "{path} {key:?}");
            assert_eq!(answer.header("www-authenticate"), "ApiKey header=\"x-api-key\"");
            assert!(answer.text().contains("API key"), "{}", answer.text());
        }
        let answer = client.get(path).header("x-api-key", KEY).send().await;
        assert_eq!(answer.status(), status, "{path}");
    }
    assert_eq!(book.read("wirepath_http_unauthorized_total{reason=nobody}"), 5);
    assert_eq!(book.read("wirepath_http_unauthorized_total{reason=wrong}"), 15);
}

#[tokio::test]
async fn open_paths_are_for_everybody_and_know_who_asks() {
    let client = Client::new(routes![me, health], ()).around(&around()).unwrap();
    assert_eq!(client.get("/health").send().await.text(), "nobody");
    assert_eq!(client.get("/health").header("x-api-key", "wrong").send().await.text(), "nobody");
    assert_eq!(client.get("/health").header("x-api-key", KEY).send().await.text(), "shop");
    assert_eq!(client.get("/docs/x").send().await.status(), 404);
    for path in [
        "/docs/../me",
        "/docs/%2e%2e/me",
        "/docs/..;/me",
        "/docs",
        "/health/x",
        "/health/",
        "//health",
        "/%68ealth",
    ] {
        assert_eq!(client.get(path).send().await.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn every_401_says_how_to_show_who_one_is() {
    let own = axum::Router::new().route(
        "/own",
        axum::routing::get(async || (StatusCode::UNAUTHORIZED, [("www-authenticate", "Own")])),
    );
    let around = Around::new().auth(Auth::new().api_key("shop", KEY, &[]).open(["/me"]));
    let client = Client::new(routes![me, bare].axum(own), ()).around(&around).unwrap();
    let challenge = "ApiKey header=\"x-api-key\"";
    for (path, key, expected) in
        [("/me", None, challenge), ("/bare", Some(KEY), challenge), ("/own", Some(KEY), "Own")]
    {
        let mut asking = client.get(path);
        if let Some(key) = key {
            asking = asking.header("x-api-key", key);
        }
        let answer = asking.send().await;
        assert_eq!(answer.status(), 401, "{path}");
        let challenges: Vec<_> = answer.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(challenges, [expected], "{path}");
    }
}

#[tokio::test]
async fn a_scope_that_is_lacking_is_403() {
    let client = Client::new(routes![admin], ()).around(&around()).unwrap();
    for (path, key, status) in [
        ("/admin/x", KEY, 403),
        ("/%61dmin/x", KEY, 403),
        ("//admin/x", KEY, 403),
        ("/./admin//x", KEY, 403),
        ("/%61dmin/%ff", KEY, 403),
        ("/admin", KEY, 403),
        ("/admin/none/such", KEY, 403),
        ("/admin/x", ADMIN, 200),
    ] {
        let answer = client.get(path).header("x-api-key", key).send().await;
        assert_eq!(answer.status(), status, "{path} {key}");
    }
    let answer = client.get("/admin/x").header("x-api-key", ADMIN).send().await;
    assert_eq!(answer.text(), "x true");
}

#[tokio::test]
async fn preflights_need_no_key_and_refusals_say_who_may_read_them() {
    let around = around().cors(Cors::new(["https://app.example"])).request_ids();
    let client = Client::new(routes![me], ()).around(&around).unwrap();
    let options = client.request(wirepath_http::Method::OPTIONS, "/me");
    let options = options.header("origin", "https://app.example");
    let answer = options.header("access-control-request-method", "GET").send().await;
    assert_eq!(answer.status(), 204);
    let answer = client.get("/me").header("origin", "https://app.example").send().await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
    // Any other one is no preflight.
    let options = client.request(wirepath_http::Method::OPTIONS, "/me").send().await;
    assert_eq!(options.status(), 401);
}

#[tokio::test]
async fn secrets_are_neither_shown_nor_logged() {
    let log = Log::default();
    let _logging = log.listen();
    let around = around().access_log().request_ids();
    let client = Client::new(routes![me], ()).around(&around).unwrap();
    client.get("/me").header("x-api-key", KEY).send().await;
    client.get("/me").header("x-api-key", "a-guess").send().await;
    let seen = format!("{}{around:?}{client:?}", log.take());
    assert!(seen.contains("status=401"), "{seen}");
    for secret in [KEY, ADMIN, "a-guess"] {
        assert!(!seen.contains(secret), "{seen}");
    }
}

#[test]
fn mistakes_are_named_and_secrets_are_not() {
    let env = Env::from_iter([("EMPTY", ""), ("KEY", "s3cret")]);
    let good = "keys: [{name: a, key: 0123456789abcdef}]";
    for (auth, expected) in [
        ("{}".to_owned(), "lets nobody in"),
        ("".to_owned(), "`around.auth`"),
        ("{api_keys: }".to_owned(), "`around.auth.api_keys`"),
        ("{api_keys: {}}".to_owned(), "expected 1 to 1000 keys"),
        ("{api_keys: {keys: [{name: a, key: '${KEY}'}]}}".to_owned(), "too short to be secret"),
        ("{api_keys: {keys: [{name: a, key: '${EMPTY}'}]}}".to_owned(), "too short to be secret"),
        (
            "{api_keys: {keys: [{name: '', key: 0123456789abcdef}]}}".to_owned(),
            "say who has the key",
        ),
        (format!("{{api_keys: {{header: 'x y', {good}}}}}"), "the name of a header"),
        (format!("{{rules: , api_keys: {{{good}}}}}"), "`around.auth.rules`"),
        (format!("{{open: [docs], api_keys: {{{good}}}}}"), "`around.auth.open[0]`"),
        (
            format!("{{rules: [{{paths: [], scopes: [a]}}], api_keys: {{{good}}}}}"),
            "expected paths",
        ),
        (
            format!("{{rules: [{{paths: [/a], scopes: ['a b']}}], api_keys: {{{good}}}}}"),
            "`around.auth.rules[0].scopes[0]`",
        ),
    ] {
        let text = format!("around: {{auth: {auth}}}");
        let loaded = HttpConfig::from_str(&text, "http.yaml", &env);
        let error = loaded.unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
