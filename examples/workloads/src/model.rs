//! What the handlers take and give, the same for all servers that are compared.

#![expect(missing_docs, reason = "the fields are those of the requests and the answers")]

use indexmap::IndexMap;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// JSON of any shape.
pub type Dynamic = serde_json::Value;

/// A query of any names, as they came.
pub type Many = IndexMap<String, String>;

/// `POST /json/small`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Small {
    pub id: u64,
    pub name: String,
    pub active: bool,
    pub count: i32,
    pub tags: Vec<String>,
}

/// `GET /path/simple/{id}`.
#[derive(Debug, Serialize)]
pub struct Id {
    pub id: String,
}

/// `GET /path/multiple/{user_id}/{post_id}`.
#[derive(Debug, Serialize)]
pub struct Post {
    pub user_id: String,
    pub post_id: String,
}

/// `GET /path/deep/{org}/{team}/{project}/{resource}/{id}`.
#[derive(Debug, Serialize)]
pub struct Deep {
    pub org: String,
    pub team: String,
    pub project: String,
    pub resource: String,
    pub id: String,
}

/// `GET /path/int/{id}`.
#[derive(Debug, Serialize)]
pub struct Number {
    pub id: i64,
}

/// `GET /path/uuid/{uuid}`.
#[derive(Debug, Serialize)]
pub struct Unique {
    pub uuid: Uuid,
}

/// `GET /path/date/{date}`.
#[derive(Debug, Serialize)]
pub struct Day {
    pub date: Date,
}

/// `GET /query/few`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Few {
    pub q: Option<String>,
    pub page: Option<i32>,
    pub limit: Option<i32>,
}

/// `GET /query/medium`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Medium {
    pub category: Option<String>,
    pub tags: Option<String>,
    pub min_price: Option<f64>,
    pub max_price: Option<f64>,
    pub sort: Option<String>,
    pub order: Option<String>,
    pub page: Option<i32>,
    pub limit: Option<i32>,
}

/// `POST /urlencoded/simple`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub age: u32,
    pub city: String,
}

/// `POST /urlencoded/complex`: eighteen names, of which `interests` may come several times.
#[derive(Debug, Serialize, Deserialize)]
pub struct Profile {
    pub name: String,
    pub email: String,
    pub age: u32,
    pub city: String,
    pub country: String,
    pub phone: String,
    pub address: String,
    pub zip: String,
    pub interests: Vec<String>,
    pub company: String,
    pub position: String,
    pub department: String,
    pub salary: u64,
    pub start_date: Date,
    pub active: bool,
    pub verified: bool,
    pub newsletter: bool,
    pub terms: bool,
}

/// `POST /multipart/…`: what came in.
#[derive(Debug, Default, Serialize)]
pub struct Received {
    pub files_received: u64,
    pub total_bytes: u64,
}

/// `GET /health`.
#[derive(Debug, Serialize)]
pub struct Health {
    pub status: &'static str,
}

impl Health {
    /// Whoever can say so is.
    pub const OK: Self = Self { status: "ok" };
}
