//! What the screen asks for next. No message leaves the centre for a prompt.

use super::admit::Suspicion;
use super::assess::{Assessment, later};
use super::glucose::{asks_for_retest, is_low};
use super::record::{Now, Person, PressureReading, minutes_ms};
use super::table::RuleTable;
use crate::vitals::Moment;

/// The kinds of prompt, by the words of the case format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PromptKind {
    /// One reading is not enough, or the last one was refused or suspect.
    RemeasureBp,
    /// Two readings differ by more than 10 mmHg.
    ThirdBp,
    /// An irregular pulse in a session of fewer than three.
    TripleBp,
    /// A glucose of 16.7 or over, or HI, that was not re-tested: wash the hands and test again.
    RetestGlu,
    /// A glucose of 3.9 or under, or LO: treat, then test again after 15 minutes.
    TreatAndRetest,
}

impl PromptKind {
    /// The word of the case format, stored and printed.
    pub fn word(self) -> &'static str {
        match self {
            PromptKind::RemeasureBp => "REMEASURE_BP",
            PromptKind::ThirdBp => "THIRD_BP",
            PromptKind::TripleBp => "TRIPLE_BP",
            PromptKind::RetestGlu => "RETEST_GLU",
            PromptKind::TreatAndRetest => "TREAT_AND_RETEST_15MIN",
        }
    }
}

/// Something to ask for on the kiosk and the staff page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt {
    pub kind: PromptKind,
    /// When the reading that asks for it was taken.
    pub since: Moment,
    /// When to measure: a minute later, fifteen after treating a low glucose, at once for a high one.
    pub due_at: Moment,
}

/// The prompts that hold now, each kind at most once.
pub fn prompts(
    assessment: &Assessment<'_>,
    person: &Person,
    table: &RuleTable,
    now: Now,
) -> Vec<Prompt> {
    let params = &table.params;
    let minute_later = |since: Moment| {
        let wait = jiff::SignedDuration::from_secs(params.remeasure_after_s);
        since.saturating_add(wait).unwrap_or(Moment::MAX)
    };
    let mut found = Vec::new();
    if let Some(since) = remeasure_since(assessment, table, now) {
        let kind = PromptKind::RemeasureBp;
        found.push(Prompt {
            kind,
            since,
            due_at: minute_later(since),
        });
    }
    if let Some(session) = assessment.current_session() {
        let since = session.end();
        let due_at = minute_later(since);
        if session.two_that_differ(params.third_if_diff_mmhg) {
            found.push(Prompt {
                kind: PromptKind::ThirdBp,
                since,
                due_at,
            });
        }
        if session.irregular() > 0 && session.readings.len() < 3 && !person.atrial_fibrillation {
            found.push(Prompt {
                kind: PromptKind::TripleBp,
                since,
                due_at,
            });
        }
    }
    if let Some(current) = assessment.current_value() {
        let since = current.value.reading.taken_at;
        if asks_for_retest(&current.value) && !current.retested {
            found.push(Prompt {
                kind: PromptKind::RetestGlu,
                since,
                due_at: since,
            });
        }
        if is_low(&current.value) {
            let due_at = later(since, params.hypo_retest_min);
            found.push(Prompt {
                kind: PromptKind::TreatAndRetest,
                since,
                due_at,
            });
        }
    }
    found
}

/// A session of one reading, or a refused or suspect reading that no clean sitting or lying one
/// followed, in the last hour.
fn remeasure_since(assessment: &Assessment<'_>, table: &RuleTable, now: Now) -> Option<Moment> {
    let max_age_ms = minutes_ms(table.params.current_max_age_min);
    let last_clean = assessment.pressures.seated.last().map(|r| r.taken_at);
    let alone = assessment
        .current_session()
        .filter(|session| session.confirming() < 2)
        .map(|session| session.end());
    let unanswered = |reading: &PressureReading| {
        let fresh = now.age_ms(reading.taken_at) <= max_age_ms;
        (fresh && last_clean.is_none_or(|clean| clean <= reading.taken_at))
            .then_some(reading.taken_at)
    };
    let refused = assessment
        .pressures
        .refused
        .iter()
        .filter_map(|(r, _)| unanswered(r));
    let suspect: &[(&PressureReading, Vec<Suspicion>)] = &assessment.pressures.suspect;
    refused
        .chain(suspect.iter().filter_map(|(r, _)| unanswered(r)))
        .chain(alone)
        .max()
}
