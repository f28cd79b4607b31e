//! A new kind of device: a sample and a profile in, the readings or the reason out; then switching it on,
//! trying it on what was not understood, and interpreting that again for good.
//!
//! What is pasted is answered and forgotten: it is written nowhere, neither in the journal nor in the log.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::Html;
use serde::Deserialize;

use super::when::{DayHour, When};
use crate::decode::mapping::map_lines;
use crate::pipeline::profile_folder::NotSwitchedOn;
use crate::pipeline::replay::Outcomes;
use crate::vitals::FrameRow;
use crate::web::ask::Ask;
use crate::web::mask::masked;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::{Tried, View};
use crate::words::Words;

/// The most this page's form may send, bytes: a profile and a payload of 64 KiB, written as a form.
pub const KIND_FORM_BYTES_MAX: usize = 512 * 1024;

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub struct Picked {
    /// A profile of the folder to begin with.
    profile: Option<String>,
}

/// What the form sends.
#[derive(Deserialize, Default)]
pub struct Given {
    act: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    payload: String,
    /// The frame to be shown plain.
    #[serde(default)]
    frame: Option<i64>,
}

/// A frame that was not used, and what the profile would make of it.
struct FrameRowShown {
    id: i64,
    received: DayHour,
    source: String,
    shape: String,
    was: String,
    becomes: Option<String>,
    plain: Option<String>,
    erased: bool,
}

#[derive(Template)]
#[template(path = "kind.html", config = "src/web/askama.toml")]
struct KindPage {
    shell: Shell,
    given: Given,
    names: Vec<String>,
    /// A mistake: the profile does not load, or cannot be switched on.
    trouble: Option<String>,
    /// Something was done.
    done: Option<String>,
    /// What the sample says: status and reasons in words, and the readings as `map` prints them.
    sample: Option<Sample>,
    frames: Vec<FrameRowShown>,
}

struct Sample {
    ok: bool,
    said: String,
    /// Each reading in words.
    readings: Vec<String>,
    /// Each place and what was found there.
    reasons: Vec<String>,
    /// The whole line as `map` prints it.
    json: String,
}

/// `GET /operator/kind`.
pub async fn show(ask: Ask, Query(picked): Query<Picked>) -> Result<Html<String>, Refusal> {
    let running = View::of(&ask)?.running()?;
    let mut given = Given::default();
    let mut trouble = None;
    if let Some(name) = picked.profile.filter(|name| !name.is_empty()) {
        match running.profile_text(name.clone()).await? {
            Ok(text) => (given.name, given.text) = (name, text),
            Err(_) => trouble = Some(ask.words.say("kind-no-such")),
        }
    }
    written(&ask, given, trouble, None, None, Vec::new()).await
}

/// `POST /operator/kind`.
pub async fn act(ask: Ask, Form(given): Form<Given>) -> Result<Html<String>, Refusal> {
    let running = View::of(&ask)?.running()?;
    let t = ask.words;
    let (mut trouble, mut done, mut sample, mut frames) = (None, None, None, Vec::new());
    let wrong = |why: NotSwitchedOn| match why {
        NotSwitchedOn::Name => t.say("kind-bad-name"),
        NotSwitchedOn::Bluetooth => t.say("kind-bluetooth"),
        NotSwitchedOn::Folder(_) => t.say("kind-folder"),
        NotSwitchedOn::Profile(error) => error.to_string(),
    };
    match given.act.as_str() {
        "try" => match ask.state.profiles.alone(named(&given), &given.text) {
            Ok(set) => {
                let line = serde_json::json!({ "topic": given.topic, "payload": given.payload });
                let site = ask.state.profiles.site();
                let printed = map_lines(&set, [line.to_string().as_str()], site, ask.now);
                sample = printed.first().and_then(|line| said(t, line));
            }
            Err(why) => trouble = Some(wrong(why)),
        },
        "kept" => match running
            .try_kept(named(&given).to_owned(), given.text.clone())
            .await?
        {
            Ok(tried) if tried.is_empty() => done = Some(t.say("kind-none")),
            Ok(tried) => frames = rows(&ask, tried),
            Err(why) => trouble = Some(wrong(why)),
        },
        "switch-on" => match running
            .switch_on(given.name.clone(), given.text.clone())
            .await?
        {
            Ok(()) => done = Some(t.with1("kind-switched-on", "name", given.name.as_str())),
            Err(why) => trouble = Some(wrong(why)),
        },
        "again" => done = Some(again_said(t, &running.interpret_again().await?)),
        "plain" => {
            let row = FrameRow(given.frame.ok_or(Refusal::Unreadable)?);
            let shown = running.plain_frame(row).await?.ok_or(Refusal::NotFound)?;
            frames = rows(&ask, vec![shown]);
        }
        _ => return Err(Refusal::Unreadable),
    }
    written(&ask, given, trouble, done, sample, frames).await
}

