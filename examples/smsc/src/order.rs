//! Test: a receipt never leaves before the answer to its message, whichever session it goes to.

use std::{sync::Arc, time::Duration};

use bytes::{Buf as _, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    time::timeout,
};
use wirepath::smpp::{
    BindKind, BindRequest, HandlerService, MessageId, Pdu, ReceiptForm, RequestPdu, SubmitSm,
    SubmitSmResp,
    config::{EsmeConfig, ServerConfig},
    protocol::{CommandId, Frame, Rules},
    testing::{Harness, TestSession},
};

use crate::{handlers, smsc::Smsc};

/// So many answers are more than can be on their way to a peer that does not read.
const MESSAGES: u32 = 4_000;
const MOMENT: Duration = Duration::from_secs(1);

/// A simulator in process, without a delay between a message and its receipt.
fn simulator() -> Harness<impl HandlerService> {
    let smsc = Arc::new(Smsc::new(Duration::ZERO, 100_000, ReceiptForm::Canonical));
    let service = wirepath::handlers![handlers::bound, handlers::submit];
    let mut config = ServerConfig::default();
    config.esmes = ["esme1", "other"]
        .map(|esme| EsmeConfig::new(esme, wirepath::secret::Secret::from("secret")))
        .into();
    let harness = Harness::new(service.with_state(Arc::new(Arc::clone(&smsc)))).config(config);
    tokio::spawn(smsc.deliver(harness.smpp()));
    harness
}

/// An ESME that reads only when it is told to.
struct Deaf {
    io: DuplexStream,
    input: BytesMut,
}

impl Deaf {
    async fn bind(harness: &Harness<impl HandlerService>, kind: BindKind) -> Self {
        let (io, _engine) = harness.connect_raw();
        let mut this = Self { io, input: BytesMut::new() };
        let bind = BindRequest::builder().system_id("esme1").password("secret");
        this.send(&bind.interface_version(0x34).build(kind).expect("it fits"), 1).await;
        this.next().await;
        this
    }

    async fn send(&mut self, pdu: &impl Pdu, sequence: u32) {
        let mut octets = BytesMut::new();
        pdu.encode(sequence, &mut octets);
        while octets.has_remaining() {
            self.io.write_buf(&mut octets).await.expect("it is open");
        }
    }

    /// Submits more than it takes answers for; the last message asks for a receipt.
    async fn submit_all(&mut self) {
        let message =
            |asked| SubmitSm::builder().source("100").destination("200").registered_delivery(asked);
        let plain = message(0).build().expect("it fits");
        for sequence in 2..=MESSAGES {
            self.send(&plain, sequence).await;
        }
        self.send(&message(1).build().expect("it fits"), MESSAGES + 1).await;
    }

    async fn next(&mut self) -> Frame {
        loop {
            if let Some(frame) = Frame::split(&mut self.input, 65_536).expect("SMPP") {
                return frame;
            }
            assert_ne!(self.io.read_buf(&mut self.input).await.expect("it is open"), 0);
        }
    }

    /// Reads the answers; gives the id of the message that asked for a receipt.
    async fn answers(&mut self) -> MessageId {
        loop {
            let frame = self.next().await;
            assert_eq!(frame.command(), CommandId::SUBMIT_SM_RESP, "an answer is overtaken");
            if frame.header().sequence == MESSAGES + 1 {
                return SubmitSmResp::decode(frame, Rules::Strict).expect("an answer").message_id;
            }
        }
    }
}

/// The id in the receipt that comes within a moment.
async fn receipt(session: &mut TestSession) -> Option<Vec<u8>> {
    let pdu: RequestPdu = timeout(MOMENT, session.next_pdu()).await.ok()??;
    pdu.receipt()?.id().map(<[u8]>::to_vec)
}

#[tokio::test(start_paused = true)]
async fn a_receipt_on_another_session_waits_until_the_answer_has_been_written() {
    let harness = simulator();
    let mut receiver = harness.bind(BindKind::Receiver, "esme1", "secret").await.expect("it may");
    let mut sender = Deaf::bind(&harness, BindKind::Transmitter).await;
    sender.submit_all().await;
    assert_eq!(receipt(&mut receiver).await, None, "before the answer");
    let id = sender.answers().await;
    assert_eq!(receipt(&mut receiver).await.as_deref(), Some(id.as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn a_receipt_on_the_same_session_is_behind_the_answer() {
    let harness = simulator();
    let mut sender = Deaf::bind(&harness, BindKind::Transceiver).await;
    sender.submit_all().await;
    let id = sender.answers().await;
    let frame = timeout(MOMENT, sender.next()).await.expect("a receipt");
    let pdu = RequestPdu::decode(frame, Rules::Strict).expect("a receipt");
    assert_eq!(pdu.receipt().expect("a receipt").id(), Some(id.as_bytes()));
}

/// Others do not wait for an ESME that does not read.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_stuck_holds_no_other_receipt_back() {
    let harness = simulator();
    let mut deaf = Deaf::bind(&harness, BindKind::Transmitter).await;
    deaf.submit_all().await;
    let mut other = harness.bind(BindKind::Receiver, "other", "secret").await.expect("it may");
    let sender = harness.bind(BindKind::Transmitter, "other", "secret").await.expect("it may");
    let message = SubmitSm::builder().source("1").destination("2").registered_delivery(1);
    let id = sender.submit_sm(&message.build().expect("it fits")).await.message_id;
    assert_eq!(receipt(&mut other).await.as_deref(), Some(id.as_bytes()));
}
