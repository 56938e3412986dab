//! Bytes as JSON of Google Cloud.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::check("dump.json", text);
});
