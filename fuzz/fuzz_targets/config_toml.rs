//! Bytes as a `twinrail.toml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::config(text);
});
