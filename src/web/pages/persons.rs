//! Persons by centre, found by name, pinyin or initials, or by a card read into the search.

use askama::Template;
use axum::extract::Query;
use axum::response::Html;
use serde::Deserialize;

use super::centre::Group;
use super::people_table::person_row;
use super::when::When;
use crate::journal::PersonLine;
use crate::people::card::{self, ReaderType};
use crate::people::entry::half_width;
use crate::pipeline::enter::hints;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

/// Persons on one page; more are counted, and the search is there to choose among them.
const PERSONS_MAX: usize = 400;
/// So many digits in what was typed are no name: a card or a citizen number, which no page may show again.
const DIGITS_OF_A_NUMBER: usize = 6;

/// What the search form sends.
#[derive(Debug, Deserialize)]
pub struct Asked {
    name: Option<String>,
    /// Also who died or moved away.
    everybody: Option<String>,
}

#[derive(Template)]
#[template(path = "persons.html", config = "src/web/askama.toml")]
struct PersonsPage {
    shell: Shell,
    said: String,
    asked: String,
    /// A number was typed, not a name.
    by_number: bool,
    everybody: bool,
    /// How many were found and are not shown.
    more: usize,
    groups: Vec<Group>,
}

/// `GET /persons`.
pub async fn show(ask: Ask, Query(asked): Query<Asked>) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let typed = asked.name.unwrap_or_default();
    let everybody = asked.everybody.is_some();
    let view = View::of(&ask)?.health()?;
    let by_number = typed.chars().filter(char::is_ascii_digit).count() >= DIGITS_OF_A_NUMBER;
    let (found, count) = if by_number {
        let number = card::read(&half_width(&typed), ReaderType::AsTyped);
        let spellings = number.ok().and_then(|n| hints(&ask.state.hint, &n).ok());
        let holder = view.holder(spellings.unwrap_or_default()).await?;
        let found: Vec<PersonLine> = holder.into_iter().collect();
        let count = found.len();
        (found, count)
    } else {
        view.persons_meant(typed.clone(), everybody, PERSONS_MAX)
            .await?
    };
    let when = When::of(&ask);
    let mut groups: Vec<Group> = Vec::new();
    let mut centre = None;
    for person in &found {
        if centre != Some(person.centre_id) {
            centre = Some(person.centre_id);
            groups.push(Group {
                title: person.centre_name.clone(),
                rows: Vec::new(),
            });
        }
        if let Some(group) = groups.last_mut() {
            group.rows.push(person_row(person, &when));
        }
    }
    let mut shell = Shell::new(&ask, Tab::Persons, &t.say("persons-title")).landscape();
    if by_number {
        shell.back = "/persons".to_owned();
    }
    page(&PersonsPage {
        shell,
        said: t.with1("count-persons", "n", count),
        asked: if by_number { String::new() } else { typed },
        by_number,
        everybody,
        more: count - found.len(),
        groups,
    })
}
