//! What attributes say of routes.

use super::*;

/// The old list.
#[deprecated(note = "use /v2/orders")]
#[get("/orders")]
async fn old() -> &'static str {
    "old"
}

#[get("/secret", hidden)]
async fn secret() {}

#[post("/jobs", answers = [202, 409, 503])]
async fn start() -> Result<(StatusCode, Json<u8>), Refusal> {
    Ok((StatusCode::ACCEPTED, Json(1)))
}

#[delete("/jobs/{id}", answers = [204, 404])]
async fn stop(_id: u8) -> StatusCode {
    StatusCode::NO_CONTENT
}

#[post("/photos", describe = photo)]
async fn photos(_octets: Bytes) {}

fn photo(operation: &mut Operation<'_>) {
    operation.body("image/png", json!({}));
    operation.parameter("header", "x-album", false, json!({"type": "string"}));
    operation.answer_header("204", "x-place", json!({"type": "integer", "description": "Where."}));
    operation.set("x-cost", json!(3));
}

#[tokio::test]
async fn what_the_attribute_says_is_in_the_document() {
    let routes: Routes<(), _> = routes![old, secret, start, stop, photos];
    let document = of(&routes);
    let paths = &document["paths"];
    assert_eq!(keys(paths), ["/jobs", "/jobs/{id}", "/orders", "/photos"]);
    let old = &paths["/orders"]["get"];
    assert_eq!((&old["deprecated"], &old["summary"]), (&json!(true), &json!("The old list.")));
    assert_eq!(old["description"], "Deprecated: use /v2/orders");
    let start = &paths["/jobs"]["post"]["responses"];
    assert_eq!(keys(start), ["202", "409", "503"]);
    assert!(start["202"]["content"]["application/json"].is_object());
    assert_eq!(start["409"], json!({"$ref": "#/components/responses/Problem409"}));
    let stop = &paths["/jobs/{id}"]["delete"]["responses"];
    assert_eq!(keys(stop), ["204", "404", "422"]);
    assert_eq!(stop["404"], json!({"description": "Not Found"}));
    let photos = &paths["/photos"]["post"];
    assert!(photos["requestBody"]["content"]["image/png"].is_object());
    assert_eq!(photos["parameters"][0]["name"], "x-album");
    let place = &photos["responses"]["204"]["headers"]["x-place"];
    assert_eq!(*place, json!({"schema": {"type": "integer"}, "description": "Where."}));
    assert_eq!(photos["x-cost"], 3);
    // Hidden and deprecated routes are served.
    let client = Client::new(routes, ());
    assert_eq!(client.get("/secret").send().await.status(), 204);
    assert_eq!(client.get("/orders").send().await.text(), "old");
}
