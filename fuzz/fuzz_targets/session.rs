//! Two sessions over a link that loses, delays and cuts.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::session::any_operations(data));
