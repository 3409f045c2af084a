//! Forms in parts: any octets, however they are cut, and what comes back of those that were written.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::http::multipart::any_octets(data));
