#![no_main]

#[path = "../checks.rs"]
#[allow(dead_code, reason = "one check per target")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::http_body(bytes));
