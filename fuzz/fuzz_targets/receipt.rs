//! Delivery receipts: any body, and any that was built.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::receipt::any_octets(data));
