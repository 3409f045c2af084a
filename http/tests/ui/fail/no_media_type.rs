use wirepath_http::get;

#[get("/a", produces = "json")]
async fn a() {}

#[get("/b", produces = [])]
async fn b() {}

#[get("/c", produces = ["text/csv", "text/*"])]
async fn c() {}

fn main() {}
