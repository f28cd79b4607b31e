//! Cards: one that a reader reads, one that the hub prints, and the end of one.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};

use super::act;
use super::entry::{record, shown};
use super::fields::Sent;
use super::qr;
use crate::people::card::{self, ReaderType};
use crate::people::details::CardEnd;
use crate::people::entry::{Fault, half_width};
use crate::pipeline::enter::{self, NotEntered};
use crate::vitals::HintKind;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;

/// `POST /persons/{person}/cards`: a card as its reader gives it, or a citizen number.
pub async fn give(ask: Ask, Path(person): Path<i64>, sent: Sent) -> Result<Response, Refusal> {
    let t = ask.words;
    View::of(&ask)?.health()?.must_see(person).await?;
    let reader = ReaderType::from_word(sent.one("reader")).unwrap_or_default();
    let number = match card::read(&half_width(sent.one("number")), reader) {
        Ok(number) => number,
        Err(bad) => return shown(&ask, person, Some(Fault::Card(bad.word()).say(t))).await,
    };
    let Ok(spellings) = enter::hints(&ask.state.hint, &number) else {
        return shown(&ask, person, Some(t.say("roster-number-unreadable"))).await;
    };
    let done = act::run(&ask, "card.add", move |tx, by, now| {
        enter::give_card(tx, by, person, &spellings, reader, now)
    })
    .await;
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/persons/{person}/roster#cards")).into_response()),
        Err(stopped) => {
            let said = stopped.sentence(&ask)?;
            shown(&ask, person, Some(said)).await
        }
    }
}

#[derive(Template)]
#[template(path = "roster_card.html", config = "src/web/askama.toml")]
struct CardPage {
    shell: Shell,
    person: i64,
    name: String,
    village: String,
    place: String,
    /// The number in groups of four: printed on the card, and nowhere again.
    number: String,
    picture: String,
}

/// Chances before it is given up: two of the hub's numbers alike among 10^14 do not happen twice in a row.
const TRIES: usize = 3;

/// `POST /persons/{person}/cards/issue`: a new card of the hub's own, to be printed now. Its number is in this
/// one answer and then nowhere; printing again makes another card.
pub async fn issue(ask: Ask, Path(person): Path<i64>, sent: Sent) -> Result<Response, Refusal> {
    let record = record(&View::of(&ask)?, person).await?;
    let replaces: Option<i64> = match sent.one("replaces") {
        "" => None,
        number => Some(number.parse().map_err(|_| Refusal::Unreadable)?),
    };
    for _ in 0..TRIES {
        let number = card::qr_number(rand::random());
        let hint = ask
            .state
            .hint
            .hint(HintKind::Card, &number)
            .map_err(|_| Refusal::Unavailable)?;
        let done = act::run(&ask, "card.issue", move |tx, by, now| {
            enter::issue_card(tx, by, person, &hint, replaces, now)
        })
        .await;
        match done {
            Ok(_) => {
                let t = ask.words;
                let line = &record.line;
                let title = t.with1("card-title", "name", &line.name);
                let mut shell = Shell::new(&ask, Tab::Persons, &title);
                shell.back = format!("/persons/{person}/roster");
                let picture = qr::svg(&number, &title).ok_or(Refusal::Unavailable)?;
                return Ok(page(&CardPage {
                    place: shell.place.clone(),
                    shell,
                    person,
                    name: line.name.clone(),
                    village: line.village.clone(),
                    number: grouped(&number),
                    picture,
                })?
                .into_response());
            }
            Err(act::Stopped::Say(NotEntered::Taken)) => {}
            Err(stopped) => return Err(stopped.refusal()),
        }
    }
    Err(Refusal::Unavailable)
}

fn grouped(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    groups.join(" ")
}

/// `POST /persons/{person}/cards/{card}/end`.
pub async fn end(
    ask: Ask,
    Path((person, card)): Path<(i64, i64)>,
    sent: Sent,
) -> Result<Response, Refusal> {
    View::of(&ask)?.health()?.must_see(person).await?;
    let why = CardEnd::from_word(sent.one("why")).ok_or(Refusal::Unreadable)?;
    act::run(&ask, "card.end", move |tx, by, now| {
        enter::end_card(tx, by, person, card, why, now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/roster#cards")).into_response())
}
