#![no_main]

#[path = "../src/policy_document.rs"]
mod policy_document;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    policy_document::read(bytes);
});
