//! Who may ask.

use super::*;

#[get("/me")]
async fn me(caller: Caller) -> String {
    caller.name().to_owned()
}

#[get("/health")]
async fn health() {}

#[get("/greeting")]
async fn greeting(caller: Option<Caller>) -> String {
    caller.map_or_else(String::new, |it| it.name().to_owned())
}

fn around() -> Around {
    let auth = Auth::new().api_key("shop", "0123456789abcdef", &[]);
    let auth = auth.open(["/health", "/greeting", "/openapi.json"]);
    Around::new().auth(auth).rate_limit(RateLimit::new(RateKey::Address, 100))
}

#[tokio::test]
async fn who_may_ask_is_what_the_configuration_says() {
    let api = OpenApi::new("Shop", "1");
    let routes = routes![me, health, greeting].openapi("/openapi.json", api);
    let client = Client::new(routes.openapi_around(&around()), ()).around(&around()).unwrap();
    let document: Value = client.get("/openapi.json").send().await.json();
    assert!(!document.to_string().contains("0123456789abcdef"));
    let schemes = &document["components"]["securitySchemes"];
    let scheme = json!({"type": "apiKey", "in": "header", "name": "x-api-key"});
    assert_eq!(*schemes, json!({"apiKey": scheme}));
    let paths = &document["paths"];
    assert_eq!(paths["/me"]["get"]["security"], json!([{"apiKey": []}]));
    assert_eq!(keys(&paths["/me"]["get"]["responses"]), ["200", "401", "429"]);
    assert_eq!(paths["/health"]["get"].get("security"), None);
    assert_eq!(keys(&paths["/health"]["get"]["responses"]), ["204", "429"]);
    assert_eq!(paths["/greeting"]["get"]["security"], json!([{"apiKey": []}, {}]));
    let problems = &document["components"]["responses"];
    assert!(problems["Problem401"]["headers"]["WWW-Authenticate"].is_object());
    assert!(problems["Problem429"]["headers"]["Retry-After"].is_object());
    assert_eq!(client.get("/me").send().await.status(), 401);
    assert_eq!(client.get("/health").send().await.status(), 204);
}

#[test]
fn schemes_of_ones_own() {
    let routes: Routes<(), _> = routes![health];
    let api = OpenApi::new("Shop", "1").secured("hook", SecurityScheme::bearer(""));
    let document = routes.document(&api).value().clone();
    let health = &document["paths"]["/health"]["get"];
    assert_eq!(health["security"], json!([{"hook": []}]));
    assert!(health["responses"]["401"].is_object());
    let scheme = &document["components"]["securitySchemes"]["hook"];
    assert_eq!(*scheme, json!({"type": "http", "scheme": "bearer"}));
}
