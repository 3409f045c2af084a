//! The engines: each reads a body and writes it again.

use serde::de::DeserializeOwned;
use workloads::model::Small;

use super::lean::{Borrowed, Lean};

/// Reads and writes; none if it cannot be read.
pub(super) type Echo = fn(&[u8]) -> Option<Vec<u8>>;

/// A parser, a value and a writer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Engine {
    pub(super) name: &'static str,
    /// Into a struct and back, where that is another thing than with the engine before.
    pub(super) typed: Option<Echo>,
    /// Into a value of any shape and back.
    pub(super) dynamic: Echo,
    /// Whether it has a line in the plot, which has room for few.
    pub(super) is_drawn: bool,
}

/// The first is what the others are compared with.
pub(super) const ENGINES: &[Engine] = &[
    Engine {
        name: "serde_json",
        typed: Some(serde::<Small>),
        dynamic: serde::<serde_json::Value>,
        is_drawn: true,
    },
    Engine { name: "serde_json, lean", typed: None, dynamic: serde::<Lean>, is_drawn: true },
    Engine {
        name: "serde_json, lean and borrowed",
        typed: None,
        dynamic: |body| {
            let value: Borrowed<'_> = serde_json::from_str(std::str::from_utf8(body).ok()?).ok()?;
            serde_json::to_vec(&value).ok()
        },
        is_drawn: false,
    },
    Engine {
        name: "sonic-rs",
        typed: Some(sonic::<Small>),
        dynamic: sonic::<sonic_rs::Value>,
        is_drawn: true,
    },
    Engine {
        name: "sonic-rs, serde_json's value",
        typed: None,
        dynamic: sonic::<serde_json::Value>,
        is_drawn: false,
    },
    Engine { name: "sonic-rs, lean", typed: None, dynamic: sonic::<Lean>, is_drawn: true },
    Engine {
        name: "sonic-rs, lean and borrowed",
        typed: None,
        dynamic: |body| sonic_rs::to_vec(&sonic_rs::from_slice::<Borrowed<'_>>(body).ok()?).ok(),
        is_drawn: false,
    },
    Engine {
        name: "simd-json",
        typed: Some(simd::<Small>),
        dynamic: |body| {
            let value = simd_json::to_owned_value(&mut body.to_vec()).ok()?;
            simd_json::to_vec(&value).ok()
        },
        is_drawn: true,
    },
    Engine { name: "simd-json, lean", typed: None, dynamic: simd::<Lean>, is_drawn: false },
];

/// As our `Json<T>` reads: checked for UTF-8 at once, and not text by text.
fn serde<T: DeserializeOwned + serde::Serialize>(body: &[u8]) -> Option<Vec<u8>> {
    let value: T = serde_json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    serde_json::to_vec(&value).ok()
}

fn sonic<T: DeserializeOwned + serde::Serialize>(body: &[u8]) -> Option<Vec<u8>> {
    sonic_rs::to_vec(&sonic_rs::from_slice::<T>(body).ok()?).ok()
}

fn simd<T: DeserializeOwned + serde::Serialize>(body: &[u8]) -> Option<Vec<u8>> {
    simd_json::to_vec(&simd_json::serde::from_slice::<T>(&mut body.to_vec()).ok()?).ok()
}
