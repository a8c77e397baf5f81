//! Lets libFuzzer find inputs for `registry_fuzz::json`.

#![no_main]
#![allow(unsafe_code)] // what the macro exports for libFuzzer

libfuzzer_sys::fuzz_target!(|data: &[u8]| registry_fuzz::json(data));
