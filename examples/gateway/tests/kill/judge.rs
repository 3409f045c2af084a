//! What must hold in the end.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use wirepath::smpp::SessionId;

use crate::{
    esmes::{Answer, Heard, Ledger},
    upstream::{Event, Fate, end},
};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    messages: usize,
    acknowledged: usize,
    refused: usize,
    lost: usize,
    heard_though_lost: usize,
    receipts: usize,
    double_receipts: usize,
    dead: usize,
    came: usize,
    doubles: usize,
    wrong: Vec<String>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "messages       {}: {} acknowledged, {} refused, {} whose answer was lost ({} of them kept)",
            self.messages, self.acknowledged, self.refused, self.lost, self.heard_though_lost
        )?;
        writeln!(
            f,
            "receipts       {}, {} of them once more after a kill; dead letters {}",
            self.receipts, self.double_receipts, self.dead
        )?;
        write!(
            f,
            "at the SMSC    {} submit_sm, {} of them copies of what it had taken, the answer lost",
            self.came, self.doubles
        )
    }
}

impl Verdict {
    pub(crate) fn assert(&self) {
        assert!(self.acknowledged > 0, "nothing was acknowledged");
        let shown: Vec<&String> = self.wrong.iter().take(20).collect();
        assert!(shown.is_empty(), "{} are wrong, the first: {shown:#?}", self.wrong.len());
    }
}

pub(crate) fn judge(ledger: &Ledger, events: &[Event], dead: &[String]) -> Verdict {
    let (answers, heard) = (ledger.answers(), ledger.heard());
    let mut verdict = Verdict {
        messages: answers.len(),
        receipts: heard.len(),
        dead: dead.len(),
        ..Verdict::default()
    };
    esmes(&mut verdict, &answers, &heard, dead);
    smsc(&mut verdict, events);
    verdict
}

/// What was acknowledged has one end, and nobody hears of anything else.
fn esmes(verdict: &mut Verdict, answers: &[Answer], heard: &[Heard], dead: &[String]) {
    let dead: HashSet<&str> = dead.iter().map(String::as_str).collect();
    let mut ids = HashSet::new();
    let mut by_message: HashMap<u64, Vec<&Heard>> = HashMap::new();
    for receipt in heard {
        by_message.entry(receipt.message).or_default().push(receipt);
    }
    for (message, answer) in (0_u64..).zip(answers) {
        let receipts = by_message.get(&message).map_or(&[][..], Vec::as_slice);
        let mut wrong = |what: &str| {
            verdict.wrong.push(format!("message {message} ({answer:?}): {what}: {receipts:?}"));
        };
        match answer {
            Answer::Taken(id) => {
                verdict.acknowledged += 1;
                if !ids.insert(id.as_str()) {
                    wrong("another message has its id");
                }
                match (receipts.len(), dead.contains(id.as_str())) {
                    (0, false) => wrong("no receipt, and no dead letter: it is LOST"),
                    (1.., true) => wrong("a receipt, and a dead letter"),
                    _ => {}
                }
                if receipts.iter().any(|receipt| receipt.id != *id) {
                    wrong("a receipt for an id that was not given");
                }
            }
            Answer::Refused(_) => {
                verdict.refused += 1;
                if !receipts.is_empty() {
                    wrong("it was refused, and has a receipt");
                }
            }
            // It may have been kept. Then it has an id that nobody was told, but one.
            Answer::Lost => {
                verdict.lost += 1;
                verdict.heard_though_lost += usize::from(!receipts.is_empty());
                if let [first, ..] = receipts {
                    if receipts.iter().any(|receipt| receipt.id != first.id) {
                        wrong("receipts for two ids");
                    }
                    if !ids.insert(first.id.as_str()) {
                        wrong("another message has its id");
                    }
                }
            }
            Answer::None => wrong("it was never answered"),
        }
        if receipts.iter().any(|receipt| receipt.state != end(message)) {
            wrong("a receipt with another state than the SMSC gave");
        }
        let lives: HashSet<u64> = receipts.iter().map(|receipt| receipt.life).collect();
        if lives.len() != receipts.len() {
            wrong("two receipts without a kill between them");
        }
        verdict.double_receipts += receipts.len().saturating_sub(1);
    }
}

/// A message comes again only if the answer to it was lost, or asked for that.
fn smsc(verdict: &mut Verdict, events: &[Event]) {
    /// The copy of a message that came last.
    struct Last {
        session: SessionId,
        fate: Fate,
        life: u64,
    }

    let mut life = 0;
    let (mut ended, mut settled) = (HashSet::new(), HashSet::new());
    let mut last: HashMap<u64, Last> = HashMap::new();
    for event in events {
        match *event {
            Event::Killed => life += 1,
            Event::Ended(session) => drop(ended.insert(session)),
            Event::ReceiptTaken { message } => drop(settled.insert(message)),
            Event::Came { message, session, fate } => {
                verdict.came += 1;
                if settled.contains(&message) {
                    verdict.wrong.push(format!("message {message} came again after its receipt"));
                }
                if let Some(before) = last.insert(message, Last { session, fate, life }) {
                    let is_double = matches!(before.fate, Fate::Taken | Fate::Refused);
                    verdict.doubles += usize::from(is_double);
                    if is_double && before.life == life && !ended.contains(&before.session) {
                        verdict.wrong.push(format!(
                            "message {message} came again, though it was answered with {:?}",
                            before.fate
                        ));
                    }
                }
            }
        }
    }
}
