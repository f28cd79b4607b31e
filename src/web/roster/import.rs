//! A file of persons: looked at first, every refused line with its reason, then added or not, as chosen.

use askama::Template;
use axum::extract::{Multipart, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::act::{self, Stopped};
use super::export::attached;
use super::fields::{Field, Sent};
use super::person_form::centres;
use crate::journal::JournalError;
use crate::people::card::ReaderType;
use crate::people::import::{LINES_MOST, read};
use crate::pipeline::CommandError;
use crate::pipeline::enter::NotEntered;
use crate::pipeline::export::safe;
use crate::pipeline::import::{Imported, Other, Plan, RefusedLine, Wishes, carry_out, plan};
use crate::web::ask::Ask;
use crate::web::pages::when::When;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::view::View;
use crate::words::Words;

/// Refused lines and doubles that stand on the page; the file of refused lines has all of them.
const ROWS_MAX: usize = 500;
/// Persons shown as they were understood.
const SAMPLE: usize = 5;

#[derive(Template)]
#[template(path = "roster_import.html", config = "src/web/askama.toml")]
struct ImportPage {
    shell: Shell,
    trouble: Option<String>,
    done: Option<String>,
    fields: Vec<Field>,
    most: usize,
}

struct RefusedRow {
    line: u64,
    name: String,
    why: Vec<String>,
}

struct DoubleRow {
    line: u64,
    name: String,
    born: String,
    others: Vec<(Option<String>, String)>,
}

struct SampleRow {
    line: u64,
    name: String,
    pinyin: String,
    born: String,
    sex: String,
    centre: String,
}

#[derive(Template)]
#[template(path = "roster_preview.html", config = "src/web/askama.toml")]
struct PreviewPage {
    shell: Shell,
    upload: String,
    file: String,
    /// Said when the roster changed since the last look.
    changed: bool,
    read: String,
    good: usize,
    refused_count: usize,
    double_count: usize,
    refused: Vec<RefusedRow>,
    refused_more: usize,
    doubles: Vec<DoubleRow>,
    sample: Vec<SampleRow>,
    unknown: Vec<String>,
}

/// `GET /roster/import`.
pub async fn show(ask: Ask) -> Result<Response, Refusal> {
    form(&ask, None, None).await
}

async fn form(
    ask: &Ask,
    trouble: Option<String>,
    done: Option<String>,
) -> Result<Response, Refusal> {
    let t = ask.words;
    let centres = centres(&View::of(ask)?).await?;
    let mut choices: Vec<(String, String)> = centres;
    if choices.len() > 1 {
        choices.insert(0, (String::new(), t.say("import-centre-by-line")));
    }
    let readers = ReaderType::ALL
        .iter()
        .map(|r| (r.word().to_owned(), t.word("reader", r.word())));
    let chosen = choices
        .first()
        .map(|(id, _)| id.clone())
        .unwrap_or_default();
    let mut shell = Shell::new(ask, Tab::Persons, &t.say("import-title"));
    shell.back = "/roster/import".to_owned();
    let status = if trouble.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let body = page(&ImportPage {
        shell,
        trouble,
        done,
        fields: vec![
            Field::select(t, "centre", &chosen, choices).hint(t.say("hint-import-centre")),
            Field::select(t, "reader", ReaderType::default().word(), readers)
                .hint(t.say("hint-import-reader")),
        ],
        most: LINES_MOST,
    })?;
    Ok((status, body).into_response())
}

/// `POST /roster/import`: looks at a file, changes nothing.
pub async fn look(ask: Ask, mut form_sent: Multipart) -> Result<Response, Refusal> {
    let by = act::by(&ask)?;
    let (mut name, mut bytes, mut centre, mut reader) = (
        String::new(),
        Vec::new(),
        String::new(),
        ReaderType::default(),
    );
    // A broken upload and one that is too large end in the same words.
    let broken = || ask.words.say("import-broken");
    loop {
        let field = match form_sent.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(_) => return form(&ask, Some(broken()), None).await,
        };
        let of = field.name().unwrap_or_default().to_owned();
        if of == "file" {
            name = field
                .file_name()
                .unwrap_or_default()
                .chars()
                .take(80)
                .collect();
        }
        let Ok(value) = field.bytes().await else {
            return form(&ask, Some(broken()), None).await;
        };
        let text = String::from_utf8_lossy(&value);
        match of.as_str() {
            "file" => bytes = value.to_vec(),
            "centre" => centre = text.into_owned(),
            "reader" => reader = ReaderType::from_word(&text).unwrap_or_default(),
            _ => {}
        }
    }
    let sheet = match ask.state.blocking(move || read(&bytes)).await? {
        Ok(sheet) => sheet,
        Err(fault) => return form(&ask, Some(fault.say(ask.words)), None).await,
    };
    let wishes = Wishes {
        scope: by.scope,
        centre: centre.parse().ok().filter(|id| by.scope.holds(*id)),
        reader,
        today: When::of(&ask).today(),
    };
    let key = ask.state.hint.clone();
    let (sheet, made) = {
        let readers = ask.state.readers.clone();
        let planned = ask.state.blocking(move || {
            let made = readers.read(|journal| plan(journal, &sheet, &wishes, &key));
            (sheet, made)
        });
        let (sheet, made) = planned.await?;
        (sheet, made?)
    };
    let account = ask.visitor.as_ref().map_or(0, |visitor| visitor.account);
    let upload =
        ask.state
            .uploads
            .keep(account, name.clone(), sheet, wishes, made.clone(), ask.now);
    preview(&ask, upload, name, &made, false).await
}

