mod reassembly;
mod stored;
mod verdict;

use std::time::SystemTime;

use super::Part;
use crate::protocol::{SystemId, TlvList, pdu::SubmitSm, text};

/// The parts of a text, as they would come from `origin`.
fn parts_of(text: &str, method: text::Method, origin: &str) -> Vec<Part> {
    let split = text::parts(text, text::Options::new(method)).unwrap();
    split.iter().map(|part| part_of(part, "2", origin)).collect()
}

fn part_of(part: &text::Part, to: &str, origin: &str) -> Part {
    let pdu = SubmitSm::builder()
        .source("1")
        .destination(to)
        .esm_class(part.esm_class())
        .data_coding(part.data_coding())
        .short_message(part.short_message())
        .tlvs(part.tlvs())
        .build()
        .unwrap();
    Part::of(&pdu, SystemId::new(origin.as_bytes()).unwrap(), SystemTime::now()).unwrap()
}

/// A part with these octets behind a header.
fn raw(header: &[u8], data_coding: u8, octets: &[u8]) -> Part {
    let pdu = SubmitSm::builder()
        .destination("2")
        .esm_class(0x40)
        .data_coding(data_coding)
        .tlvs(TlvList::new().message_payload(&[header, octets].concat()))
        .build()
        .unwrap();
    Part::of(&pdu, SystemId::EMPTY, SystemTime::now()).unwrap()
}

fn udh(reference: u8, total: u8, sequence: u8) -> [u8; 6] {
    [5, 0, 3, reference, total, sequence]
}
