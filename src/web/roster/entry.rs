//! What the roster says about one person, on one page: details, photo, cards, relatives, target, standing.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::act;
use super::fields::Sent;
use super::targets::limit_texts;
use crate::journal::{CardLine, PersonLine, RelativeLine, RosterEntry, TargetLine};
use crate::people::card::ReaderType;
use crate::people::details::{CardEnd, Details, Standing, Weekdays};
use crate::people::entry as typed;
use crate::pipeline::enter;
use crate::web::ask::Ask;
use crate::web::goals;
use crate::web::pages::when::{DayHour, When};
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;
use crate::web::visitor::Need;
use crate::words::Words;

/// Everything the roster holds about one person.
pub struct Record {
    pub line: PersonLine,
    pub entry: RosterEntry,
    pub cards: Vec<CardLine>,
    pub relatives: Vec<RelativeLine>,
    pub targets: Vec<TargetLine>,
}

/// Reads it, as far as the visitor may see.
pub async fn record(view: &View, person: i64) -> Result<Record, Refusal> {
    let found = view
        .health()?
        .read(move |seen| {
            let Some(line) = seen.person(person)? else {
                return Ok(None);
            };
            Ok(Some(Record {
                entry: seen.roster_entry(&line)?,
                cards: seen.cards(&line)?,
                relatives: seen.relatives(&line)?,
                targets: seen.targets(&line)?,
                line,
            }))
        })
        .await?;
    found.ok_or(Refusal::NotFound)
}

struct CardRow {
    id: i64,
    kind: String,
    last_four: String,
    since: DayHour,
    /// Why it claims nothing any more.
    ended: Option<String>,
}

struct RelativeRow {
    href: String,
    name: String,
    relation: String,
    reach: Vec<String>,
    shares: String,
    /// How and when it was given, or taken back.
    consent: String,
}

struct TargetCard {
    limits: Vec<(String, String)>,
    whose: String,
    expired: bool,
}

