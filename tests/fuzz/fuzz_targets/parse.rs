//! Any bytes: what is read stands in the tree byte for byte, and two readers agree on it or it is not edited.

#![no_main]

use casehard_fuzz::parse::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| run(bytes));
