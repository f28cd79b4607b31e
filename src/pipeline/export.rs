//! Readings as CSV that any spreadsheet opens and none executes.

use jiff::tz::TimeZone;

use crate::journal::{JournalError, Scope, Snapshot};
use crate::vitals::{GlucoseValue, Measured, Moment, Observation, Subject};

/// Whose readings, from when to when.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// One person, or everybody (the unclaimed ones too).
    pub person: Option<i64>,
    pub from: Moment,
    /// Not included.
    pub until: Moment,
    /// Zone in which times are written, with their offset.
    pub zone: TimeZone,
}

const COLUMNS: [&str; 18] = [
    "observation",
    "person",
    "name",
    "kind",
    "taken_at",
    "uncertainty_s",
    "time_method",
    "systolic_mmhg",
    "diastolic_mmhg",
    "pulse_bpm",
    "mmol_l",
    "value_flag",
    "meal",
    "device",
    "basis",
    "unclaimed_reason",
    "marks",
    "received_at",
];

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An empty table would look like a person without readings.
    #[error(
        "there is no person {0}; the number is in the address of the person's page, /persons/NUMBER"
    )]
    UnknownPerson(i64),
    #[error("cannot write the file: {0}; check the folder and the space left")]
    Write(#[from] csv::Error),
}

/// Writes one line per observation in order of time taken, after a byte order mark (so that
/// spreadsheets read the names as UTF-8) and a heading. How many lines.
pub fn export(
    snapshot: &Snapshot<'_>,
    wanted: &Wanted,
    mut out: impl std::io::Write,
) -> Result<usize, ExportError> {
    if let Some(id) = wanted.person
        && snapshot.seen(Scope::Township).person(id)?.is_none()
    {
        return Err(ExportError::UnknownPerson(id));
    }
    out.write_all("\u{feff}".as_bytes())
        .map_err(csv::Error::from)?;
    let mut lines = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    lines.write_record(COLUMNS)?;
    let mut count = 0;
    snapshot.each_between(
        wanted.person,
        wanted.from,
        wanted.until,
        |observation, name| {
            lines.write_record(
                cells(observation, name, &wanted.zone)
                    .iter()
                    .map(|c| safe(c)),
            )?;
            count += 1;
            Ok::<_, ExportError>(())
        },
    )?;
    lines.flush().map_err(csv::Error::from)?;
    Ok(count)
}

fn cells(o: &Observation, name: &str, zone: &TimeZone) -> [String; 18] {
    let time = |at: Moment| {
        at.to_zoned_datetime(zone.clone())
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string()
    };
    let (person, basis, reason) = match o.subject {
        Subject::Known { person, basis } => (person.to_string(), basis.word(), ""),
        Subject::Unclaimed { reason } => (String::new(), "", reason.word()),
        Subject::Voided { reason } => (String::new(), "voided", reason.word()),
    };
    let mut v: [String; 6] = Default::default();
    match &o.reading.measured {
        Measured::BloodPressure(bp) => {
            v[0] = bp.systolic_mmhg.to_string();
            v[1] = bp.diastolic_mmhg.to_string();
            v[2] = bp.pulse_bpm.map(|p| p.to_string()).unwrap_or_default();
        }
        Measured::Glucose(glucose) => {
            match &glucose.value {
                GlucoseValue::MmolL(value) => v[3] = value.to_string(),
                GlucoseValue::Low => v[4] = "LO".to_owned(),
                GlucoseValue::High => v[4] = "HI".to_owned(),
            }
            v[5] = glucose.meal.word().to_owned();
        }
    }
    let [systolic, diastolic, pulse, mmol_l, flag, meal] = v;
    let marks: Vec<&str> = o.reading.marks.iter().map(|m| m.word()).collect();
    [
        o.id.to_string(),
        person,
        name.to_owned(),
        o.reading.measured.kind().to_owned(),
        time(o.taken.at),
        o.taken.uncertainty_s.to_string(),
        o.taken.method.word().to_owned(),
        systolic,
        diastolic,
        pulse,
        mmol_l,
        flag,
        meal,
        o.reading.device.0.clone(),
        basis.to_owned(),
        reason.to_owned(),
        marks.join(" "),
        time(o.received_at),
    ]
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"): an apostrophe goes before
/// `=`, `+`, `-`, `@`, tab and carriage return.
pub fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        return format!("'{cell}");
    }
    cell.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_a_formula() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+86", "'+86"),
            ("-1", "'-1"),
            ("@SUM", "'@SUM"),
            ("\tx", "'\tx"),
            ("＝1", "'＝1"),
            ("赵一二", "赵一二"),
            ("131", "131"),
            ("", ""),
            ("a=b", "a=b"),
        ] {
            assert_eq!(safe(cell), expected);
        }
    }
}
