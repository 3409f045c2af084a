//! What `gateway spool` asks, and what it is answered: a line of JSON each.

use serde::{Deserialize, Serialize};

/// The lane of dead letters.
pub(crate) const DEAD: &str = "dead";

/// Messages that one answer lists, at most.
pub(crate) const MAX_LISTED: usize = 1_000;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ask {
    /// How much waits where?
    Lanes,
    /// Which messages are in a lane, behind this one?
    List { lane: String, after: Option<u64>, limit: usize },
    /// What is known of a message?
    Show { id: u64 },
    /// Send a dead letter again.
    Replay { id: u64 },
    /// Throw a dead letter away.
    Discard { id: u64 },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    Lanes { lanes: Vec<LaneState> },
    List { messages: Vec<Summary> },
    Show { message: Box<Details> },
    Done,
    Failed { error: String },
}

/// How full a lane is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LaneState {
    pub(crate) lane: String,
    /// Due.
    pub(crate) ready: u64,
    /// Not due.
    pub(crate) delayed: u64,
    /// Being sent.
    pub(crate) leased: u64,
    /// Seconds that the oldest is old.
    pub(crate) oldest: u64,
}

/// A message in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) id: u64,
    /// Seconds since it was accepted.
    pub(crate) age: u64,
    pub(crate) attempts: u32,
    /// What is known of it, or why its record cannot be read.
    pub(crate) known: Result<Known, String>,
}

/// What its record says of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) stage: String,
    pub(crate) esme: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// Why it is a dead letter.
    pub(crate) reason: String,
}

/// All that is known of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) summary: Summary,
    pub(crate) lane: String,
    pub(crate) priority: u8,
    /// Seconds until it is due.
    pub(crate) due: u64,
    /// What its record says beside that: names and values.
    pub(crate) rest: Vec<(String, String)>,
}
