//! The tools of the integrator and the clinic: files and lines in, lines out, with the pipeline's own code.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::{self, Checked};
use crate::decode::gatt;
use crate::decode::mapping::map_lines;
use crate::decode::profile::{ProfileFile, ProfileSet};
use crate::decode::session::session_lines;
use crate::journal::open_readers;
use crate::pipeline::export;
use crate::rules::{self, RuleTable, judge_cases};
use crate::vitals::Moment;

/// Anything that ends a tool early, already in words for a person.
type Stop = Box<dyn std::error::Error>;

/// Writes readings as CSV to standard output; the days are days of the hub's zone, both included.
pub fn export_readings(
    checked: &Checked,
    person: Option<i64>,
    from: Date,
    until: Date,
) -> Result<(), Stop> {
    let wanted = export::Wanted {
        person,
        from: from.to_zoned_datetime(checked.zone.clone())?.timestamp(),
        until: until
            .tomorrow()?
            .to_zoned_datetime(checked.zone.clone())?
            .timestamp(),
        zone: checked.zone.clone(),
    };
    let path = checked.config.journal.folder.join("journal.sqlite");
    let readers = open_readers(&path, 1)?;
    let mut written = Ok(0);
    readers.read(|snapshot| {
        let out = std::io::BufWriter::new(std::io::stdout().lock());
        written = export::export(snapshot, &wanted, out);
        Ok(())
    })?;
    eprintln!("{} readings", written?);
    Ok(())
}

/// `map`: what a profile makes of the messages on standard input.
pub fn map(profile: &Path, site_tz: &str) -> Result<(), Stop> {
    let site = site_zone(site_tz)?;
    let text = std::fs::read_to_string(profile)
        .map_err(|error| format!("{}: {error}", profile.display()))?;
    let file = ProfileFile {
        name: profile.display().to_string(),
        text,
    };
    let set = ProfileSet::parse(&[file])?;
    let input = lines_of_input()?;
    let mut out = std::io::stdout().lock();
    for line in map_lines(&set, input.lines(), &site, Moment::now()) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A zone by its name (`Asia/Shanghai`) or its offset (`+08:00`).
fn site_zone(name: &str) -> Result<TimeZone, Stop> {
    let fixed = || {
        let parser = jiff::fmt::temporal::DateTimeParser::new();
        let zone = parser.parse_time_zone(name).ok()?;
        zone.to_fixed_offset().is_ok().then_some(zone)
    };
    TimeZone::get(name)
        .ok()
        .or_else(fixed)
        .ok_or_else(|| format!("`{name}` is no zone; write `Asia/Shanghai` or `+08:00`").into())
}

/// Everything on standard input. What is not UTF-8 becomes U+FFFD, so that a bad line is answered as
/// one and does not take its neighbours with it.
fn lines_of_input() -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    // Some editors put a byte order mark before a text.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// The Bluetooth profiles among the files, each by its stem.
pub fn bluetooth_profiles(files: &[ProfileFile]) -> Result<gatt::Profiles, gatt::ProfileError> {
    let stems: Vec<(String, &str)> = files
        .iter()
        .map(|file| {
            let stem = Path::new(&file.name).file_stem().unwrap_or_default();
            (stem.to_string_lossy().into_owned(), file.text.as_str())
        })
        .collect();
    gatt::Profiles::from_files(stems.iter().map(|(stem, text)| (stem.as_str(), *text)))
}

/// `decode`: what Bluetooth values on standard input mean, one line each; or whole sessions.
pub fn decode(folder: &Path, whole_sessions: bool) -> Result<(), Stop> {
    // Without a folder every value is read as the standard says.
    let files = if folder.is_dir() {
        config::read_profiles(folder)?
    } else {
        Vec::new()
    };
    let profiles = bluetooth_profiles(&files)?;
    let input = lines_of_input()?;
    let mut out = std::io::stdout().lock();
    if whole_sessions {
        for line in session_lines(&input, &profiles) {
            writeln!(out, "{line}")?;
        }
    } else {
        for line in gatt::decode_lines(&input, &profiles) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// `judge`: evaluates case files; whether every case agreed with its `expect`.
pub fn judge(rules: Option<&Path>, cases: &[PathBuf]) -> Result<bool, Stop> {
    let files = match rules {
        Some(path) => rule_files(path)?,
        None => rules::shipped(),
    };
    let table = RuleTable::load(&files)?;
    let mut out = std::io::stdout().lock();
    let mut agreed = true;
    for path in cases {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let lines = judge_cases(&table, &text).map_err(|e| format!("{}: {e}", path.display()))?;
        for line in lines {
            agreed &= line.mismatch.is_none();
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        }
    }
    Ok(agreed)
}

/// A rule set: every `*.toml` of a folder, or one file.
fn rule_files(path: &Path) -> Result<Vec<(String, String)>, Stop> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        paths = std::fs::read_dir(path)?
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "toml"))
            .collect();
    }
    paths
        .into_iter()
        .map(|p| Ok((p.display().to_string(), std::fs::read_to_string(&p)?)))
        .collect()
}
