//! Bytes as a model file.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::check("model.yaml", text);
});
