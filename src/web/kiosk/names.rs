//! Found without a card: the village where there are several, the first letter, then name and photo.

use std::collections::BTreeSet;

use super::face::{Body, Face, first};
use crate::journal::PersonLine;
use crate::web::ask::Ask;
use crate::web::view::Names;

/// How long the list of names stays without a touch, milliseconds.
const NAMES_MS: i64 = 60_000;
/// The names that may be touched on one page; more need another letter.
const NAMES_MOST: usize = 24;

pub(super) struct Name {
    pub id: i64,
    pub name: String,
    pub initial: String,
    pub photo: Option<String>,
    /// Tells two of one name apart.
    pub born: Option<i16>,
}

/// A touch that asks for other names.
pub(super) struct Pick {
    pub text: String,
    /// What it asks for, as the page's query.
    pub query: String,
}

/// Where a person's picture is, for this screen.
pub(super) fn photo(station: i64, person: i64) -> String {
    format!("/kiosk/{station}/photo/{person}")
}

impl Face {
    /// The villages of this centre's people, the first letters of their names, or the names under one.
    ///
    /// Those of one village are few enough to be shown at once; only longer lists ask for a letter.
    pub fn names(
        ask: &Ask,
        station: i64,
        names: &Names,
        village: Option<&str>,
        letter: Option<&str>,
    ) -> Self {
        let villages: BTreeSet<&str> = names.persons.iter().map(|p| p.village.as_str()).collect();
        let here: Vec<&PersonLine> = names
            .persons
            .iter()
            .filter(|p| village.is_none_or(|village| p.village == village))
            .collect();
        let body = match (village, letter) {
            (None, None) if villages.len() > 1 => Body::Villages {
                villages: villages.iter().map(|village| of(ask, village)).collect(),
            },
            (Some(village), None) if here.len() <= NAMES_MOST => {
                of_these(station, &of(ask, village).text, &here, names)
            }
            (_, None) => {
                let letters: BTreeSet<String> = here.iter().map(|p| initial_letter(p)).collect();
                Body::Letters {
                    letters: letters.into_iter().map(|l| under(village, l)).collect(),
                }
            }
            (_, Some(letter)) => {
                let these: Vec<&PersonLine> = here
                    .into_iter()
                    .filter(|p| initial_letter(p) == letter)
                    .collect();
                let letter: String = letter.chars().take(1).collect();
                of_these(station, &letter, &these, names)
            }
        };
        Face::new(ask, station, "names", "kiosk-aloud-names", NAMES_MS, body)
    }
}

fn of(ask: &Ask, village: &str) -> Pick {
    Pick {
        text: match village {
            "" => ask.words.say("kiosk-village-none"),
            village => village.to_owned(),
        },
        query: query(&[("village", village)]),
    }
}

fn under(village: Option<&str>, letter: String) -> Pick {
    let mut parts = vec![("letter", letter.as_str())];
    parts.extend(village.map(|village| ("village", village)));
    Pick {
        query: query(&parts),
        text: letter,
    }
}

fn query(parts: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parts)
        .finish()
}

fn of_these(station: i64, under: &str, these: &[&PersonLine], all: &Names) -> Body {
    let twice = |p: &PersonLine| these.iter().filter(|o| o.name == p.name).count() > 1;
    Body::Names {
        under: under.to_owned(),
        more: these.len() > NAMES_MOST,
        names: these
            .iter()
            .take(NAMES_MOST)
            .map(|p| Name {
                id: p.id,
                name: p.name.clone(),
                initial: first(&p.name),
                photo: all.with_photo.contains(&p.id).then(|| photo(station, p.id)),
                born: twice(p).then(|| p.birth_date.year()),
            })
            .collect(),
    }
}

/// The letter a name is found under: of its pinyin, or of the name where it has none.
fn initial_letter(person: &PersonLine) -> String {
    let from = if person.pinyin.is_empty() {
        &person.name
    } else {
        &person.pinyin
    };
    from.chars().take(1).flat_map(char::to_uppercase).collect()
}