/// A sample may be tried before its profile has a name.
fn named(given: &Given) -> &str {
    if given.name.is_empty() {
        "new"
    } else {
        &given.name
    }
}

async fn written(
    ask: &Ask,
    given: Given,
    trouble: Option<String>,
    done: Option<String>,
    sample: Option<Sample>,
    frames: Vec<FrameRowShown>,
) -> Result<Html<String>, Refusal> {
    let mut shell = Shell::new(ask, Tab::Operator, &ask.words.say("kind-title"));
    shell.back = "/operator/kind".to_owned();
    page(&KindPage {
        shell,
        given,
        names: ask.state.profiles.names(),
        trouble,
        done,
        sample,
        frames,
    })
}

fn said(t: Words, printed: &str) -> Option<Sample> {
    let value: serde_json::Value = serde_json::from_str(printed).ok()?;
    let status = value["status"].as_str().unwrap_or_default();
    let mut said = t.word("map-status", status);
    if let Some(error) = value["error"].as_str() {
        said = format!("{said} {}", t.word_or_itself("reason", error));
    }
    let list = |key: &str| value[key].as_array().map_or(&[][..], Vec::as_slice);
    let reason = |reason: &serde_json::Value| {
        let text = reason.as_str().unwrap_or_default();
        match text.rsplit_once(": ") {
            Some((at, word)) => format!("{at}: {}", t.word_or_itself("reason", word)),
            None => t.word_or_itself("reason", text),
        }
    };
    Some(Sample {
        ok: status == "ok",
        said,
        readings: list("readings").iter().map(|r| in_words(t, r)).collect(),
        reasons: list("reasons").iter().map(reason).collect(),
        json: serde_json::to_string_pretty(&value).ok()?,
    })
}

/// One reading as `map` prints it, for whoever does not read JSON.
fn in_words(t: Words, reading: &serde_json::Value) -> String {
    let text = |key: &str| match &reading[key] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let said = |key: &str, value: String| t.with1(key, "value", value.as_str());
    let pressure = text("systolic_mmhg").zip(text("diastolic_mmhg"));
    let pressure = pressure.map(|(high, low)| said("kind-said-mmhg", format!("{high}/{low}")));
    let when = match (text("measured_at"), text("time_source")) {
        (Some(at), Some(source)) => said(&format!("kind-said-{source}"), to_the_second(&at)),
        _ => t.say("kind-said-unusable"),
    };
    let marks = reading["quality"].as_array().into_iter().flatten();
    let marks = marks.filter_map(|mark| Some(t.word_or_itself("mark", mark.as_str()?)));
    let all = [
        text("device"),
        pressure,
        text("pulse_bpm").map(|v| said("kind-said-pulse", v)),
        text("mmol_l").map(|v| said("kind-said-mmol", v)),
        text("value_flag"),
        text("meal").map(|meal| t.word("meal", &meal)),
        Some(when),
        text("slot").map(|v| said("kind-said-slot", v)),
        text("sequence").map(|v| said("kind-said-sequence", v)),
        reading["person_hint"]["type"]
            .as_str()
            .map(|_| t.say("kind-said-hint")),
    ];
    let all: Vec<String> = all.into_iter().flatten().chain(marks).collect();
    all.join(" · ")
}

/// `2026-11-24T08:05:08.998+08:00` as `2026-11-24 08:05:08 +08:00`: what a sample says of its zone stays.
fn to_the_second(at: &str) -> String {
    let Some((day, time)) = at.split_once('T') else {
        return at.to_owned();
    };
    let zone = time.find(['+', '-', 'Z']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    format!("{day} {clock} {zone}")
}

fn again_said(t: Words, outcomes: &Outcomes) -> String {
    let values = [
        ("frames", outcomes.frames.into()),
        ("changed", outcomes.changes.len().into()),
        ("readings", outcomes.new_readings().into()),
        ("erased", outcomes.erased.len().into()),
    ];
    t.with("kind-again-done", values)
}

fn rows(ask: &Ask, tried: Vec<Tried>) -> Vec<FrameRowShown> {
    let when = When::of(ask);
    let t = ask.words;
    let end = |outcome: &str, reason: &str| {
        let outcome = t.word("outcome", outcome);
        if reason.is_empty() {
            return outcome;
        }
        format!("{outcome}: {}", t.word_or_itself("reason", reason))
    };
    tried
        .into_iter()
        .map(|tried| FrameRowShown {
            id: tried.row.0,
            received: when.day_hour(tried.received_at),
            source: tried.source,
            shape: tried
                .payload
                .as_deref()
                .map_or_else(|| t.say("operator-no-shape"), masked),
            was: end(tried.outcome, &tried.reason),
            becomes: tried.becomes.map(|b| end(b.outcome, &b.reason)),
            plain: tried
                .show_plain
                .then(|| tried.payload.as_deref().map(String::from_utf8_lossy))
                .flatten()
                .map(String::from),
            erased: tried.payload.is_none(),
        })
        .collect()
}
