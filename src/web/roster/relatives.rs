//! Relatives: who, how to reach her, and what the elder agreed to share with her.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::act;
use super::entry::record;
use super::fields::{Faults, Field, Sent};
use crate::journal::{Consent, PersonLine, Relative, RelativeLine};
use crate::people::details::{ConsentWay, Relation, Share};
use crate::people::entry;
use crate::pipeline::enter;
use crate::web::ask::Ask;
use crate::web::pages::when::When;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;
use crate::words::Language;

#[derive(Template)]
#[template(path = "roster_relative.html", config = "src/web/askama.toml")]
struct RelativePage {
    shell: Shell,
    title: String,
    person: i64,
    elder: String,
    action: String,
    trouble: Option<String>,
    fields: Vec<Field>,
    /// The consent's own form; none before the relative is there.
    consent: Option<ConsentForm>,
}

struct ConsentForm {
    action: String,
    end: String,
    stands: bool,
    said: String,
    fields: Vec<Field>,
}

fn fields(
    ask: &Ask,
    relative: Option<&Relative>,
    sent: Option<&Sent>,
    faults: &Faults,
) -> Vec<Field> {
    let t = ask.words;
    let value = |name: &str, of: fn(&Relative) -> String| match (sent, relative) {
        (Some(sent), _) => sent.one(name).to_owned(),
        (None, Some(relative)) => of(relative),
        (None, None) => String::new(),
    };
    let relations = Relation::ALL
        .iter()
        .map(|r| (r.word().to_owned(), t.word("relation", r.word())));
    let languages = Language::ALL.map(|l| {
        (
            l.tag().to_owned(),
            t.word("language", &l.tag().to_lowercase()),
        )
    });
    vec![
        Field::text(t, "name", value("name", |r| r.name.clone()), 40).required(),
        Field::select(
            t,
            "relation",
            &value("relation", |r| r.relation.word().to_owned()),
            relations,
        ),
        Field::text(t, "phone", value("phone", |r| r.phone.clone()), 24).mode("tel"),
        Field::text(t, "email", value("email", |r| r.email.clone()), 100).mode("email"),
        Field::text(t, "chat", value("chat", |r| r.chat.clone()), 60).hint(t.say("hint-chat")),
        Field::select(
            t,
            "language",
            &value("language", |r| r.language.tag().to_owned()),
            languages,
        ),
    ]
    .into_iter()
    .map(|field| field.fault(t, faults))
    .collect()
}

fn read(sent: &Sent, faults: &mut Faults) -> Result<Relative, Refusal> {
    Ok(Relative {
        name: faults.take("name", entry::name(sent.one("name")), String::new()),
        relation: Relation::from_word(sent.one("relation")).ok_or(Refusal::Unreadable)?,
        phone: faults.take("phone", entry::phone(sent.one("phone")), String::new()),
        email: faults.take("email", entry::email(sent.one("email")), String::new()),
        chat: faults.take(
            "chat",
            entry::short_text(sent.one("chat"), "chat", 60),
            String::new(),
        ),
        language: Language::from_tag(sent.one("language")).ok_or(Refusal::Unreadable)?,
    })
}

async fn elder(ask: &Ask, person: i64) -> Result<(PersonLine, Vec<RelativeLine>), Refusal> {
    let record = record(&View::of(ask)?, person).await?;
    Ok((record.line, record.relatives))
}

fn shown(
    ask: &Ask,
    elder: &PersonLine,
    line: Option<&RelativeLine>,
    sent: Option<&Sent>,
    faults: &Faults,
    trouble: Option<String>,
) -> Result<Response, Refusal> {
    let t = ask.words;
    let title = match line {
        Some(line) => line.relative.name.clone(),
        None => t.say("relative-new-title"),
    };
    let action = match line {
        Some(line) => format!("/persons/{}/relatives/{}", elder.id, line.id),
        None => format!("/persons/{}/relatives/new", elder.id),
    };
    let mut shell = Shell::new(ask, Tab::Persons, &title);
    shell.back = action.clone();
    let wrong = trouble.is_some() || !faults.is_empty();
    let trouble =
        trouble.or((!faults.is_empty()).then(|| t.with1("roster-faults", "n", faults.count())));
    let body = page(&RelativePage {
        shell,
        title,
        person: elder.id,
        elder: elder.name.clone(),
        consent: line.map(|line| consent_form(ask, &action, line)),
        action,
        trouble,
        fields: fields(ask, line.map(|l| &l.relative), sent, faults),
    })?;
    let status = if wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, body).into_response())
}

