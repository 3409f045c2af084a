//! Percent-decoding: any part of a path, any value of a form.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::http::percent::any_octets(data));
