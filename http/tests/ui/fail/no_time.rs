//! A handler without time, and limits that are no numbers.

use wirepath_http::{get, post};

#[get("/a", timeout_ms = 0)]
async fn a() {}

#[post("/b", max_body_bytes = "1 MiB")]
async fn b(_body: String) {}

#[get("/c", timeout = 5)]
async fn c() {}

fn main() {}
