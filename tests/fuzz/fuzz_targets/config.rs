//! Any text as the configuration, as what was learnt of images, and as waivers: what is wrong has its place.

#![no_main]

use casehard_fuzz::config::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| run(text));
