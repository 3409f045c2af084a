//! Through the HTTP interface.

use std::{collections::BTreeMap, time::Duration};

use wirepath::{
    Error,
    http::{
        Http,
        config::ClientConfig,
        testing::{self, Client, Upstream},
    },
    shutdown::{Drained, Shutdown},
};

use super::*;

fn entry(address: &str) -> Entry {
    Entry { address: address.to_owned(), ttl_seconds: 15 }
}

#[tokio::test(start_paused = true)]
async fn an_entry_holds_as_long_as_it_beats() {
    let client = Client::new(routes![register, discover, deregister], Entries::default());
    let put = |id: &str| {
        let request = client.put(&format!("/services/chat/{id}")).json(&entry(id));
        async { request.send().await.status() }
    };
    let found = async || client.get("/services/chat").send().await.json::<Vec<Entry>>();
    assert_eq!((put("a").await, put("b").await), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(found().await, [entry("a"), entry("b")]);

    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(put("a").await, StatusCode::NO_CONTENT);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(found().await, [entry("a")]);
    assert_eq!(put("b").await, StatusCode::CREATED);

    assert_eq!(client.delete("/services/chat/a").send().await.status(), 204);
    assert_eq!(client.delete("/services/chat/a").send().await.status(), 404);
    assert_eq!(found().await, [entry("b")]);
    assert_eq!(client.get("/services/cha").send().await.text(), "[]");
}

#[tokio::test]
async fn what_an_entry_holds_is_bounded() {
    let client = Client::new(routes![register, discover, deregister], Entries::default());
    let (fits, long) = ("x".repeat(MAX_TEXT), "x".repeat(MAX_TEXT + 1));
    for (name, id, address, status) in [
        (&*fits, &*fits, &*fits, 201),
        (&long, "1", "here", 422),
        ("chat", &long, "here", 422),
        ("chat", "1", &long, 422),
    ] {
        let request = client.put(&format!("/services/{name}/{id}")).json(&entry(address));
        assert_eq!(request.send().await.status(), status);
    }
    let config = registry_config("127.0.0.1:0".parse().expect("a place"));
    assert!(config.servers.iter().all(|server| server.max_body_bytes == MAX_BODY));
}

fn config(clients: BTreeMap<String, ClientConfig>) -> HttpConfig {
    let mut config = HttpConfig::on("127.0.0.1:0".parse().expect("a place"));
    config.clients = clients;
    config
}

/// Over sockets: it is there once it runs, and gone once it has ended.
#[tokio::test]
async fn a_service_leaves_at_shutdown() {
    let routes = routes![register, discover, deregister];
    let app = App::new().http_config(config(BTreeMap::new())).state(Entries::default());
    let registry = app.http(routes).bind().await.expect("a free port");
    let base = format!("http://{}", registry.local_addrs()[0]);
    let (end_registry, end_service) = (Shutdown::new(), Shutdown::new());
    let serving = tokio::spawn(registry.run_until(end_registry.signal()));

    let client = ClientConfig::new(base.parse().expect("a URL"));
    let clients = BTreeMap::from([("registry".to_owned(), client)]);
    let http = Http::new(&clients).expect("no files");
    let found = async || {
        let answer = http.client("registry").get("/services/chat").send().await.expect("an answer");
        answer.json::<Vec<Entry>>().await.expect("a list")
    };
    let mut app = App::new().http_config(config(clients));
    let service = Service::new(app.clients().expect("no files"), "chat");
    let service = app.state(service).http(service::routes()).bind().await.expect("it registers");
    assert_eq!(found().await.len(), 1);

    end_service.trigger();
    assert_eq!(service.run_until(end_service.signal()).await, Drained::Clean);
    assert!(found().await.is_empty());
    end_registry.trigger();
    assert_eq!(serving.await.expect("no panic"), Drained::Clean);
}

#[tokio::test]
async fn without_its_registry_it_does_not_start() {
    let registry = Upstream::new();
    let name = "chat room";
    let path = format!("/services/chat%20room/{}", std::process::id());
    registry.add_response(&path, StatusCode::INTERNAL_SERVER_ERROR);
    let service = Service::new(testing::http([("registry", &registry)]), name);
    let app = App::new().http_config(config(BTreeMap::new())).state(service);
    let error = app.http(service::routes()).bind().await.expect_err("it cannot register");
    assert!(matches!(error, Error::Startup { name: "join", .. }), "{error}");
    assert!(error.to_string().contains("was answered 500"), "{error}");
    assert_eq!(registry.sent_requests()[0].json::<Entry>().ttl_seconds, 15);
}
