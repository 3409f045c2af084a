//! Path templates, and the table that finds them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::http::route::any_octets(data));
