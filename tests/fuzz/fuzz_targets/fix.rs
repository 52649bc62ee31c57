//! A whole text: every fix that can be written is proven, and a second run changes nothing.

#![no_main]

use casehard_fuzz::fix::{LONGEST, run};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if bytes.len() > LONGEST {
        return Corpus::Reject;
    }
    run(bytes);
    Corpus::Keep
});
