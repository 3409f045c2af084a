//! Texts: any octets under any `data_coding` and header, and any text split.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::text::any_octets(data));
