//! What WhatsApp sends, as far as it is looked at. All else in it is ignored: there is more every year.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// One `POST`: some messages, and some news of those that we sent, which have none.
#[derive(Debug, Deserialize)]
pub(crate) struct Notification {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct Change {
    value: Value,
}

#[derive(Debug, Deserialize)]
struct Value {
    #[serde(default)]
    messages: Vec<Message>,
}

/// A message from somebody.
#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    #[serde(deserialize_with = "short")]
    id: String,
    from: String,
    #[serde(rename = "type")]
    kind: String,
    text: Option<Text>,
}

#[derive(Debug, Deserialize)]
struct Text {
    body: String,
}

/// The longest id, in octets; the store's keys may be little longer. Those of WhatsApp have some eighty.
const MAX_ID: usize = 512;

fn short<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    match id.len() {
        1..=MAX_ID => Ok(id),
        _ => Err(de::Error::custom("an id has 1 to 512 octets")),
    }
}

impl Notification {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        let changes = self.entry.iter().flat_map(|entry| &entry.changes);
        changes.flat_map(|change| &change.value.messages)
    }
}

impl Message {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.as_ref().map_or("", |text| &text.body);
        write!(
            f,
            "{} from {}: {}",
            self.kind.escape_debug(),
            self.from.escape_debug(),
            text.escape_debug()
        )
    }
}
