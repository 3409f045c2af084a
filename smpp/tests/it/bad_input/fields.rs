//! Bodies.

use wirepath_smpp::{CommandId, Status};

use crate::support::{Peer, Running, SUBMIT, config, pdu, plain, submit, submit_body};

/// Sends a `submit_sm` with a body and expects a status; the session goes on.
async fn gets(peer: &mut Peer, body: &[u8], status: Status) {
    peer.send(&pdu(SUBMIT, 5, body)).await;
    peer.expect(CommandId::SUBMIT_SM_RESP, status, 5).await;
    peer.expect_alive().await;
}

#[tokio::test]
async fn a_body_cut_short_gets_rinvmsglen_and_the_session_goes_on() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let whole = submit_body(&[]);
    for length in 0..whole.len() {
        gets(&mut peer, &whole[..length], Status::RINVMSGLEN).await;
    }
    gets(&mut peer, &whole, Status::ROK).await;
}

#[tokio::test]
async fn a_field_without_its_nul_gets_rinvmsglen() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    gets(&mut peer, b"abc", Status::RINVMSGLEN).await;
    gets(&mut peer, b"\0\x01\x01100", Status::RINVMSGLEN).await;
}

#[tokio::test]
async fn sm_length_beyond_the_body_gets_rinvmsglen() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    gets(&mut peer, &submit_body(&[(16, b"\x03")]), Status::RINVMSGLEN).await;
    gets(&mut peer, &submit_body(&[(16, b"\xFF")]), Status::RINVMSGLEN).await;
}

#[tokio::test]
async fn a_field_over_its_maximum_gets_the_fields_status() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let long = [b'1'; 30];
    for (at, status) in [
        (0, Status::RINVSERTYP),
        (3, Status::RINVSRCADR),
        (6, Status::RINVDSTADR),
        (10, Status::RINVSCHED),
        (11, Status::RINVEXPIRY),
    ] {
        gets(&mut peer, &submit_body(&[(at, &long)]), status).await;
    }
}

#[tokio::test]
async fn a_value_out_of_range_gets_the_fields_status() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let rows: [(usize, &[u8], Status); 11] = [
        (1, b"\x08", Status::RINVSRCTON),
        (2, b"\xFF", Status::RINVSRCNPI),
        (4, b"\x63", Status::RINVDSTTON),
        (5, b"\x07", Status::RINVDSTNPI),
        // UDHI, and a header of 104 octets that is not there.
        (7, b"\x40", Status::RINVESMCLASS),
        (9, b"\x04", Status::RINVPRTFLG),
        (10, b"tomorrow\0", Status::RINVSCHED),
        (11, b"991399000000000+\0", Status::RINVEXPIRY),
        (12, b"\x20", Status::RINVREGDLVFLG),
        (13, b"\x02", Status::RINVREPFLAG),
        (16, b"\xFF", Status::RINVMSGLEN),
    ];
    for (at, value, status) in rows {
        gets(&mut peer, &submit_body(&[(at, value)]), status).await;
    }
}

#[tokio::test]
async fn a_value_out_of_range_is_taken_from_an_esme_that_is_lenient() {
    let mut config = config();
    config.esmes[0].lenient = Some(true);
    let server = Running::start(&config, plain()).await;
    let mut peer = server.bound().await;
    let rows: [(usize, &[u8]); 4] = [(1, b"\x63"), (7, b"\x40"), (9, b"\x04"), (10, b"soon\0")];
    for (at, value) in rows {
        gets(&mut peer, &submit_body(&[(at, value)]), Status::ROK).await;
    }
    // Structure holds all the same.
    gets(&mut peer, b"\0\x01", Status::RINVMSGLEN).await;
}

#[tokio::test]
async fn a_tlv_longer_than_the_rest_gets_rinvoptparstream() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    let body = [submit_body(&[]), b"\x02\x04\x00\x03\x00\x01".to_vec()].concat();
    gets(&mut peer, &body, Status::RINVOPTPARSTREAM).await;
}

#[tokio::test]
async fn stray_octets_after_the_body_get_rinvoptparstream() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    for stray in 1..4 {
        let body = [submit_body(&[]), vec![0; stray]].concat();
        gets(&mut peer, &body, Status::RINVOPTPARSTREAM).await;
    }
}

#[tokio::test]
async fn a_wrong_tlv_length_gets_rinvparlen() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    // user_message_reference has two octets.
    let body = [submit_body(&[]), b"\x02\x04\x00\x01\x00".to_vec()].concat();
    gets(&mut peer, &body, Status::RINVPARLEN).await;
}

#[tokio::test]
async fn an_unknown_tlv_is_kept() {
    use std::sync::Arc;
    use wirepath_smpp::{SubmitSm, SubmitSmResp, Tag, handlers, on_pdu};

    #[on_pdu("submit_sm")]
    async fn tell(pdu: SubmitSm) -> SubmitSmResp {
        pdu.accept(pdu.tlvs().get(Tag(0x1401)).unwrap_or(b"gone"))
    }

    let server = Running::start(&config(), handlers![tell].with_state(Arc::new(()))).await;
    let mut peer = server.bound().await;
    let body = [submit_body(&[]), b"\x14\x01\x00\x03own".to_vec()].concat();
    peer.send(&pdu(SUBMIT, 5, &body)).await;
    let answer = peer.expect(CommandId::SUBMIT_SM_RESP, Status::ROK, 5).await;
    assert_eq!(answer.body(), b"own\0");
}

#[tokio::test]
async fn each_command_is_refused_with_its_own_response() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    for command in [0x04, 0x21, 0x103, 0x03, 0x08, 0x07, 0x111, 0x112, 0x113] {
        peer.send(&pdu(command, 6, b"no NUL")).await;
        let refusal = peer.next().await.unwrap().header();
        assert_eq!(refusal.command, CommandId::new(command).response());
        assert_eq!((refusal.sequence, refusal.length), (6, 16));
        assert!(!refusal.status.is_ok(), "{refusal:?}");
    }
    peer.send(&submit(7)).await;
    peer.submitted(7).await;
}
