//! What the handlers take and give, the same for all sides.

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize)]
pub(super) struct Id {
    pub(super) id: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Few {
    pub(super) q: Option<String>,
    pub(super) page: Option<i32>,
    pub(super) limit: Option<i32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Simple {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) age: u32,
    pub(super) city: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Small {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) count: i32,
    pub(super) tags: Vec<String>,
}
