#![no_main]

#[path = "../src/policy_decision.rs"]
mod policy_decision;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    policy_decision::decide_on(bytes);
});
