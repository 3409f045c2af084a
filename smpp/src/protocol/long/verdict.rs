//! One receipt for a message that went out in parts.

use std::{fmt, str::FromStr};

use super::StoredError;
use crate::protocol::{Inline, MessageState, ReceiptBuilder, Status};

/// Of what this writes, and all that it reads.
const VERSION: u8 = 1;

/// What the sender of a message hears, whose parts each have a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Policy {
    /// Delivered once every part is; the first part that fails decides at once.
    #[default]
    All,
    /// As `all`, but only once every part has come to its end: nothing changes after the receipt.
    AnyFailure,
    /// The end of the part whose receipt comes first.
    First,
    /// The end of the part whose receipt comes last, once every part has one.
    Last,
    /// Every receipt, as it comes.
    Each,
}

/// A text that is no [`Policy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown policy, expected all, any_failure, first, last or each")]
pub struct UnknownPolicy;

impl Policy {
    const ALL: [Self; 5] = [Self::All, Self::AnyFailure, Self::First, Self::Last, Self::Each];

    /// The name in configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::AnyFailure => "any_failure",
            Self::First => "first",
            Self::Last => "last",
            Self::Each => "each",
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::All => 0,
            Self::AnyFailure => 1,
            Self::First => 2,
            Self::Last => 3,
            Self::Each => 4,
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        Self::ALL.into_iter().find(|policy| policy.name() == name).ok_or(UnknownPolicy)
    }
}

/// A receipt's error code: its first 8 octets.
type ErrorCode = Inline<8>;

/// What the sender is to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What became of the message; under [`Policy::Each`] of the part.
    pub state: MessageState,
    /// The part whose receipt decided, from 1; `None` where all did, or time.
    pub part: Option<u8>,
    /// How many parts there are.
    pub parts: u8,
    /// How many are known to be delivered.
    pub delivered: u8,
    err: ErrorCode,
}

impl Report {
    /// The error code of the receipt that decided, its first 8 octets; `000` if there is none.
    #[must_use]
    pub fn err(&self) -> &[u8] {
        match self.err.as_bytes() {
            [] => b"000",
            err => err,
        }
    }

    /// The receipt for the sender, under the id that the sender knows: `sub` is how many parts there are, `dlvrd` how many were
    /// delivered.
    pub fn receipt<'a>(&'a self, id: &'a [u8]) -> ReceiptBuilder<'a> {
        ReceiptBuilder::new(id, self.state)
            .counts(self.parts.into(), self.delivered.into())
            .err(self.err())
    }
}

/// Makes one receipt of those of the parts.
///
/// Each part comes to one end: with the first final receipt for it, or with a refusal in place of its id. States that are not
/// final ([`MessageState::is_final`]) decide nothing, and neither does what comes after an end; only [`Policy::Each`] passes them
/// on. A receipt that never comes is never waited for here: whoever keeps the time calls [`give_up`](Self::give_up).
///
/// ```
/// use wirepath_smpp::{MessageState, long::{Policy, Verdict}};
///
/// let mut verdict = Verdict::new(2, Policy::All);
/// assert_eq!(verdict.receipt(2, MessageState::DELIVERED, b"000"), None);
/// let stored = verdict.encode();
///
/// let mut verdict = Verdict::decode(&stored)?;
/// let report = verdict.receipt(1, MessageState::DELIVERED, b"000").expect("both are there");
/// let text = report.receipt(b"our-id").to_vec();
/// assert!(text.starts_with(b"id:our-id sub:002 dlvrd:002 "));
/// assert_eq!(verdict.receipt(1, MessageState::DELIVERED, b"000"), None, "once");
/// # Ok::<(), wirepath_smpp::long::StoredError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    policy: Policy,
    reported: bool,
    /// The end of each part, where it has come to one.
    ends: Vec<Option<MessageState>>,
    /// The first end that is no delivery: which part, and the code.
    failure: Option<(u8, MessageState, ErrorCode)>,
}

impl Verdict {
    /// Nothing has been heard of any part. No parts count as one.
    #[must_use]
    pub fn new(parts: u8, policy: Policy) -> Self {
        let ends = vec![None; usize::from(parts.max(1))];
        Self { policy, reported: false, ends, failure: None }
    }

    /// A part, from 1, was answered. An error is its end: no receipt will come.
    #[must_use]
    pub fn answered(&mut self, part: u8, status: Status) -> Option<Report> {
        match status.is_ok() {
            true => None,
            false => self.receipt(part, MessageState::REJECTED, b""),
        }
    }

