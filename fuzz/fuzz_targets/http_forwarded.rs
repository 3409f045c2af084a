//! The client's address behind proxies, whatever the client sends.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::http::forwarded::any_octets(data));
