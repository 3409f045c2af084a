//! smpp.yaml and the environment: any text loads the same twice, or says where it is wrong.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wirepath_properties::config::any_file(data));
