//! Bytes as a Terraform plan, and changes to the tree of one: the first byte chooses.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    match bytes.split_first() {
        Some((0, text)) => {
            if let Ok(text) = std::str::from_utf8(text) {
                twinrail_fuzz::check("plan.json", text);
            }
        }
        Some((_, choices)) => {
            twinrail_fuzz::mutated_plan(choices);
        }
        None => {}
    }
});
