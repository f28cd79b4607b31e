//! A person's record as staff and doctor read it: sessions with their means, the mean of the last fourteen
//! days, and what the screen should ask for. No rule is needed for it, and none stands in it.

use rust_decimal::Decimal;

use super::assess::Assessment;
use super::prompts::{Prompt, prompts};
use super::record::{Now, Record};
use super::session::Session;
use super::table::RuleTable;
use super::windows::{LAST_14, PressureWindow};
use crate::vitals::Moment;

/// The readings of one sitting and their mean. Pressures in mmHg, pulse per minute, rounded half up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionMean {
    pub start: Moment,
    pub end: Moment,
    /// Their numbers in the journal, in order of time.
    pub readings: Vec<i64>,
    pub sbp_mmhg: Decimal,
    pub dbp_mmhg: Decimal,
    pub pulse_bpm: Option<Decimal>,
}

/// The mean of the days of a window, mmHg, rounded half up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowMean {
    pub sbp_mmhg: Decimal,
    pub dbp_mmhg: Decimal,
    pub days: usize,
    pub readings: usize,
}

/// What a record comes to as of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// All sessions of clean sitting and lying readings, in order of time.
    pub sessions: Vec<SessionMean>,
    /// Readings that entered no session, with the word why, pressures then glucose.
    pub left_out: Vec<(i64, &'static str)>,
    pub last_14_days: Option<WindowMean>,
    pub prompts: Vec<Prompt>,
}

/// Computes the course of a record. The order of the record's lists does not matter.
pub fn course(table: &RuleTable, record: &Record, now: Now) -> Course {
    let assessment = Assessment::of(record, table, now);
    let window = PressureWindow::of(&assessment.sessions, LAST_14, now);
    let pressures = &assessment.pressures;
    let refused = pressures.refused.iter().map(|(r, why)| (r.id, why.word()));
    let suspect = pressures
        .suspect
        .iter()
        .filter_map(|(r, why)| Some((r.id, why.first()?.word())));
    let glucose = assessment
        .glucose
        .refused
        .iter()
        .map(|(r, why)| (r.id, why.word()));
    Course {
        left_out: refused.chain(suspect).chain(glucose).collect(),
        last_14_days: window.mean().map(|(sbp_mmhg, dbp_mmhg)| WindowMean {
            sbp_mmhg,
            dbp_mmhg,
            days: window.days(),
            readings: window.readings(),
        }),
        prompts: prompts(&assessment, &record.person, table, now),
        sessions: assessment.sessions.iter().map(session_mean).collect(),
    }
}

fn session_mean(session: &Session<'_>) -> SessionMean {
    SessionMean {
        start: session.start(),
        end: session.end(),
        readings: session.readings.iter().map(|r| r.id).collect(),
        sbp_mmhg: session.sbp(),
        dbp_mmhg: session.dbp(),
        pulse_bpm: session.pulse(),
    }
}
