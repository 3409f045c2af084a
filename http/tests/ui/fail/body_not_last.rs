use wirepath_http::{HeaderMap, Json, post};

#[post("/")]
async fn root(_body: Json<u8>, _headers: HeaderMap) {}

fn main() {}
