//! Two connections of one ESME, that send as fast as they are answered, and write down all that they hear.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::task::JoinSet;
use wirepath::smpp::{
    Client, DeliverSm, Inbox, MessageState, RequestPdu, SendError, Session, Status, SubmitSm,
};

use crate::upstream::{message, recipient};

const CONNECTIONS: usize = 2;
const WINDOW: usize = 16;

/// Messages that are acknowledged and have no receipt, at most.
const MAX_OPEN: usize = 150;

/// What a message was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing yet.
    None,
    /// `ESME_ROK`, and this id.
    Taken(String),
    Refused(Status),
    /// Nothing: the connection was lost.
    Lost,
}

/// A receipt that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) message: u64,
    pub(crate) id: String,
    pub(crate) state: MessageState,
    /// How often the gateway had been killed when the connection was made that it came on.
    pub(crate) life: u64,
}

/// What was sent and heard.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    books: Mutex<Books>,
    lives: AtomicU64,
    is_over: AtomicBool,
    is_finished: AtomicBool,
}

#[derive(Debug, Default)]
struct Books {
    answers: Vec<Answer>,
    heard: Vec<Heard>,
    /// By message: whether a receipt came.
    told: Vec<bool>,
}

impl Books {
    fn open(&self) -> usize {
        let both = self.answers.iter().zip(&self.told);
        both.filter(|(answer, told)| matches!(answer, Answer::Taken(_)) && !**told).count()
    }
}

impl Ledger {
    pub(crate) fn killed(&self) {
        self.lives.fetch_add(1, Ordering::SeqCst);
    }

    /// No new messages from now on.
    pub(crate) fn stop(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// The gateway does not come back.
    pub(crate) fn finish(&self) {
        self.is_finished.store(true, Ordering::SeqCst);
    }

    pub(crate) fn answers(&self) -> Vec<Answer> {
        self.books.lock().unwrap().answers.clone()
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.books.lock().unwrap().heard.clone()
    }

    /// Messages that are being submitted.
    pub(crate) fn unanswered(&self) -> usize {
        let books = self.books.lock().unwrap();
        books.answers.iter().filter(|answer| **answer == Answer::None).count()
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.unanswered() == 0
    }

    /// A message to send, unless there are enough.
    fn next(&self) -> Option<u64> {
        let mut books = self.books.lock().unwrap();
        if self.is_over.load(Ordering::SeqCst) || books.open() >= MAX_OPEN {
            return None;
        }
        books.answers.push(Answer::None);
        books.told.push(false);
        Some(books.answers.len() as u64 - 1)
    }

    fn answered(&self, message: u64, answer: Answer) {
        self.books.lock().unwrap().answers[message as usize] = answer;
    }

    fn hear(&self, pdu: &DeliverSm, life: u64) {
        let receipt = pdu.receipt().expect("nothing but receipts comes");
        let id = String::from_utf8(receipt.id().unwrap().to_vec()).unwrap();
        let (message, state) = (message(pdu.source().digits), receipt.state().unwrap());
        let mut books = self.books.lock().unwrap();
        books.told[message as usize] = true;
        books.heard.push(Heard { message, id, state, life });
    }
}

/// Starts them. They come back when the connection is lost.
pub(crate) fn start(address: &str, ledger: &Arc<Ledger>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (address, ledger) = (address.to_owned(), Arc::clone(ledger));
        tasks.spawn(async move {
            while !ledger.is_finished.load(Ordering::SeqCst) {
                let life = ledger.lives.load(Ordering::SeqCst);
                let client = Client::new(address.as_str(), "esme1", "secret").window(WINDOW);
                match client.connect().await {
                    Ok((session, inbox)) => {
                        tokio::join!(load(&session, &ledger), listen(inbox, &ledger, life));
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        });
    }
    tasks
}

async fn listen(mut inbox: Inbox, ledger: &Ledger, life: u64) {
    while let Some(pdu) = inbox.next().await {
        if let RequestPdu::DeliverSm(pdu) = pdu {
            ledger.hear(&pdu, life);
        }
    }
}

/// Keeps the window full, until the session is over.
async fn load(session: &Session, ledger: &Ledger) {
    let mut flying = FuturesUnordered::new();
    let ended = session.wait_ended();
    tokio::pin!(ended);
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    loop {
        while flying.len() < WINDOW {
            let Some(message) = ledger.next() else { break };
            flying.push(submit(session, ledger, message));
        }
        tokio::select! {
            Some(()) = flying.next(), if !flying.is_empty() => {}
            _ = tick.tick() => {}
            _ = &mut ended => break,
        }
    }
    while flying.next().await.is_some() {}
}

async fn submit(session: &Session, ledger: &Ledger, message: u64) {
    let (recipient, text) = (recipient(message), format!("text {message}"));
    let pdu = SubmitSm::builder()
        .source("12345")
        .destination(recipient.as_str())
        .registered_delivery(1)
        .short_message(&text);
    let answer = match session.submit_sm(&pdu.build().unwrap()).await {
        Ok(answer) => Answer::Taken(answer.message_id.to_string()),
        Err(SendError::Rejected(status)) => Answer::Refused(status),
        Err(_) => Answer::Lost,
    };
    ledger.answered(message, answer);
}
