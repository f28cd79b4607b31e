//! The first page: the centres with today's count.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::journal::CentreLine;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

#[derive(Template)]
#[template(path = "centres.html", config = "src/web/askama.toml")]
struct CentresPage {
    shell: Shell,
    today: String,
    rows: Vec<CentreRow>,
    persons: i64,
    measured: i64,
    unclaimed: i64,
    devices: i64,
}

struct CentreRow {
    line: CentreLine,
    /// Length of the full part of the bar, of [`BAR_PX`].
    bar_px: i64,
    said: String,
}

/// Length of the bar that draws a centre's share, pixels.
const BAR_PX: i64 = 209;

/// `GET /`: leads everybody to the page her day begins with.
pub async fn home(ask: Ask) -> Result<Response, Refusal> {
    let Ok(health) = View::of(&ask)?.health() else {
        return Ok(Redirect::to("/operator").into_response());
    };
    match health.sees_many_centres() {
        true => Ok(show(ask).await?.into_response()),
        false => Ok(Redirect::to("/day").into_response()),
    }
}

/// `GET /centres`.
pub async fn show(ask: Ask) -> Result<Html<String>, Refusal> {
    let view = View::of(&ask)?;
    let health = view.health()?;
    let t = ask.words;
    let lines = health.centres().await?;
    let today = view.today();
    let day = [
        ("date", t.day(today).into()),
        ("weekday", t.weekday(today.weekday()).into()),
    ];
    let sum = |of: fn(&CentreLine) -> i64| lines.iter().map(of).sum();
    page(&CentresPage {
        shell: Shell::new(&ask, Tab::Centres, &t.say("centres-title")).landscape(),
        today: t.with("centres-today", day),
        persons: sum(|c| c.persons),
        measured: sum(|c| c.persons_measured),
        unclaimed: sum(|c| c.unclaimed),
        devices: sum(|c| c.devices),
        rows: lines
            .into_iter()
            .map(|line| CentreRow {
                bar_px: (line.persons_measured * BAR_PX)
                    .checked_div(line.persons)
                    .unwrap_or(0),
                said: t.with(
                    "centres-bar",
                    [
                        ("measured", line.persons_measured.into()),
                        ("persons", line.persons.into()),
                    ],
                ),
                line,
            })
            .collect(),
    })
}
