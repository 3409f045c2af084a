//! A stream cut anywhere gives the same PDUs.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::frames::any_cuts(data));
