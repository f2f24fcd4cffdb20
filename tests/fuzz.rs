//! Some of the inputs of `make fuzz`, always the same ones.

#[path = "../fuzz/cases/mod.rs"]
mod cases;

use std::path::Path;
use std::sync::OnceLock;

use cases::{Case, Corpus, TARGETS};

/// How many of each target; a few seconds each without optimization.
const EACH: u64 = 40;

fn corpus() -> &'static Corpus {
    static CORPUS: OnceLock<Corpus> = OnceLock::new();
    CORPUS.get_or_init(|| Corpus::read(Path::new(env!("CARGO_MANIFEST_DIR"))))
}

#[test]
fn some_inputs_of_every_kind_hold() {
    let corpus = corpus();
    for target in TARGETS {
        for seed in 0..EACH {
            let case = corpus.case(target, seed);
            assert_eq!(case.run(), Ok(()), "{}", case.print());
        }
    }
}

#[test]
fn cases_are_made_anew_from_their_seed_and_read_back() {
    let corpus = corpus();
    for target in TARGETS {
        let case = corpus.case(target, 7);
        assert_eq!(corpus.case(target, 7), case);
        assert_ne!(corpus.case(target, 8).parts, case.parts);
        assert_eq!(Case::parse(&case.print()), Some(case));
    }
    assert_eq!(Case::parse("nonsense"), None);
}

#[test]
fn what_does_not_hold_is_found() {
    let broken = Case::parse("trace 1\n%%%%\nonly one part").expect("a case");
    assert!(broken.run().is_err());
}
