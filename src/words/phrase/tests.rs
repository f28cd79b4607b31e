use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;
use crate::vitals::{
    Basis, Mark, Meal, Posture, TimeMethod, Transport, UnclaimedReason, VoidReason,
};

/// Key -> names of its placeholders, over all files of one language.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/words")
        .join(language.tag());
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut key = String::new();
        for line in text.lines() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if !line.starts_with([' ', '}', '[', '*']) {
                key = line.split('=').next().unwrap().trim().to_owned();
                assert!(
                    key.chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                    "{path:?}: key {key:?} is not kebab-case"
                );
                let before = found.insert(key.clone(), BTreeSet::new());
                assert!(before.is_none(), "{path:?}: {key} stands twice");
            }
            let names = line.split('$').skip(1).map(|rest| {
                rest.chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect::<String>()
            });
            found.get_mut(&key).unwrap().extend(names);
        }
    }
    found
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    assert_eq!(messages(Language::Chinese), messages(Language::English));
}

#[test]
fn every_text_can_be_formatted() {
    for language in Language::ALL {
        for (key, names) in messages(language) {
            let values: HashMap<Cow<'static, str>, FluentValue<'_>> = names
                .into_iter()
                .map(|n| (Cow::Owned(n), FluentValue::from(1)))
                .collect();
            let words = Words::of(language);
            let text = TEXTS.try_lookup_with_args(words.identifier(), &key, &values);
            let text = text.unwrap_or_else(|| panic!("{language:?} cannot say {key}"));
            assert!(
                !text.contains('{') && !text.contains('\u{2068}'),
                "{language:?} {key}: {text}"
            );
        }
    }
}

/// Every literal key in code and templates stands in the files.
#[test]
fn every_key_that_is_used_exists() {
    let known = messages(Language::Chinese);
    let mut stack = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut missing = Vec::new();
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
                continue;
            }
            if !path.extension().is_some_and(|e| e == "rs" || e == "html")
                || path.ends_with("phrase/tests.rs")
            {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for opening in [".say(\"", ".with(\"", ".with1(\""] {
                for rest in text.split(opening).skip(1) {
                    let key = rest.split('"').next().unwrap();
                    if !known.contains_key(key) {
                        missing.push(format!("{}: {key}", path.display()));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "keys without a text: {missing:#?}");
}

#[test]
fn every_closed_word_has_its_text() {
    let known = messages(Language::Chinese);
    let families: Vec<(&str, Vec<&str>)> = vec![
        ("basis", Basis::ALL.iter().map(|b| b.word()).collect()),
        (
            "unclaimed",
            UnclaimedReason::ALL.iter().map(|r| r.word()).collect(),
        ),
        ("voided", VoidReason::ALL.iter().map(|r| r.word()).collect()),
        ("posture", Posture::ALL.iter().map(|p| p.word()).collect()),
        ("meal", Meal::ALL.iter().map(|m| m.word()).collect()),
        ("mark", Mark::ALL.iter().map(|m| m.word()).collect()),
        (
            "transport",
            [
                Transport::EmbeddedMqtt,
                Transport::ExternalMqtt,
                Transport::Http,
                Transport::Bluetooth,
                Transport::Station,
                Transport::Typed,
            ]
            .iter()
            .map(|t| t.word())
            .collect(),
        ),
        (
            "time-method",
            [
                TimeMethod::OffsetRead,
                TimeMethod::OffsetKnown,
                TimeMethod::ReceivedLive,
                TimeMethod::Stated,
                TimeMethod::Unusable,
            ]
            .iter()
            .map(|m| m.word())
            .collect(),
        ),
    ];
    for (family, all) in families {
        for word in all {
            let key = format!("{family}-{}", word.replace('_', "-"));
            assert!(known.contains_key(&key), "no text for {key}");
        }
    }
}

#[test]
fn a_number_is_written_plainly() {
    let words = Words::of(Language::English);
    assert_eq!(
        words.with1("count-persons", "n", 12_345_u32),
        "12345 people"
    );
    assert_eq!(words.with1("count-persons", "n", 1_u32), "1 person");
    assert_eq!(
        Words::of(Language::Chinese).with1("count-persons", "n", 3_u32),
        "3 人"
    );
}

#[test]
fn an_unknown_key_shows_itself() {
    assert_eq!(
        Words::of(Language::Chinese).say("no-such-key"),
        "no-such-key"
    );
}
