//! What must hold of the words of a rule set: names of signs, phrases and their placeholders.

use std::collections::BTreeMap;

use super::check::kind_of;
use super::fault::TableFault;
use super::load::Place;
use super::{Bilingual, Phrases, Signs};
use crate::rules::explain::placeholders;

/// Every sign has its name in both languages, and no name is of an unknown sign.
pub(super) fn signs(
    signs: &Signs,
    names: &BTreeMap<String, Bilingual>,
    place: &Place,
) -> Result<(), TableFault> {
    let words = signs.words();
    let nameless = words.iter().find(|w| !names.contains_key(**w));
    let wordless = names.keys().find(|n| !words.contains(&n.as_str()));
    let fault = |owner: &str, problem: &str| TableFault::Value {
        file: place.file.clone(),
        line: place.line,
        owner: format!("the sign `{owner}`"),
        problem: problem.to_owned(),
    };
    match (nameless, wordless) {
        (Some(word), _) => Err(fault(word, "has no [sign_word] entry")),
        (None, Some(word)) => Err(fault(
            word,
            "has a [sign_word] entry but stands in no group",
        )),
        (None, None) => Ok(()),
    }
}

/// Every placeholder of a phrase and every named fact exists.
pub(super) fn phrases(
    phrases: &Phrases,
    signs: &Signs,
    measured: &Place,
    fact: &Place,
    join: &Place,
) -> Result<(), TableFault> {
    joining(phrases, join)?;
    for (group, text) in &phrases.measured {
        let unknown = placeholders(&text.zh)
            .chain(placeholders(&text.en))
            .find(|path| kind_of(path, signs).is_none());
        if let Some(path) = unknown {
            return Err(TableFault::Value {
                file: measured.file.clone(),
                line: measured.line,
                owner: format!("[measured] {group}"),
                problem: format!("no fact is called `{path}`"),
            });
        }
    }
    match phrases
        .fact
        .keys()
        .find(|path| kind_of(path, signs).is_none())
    {
        Some(path) => Err(TableFault::Value {
            file: fact.file.clone(),
            line: fact.line,
            owner: "[fact]".to_owned(),
            problem: format!("no fact is called `{path}`"),
        }),
        None => Ok(()),
    }
}

/// The joining phrases name nothing but what they are given.
fn joining(phrases: &Phrases, place: &Place) -> Result<(), TableFault> {
    let join = &phrases.join;
    let given: [(&str, &Bilingual, &[&str]); 13] = [
        ("limit", &join.limit, &["limit", "whose"]),
        ("list", &join.list, &[]),
        ("target_bp", &join.target_bp, &["sbp", "dbp"]),
        ("target_fasting", &join.target_fasting, &["fasting"]),
        (
            "target_nonfasting",
            &join.target_nonfasting,
            &["nonfasting"],
        ),
        ("target_low", &join.target_low, &["low"]),
        ("ages_from", &join.ages_from, &["from", "to", "profile"]),
        (
            "ages_between",
            &join.ages_between,
            &["from", "to", "profile"],
        ),
        ("personal", &join.personal, &[]),
        ("source", &join.source, &["title", "year"]),
        ("source_no_year", &join.source_no_year, &["title"]),
        ("signs", &join.signs, &["signs"]),
        ("unconfirmed", &join.unconfirmed, &[]),
    ];
    for (key, phrase, names) in given {
        let unknown = placeholders(&phrase.zh)
            .chain(placeholders(&phrase.en))
            .find(|name| !names.contains(name));
        if let Some(name) = unknown {
            return Err(TableFault::Value {
                file: place.file.clone(),
                line: place.line,
                owner: format!("[join] {key}"),
                problem: format!("no name `{name}` is given there, only {names:?}"),
            });
        }
    }
    Ok(())
}
