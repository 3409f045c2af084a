//! What holds for every PDU, and for any octets.

use bytes::{Bytes, BytesMut};
use proptest::{collection::vec, prelude::*};
use wirepath_properties::{agreement, frames, pdu, reassembly, receipt};
use wirepath_smpp::{CommandId, Frame, Header, Pdu, RequestPdu, ResponsePdu, Rules, Status};

use crate::arbitrary::{any_bind, any_request, any_response, any_rules};

fn frame(octets: Bytes) -> Frame {
    Frame::from_bytes(octets).expect("command_length is the length")
}

fn pdu_of(command: u32, body: &[u8]) -> Frame {
    frames::framed(&crate::support::pdu(command, 7, body)).expect("command_length is the length")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_request_reads_back(request in any_request(), sequence: u32, rules in any_rules()) {
        let octets = pdu::encoded(&request, sequence);
        let frame = frame(octets.clone());
        prop_assert_eq!(frame.header().sequence, sequence);
        let decoded = RequestPdu::decode(frame.clone(), rules);
        prop_assert_eq!(decoded.as_ref(), Ok(&request));
        prop_assert_eq!(pdu::encoded(&decoded.unwrap(), sequence), octets);
        prop_assert!(!pdu::is_made_canonical(&frame), "what is built is canonical");
        pdu::reads_back(&frame);
    }

    #[test]
    fn a_response_reads_back(response in any_response(), sequence: u32, rules in any_rules()) {
        let octets = pdu::encoded(&response, sequence);
        let frame = frame(octets.clone());
        let decoded = ResponsePdu::decode(frame.clone(), rules);
        prop_assert_eq!(decoded.as_ref(), Ok(&response));
        prop_assert_eq!(pdu::encoded(&decoded.unwrap(), sequence), octets);
        prop_assert!(!pdu::is_made_canonical(&frame), "what is built is canonical");
        pdu::reads_back(&frame);
    }

    /// What the lenient rules cut is the beginning of what came, and smpp34 keeps it whole.
    #[test]
    fn an_id_that_is_too_long_is_cut(
        command in prop::sample::select(&[0x8000_0004_u32, 0x8000_0005, 0x8000_0009, 0x8000_0103]),
        id in vec(1..=u8::MAX, 0..300),
    ) {
        let frame = pdu_of(command, &[&id[..], b"\0"].concat());
        pdu::reads_back(&frame);
        agreement::with_smpp34(&frame);
    }

    /// Parts in any order, of anybody's, with any limits: as a model has it that is as simple as can be.
    #[test]
    fn reassembly_is_as_its_model(data in vec(any::<u8>(), 0..3_000)) {
        reassembly::any_operations(&data);
    }

    /// Any octets under any command: no panic, and what decodes reads back.
    #[test]
    fn any_octets_get_an_answer(
        command in prop_oneof![
            4 => prop::sample::select(CommandId::ALL),
            1 => any::<u32>().prop_map(CommandId::new),
        ],
        status in prop_oneof![Just(0), any::<u32>()],
        // Zeros and small numbers, so that some of it is a PDU.
        body in vec(prop_oneof![3 => Just(0), 2 => 1..8_u8, 1 => any::<u8>()], 0..200),
    ) {
        let header = Header { length: 0, command, status: Status::from_code(status), sequence: 7 };
        let frame = frames::framed(&[&header.to_bytes()[..], &body].concat()).unwrap();
        pdu::reads_back(&frame);
    }

    /// A valid PDU with some octets changed: nearer to what decodes than noise is.
    #[test]
    fn a_damaged_pdu_gets_an_answer(
        request in any_request(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut octets = pdu::encoded(&request, 7).to_vec();
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        pdu::reads_back(&frames::framed(&octets).unwrap());
        octets.truncate(Header::LEN + cut.index(octets.len() - Header::LEN + 1));
        pdu::reads_back(&frames::framed(&octets).unwrap());
    }

    #[test]
    fn a_stream_gives_the_same_pdus_however_it_is_cut(
        requests in vec(any_request(), 0..8),
        tail in vec(any::<u8>(), 0..20),
        cuts in vec(0..300_usize, 0..40),
    ) {
        let mut stream = BytesMut::new();
        for (sequence, request) in (1..).zip(&requests) {
            request.encode(sequence, &mut stream);
        }
        let (frames, _) = frames::whole(&stream, 4096);
        prop_assert_eq!(frames.len(), requests.len());
        for (frame, request) in frames.into_iter().zip(&requests) {
            let decoded = RequestPdu::decode(frame, Rules::Strict);
            prop_assert_eq!(decoded.as_ref(), Ok(request));
        }
        stream.extend_from_slice(&tail);
        frames::same_frames(&stream, 4096, cuts);
        frames::same_frames(&stream, 4096, std::iter::repeat(1));
    }

    /// No form of a bind prints its password.
    #[test]
    fn passwords_do_not_print(bind in any_bind(), password in "[A-Z]{8}") {
        let bind = bind.to_builder().system_id("a").system_type("b").address_range("c")
            .password(&password).tlvs(wirepath_smpp::TlvList::new()).build(bind.kind()).unwrap();
        let octets = pdu::encoded(&bind, 1);
        let frame = frame(octets);
        let shown = format!("{bind:?} {:?} {:?} {frame:?} {:?}",
            bind.to_builder(), RequestPdu::from(bind.clone()), bind.clone().into_frame());
        prop_assert!(!shown.contains(&password), "{}", shown);
        // Nor as a list of numbers.
        let numbers = format!("{:?}", password.as_bytes());
        prop_assert!(!shown.contains(numbers.trim_matches(['[', ']'])), "{}", shown);
        // Nor when it is refused.
        let cut = frames::framed(&frame.as_bytes()[..frame.as_bytes().len() - 1]).unwrap();
        let error = RequestPdu::decode(cut.clone(), Rules::Strict).unwrap_err();
        let shown = format!("{error:?} {error} {cut:?}");
        prop_assert!(!shown.contains(&password), "{}", shown);
    }

    #[test]
    fn any_body_may_be_a_receipt(body in vec(any::<u8>(), 0..200)) {
        receipt::any_octets(&body);
    }
}
