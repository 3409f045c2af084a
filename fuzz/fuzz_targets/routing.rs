//! Routing: compiled rules take the way that a reader of them would.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::routing::any_rules(data));
