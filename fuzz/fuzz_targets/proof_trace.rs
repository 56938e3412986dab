//! Text as a counterexample.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::proof_trace(text);
});
