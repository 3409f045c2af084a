//! Problem bodies of any texts, and `Accept`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::http::problem::any_octets(data));
