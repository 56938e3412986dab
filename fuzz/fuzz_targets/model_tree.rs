//! Changes to the trees of the examples: bytes choose where and what, so that most inputs are read and judged.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    twinrail_fuzz::mutated_model(bytes);
});
