//! A centre's persons: who was measured today, who this week, who not.

use askama::Template;
use axum::extract::Path;
use axum::response::Html;

use super::people_table::{PersonRow, Presence, person_row};
use super::when::When;
use crate::journal::PersonLine;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

#[derive(Template)]
#[template(path = "centre.html", config = "src/web/askama.toml")]
struct CentrePage {
    shell: Shell,
    name: String,
    said: String,
    groups: Vec<Group>,
}

/// Rows under one heading.
pub struct Group {
    pub title: String,
    pub rows: Vec<PersonRow>,
}

/// `GET /centres/{centre}`.
pub async fn show(ask: Ask, Path(centre): Path<i64>) -> Result<Html<String>, Refusal> {
    let view = View::of(&ask)?;
    let (line, listed) = view.centre(centre).await?;
    let t = ask.words;
    let counts = [
        ("measured", line.persons_measured.into()),
        ("persons", line.persons.into()),
    ];
    page(&CentrePage {
        shell: Shell::new(&ask, Tab::Centres, &line.name).landscape(),
        name: line.name.clone(),
        said: t.with("centres-bar", counts),
        groups: groups(&ask, &view, &listed),
    })
}

fn groups(ask: &Ask, view: &View, listed: &[PersonLine]) -> Vec<Group> {
    let when = When::of(ask);
    let (today, week) = (view.days_ago(0), view.days_ago(6));
    Presence::ALL
        .into_iter()
        .map(|presence| {
            let rows: Vec<PersonRow> = listed
                .iter()
                .filter(|l| Presence::of(l.last_taken_at, today, week) == presence)
                .map(|l| person_row(l, &when))
                .collect();
            Group {
                title: ask.words.word("presence", presence.word()),
                rows,
            }
        })
        .filter(|group| !group.rows.is_empty())
        .collect()
}
