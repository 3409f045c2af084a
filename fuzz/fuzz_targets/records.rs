//! What stores hold: any octets, and any record that was changed.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::records::any_octets(data));
