//! A peer that sends what it is told to.

use std::{net::SocketAddr, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use wirepath_smpp::{BindKind, CommandId, Frame, Header, Status};

use super::PATIENCE;

/// The mandatory fields of a good `submit_sm`, in order.
const FIELDS: [&[u8]; 18] = [
    b"\0", b"\x01", b"\x01", b"100\0", b"\x01", b"\x01", b"200\0", b"\0", b"\0", b"\0", b"\0",
    b"\0", b"\0", b"\0", b"\0", b"\0", b"\x02", b"hi",
];

/// `submit_sm` as a number on the wire.
pub(crate) const SUBMIT: u32 = 4;

/// A PDU by hand.
pub(crate) fn pdu(command: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(Header::LEN + body.len()).unwrap();
    let mut out = header(length, command, sequence);
    out.extend_from_slice(body);
    out
}

/// A header that says what it is told to.
pub(crate) fn header(length: u32, command: u32, sequence: u32) -> Vec<u8> {
    [length, command, 0, sequence].into_iter().flat_map(u32::to_be_bytes).collect()
}

/// The body of a `submit_sm` with some fields, by their place, replaced.
pub(crate) fn submit_body(changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut fields = FIELDS;
    for (at, value) in changes {
        fields[*at] = value;
    }
    fields.concat()
}

/// A good `submit_sm`.
pub(crate) fn submit(sequence: u32) -> Vec<u8> {
    pdu(SUBMIT, sequence, &submit_body(&[]))
}

/// The body of a bind.
pub(crate) fn bind_body(system_id: &str, password: &str, version: u8) -> Vec<u8> {
    let mut body = format!("{system_id}\0{password}\0\0").into_bytes();
    body.extend([version, 0, 0, 0]);
    body
}

/// The usual peer.
pub(crate) type Peer = RawPeer<TcpStream>;

/// A scripted peer over any stream.
pub(crate) struct RawPeer<IO> {
    pub(crate) io: IO,
    input: BytesMut,
    patience: Duration,
}

impl Peer {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let io = TcpStream::connect(address).await.unwrap();
        io.set_nodelay(true).unwrap();
        Self::over(io, PATIENCE)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> RawPeer<IO> {
    /// `patience`: how long it waits for an answer. Tests with paused time give hours.
    pub(crate) fn over(io: IO, patience: Duration) -> Self {
        Self { io, input: BytesMut::new(), patience }
    }

    pub(crate) async fn send(&mut self, octets: &[u8]) {
        self.io.write_all(octets).await.unwrap();
        self.io.flush().await.unwrap();
    }

    /// The next PDU, or `None` if the connection ended, which a reset is too.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let reading = async {
            loop {
                if let Some(frame) = Frame::split(&mut self.input, usize::MAX).unwrap() {
                    return Some(frame);
                }
                match self.io.read_buf(&mut self.input).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return None,
                }
            }
        };
        match tokio::time::timeout(self.patience, reading).await {
            Ok(frame) => frame,
            Err(_) => panic!("nothing came"),
        }
    }

    /// Expects a PDU with this command, status and sequence number, and nothing before it.
    pub(crate) async fn expect(
        &mut self,
        command: CommandId,
        status: Status,
        sequence: u32,
    ) -> Frame {
        let frame = self.next().await.expect("the connection is open");
        let header = frame.header();
        assert_eq!(
            (header.command, header.status, header.sequence),
            (command, status, sequence),
            "{header:?}"
        );
        frame
    }

    /// Expects the end of the connection, and nothing before it.
    pub(crate) async fn expect_end(&mut self) {
        let next = self.next().await;
        assert!(next.is_none(), "{next:?}");
        assert!(self.input.is_empty(), "half a PDU before the end");
    }

    /// Asks and is answered: the session goes on.
    pub(crate) async fn expect_alive(&mut self) {
        self.send(&pdu(CommandId::ENQUIRE_LINK.get(), 0x0BAD_CAFE, b"")).await;
        self.expect(CommandId::ENQUIRE_LINK_RESP, Status::ROK, 0x0BAD_CAFE).await;
    }

    /// Binds as a transceiver.
    pub(crate) async fn bind_as(&mut self, system_id: &str, password: &str) {
        self.bind(BindKind::Transceiver, system_id, password, Status::ROK).await;
    }

    /// Binds and expects a status.
    pub(crate) async fn bind(
        &mut self,
        kind: BindKind,
        system_id: &str,
        password: &str,
        expected: Status,
    ) -> Frame {
        let command = kind.command();
        self.send(&pdu(command.get(), 1, &bind_body(system_id, password, 0x34))).await;
        self.expect(command.response(), expected, 1).await
    }

    /// Answers a request with a status and nothing else.
    pub(crate) async fn answer(&mut self, request: &Frame, status: Status) {
        let Header { command, sequence, .. } = request.header();
        let mut out = BytesMut::new();
        Header::put_alone(command.response(), status, sequence, &mut out);
        self.send(&out).await;
    }

    /// Waits for the answer to a `submit_sm`.
    pub(crate) async fn submitted(&mut self, sequence: u32) {
        self.expect(CommandId::SUBMIT_SM_RESP, Status::ROK, sequence).await;
    }
}
