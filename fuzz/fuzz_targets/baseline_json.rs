//! Bytes as a baseline.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::baseline(text);
});
