//! Changes to the trees of real resources: bytes choose where and what, so that most inputs are read and judged.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    twinrail_fuzz::mutated_dump(bytes);
});
