#![no_main]

#[path = "../src/raw_request.rs"]
mod raw_request;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| raw_request::refuse(bytes));