async fn preview(
    ask: &Ask,
    upload: String,
    file: String,
    plan: &Plan,
    changed: bool,
) -> Result<Response, Refusal> {
    let t = ask.words;
    let names: Vec<(String, String)> = centres(&View::of(ask)?).await?;
    let centre = |id: i64| {
        let found = names.iter().find(|(number, _)| *number == id.to_string());
        found.map_or_else(String::new, |(_, name)| name.clone())
    };
    let mut shell = Shell::new(ask, Tab::Persons, &t.say("import-title"));
    shell.back = "/roster/import".to_owned();
    let body = page(&PreviewPage {
        shell,
        upload,
        file,
        changed,
        read: t.with(
            "import-read",
            [
                ("encoding", plan.encoding.word().into()),
                ("n", plan.lines.into()),
            ],
        ),
        good: plan.good(),
        refused_count: plan.refused.len(),
        double_count: plan.doubles.len(),
        refused: plan
            .refused
            .iter()
            .take(ROWS_MAX)
            .map(|line| refused_row(t, line))
            .collect(),
        refused_more: plan.refused.len().saturating_sub(ROWS_MAX),
        doubles: plan
            .doubles
            .iter()
            .take(ROWS_MAX)
            .map(|double| DoubleRow {
                line: double.line,
                name: double.name.clone(),
                born: t.full_day(double.birth_date),
                others: double.others.iter().map(|other| said(t, *other)).collect(),
            })
            .collect(),
        sample: plan
            .persons()
            .take(SAMPLE)
            .map(|(line, id, d)| SampleRow {
                line,
                name: d.name.clone(),
                pinyin: d.pinyin.clone(),
                born: t.full_day(d.birth_date),
                sex: t.word("sex", d.sex.word()),
                centre: centre(id),
            })
            .collect(),
        unknown: plan.unknown.clone(),
    })?;
    let status = if changed {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    Ok((status, body).into_response())
}

fn refused_row(t: Words, line: &RefusedLine) -> RefusedRow {
    RefusedRow {
        line: line.line,
        name: line.name.clone(),
        why: line.faults.iter().map(|fault| fault.say(t)).collect(),
    }
}

/// Who may be the same: where to look, and what to call her.
fn said(t: Words, other: Other) -> (Option<String>, String) {
    match other {
        Other::Person(id) => (
            Some(format!("/persons/{id}/roster")),
            t.say("import-double-person"),
        ),
        Other::Elsewhere => (None, t.say("import-double-elsewhere")),
        Other::Line(line) => (None, t.with1("import-double-line", "line", line)),
    }
}

/// Why nothing was imported: the roster is not what the visitor was shown.
enum NotImported {
    Changed(Box<Plan>),
    Stopped(NotEntered),
}

impl From<JournalError> for NotImported {
    fn from(error: JournalError) -> Self {
        NotImported::Stopped(error.into())
    }
}

impl From<CommandError> for NotImported {
    fn from(error: CommandError) -> Self {
        NotImported::Stopped(error.into())
    }
}

/// `POST /roster/import/{upload}`: adds what was good, or nothing.
pub async fn choose(ask: Ask, Path(key): Path<String>, sent: Sent) -> Result<Response, Refusal> {
    let t = ask.words;
    let by = act::by(&ask)?;
    let account = ask.visitor.as_ref().map_or(0, |visitor| visitor.account);
    let Some(upload) = ask.state.uploads.get(&key, account, ask.now) else {
        return form(&ask, Some(t.say("import-forgotten")), None).await;
    };
    if sent.one("choice") != "good" {
        ask.state.uploads.forget(&key);
        return form(&ask, None, Some(t.say("import-nothing-done"))).await;
    }
    let doubles = sent.has("doubles");
    let (shown, hint) = (upload.clone(), ask.state.hint.clone());
    let done = ask
        .state
        .road
        .act(&by.actor, "roster.import", move |tx, now| {
            let made = plan(&tx.picture(), &shown.sheet, &shown.wishes, &hint)?;
            if !made.agrees_with(&shown.plan) {
                return Err(NotImported::Changed(Box::new(made)));
            }
            let imported = carry_out(tx, &made, doubles, now)?;
            Ok((imported, imported.object()))
        })
        .await;
    match done {
        Ok(Imported { persons, .. }) => {
            ask.state.uploads.forget(&key);
            form(&ask, None, Some(t.with1("import-done", "n", persons))).await
        }
        Err(NotImported::Changed(made)) => {
            let (sheet, name) = (upload.sheet.clone(), upload.name.clone());
            ask.state.uploads.forget(&key);
            let key = ask.state.uploads.keep(
                account,
                name.clone(),
                sheet,
                upload.wishes,
                (*made).clone(),
                ask.now,
            );
            preview(&ask, key, name, &made, true).await
        }
        Err(NotImported::Stopped(not)) => Err(Stopped::from(not).refusal()),
    }
}

/// `GET /roster/import/{upload}/refused.csv`: every refused line with its reasons.
pub async fn refused(ask: Ask, Path(key): Path<String>) -> Result<Response, Refusal> {
    let t = ask.words;
    let account = ask.visitor.as_ref().map_or(0, |visitor| visitor.account);
    let upload = ask.state.uploads.get(&key, account, ask.now);
    let upload = upload.ok_or(Refusal::NotFound)?;
    let mut rows = vec![vec![
        t.say("import-line"),
        t.say("field-name"),
        t.say("import-why"),
    ]];
    for line in &upload.plan.refused {
        let why: Vec<String> = line.faults.iter().map(|fault| fault.say(t)).collect();
        rows.push(vec![
            line.line.to_string(),
            safe(&line.name),
            why.join(&t.say("list-mark")),
        ]);
    }
    attached("refused.csv", rows)
}
