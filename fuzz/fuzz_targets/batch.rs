#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| povline_fuzz::batch(data));
