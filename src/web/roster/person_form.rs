//! One person's details as a form: a new person, or one that is there.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::act::{self, Stopped};
use super::entry::record;
use super::fields::{Faults, Group, Sent};
use super::person_typed::Typed;
use crate::journal::Namesake;
use crate::people::card::ReaderType;
use crate::people::entry::{self, Fault};
use crate::pipeline::enter::{self, NotEntered};
use crate::vitals::HintKind;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;
use crate::web::visitor::Need;

/// Somebody who may be the same person.
struct Same {
    /// Where she can be looked at; none for somebody of another centre.
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "roster_form.html", config = "src/web/askama.toml")]
struct FormPage {
    shell: Shell,
    title: String,
    action: String,
    /// Where "leave it" goes.
    back: String,
    submit: String,
    /// What stands over the form when it came back.
    trouble: Option<String>,
    same: Vec<Same>,
    ask_another: bool,
    revision: Option<u32>,
    groups: Vec<Group>,
}

/// The centres that this visitor may enter persons into: (number, name).
pub async fn centres(view: &View) -> Result<Vec<(String, String)>, Refusal> {
    let lines = view.health()?.centres().await?;
    Ok(lines
        .into_iter()
        .map(|line| (line.id.to_string(), line.name))
        .collect())
}

/// `GET /persons/new`.
pub async fn new(ask: Ask) -> Result<Response, Refusal> {
    let centres = centres(&View::of(&ask)?).await?;
    let typed = Typed {
        centre: centres
            .first()
            .map(|(id, _)| id.clone())
            .unwrap_or_default(),
        ..Typed::default()
    };
    form(&ask, None, &typed, &centres, &Faults::default(), None)
}

/// Why a form came back.
enum Back {
    Faults,
    Namesakes(Vec<Namesake>),
    Said(String),
}

fn form(
    ask: &Ask,
    there: Option<(i64, u32)>,
    typed: &Typed,
    centres: &[(String, String)],
    faults: &Faults,
    back: Option<Back>,
) -> Result<Response, Refusal> {
    let t = ask.words;
    let came_back = back.is_some();
    let by = act::by(ask)?;
    let mut same = Vec::new();
    let trouble = match back {
        None => None,
        Some(Back::Faults) => Some(t.with1("roster-faults", "n", faults.count())),
        Some(Back::Said(said)) => Some(said),
        Some(Back::Namesakes(namesakes)) => {
            same = namesakes
                .into_iter()
                .map(|other| Same {
                    href: by
                        .scope
                        .holds(other.centre)
                        .then(|| format!("/persons/{}/roster", other.person)),
                })
                .collect();
            Some(t.say("roster-namesakes"))
        }
    };
    let title = t.say(if there.is_some() {
        "roster-edit-title"
    } else {
        "roster-new-title"
    });
    let (action, back) = match there {
        Some((id, _)) => (
            format!("/persons/{id}/edit"),
            format!("/persons/{id}/roster"),
        ),
        None => ("/persons/new".to_owned(), "/persons".to_owned()),
    };
    let mut shell = Shell::new(ask, Tab::Persons, &title);
    shell.back = action.clone();
    let body = page(&FormPage {
        shell,
        title,
        action,
        back,
        submit: t.say(if there.is_some() {
            "roster-save"
        } else {
            "roster-add"
        }),
        trouble,
        ask_another: !same.is_empty(),
        same,
        revision: there.map(|(_, revision)| revision),
        groups: typed.groups(ask, centres, faults, there.is_none()),
    })?;
    let status = if came_back {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, body).into_response())
}

/// `POST /persons/new`.
pub async fn create(ask: Ask, sent: Sent) -> Result<Response, Refusal> {
    let view = View::of(&ask)?;
    let centres = centres(&view).await?;
    let typed = Typed::sent(&sent);
    let mut faults = Faults::default();
    let citizen = faults.take("citizen", entry::citizen(sent.one("citizen")), None);
    let mut details = typed.read(&ask, citizen.as_ref(), &mut faults);
    if !ask.visitor.as_ref().is_some_and(|v| v.may(Need::Clinic)) {
        details.health_class = None;
    }
    let centre = centre_of(&typed, &centres, &mut faults);
    let Some(centre) = centre.filter(|_| faults.is_empty()) else {
        return form(&ask, None, &typed, &centres, &faults, Some(Back::Faults));
    };
    let key = ask.state.hint.clone();
    let hint = citizen
        .map(|citizen| key.hint(HintKind::NationalId, &citizen.number))
        .transpose()
        .map_err(|_| Refusal::Unreadable)?;
    let is_another = sent.has("is_another");
    let done = act::run(&ask, "person.add", move |tx, by, now| {
        let (id, object) = enter::add(tx, by, centre, &details, is_another, now)?;
        if let Some(hint) = &hint {
            let one = std::slice::from_ref(hint);
            enter::give_card(tx, by, id, one, ReaderType::AsTyped, now)?;
        }
        Ok((id, object))
    })
    .await;
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/persons/{id}/roster")).into_response()),
        Err(Stopped::Say(NotEntered::Namesakes(others))) => form(
            &ask,
            None,
            &typed,
            &centres,
            &faults,
            Some(Back::Namesakes(others)),
        ),
        Err(stopped) => {
            let said = Back::Said(stopped.sentence(&ask)?);
            form(&ask, None, &typed, &centres, &faults, Some(said))
        }
    }
}

fn centre_of(typed: &Typed, centres: &[(String, String)], faults: &mut Faults) -> Option<i64> {
    let known = centres.iter().any(|(id, _)| *id == typed.centre);
    let centre = typed.centre.parse().ok().filter(|_| known);
    if centre.is_none() {
        faults.note("centre", Fault::CentreMissing);
    }
    centre
}

/// `GET /persons/{person}/edit`.
pub async fn edit(ask: Ask, Path(person): Path<i64>) -> Result<Response, Refusal> {
    let view = View::of(&ask)?;
    let record = record(&view, person).await?;
    let centres = centres(&view).await?;
    let entry = &record.entry;
    let typed = Typed::of(&entry.details, entry.centre_id);
    let there = Some((person, entry.revision));
    form(&ask, there, &typed, &centres, &Faults::default(), None)
}

/// `POST /persons/{person}/edit`.
pub async fn change(ask: Ask, Path(person): Path<i64>, sent: Sent) -> Result<Response, Refusal> {
    let view = View::of(&ask)?;
    let record = record(&view, person).await?;
    let revision = sent.number("revision")?;
    let centres = centres(&view).await?;
    let typed = Typed::sent(&sent);
    let mut faults = Faults::default();
    let mut details = typed.read(&ask, None, &mut faults);
    if !ask.visitor.as_ref().is_some_and(|v| v.may(Need::Clinic)) {
        details.health_class = record.entry.details.health_class;
    }
    let there = Some((person, revision));
    let centre = centre_of(&typed, &centres, &mut faults);
    let Some(centre) = centre.filter(|_| faults.is_empty()) else {
        return form(&ask, there, &typed, &centres, &faults, Some(Back::Faults));
    };
    let done = act::run(&ask, "person.edit", move |tx, by, _| {
        enter::edit(tx, by, person, revision, centre, &details)
    })
    .await;
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/persons/{person}/roster")).into_response()),
        Err(stopped) => {
            let said = Back::Said(stopped.sentence(&ask)?);
            form(&ask, there, &typed, &centres, &faults, Some(said))
        }
    }
}
