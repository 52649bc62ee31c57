//! Any list of changes to any document: it is refused, or the result is proven and all else is left as it was.

#![no_main]

use casehard_fuzz::edit::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| run(bytes));
