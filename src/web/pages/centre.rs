//! A centre's persons: who was measured today, who this week, who not, and how its days went.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::Path;
use axum::response::Html;
use jiff::ToSpan;
use jiff::civil::Date;

use super::figures::Figure;
use super::people_table::{PersonRow, Presence, person_row, spark};
use super::when::When;
use crate::charts::{DayCount, Fill, Look, Overview, StateCount, Width, overview};
use crate::vitals::Moment;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{CENTRE_DAYS, CentreRecord, View};

#[derive(Template)]
#[template(path = "centre.html", config = "src/web/askama.toml")]
struct CentrePage {
    shell: Shell,
    name: String,
    said: String,
    figure: Figure,
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
    let record = view.health()?.centre(centre).await?;
    let when = When::of(&ask);
    let groups = groups(&when, &view, &record);
    let line = &record.centre;
    let counts = [
        ("measured", line.persons_measured.into()),
        ("persons", line.persons.into()),
    ];
    page(&CentrePage {
        shell: Shell::new(&ask, Tab::Centres, &line.name).landscape(),
        name: line.name.clone(),
        said: ask.words.with("centres-bar", counts),
        figure: figure(&when, &record, &view),
        groups: groups
            .into_iter()
            .filter(|group| !group.rows.is_empty())
            .collect(),
    })
}

fn groups(when: &When, view: &View, record: &CentreRecord) -> Vec<Group> {
    let (today, week) = (view.days_ago(0), view.days_ago(6));
    let group = |presence: Presence| {
        let of = |last| Presence::of(last, today, week) == presence;
        let rows = record
            .listed
            .iter()
            .filter(|listed| of(listed.person.last_taken_at));
        Group {
            title: when.t.word("presence", presence.word()),
            rows: rows
                .map(|listed| PersonRow {
                    spark: spark(listed, when),
                    ..person_row(&listed.person, when)
                })
                .collect(),
        }
    };
    Presence::ALL.map(group).into()
}

fn figure(when: &When, record: &CentreRecord, view: &View) -> Figure {
    let t = when.t;
    let days = day_counts(&record.measured, when);
    let (today, week) = (view.days_ago(0), view.days_ago(6));
    let states = Presence::ALL.map(|presence| {
        let of = |last| Presence::of(last, today, week) == presence;
        let count = record
            .listed
            .iter()
            .filter(|l| of(l.person.last_taken_at))
            .count();
        StateCount {
            name: t.word("presence", presence.word()),
            persons: u32::try_from(count).unwrap_or(u32::MAX),
            fill: match presence {
                Presence::Today => Fill::Full,
                Presence::ThisWeek => Fill::Half,
                Presence::NotThisWeek => Fill::Empty,
            },
        }
    });
    let title = t.with1("centre-figure-of", "name", &record.centre.name);
    let input = Overview {
        title: &title,
        days: &days,
        states: &states,
    };
    let draw = |width| {
        overview(
            &input,
            &Look {
                id: "ov",
                width,
                caption: false,
            },
            &t,
        )
    };
    Figure {
        id: "ov",
        title: t.with1("centre-figure", "days", CENTRE_DAYS),
        unit: "",
        small: true,
        summary: Vec::new(),
        wide: draw(Width::Wide),
        slim: draw(Width::Slim),
        picture: None,
    }
}

/// How many different persons were measured on each of the last days, none left out. The hub does not
/// know a centre's opening days yet, so no day is called closed.
fn day_counts(measured: &[(i64, Moment)], when: &When) -> Vec<DayCount> {
    let mut persons: BTreeMap<Date, BTreeSet<i64>> = BTreeMap::new();
    for (person, at) in measured {
        persons
            .entry(when.zone.to_datetime(*at).date())
            .or_default()
            .insert(*person);
    }
    let today = when.today();
    (0..CENTRE_DAYS)
        .rev()
        .map(|ago| {
            let day = today.saturating_sub(ago.days());
            let count = persons.get(&day).map_or(0, BTreeSet::len);
            DayCount {
                day,
                persons: u32::try_from(count).unwrap_or(u32::MAX),
                open: true,
            }
        })
        .collect()
}