    /// A receipt for a part, from 1, has come. Says what the sender is to hear now, if anything; one for a part that there is not
    /// says nothing.
    #[must_use]
    pub fn receipt(&mut self, part: u8, state: MessageState, err: &[u8]) -> Option<Report> {
        let err = ErrorCode::new(err.get(..ErrorCode::MAX).unwrap_or(err)).unwrap_or_default();
        let end = self.ends.get_mut(usize::from(part).checked_sub(1)?)?;
        let is_end = state.is_final() && end.is_none();
        if is_end {
            *end = Some(state);
            if state != MessageState::DELIVERED {
                self.failure.get_or_insert((part, state, err));
            }
        }
        let is_whole = self.ends.iter().all(Option::is_some);
        let this = (Some(part), state, err);
        if self.policy == Policy::Each {
            self.reported |= is_whole;
            return Some(self.report(this));
        }
        if self.reported || !is_end {
            return None;
        }
        let failure = self.failure.map(|(part, state, err)| (Some(part), state, err));
        let of_all = failure.unwrap_or((None, state, err));
        let decided = match self.policy {
            Policy::First => Some(this),
            Policy::Last => is_whole.then_some(this),
            Policy::All if failure.is_some() => failure,
            _ => is_whole.then_some(of_all),
        }?;
        self.reported = true;
        Some(self.report(decided))
    }

    /// Time is up: what is missing will not come. Says what the sender is to hear unless it has heard the end already.
    ///
    /// A part that failed decides; otherwise it is `state`: `EXPIRED`, or `UNKNOWN`.
    #[must_use]
    pub fn give_up(&mut self, state: MessageState) -> Option<Report> {
        if std::mem::replace(&mut self.reported, true) {
            return None;
        }
        let failure = self.failure.filter(|_| self.policy != Policy::Each);
        let decided = match failure {
            Some((part, state, err)) => (Some(part), state, err),
            None => (None, state, ErrorCode::EMPTY),
        };
        Some(self.report(decided))
    }

    /// The sender has heard the end: this can be forgotten, once nobody minds that late receipts find nothing.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.reported
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> u8 {
        // Made of an `u8`.
        self.ends.len() as u8
    }

    fn report(&self, (part, state, err): (Option<u8>, MessageState, ErrorCode)) -> Report {
        let delivered = self.ends.iter().filter(|end| **end == Some(MessageState::DELIVERED));
        Report { state, part, parts: self.parts(), delivered: delivered.count() as u8, err }
    }

    /// Writes it for a store: version, policy, whether it is over, the failure, the ends; up to 524 octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION, self.policy.code(), self.reported.into()];
        match &self.failure {
            None => out.push(0),
            Some((part, state, err)) => {
                let err = err.as_bytes();
                // At most 8.
                out.extend([*part, state.code(), err.len() as u8]);
                out.extend(err);
            }
        }
        out.push(self.parts());
        for end in &self.ends {
            out.extend([u8::from(end.is_some()), end.map_or(0, MessageState::code)]);
        }
        out
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    ///
    /// [`StoredError`]; no octets make it panic.
    pub fn decode(stored: &[u8]) -> Result<Self, StoredError> {
        let (&version, rest) = stored.split_first().ok_or(StoredError::Torn)?;
        if version != VERSION {
            return Err(StoredError::Version(version));
        }
        let (&[policy, reported, failed], rest) =
            rest.split_first_chunk().ok_or(StoredError::Torn)?;
        let policy = Policy::ALL.into_iter().find(|known| known.code() == policy);
        let policy = policy.ok_or(StoredError::Value("policy"))?;
        let (failure, rest) = decode_failure(failed, rest)?;
        let (&parts, rest) = rest.split_first().ok_or(StoredError::Torn)?;
        let (ends, behind) = rest.as_chunks::<2>();
        if ends.len() != usize::from(parts) || !behind.is_empty() {
            return Err(StoredError::Torn);
        }
        if parts == 0 || failed > parts || reported > 1 {
            return Err(StoredError::Value("number of parts"));
        }
        let ends = ends.iter().map(|end| match *end {
            [0, 0] => Ok(None),
            [1, code] => Ok(Some(MessageState::from_code(code))),
            _ => Err(StoredError::Value("end of a part")),
        });
        let ends = ends.collect::<Result<_, _>>()?;
        Ok(Self { policy, reported: reported == 1, ends, failure })
    }
}

type Failure = Option<(u8, MessageState, ErrorCode)>;

fn decode_failure(part: u8, rest: &[u8]) -> Result<(Failure, &[u8]), StoredError> {
    if part == 0 {
        return Ok((None, rest));
    }
    let (&[state, length], rest) = rest.split_first_chunk().ok_or(StoredError::Torn)?;
    let (err, rest) = rest.split_at_checked(length.into()).ok_or(StoredError::Torn)?;
    let err = ErrorCode::new(err).map_err(|_| StoredError::Value("error code"))?;
    Ok((Some((part, MessageState::from_code(state), err)), rest))
}
