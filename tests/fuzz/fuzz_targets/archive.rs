//! Any bytes as an archive of images, and images of any layers: they are read in bounds, or refused with a reason.

#![no_main]

use casehard_fuzz::archive::{Given, run};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|given: Given<'_>| run(given));
