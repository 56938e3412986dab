//! Text as the files of a Terraform configuration, beside a plan whose places are looked up in them.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    twinrail_fuzz::configuration(text);
});
