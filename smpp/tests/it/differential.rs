//! wirepath and smpp34 read and write the same, where smpp34 is right.
//!
//! What it is known to do wrong is in `wirepath_properties::exclusions`, one function a fault; nothing else may differ.

use proptest::{collection::vec, prelude::*};
use wirepath_properties::{agreement, exclusions, frames, pdu};
use wirepath_smpp::{Frame, Header, Rules};

use crate::arbitrary::{any_request, any_response};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// Our octets mean the same to smpp34, field by field, and what it writes of them is what it was given.
    #[test]
    fn what_we_write(request in any_request(), response in any_response(), sequence: u32) {
        for octets in [pdu::encoded(&request, sequence), pdu::encoded(&response, sequence)] {
            agreement::with_smpp34(&Frame::from_bytes(octets).unwrap());
        }
    }

    /// Damaged in the same way, both take it or both refuse it.
    #[test]
    fn what_was_damaged(
        request in any_request(),
        response in any_response(),
        changes in vec((any::<prop::sample::Index>(), prop_oneof![Just(0), Just(1), any::<u8>()]), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        for octets in [pdu::encoded(&request, 7), pdu::encoded(&response, 7)] {
            let mut octets = octets.to_vec();
            for (at, octet) in &changes {
                // The header stays: another command would be another test.
                let body = octets.len() - Header::LEN;
                if body > 0 {
                    octets[Header::LEN + at.index(body)] = *octet;
                }
            }
            agreement::with_smpp34(&frames::framed(&octets).unwrap());
            octets.truncate(Header::LEN + cut.index(octets.len() - Header::LEN + 1));
            agreement::with_smpp34(&frames::framed(&octets).unwrap());
        }
    }
}

/// What smpp34 writes, wirepath reads under both rules.
fn reads(octets: Vec<u8>, expected: &[(&str, agreement::Value)]) {
    let frame = Frame::from_bytes(octets.into()).expect("command_length is the length");
    for rules in [Rules::Lenient, Rules::Strict] {
        let fields = agreement::ours(&frame, rules).unwrap();
        for (name, value) in expected {
            assert!(
                fields.0.contains(&(name, value.clone())),
                "{name} is not {value:?}: {fields:?}"
            );
        }
    }
    agreement::with_smpp34(&frame);
}

fn text(text: &str) -> agreement::Value {
    agreement::Value::Text(text.as_bytes().to_vec())
}

#[test]
fn what_smpp34_writes() {
    let text_of = |text: &str| text.to_string();
    let submit = smpp34::submit_sm::new(
        7,
        text_of("CMT"),
        1,
        1,
        text_of("123"),
        1,
        1,
        text_of("456"),
        0,
        0,
        1,
        text_of(""),
        text_of("000001000000000R"),
        1,
        0,
        0,
        0,
        b"hello".to_vec(),
    );
    let submit = submit.with_tlvs([smpp34::Tlv::from_u16(smpp34::TlvTag::UserMessageReference, 9)]);
    let tlvs = agreement::Value::Tlvs(vec![(0x0204, vec![0, 9])]);
    let message = agreement::Value::Octets(b"hello".to_vec());
    reads(
        submit.clone().encode(),
        &[
            ("service_type", text("CMT")),
            ("digits", text("456")),
            ("short_message", message),
            ("tlvs", tlvs),
        ],
    );
    reads(submit.clone().accept(text_of("id")).encode(), &[("message_id", text("id"))]);
    reads(submit.reject(smpp34::SmppError::ESME_RTHROTTLED).encode(), &[]);

    let query = smpp34::query_sm::new(7, text_of("id"), 1, 1, text_of("123"));
    reads(query.clone().encode(), &[("message_id", text("id"))]);
    let state = agreement::Value::Number(2);
    reads(
        query.accept(text_of("id"), text_of("240229120000000+"), 2, 0).encode(),
        &[("message_state", state)],
    );

    let to = vec![smpp34::DestAddress::sme("456"), smpp34::DestAddress::distribution_list("all")];
    let multi = smpp34::submit_sm_multi::new(
        7,
        text_of(""),
        1,
        1,
        text_of("123"),
        to,
        0,
        0,
        0,
        text_of(""),
        text_of(""),
        0,
        0,
        0,
        0,
        b"hi".to_vec(),
    );
    reads(multi.clone().encode(), &[("dl_name", text("all"))]);
    let refused = smpp34::UnsuccessSme {
        dest_addr_ton: 1,
        dest_addr_npi: 1,
        destination_addr: text_of("456"),
        error_status_code: 11,
    };
    let error = agreement::Value::Number(11);
    reads(multi.accept(text_of("id"), vec![refused]).encode(), &[("error", error)]);

    reads(smpp34::enquire_link::new(7).encode(), &[]);
    reads(smpp34::enquire_link::new(7).accept().encode(), &[]);
    reads(smpp34::outbind::new(7, text_of("SMSC"), text_of("pw")).encode(), &[]);
    reads(smpp34::generic_nack::new(smpp34::SmppError::ESME_RINVCMDID, 7).encode(), &[]);
}

