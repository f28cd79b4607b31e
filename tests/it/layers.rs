//! Style that fails the build: who imports whom, what pure rooms never touch, how folders open.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every folder (or file) of `src`, and what it may import besides itself. The design's one-way table.
const TABLE: &[(&str, &[&str])] = &[
    ("vitals", &[]),
    ("words", &["vitals"]),
    ("decode", &["vitals", "words"]),
    ("people", &["vitals", "words"]),
    ("rules", &["vitals", "words"]),
    ("charts", &["vitals", "words"]),
    (
        "journal",
        &["vitals", "words", "decode", "people", "rules", "charts"],
    ),
    ("sources", &["vitals", "words", "decode"]),
    (
        "pipeline",
        &[
            "vitals", "words", "decode", "people", "rules", "charts", "journal", "sources",
        ],
    ),
    (
        "web",
        &[
            "vitals", "words", "decode", "people", "rules", "charts", "journal", "sources",
            "pipeline",
        ],
    ),
    (
        "demo",
        &[
            "vitals", "words", "decode", "people", "rules", "charts", "journal", "sources",
            "pipeline", "web",
        ],
    ),
    (
        "config",
        &[
            "vitals", "words", "decode", "people", "rules", "charts", "journal", "sources",
            "pipeline", "web", "demo",
        ],
    ),
    (
        "hub",
        &[
            "vitals", "words", "decode", "people", "rules", "charts", "journal", "sources",
            "pipeline", "web", "demo", "config",
        ],
    ),
];

/// Rooms that take values and give values.
const PURE: &[&str] = &["vitals", "decode", "people", "rules", "charts"];

/// What a pure room never names, and why.
const IMPURE: &[(&str, &str)] = &[
    ("std::fs", "files"),
    ("std::net", "network"),
    ("std::env", "environment"),
    ("std::process", "processes"),
    ("std::thread", "threads"),
    ("std::io", "input and output"),
    ("SystemTime", "a clock"),
    ("Timestamp::now", "a clock"),
    ("Moment::now", "a clock"),
    ("Zoned::now", "a clock"),
    ("Instant::now", "a clock"),
    ("tokio", "a runtime"),
    ("tracing", "logging"),
    ("println!", "printing"),
    ("eprintln!", "printing"),
    ("rand::", "chance"),
    ("rusqlite", "SQL"),
];

/// The one exception: `vitals::time` defines the clocks that `hub` makes.
const CLOCK_FILE: &str = "src/vitals/time.rs";

const FORBIDDEN_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "manager", "handler", "data", "info",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source file: its path from the root, its room, and its code without the tests at its end.
fn sources() -> Vec<(String, String, String)> {
    let mut paths = Vec::new();
    files(&root().join("src"), &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let shown = path.strip_prefix(root()).unwrap().display().to_string();
            let room = shown
                .split('/')
                .nth(1)
                .unwrap()
                .trim_end_matches(".rs")
                .to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (shown, room, text)
        })
        .collect()
}

fn is_test_file(shown: &str) -> bool {
    shown.contains("/tests/")
        || shown.ends_with("tests.rs")
        || shown.ends_with("/table.rs") && shown.contains("people")
}

/// The lines of a file that are not tests, with their numbers.
fn code(shown: &str, text: &str) -> Vec<(usize, String)> {
    if is_test_file(shown) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            // Tests stand at the end, or the attribute guards one `mod tests;`.
            let rest: Vec<&str> = text.lines().skip(index + 1).collect();
            if rest
                .first()
                .is_some_and(|next| next.trim_end().ends_with('{'))
            {
                break;
            }
        }
        lines.push((index + 1, line.to_owned()));
    }
    lines
}

fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or("")
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn imports_go_one_way() {
    let rooms: BTreeSet<&str> = TABLE.iter().map(|(room, _)| *room).collect();
    let mut faults = Vec::new();
    for (shown, room, text) in sources() {
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("{shown}: the room {room} is not in the table"));
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for part in without_comment(line).split("crate::").skip(1) {
                let named: String = part
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let several = part.strip_prefix('{').map(|inner| {
                    inner
                        .split(',')
                        .filter_map(|p| p.trim().split("::").next())
                        .map(|p| p.trim_matches(['}', ';', ' ']).to_owned())
                        .collect::<Vec<_>>()
                });
                for name in several.unwrap_or_else(|| vec![named]) {
                    if rooms.contains(name.as_str())
                        && name != room
                        && !allowed.contains(&name.as_str())
                    {
                        faults.push(format!(
                            "{shown}:{}: {room} may not import {name}",
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    assert_none(faults);
}

#[test]
fn pure_rooms_touch_nothing() {
    let mut faults = Vec::new();
    for (shown, room, text) in sources() {
        if !PURE.contains(&room.as_str()) || shown == CLOCK_FILE {
            continue;
        }
        for (number, line) in code(&shown, &text) {
            for (word, what) in IMPURE {
                if without_comment(&line).contains(word) {
                    faults.push(format!(
                        "{shown}:{number}: {word} is {what}; pass a value in"
                    ));
                }
            }
        }
    }
    assert_none(faults);
}

#[test]
fn only_the_journal_speaks_sql() {
    let mut faults = Vec::new();
    for (shown, room, text) in sources() {
        if room == "journal" {
            continue;
        }
        for (number, line) in code(&shown, &text) {
            let line = without_comment(&line);
            if line.contains("rusqlite") || line.contains("SELECT ") || line.contains("INSERT INTO")
            {
                faults.push(format!("{shown}:{number}: SQL outside journal/"));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn every_folder_opens_with_a_sentence_and_an_invariant() {
    let mut faults = Vec::new();
    for (shown, _, text) in sources() {
        if is_test_file(&shown) || shown == "src/lib.rs" {
            continue;
        }
        let opening: Vec<&str> = text
            .lines()
            .take_while(|l| l.starts_with("//!"))
            .map(|l| l[3..].trim())
            .collect();
        let sentence = opening
            .split(|l| l.is_empty())
            .next()
            .unwrap_or(&[])
            .join(" ");
        let begins = sentence
            .chars()
            .next()
            .is_some_and(|c| c.is_uppercase() || c == '`');
        if !begins || !sentence.contains(['.', ':', '?']) {
            faults.push(format!("{shown}: opens without a sentence"));
        }
        let folder = shown.ends_with("/mod.rs") && shown.matches('/').count() == 2;
        let alone = shown == "src/config.rs" || shown == "src/hub.rs";
        if (folder || alone)
            && !text
                .lines()
                .take(12)
                .any(|l| l.starts_with("//! Invariant: "))
        {
            faults.push(format!("{shown}: says no invariant"));
        }
    }
    assert_none(faults);
}

#[test]
fn names_files_and_refusals_keep_the_habits() {
    let mut faults = Vec::new();
    for (shown, _, text) in sources() {
        let stem = Path::new(&shown)
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        if FORBIDDEN_NAMES.contains(&stem.as_str()) {
            faults.push(format!("{shown}: a name that says nothing"));
        }
        let lines = code(&shown, &text);
        if lines.len() > 450 {
            faults.push(format!(
                "{shown}: {} lines; does it still have one job?",
                lines.len()
            ));
        }
        for (number, line) in lines {
            let line = without_comment(&line);
            for word in [".unwrap()", "todo!(", "unimplemented!(", "dbg!(", "unsafe "] {
                if line.contains(word) {
                    faults.push(format!("{shown}:{number}: {word} outside a test"));
                }
            }
        }
    }
    assert_none(faults);
}

#[test]
fn the_map_is_true() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut faults = Vec::new();
    for (room, _) in TABLE {
        if !lib.contains(&format!("pub mod {room};")) {
            faults.push(format!("src/lib.rs does not name {room}"));
        }
        if !map.contains(&format!("`src/{room}")) {
            faults.push(format!("ARCHITECTURE.md does not name src/{room}"));
        }
    }
    for (number, line) in map.lines().enumerate() {
        for name in line.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "config/", "tests/", "dashboards/", ".ci/"]
                .iter()
                .any(|p| name.starts_with(p));
            if is_path && !name.contains(['*', ' ', '{']) && !root().join(name).exists() {
                faults.push(format!(
                    "ARCHITECTURE.md:{}: {name} does not exist",
                    number + 1
                ));
            }
        }
    }
    assert_none(faults);
}
