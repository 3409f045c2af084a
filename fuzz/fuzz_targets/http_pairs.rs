//! Queries and urlencoded forms, into everything that is made of them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::http::pairs::any_octets(data));
