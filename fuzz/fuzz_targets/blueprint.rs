//! Bytes as a Cluster Toolkit blueprint.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::check("blueprint.yaml", text);
});
