//! The stream, and headers.

use wirepath_smpp::{CommandId, Status};
use wirepath_test_support::{Book, Log};

use crate::support::{Running, bind_body, config, header, pdu, plain, submit};

/// Sends octets that have no boundary, bound and unbound: nacked, then closed.
async fn is_refused_and_closed(octets: &[u8], sequence: u32) {
    let server = Running::plain().await;
    for bound in [false, true] {
        let mut peer = match bound {
            true => server.bound().await,
            false => server.connect().await,
        };
        peer.send(octets).await;
        peer.expect(CommandId::GENERIC_NACK, Status::RINVCMDLEN, sequence).await;
        peer.expect_end().await;
    }
    server.bound().await.expect_alive().await;
}

#[tokio::test]
async fn command_length_below_16_is_nacked_and_closed() {
    for length in [0, 1, 15] {
        is_refused_and_closed(&header(length, 4, 77), 77).await;
    }
}

#[tokio::test]
async fn command_length_above_max_pdu_bytes_is_nacked_and_closed() {
    is_refused_and_closed(&header(65_537, 4, 78), 78).await;
    is_refused_and_closed(&header(u32::MAX, 4, 79), 79).await;
    // Four octets say enough.
    is_refused_and_closed(&[0xFF; 4], 0).await;
}

#[tokio::test]
async fn the_longest_pdu_is_taken() {
    let mut config = config();
    config.max_pdu_bytes = 1_024;
    let server = Running::start(&config, plain()).await;
    let mut peer = server.bound().await;
    peer.send(&pdu(0x0001_0203, 5, &[0; 1_008])).await;
    peer.expect(CommandId::GENERIC_NACK, Status::RINVCMDID, 5).await;
    peer.send(&header(1_025, 4, 6)).await;
    peer.expect(CommandId::GENERIC_NACK, Status::RINVCMDLEN, 6).await;
    peer.expect_end().await;
}

#[tokio::test]
async fn what_was_asked_before_the_bad_length_is_answered() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    peer.send(&[submit(1), submit(2), header(3, 4, 3), submit(4)].concat()).await;
    peer.submitted(1).await;
    peer.submitted(2).await;
    peer.expect(CommandId::GENERIC_NACK, Status::RINVCMDLEN, 3).await;
    peer.expect_end().await;
}

#[tokio::test]
async fn http_is_nacked_and_closed() {
    // `GET ` is a command_length, `.1\r\n` a sequence number.
    is_refused_and_closed(b"GET / HTTP/1.1\r\nHost: smsc\r\n\r\n", 0x2E31_0D0A).await;
}

#[tokio::test]
async fn a_tls_hello_is_nacked_and_closed() {
    let mut hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03".to_vec();
    hello.extend([0xA5; 500]);
    is_refused_and_closed(&hello, 0xA5A5_A5A5).await;
}

#[tokio::test]
async fn an_unknown_command_is_nacked_with_its_sequence_number_and_the_session_goes_on() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    for command in [0, 0x0A, 0x0001_0201, 0x7FFF_FFFF] {
        peer.send(&pdu(command, 41, b"whatever")).await;
        peer.expect(CommandId::GENERIC_NACK, Status::RINVCMDID, 41).await;
    }
    peer.expect_alive().await;
}

#[tokio::test]
async fn an_unsolicited_response_is_ignored_and_counted() {
    let (log, book) = (Log::default(), Book::default());
    let (_logging, _counting) = (log.listen(), metrics::set_default_local_recorder(&book));
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let _ = log.take();
    for command in [0x8000_0004, 0x8000_0005, 0x8000_0000, 0x8000_0015, 0x8000_0006, 0xFFFF_FFFF] {
        peer.send(&pdu(command, 9, b"")).await;
    }
    peer.expect_alive().await;
    let session = server.smpp.esme("esme1").unwrap();
    assert_eq!(session.counters().unsolicited, 6);
    assert_eq!(book.read("wirepath_smpp_unsolicited_total{direction=inbound}"), 6);
    let said = log.take();
    let told = said.lines().filter(|line| line.contains("response_timer_ms"));
    // The first, the second and the fourth.
    assert_eq!(told.count(), 3, "{said}");
}

#[tokio::test]
async fn any_sequence_number_is_answered_with_itself() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let numbers = [0, 0x8000_0000, u32::MAX, 7, 7, 3, 0x7FFF_FFFF, 1];
    peer.send(&numbers.map(submit).concat()).await;
    for sequence in numbers {
        peer.submitted(sequence).await;
    }
    peer.expect_alive().await;
}

#[tokio::test]
async fn two_pdus_in_one_segment_are_both_answered() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    peer.send(&[submit(1), submit(2)].concat()).await;
    peer.submitted(1).await;
    peer.submitted(2).await;
}

#[tokio::test]
async fn a_pdu_behind_the_bind_in_the_same_segment_is_answered_after_it() {
    let server = Running::plain().await;
    let mut peer = server.connect().await;
    peer.send(&[pdu(9, 1, &bind_body("esme1", "secret", 0x34)), submit(2)].concat()).await;
    peer.expect(CommandId::BIND_TRANSCEIVER_RESP, Status::ROK, 1).await;
    peer.submitted(2).await;
}

#[tokio::test]
async fn a_bind_that_trickles_in_by_the_octet_is_answered() {
    let server = Running::plain().await;
    let mut peer = server.connect().await;
    for octet in pdu(9, 1, &bind_body("esme1", "secret", 0x34)) {
        peer.send(&[octet]).await;
        tokio::task::yield_now().await;
    }
    peer.expect(CommandId::BIND_TRANSCEIVER_RESP, Status::ROK, 1).await;
    for octet in submit(2) {
        peer.send(&[octet]).await;
    }
    peer.submitted(2).await;
}
