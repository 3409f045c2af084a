//! Where the requests of an HTTP/1 connection are, and which of them must not reach hyper.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::http::heads::any_octets(data));
