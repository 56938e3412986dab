//! Text as the ends, the port and the failures of a question to `twinrail trace`, one a line: from, to, port, then parts that are down.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| twinrail_fuzz::trace(text));
