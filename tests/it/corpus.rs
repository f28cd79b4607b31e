//! The committed fuzz corpus, through the functions that the fuzzer calls: no finding may come back.

use std::path::Path;

#[path = "../../fuzz/checks.rs"]
mod checks;

/// The target's folder below `fuzz/corpus`, and its function.
const TARGETS: [(&str, fn(&[u8])); 12] = [
    ("blood_pressure", checks::blood_pressure),
    ("intermediate_cuff", checks::intermediate_cuff),
    ("glucose", checks::glucose),
    ("glucose_context", checks::glucose_context),
    ("record_access", checks::record_access),
    ("clocks", checks::clocks),
    ("device_strings", checks::device_strings),
    ("decode_line", checks::decode_line_check),
    ("session_line", checks::session_line_check),
    ("session_machine", checks::session_machine),
    ("mapping", checks::mapping),
    ("http_body", checks::http_body),
];

#[test]
fn the_corpus_has_no_finding() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (target, check) in TARGETS {
        let mut files = 0;
        for entry in std::fs::read_dir(corpus.join(target)).unwrap() {
            check(&std::fs::read(entry.unwrap().path()).unwrap());
            files += 1;
        }
        assert!(files >= 3, "{target} has {files} files");
    }
}

/// The corpus of one target through all others, every prefix of each: cheap, and the shapes cross.
#[test]
fn every_prefix_of_the_corpus_through_every_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (folder, _) in TARGETS {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            for end in 0..=bytes.len().min(40) {
                for (_, check) in TARGETS {
                    check(&bytes[..end]);
                }
            }
        }
    }
}

/// Ten thousand events made up by a small generator of its own, always the same.
#[test]
fn the_machine_under_invented_events() {
    let mut state = 0x2026_1123_u64;
    for _ in 0..200 {
        let bytes: Vec<u8> = (0..400)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        checks::session_machine(&bytes);
    }
}
