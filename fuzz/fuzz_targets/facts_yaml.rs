//! Bytes as a file of facts.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::facts(text);
});
