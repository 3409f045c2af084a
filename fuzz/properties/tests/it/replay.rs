use std::{fs, path::PathBuf};

use wirepath_properties::{TARGETS, pdu_decode};
use wirepath_smpp::long::{Part, StoredError, Verdict};

use crate::vectors;

pub(crate) fn seeds(target: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds")).join(target)
}

#[test]
fn every_seed() {
    for (target, property) in TARGETS {
        let mut seeds: Vec<PathBuf> = fs::read_dir(seeds(target))
            .unwrap_or_else(|error| panic!("no seeds for {target}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "no seeds for {target}");
        for seed in seeds {
            let octets = fs::read(&seed).unwrap();
            // The name of the seed is worth more than a backtrace.
            let outcome = std::panic::catch_unwind(|| property(&octets));
            assert!(outcome.is_ok(), "{} fails", seed.display());
        }
    }
}

/// Each vector, each vector with one octet changed, and each vector cut short: `pdu_decode` sets the length right.
#[test]
fn every_golden_vector() {
    for (_, wire) in vectors::ALL {
        pdu_decode(wire);
        for at in 4..wire.len() {
            pdu_decode(&wire[..at]);
            for octet in [0, 1, 0x40, 0x7F, 0xFF] {
                let mut changed = wire.to_vec();
                changed[at] = octet;
                pdu_decode(&changed);
            }
        }
    }
}

/// The golden vectors are seeds, too: one file each, under the vector's name.
#[test]
fn golden_vectors_are_seeds() {
    let write = std::env::var_os("WIREPATH_WRITE_SEEDS").is_some();
    for (name, wire) in vectors::ALL {
        let seed = seeds("pdu_decode").join(name);
        if write {
            fs::create_dir_all(seeds("pdu_decode")).unwrap();
            fs::write(&seed, wire).unwrap();
        }
        assert_eq!(
            fs::read(&seed).ok().as_deref(),
            Some(*wire),
            "{name}: set WIREPATH_WRITE_SEEDS once"
        );
    }
}

/// What a store gives back is reached by its seeds, and torn octets are told.
#[test]
fn stored_seeds_are_what_they_are_called() {
    let stored = |name: &str| fs::read(seeds("reassembly").join(name)).unwrap()[1..].to_vec();
    assert_eq!(Part::decode(&stored("stored_part")).unwrap().total(), 2);
    assert_eq!(Part::decode(&stored("stored_torn")), Err(StoredError::Torn));
    assert_eq!(Verdict::decode(&stored("stored_verdict")).unwrap().parts(), 2);
}
