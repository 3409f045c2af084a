//! One PDU from any octets: it reads back, and smpp34 agrees where it is right.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::pdu_decode(data));
