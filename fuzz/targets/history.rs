//! Lets libFuzzer find inputs for `registry_fuzz::history`.

#![no_main]
#![allow(unsafe_code)] // what the macro exports for libFuzzer

libfuzzer_sys::fuzz_target!(|data: &[u8]| registry_fuzz::history(data));
