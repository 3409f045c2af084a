//! Which answers are compressed, and how.

use serde::Deserialize;

/// Which answers are compressed, and how: the key `compression`, `true` for all defaults.
///
/// Those whose type says that they are compressed already are not (images but SVG, audio, video, archives,
/// `application/octet-stream`), nor are parts of a file (206), what says `cache-control: no-transform`, gRPC and SSE, whose
/// events would wait in the compressor.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Compression {
    /// The shortest body that is worth it, in octets; one whose length is not known beforehand counts as long. Default: 1,024.
    pub min_bytes: u64,
    /// The encodings that a client may choose from. Default: `zstd`, `br` and `gzip`.
    pub encodings: Vec<Encoding>,
    /// How hard they try. Default: `fastest`.
    pub level: Level,
}

/// A way to compress.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Encoding {
    /// RFC 1952: what everybody understands.
    Gzip,
    /// Brotli (RFC 7932).
    Br,
    /// Zstandard (RFC 8878).
    Zstd,
}

/// Time against octets.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// The least time.
    #[default]
    Fastest,
    /// What the encodings have as their own default.
    Default,
    /// The fewest octets, for ten times the time and more.
    Best,
}

impl Default for Compression {
    fn default() -> Self {
        Self {
            min_bytes: 1_024,
            encodings: vec![Encoding::Zstd, Encoding::Br, Encoding::Gzip],
            level: Level::default(),
        }
    }
}
