//! Long messages: any operations against a model, and any stored octets.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::reassembly::any_octets(data));