/// The faults that are worth a test of their own, so that this file says when smpp34 mends one.
mod faults {
    use smpp34::CommandHeader;
    use wirepath_smpp::{Pdu, RequestPdu, SubmitSm};

    use super::*;

    fn theirs(octets: &[u8]) -> smpp34::submit_sm {
        let header = CommandHeader::decode(octets).unwrap();
        smpp34::submit_sm::decode(header, octets).unwrap()
    }

    #[test]
    fn an_address_that_is_not_utf8_is_altered() {
        let latin1 =
            wirepath_smpp::Address::new(wirepath_smpp::Ton(5), wirepath_smpp::Npi(0), b"Caf\xE9");
        let pdu = SubmitSm::builder().source(latin1).build().unwrap();
        let pdu = theirs(&pdu::encoded(&pdu, 1));
        assert_eq!(pdu.source_addr, "Caf\u{FFFD}");
        assert!(exclusions::alters_text_that_is_not_utf8(b"Caf\xE9"));
    }

    #[test]
    fn a_truncated_tlv_is_dropped() {
        let pdu = SubmitSm::builder().build().unwrap();
        let octets = [&pdu::encoded(&pdu, 1)[..], b"\x04\x24\x00\x05text"].concat();
        let frame = frames::framed(&octets).unwrap();
        assert!(RequestPdu::decode(frame.clone(), Rules::Lenient).is_err());
        let pdu = theirs(frame.as_bytes());
        assert!(pdu.tlvs.is_empty() && pdu.short_message.is_empty(), "a message without its text");
    }

    #[test]
    fn a_refusal_of_deliver_sm_is_longer_than_it_says() {
        let pdu = wirepath_smpp::DeliverSm::builder().build().unwrap();
        let octets = pdu::encoded(&pdu, 1);
        let header = CommandHeader::decode(&octets).unwrap();
        let pdu = smpp34::deliver_sm::decode(header, &octets).unwrap();
        let refusal = pdu.reject(smpp34::SmppError::ESME_RX_T_APPN).encode();
        assert_eq!((refusal.len(), &refusal[..4]), (17, &[0, 0, 0, 16][..]));
    }

    #[test]
    fn cancel_sm_is_decoded_from_its_body_and_received_whole() {
        let pdu = wirepath_smpp::CancelSm::builder().message_id("7").build().unwrap();
        let octets = pdu::encoded(&pdu, 1);
        let header = || CommandHeader::decode(&octets).unwrap();
        assert_eq!(smpp34::cancel_sm::decode(header(), &octets[16..]).unwrap().message_id, "7");
        // What smpp34's server passes to it: the first octet of command_length is taken for a service_type.
        assert_ne!(smpp34::cancel_sm::decode(header(), &octets).unwrap().message_id, "7");
    }
}
