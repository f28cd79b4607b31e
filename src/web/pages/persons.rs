//! Every person, by centre, with a search by name or pinyin.

use askama::Template;
use axum::extract::Query;
use axum::response::Html;
use serde::Deserialize;

use super::centre::Group;
use super::people_table::person_row;
use super::when::When;
use crate::journal::PersonLine;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

/// What the search form sends.
#[derive(Debug, Deserialize)]
pub struct Asked {
    name: Option<String>,
}

#[derive(Template)]
#[template(path = "persons.html", config = "src/web/askama.toml")]
struct PersonsPage {
    shell: Shell,
    said: String,
    asked: String,
    groups: Vec<Group>,
}

/// `GET /persons`.
pub async fn show(ask: Ask, Query(asked): Query<Asked>) -> Result<Html<String>, Refusal> {
    let t = ask.words;
    let asked = asked.name.unwrap_or_default();
    let wanted = asked.trim().to_lowercase();
    let persons = View::of(&ask)?.health()?.persons().await?;
    let found: Vec<&PersonLine> = persons
        .iter()
        .filter(|person| is_meant(person, &wanted))
        .collect();
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
    page(&PersonsPage {
        shell: Shell::new(&ask, Tab::Persons, &t.say("persons-title")).landscape(),
        said: t.with1("count-persons", "n", found.len()),
        asked,
        groups,
    })
}

/// Name or pinyin (written without spaces) contains what was typed.
fn is_meant(person: &PersonLine, wanted: &str) -> bool {
    let pinyin: String = person.pinyin.to_lowercase().split_whitespace().collect();
    let typed: String = wanted.split_whitespace().collect();
    person.name.to_lowercase().contains(&typed) || pinyin.contains(&typed)
}
