//! User data headers: any octets, and any that was built.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::udh::any_octets(data));