#[derive(Template)]
#[template(path = "roster_entry.html", config = "src/web/askama.toml")]
struct EntryPage {
    shell: Shell,
    id: i64,
    name: String,
    facts: String,
    centre: String,
    /// A sentence about what was just done or not done.
    note: Option<String>,
    standing: Option<String>,
    standing_word: &'static str,
    photo: Option<String>,
    details: Vec<(String, String)>,
    notes: String,
    cards: Vec<CardRow>,
    readers: Vec<(&'static str, String)>,
    ends: Vec<(&'static str, String)>,
    relatives: Vec<RelativeRow>,
    target: Option<TargetCard>,
    may_set_target: bool,
}

/// `GET /persons/{person}/roster`.
pub async fn show(ask: Ask, Path(person): Path<i64>) -> Result<Response, Refusal> {
    shown(&ask, person, None).await
}

/// The page, with a sentence about an act that was not done.
pub async fn shown(ask: &Ask, person: i64, note: Option<String>) -> Result<Response, Refusal> {
    let record = record(&View::of(ask)?, person).await?;
    let t = ask.words;
    let when = When::of(ask);
    let Record { line, entry, .. } = &record;
    let status = if note.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let title = t.with1("roster-title", "name", &line.name);
    let mut shell = Shell::new(ask, Tab::Persons, &title);
    shell.back = format!("/persons/{person}/roster");
    let age = goals::age(line.birth_date, when.today());
    let facts = [
        ("age", age.into()),
        ("sex", t.word("sex", line.sex.word()).into()),
    ];
    let body = page(&EntryPage {
        shell,
        id: person,
        name: line.name.clone(),
        facts: t.with("person-facts", facts),
        centre: line.centre_name.clone(),
        note,
        standing: standing_say(t, entry),
        standing_word: entry.standing.word(),
        photo: entry
            .photo_at
            .map(|at| format!("/persons/{person}/photo?{}", at.as_millisecond())),
        details: detail_rows(t, &entry.details, &line.village),
        notes: entry.details.notes.clone(),
        cards: record
            .cards
            .iter()
            .map(|card| card_row(card, &when))
            .collect(),
        readers: ReaderType::ALL
            .iter()
            .map(|r| (r.word(), t.word("reader", r.word())))
            .collect(),
        ends: CardEnd::ALL
            .iter()
            .map(|e| (e.word(), t.word("card-end", e.word())))
            .collect(),
        relatives: record
            .relatives
            .iter()
            .map(|r| relative_row(r, person, &when))
            .collect(),
        target: target_card(&record.targets, &when),
        may_set_target: ask.visitor.as_ref().is_some_and(|v| v.may(Need::Clinic)),
    })?;
    Ok((status, body).into_response())
}

fn standing_say(t: Words, entry: &RosterEntry) -> Option<String> {
    if entry.standing == Standing::Active {
        return None;
    }
    let word = t.word("standing", entry.standing.word());
    Some(match entry.standing_since {
        Some(day) => t.with(
            "standing-since",
            [("standing", word.into()), ("day", t.full_day(day).into())],
        ),
        None => word,
    })
}

fn detail_rows(t: Words, d: &Details, village: &str) -> Vec<(String, String)> {
    let mut rows: Vec<(&str, String)> = vec![
        ("pinyin", d.pinyin.clone()),
        ("birth_date", t.full_day(d.birth_date)),
        ("village", village.to_owned()),
        ("phone", d.phone.clone()),
    ];
    if d.lives_alone {
        rows.push(("lives_alone", t.say("lives-alone-yes")));
    }
    let conditions = [
        ("hypertension", d.hypertension),
        ("diabetes", d.diabetes),
        ("atrial_fibrillation", d.atrial_fibrillation),
    ];
    let mut known: Vec<String> = conditions
        .into_iter()
        .filter(|(_, known)| *known)
        .map(|(word, _)| t.word("person", word))
        .collect();
    known.extend((!d.other_conditions.is_empty()).then(|| d.other_conditions.clone()));
    let mark = t.say("list-mark");
    rows.push(("conditions", known.join(&mark)));
    let drugs: Vec<String> = d
        .risk_drugs
        .iter()
        .map(|drug| t.word("drug", drug.word()))
        .collect();
    rows.push(("risk_drugs", drugs.join(&mark)));
    if let Some(class) = d.health_class {
        rows.push(("health_class", t.word("health-class", class.word())));
    }
    rows.push(("comes_on", day_names(t, d.comes_on)));
    rows.push(("fasting_on", day_names(t, d.fasting_on)));
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(word, value)| (t.word("field", word), value))
        .collect()
}

fn day_names(t: Words, days: Weekdays) -> String {
    let names: Vec<String> = days.days().map(|day| t.weekday(day)).collect();
    names.join(&t.say("list-mark"))
}

fn card_row(card: &CardLine, when: &When) -> CardRow {
    let t = when.t;
    let kind = if card.issued {
        "issued"
    } else {
        card.kind.word()
    };
    CardRow {
        id: card.id,
        kind: t.word("card-kind", kind),
        last_four: card.last_four.clone(),
        since: when.day_hour(card.added_at),
        ended: card.ended.map(|(at, why)| {
            let day = when.day_hour(at).day;
            let why = t.word("card-end", why.word());
            t.with("card-ended", [("why", why.into()), ("day", day.into())])
        }),
    }
}

fn relative_row(line: &RelativeLine, person: i64, when: &When) -> RelativeRow {
    let t = when.t;
    let relative = &line.relative;
    let (shares, consent) = match (&line.consent, line.consent_ended_at) {
        (Some(given), _) => {
            let shares: Vec<String> = given
                .shares
                .iter()
                .map(|s| t.word("share", s.word()))
                .collect();
            let how = [
                ("how", t.word("consent", given.how.word()).into()),
                ("day", t.near_day(given.given_on, when.today()).into()),
            ];
            (
                shares.join(&t.say("list-mark")),
                t.with("consent-given", how),
            )
        }
        (None, Some(at)) => {
            let day = when.day_hour(at).day;
            (t.say("share-nothing"), t.with1("consent-ended", "day", day))
        }
        (None, None) => (t.say("share-nothing"), t.say("consent-none")),
    };
    let reach = [&relative.phone, &relative.email, &relative.chat];
    RelativeRow {
        href: format!("/persons/{person}/relatives/{}", line.id),
        name: relative.name.clone(),
        relation: t.word("relation", relative.relation.word()),
        reach: reach
            .into_iter()
            .filter(|r| !r.is_empty())
            .cloned()
            .collect(),
        shares,
        consent,
    }
}

fn target_card(targets: &[TargetLine], when: &When) -> Option<TargetCard> {
    let t = when.t;
    let newest = targets.first().filter(|target| target.ended_at.is_none())?;
    let whose = [
        ("by", newest.by.as_str().into()),
        ("set", when.day_hour(newest.set_at).day.into()),
        ("until", t.full_day(newest.expires_on).into()),
        ("reason", newest.reason.as_str().into()),
    ];
    Some(TargetCard {
        limits: limit_texts(t, &newest.limits),
        whose: t.with("target-whose", whose),
        expired: !newest.stands_on(when.today()),
    })
}

/// `POST /persons/{person}/standing`.
pub async fn set_standing(
    ask: Ask,
    Path(person): Path<i64>,
    sent: Sent,
) -> Result<Response, Refusal> {
    View::of(&ask)?.health()?.must_see(person).await?;
    let standing = Standing::from_word(sent.one("standing")).ok_or(Refusal::Unreadable)?;
    let today = When::of(&ask).today();
    let since = match sent.one("since").trim() {
        "" => Some(today),
        text => match typed::day(text).filter(|day| *day <= today) {
            Some(day) => Some(day),
            None => {
                return shown(&ask, person, Some(ask.words.say("standing-day-unreadable"))).await;
            }
        },
    };
    let since = since.filter(|_| standing != Standing::Active);
    act::run(&ask, "person.standing", move |tx, by, _| {
        enter::set_standing(tx, by, person, standing, since)
    })
    .await
    .map_err(|stopped| stopped.refusal())?;
    Ok(Redirect::to(&format!("/persons/{person}/roster")).into_response())
}
