//! `roster import`: a file of persons on the command line, looked at or added.

use std::path::{Path, PathBuf};

use super::{Folder, Keys};
use crate::config::Checked;
use crate::journal::{Journal, JournalError, Scope, open_readers};
use crate::people::card::ReaderType;
use crate::people::import::{Sheet, read};
use crate::pipeline::import::{Imported, Other, Plan, Wishes, carry_out, plan};
use crate::vitals::{Clock, SystemClock};
use crate::words::{Language, Words};

/// Anything that ends a tool early, already in words for a person.
type Stop = Box<dyn std::error::Error>;

/// What `roster import` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Asked {
    /// CSV: UTF-8, GB 18030 or UTF-16; the first line names the columns.
    pub file: PathBuf,
    #[command(flatten)]
    pub what: What,
    /// Also persons who may be there already (same name and birth date), as further persons.
    #[arg(long)]
    pub with_doubles: bool,
    /// Code or name of the centre of lines that name none.
    #[arg(long)]
    pub centre: Option<String>,
    /// How the card reader wrote the numbers of the card column.
    #[arg(long, default_value = "as_typed", value_parser = ReaderType::ALL.map(ReaderType::word))]
    pub reader: String,
}

/// Exactly one of these.
#[derive(Debug, Clone, clap::Args)]
#[group(required = true, multiple = false)]
pub struct What {
    /// Only says what would be done; the hub may run.
    #[arg(long)]
    pub preview: bool,
    /// Adds every line, or nothing when one is refused or may be there already.
    #[arg(long)]
    pub all_or_nothing: bool,
    /// Adds the lines that can be added and leaves out the others.
    #[arg(long)]
    pub good_lines: bool,
}

/// Looks at a file, and adds its persons if that was asked for; whether what was asked for was done.
///
/// # Errors
/// The file, the journal or the keys cannot be read; nothing was added then.
pub fn import(checked: &Checked, asked: &Asked) -> Result<bool, Stop> {
    let t = Words::of(language());
    let bytes = std::fs::read(&asked.file).map_err(|e| format!("{}: {e}", asked.file.display()))?;
    let sheet =
        read(&bytes).map_err(|fault| format!("{}: {}", asked.file.display(), fault.say(t)))?;
    if asked.what.preview {
        let plan = look(checked, asked, &sheet)?;
        tell(&asked.file, &plan, t);
        return Ok(plan.refused.is_empty());
    }
    let folder = Folder::take(&checked.config.journal.folder)?;
    let keys = Keys::open(&folder.path)?;
    let mut journal = Journal::open(&folder.path, 1)?;
    keys.fit(&mut journal.writer)?;
    let now = SystemClock.now();
    let (plan, imported) = journal.writer.transaction(|tx| {
        let wishes = wishes(checked, asked, |called| tx.picture().centre_called(called))?;
        let made = plan(&tx.picture(), &sheet, &wishes, &keys.hint)?;
        let left_out =
            !made.refused.is_empty() || (!made.doubles.is_empty() && !asked.with_doubles);
        if asked.what.all_or_nothing && left_out {
            return Ok::<_, ImportError>((made, None));
        }
        let imported = carry_out(tx, &made, asked.with_doubles, now)?;
        if let Some(object) = imported.object() {
            tx.audit(now, "command-line", "roster.import", &object)?;
        }
        Ok((made, Some(imported)))
    })?;
    tell(&asked.file, &plan, t);
    match imported {
        Some(Imported { persons, .. }) => {
            println!("{}", t.with1("import-done", "n", persons));
            Ok(true)
        }
        None => {
            println!("{}", t.say("import-nothing-done"));
            Ok(false)
        }
    }
}

/// Why a file was not held against the roster.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error("there is no centre {0:?}; load it with `roster load` first, or correct --centre")]
    Centre(String),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

fn wishes(
    checked: &Checked,
    asked: &Asked,
    centre_called: impl Fn(&str) -> Result<Option<i64>, JournalError>,
) -> Result<Wishes, ImportError> {
    let centre = match &asked.centre {
        None => None,
        Some(called) => {
            Some(centre_called(called)?.ok_or_else(|| ImportError::Centre(called.clone()))?)
        }
    };
    Ok(Wishes {
        scope: Scope::Township,
        centre,
        reader: ReaderType::from_word(&asked.reader).unwrap_or_default(),
        today: checked.zone.to_datetime(SystemClock.now()).date(),
    })
}

fn look(checked: &Checked, asked: &Asked, sheet: &Sheet) -> Result<Plan, Stop> {
    let folder = &checked.config.journal.folder;
    let keys = Keys::existing(folder)?;
    let readers = open_readers(&folder.join("journal.sqlite"), 1)?;
    keys.fit_copy(|fact| readers.read(|journal| journal.fact(fact)))?;
    let wishes = wishes(checked, asked, |called| {
        readers.read(|journal| journal.centre_called(called))
    })?;
    Ok(readers.read(|journal| plan(journal, sheet, &wishes, &keys.hint))?)
}

/// Says what a file would do, every refused line with its reasons.
fn tell(file: &Path, plan: &Plan, t: Words) {
    let read = [
        ("encoding", plan.encoding.word().into()),
        ("n", plan.lines.into()),
    ];
    println!("{}: {}", file.display(), t.with("import-read", read));
    if !plan.unknown.is_empty() {
        println!("{} {}", t.say("import-unknown"), plan.unknown.join(", "));
    }
    for line in &plan.refused {
        let why: Vec<String> = line.faults.iter().map(|fault| fault.say(t)).collect();
        println!(
            "{} {} {}: {}",
            t.say("import-line"),
            line.line,
            line.name,
            why.join("; ")
        );
    }
    for double in &plan.doubles {
        let others: Vec<String> = double
            .others
            .iter()
            .map(|other| match other {
                Other::Person(id) => format!("/persons/{id}"),
                Other::Elsewhere => t.say("import-double-elsewhere"),
                Other::Line(line) => t.with1("import-double-line", "line", *line),
            })
            .collect();
        println!(
            "{} {} {}: {} {}",
            t.say("import-line"),
            double.line,
            double.name,
            t.say("import-double-who"),
            others.join(", ")
        );
    }
    println!(
        "{} {}; {}; {}",
        plan.good(),
        t.say("import-good"),
        t.with1("import-refused-count", "n", plan.refused.len()),
        t.with1("import-double-count", "n", plan.doubles.len())
    );
}

/// The language of this shell, as far as the hub speaks it; English when it says nothing.
fn language() -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match set {
        Some(value) if value.starts_with("zh") => Language::Chinese,
        _ => Language::English,
    }
}