fn consent_form(ask: &Ask, action: &str, line: &RelativeLine) -> ConsentForm {
    let t = ask.words;
    let when = When::of(ask);
    let given = line.consent.as_ref();
    let shares = Share::ALL.iter().map(|share| {
        let agreed = given.is_some_and(|given| given.shares.contains(share));
        (
            share.word().to_owned(),
            t.word("share", share.word()),
            agreed,
        )
    });
    let ways = ConsentWay::ALL
        .iter()
        .map(|way| (way.word().to_owned(), t.word("consent", way.word())));
    let how = given.map_or(ConsentWay::Spoken, |given| given.how);
    ConsentForm {
        action: format!("{action}/consent"),
        end: format!("{action}/end"),
        stands: given.is_some(),
        said: match (given, line.consent_ended_at) {
            (Some(given), _) => t.with(
                "consent-given",
                [
                    ("how", t.word("consent", given.how.word()).into()),
                    ("day", t.near_day(given.given_on, when.today()).into()),
                ],
            ),
            (None, Some(at)) => t.with1("consent-ended", "day", when.day_hour(at).day),
            (None, None) => t.say("consent-none"),
        },
        fields: vec![
            Field::ticks(t, "shares", shares),
            Field::select(t, "how", how.word(), ways),
            Field::text(t, "given_on", when.today().to_string(), 20)
                .mode("numeric")
                .hint(t.say("hint-day")),
        ],
    }
}

/// `GET /persons/{person}/relatives/new`.
pub async fn new(ask: Ask, Path(person): Path<i64>) -> Result<Response, Refusal> {
    let (line, _) = elder(&ask, person).await?;
    shown(&ask, &line, None, None, &Faults::default(), None)
}

/// `POST /persons/{person}/relatives/new`.
pub async fn create(ask: Ask, Path(person): Path<i64>, sent: Sent) -> Result<Response, Refusal> {
    let (line, _) = elder(&ask, person).await?;
    let mut faults = Faults::default();
    let relative = read(&sent, &mut faults)?;
    if !faults.is_empty() {
        return shown(&ask, &line, None, Some(&sent), &faults, None);
    }
    let id = act::run(&ask, "relative.add", move |tx, by, now| {
        enter::put_relative(tx, by, person, None, &relative, now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/relatives/{id}")).into_response())
}

fn of(relatives: &[RelativeLine], id: i64) -> Result<&RelativeLine, Refusal> {
    relatives
        .iter()
        .find(|line| line.id == id)
        .ok_or(Refusal::NotFound)
}

/// `GET /persons/{person}/relatives/{relative}`.
pub async fn edit(
    ask: Ask,
    Path((person, relative)): Path<(i64, i64)>,
) -> Result<Response, Refusal> {
    let (line, relatives) = elder(&ask, person).await?;
    let one = of(&relatives, relative)?;
    shown(&ask, &line, Some(one), None, &Faults::default(), None)
}

/// `POST /persons/{person}/relatives/{relative}`.
pub async fn change(
    ask: Ask,
    Path((person, relative)): Path<(i64, i64)>,
    sent: Sent,
) -> Result<Response, Refusal> {
    let (line, relatives) = elder(&ask, person).await?;
    let one = of(&relatives, relative)?;
    let mut faults = Faults::default();
    let written = read(&sent, &mut faults)?;
    if !faults.is_empty() {
        return shown(&ask, &line, Some(one), Some(&sent), &faults, None);
    }
    act::run(&ask, "relative.edit", move |tx, by, now| {
        enter::put_relative(tx, by, person, Some(relative), &written, now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/roster#relatives")).into_response())
}

/// `POST /persons/{person}/relatives/{relative}/end`.
pub async fn end(
    ask: Ask,
    Path((person, relative)): Path<(i64, i64)>,
) -> Result<Response, Refusal> {
    act::run(&ask, "relative.end", move |tx, by, now| {
        enter::end_relative(tx, by, person, relative, now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/roster#relatives")).into_response())
}

/// `POST /persons/{person}/relatives/{relative}/consent`: given anew, or taken back (`take_back`). Nothing
/// ticked is nothing shared: consent is then taken back too.
pub async fn consent(
    ask: Ask,
    Path((person, relative)): Path<(i64, i64)>,
    sent: Sent,
) -> Result<Response, Refusal> {
    let (line, relatives) = elder(&ask, person).await?;
    let one = of(&relatives, relative)?;
    let shares: std::collections::BTreeSet<Share> =
        sent.all("shares").filter_map(Share::from_word).collect();
    let given = if sent.has("take_back") || shares.is_empty() {
        None
    } else {
        let today = When::of(&ask).today();
        let Some(day) = entry::day(sent.one("given_on")).filter(|day| *day <= today) else {
            let said = Some(ask.words.say("consent-day-unreadable"));
            return shown(&ask, &line, Some(one), None, &Faults::default(), said);
        };
        Some(Consent {
            shares,
            given_on: day,
            how: ConsentWay::from_word(sent.one("how")).ok_or(Refusal::Unreadable)?,
        })
    };
    let action = if given.is_some() {
        "consent.give"
    } else {
        "consent.end"
    };
    act::run(&ask, action, move |tx, by, now| {
        enter::set_consent(tx, by, person, relative, given.as_ref(), now)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/roster#relatives")).into_response())
}
