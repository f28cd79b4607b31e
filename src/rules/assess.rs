//! From a person's record to the facts as of one moment, with the readings behind each group of facts.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::admit::{self, Glucose, GlucoseValue, GlucoseValues, Pressures};
use super::facts::Facts;
use super::glucose::{self, GlucoseWindow};
use super::record::{GlucoseReading, Now, PressureReading, Record, minutes_ms};
use super::session::{Session, sessions};
use super::table::RuleTable;
use super::targets::{BpTarget, GlucoseTarget};
use super::windows::{
    LAST_14, LAST_24_H, LAST_28, PREVIOUS_14, PressureWindow, around_meal, fast_today, mornings,
    standing, variation_percent,
};
use crate::vitals::{Meal, Moment, Posture};

/// A reading that stands behind a fact.
#[derive(Debug, Clone, Copy)]
pub enum Used<'a> {
    Pressure(&'a PressureReading),
    Glucose(&'a GlucoseReading),
}

impl Used<'_> {
    pub fn taken_at(&self) -> Moment {
        match self {
            Used::Pressure(r) => r.taken_at,
            Used::Glucose(r) => r.taken_at,
        }
    }
}

/// Everything computed from a record, as of now.
#[derive(Debug)]
pub struct Assessment<'a> {
    pub pressures: Pressures<'a>,
    /// All sessions of clean sitting and lying readings, in order of time.
    pub sessions: Vec<Session<'a>>,
    /// Whether the last of them ended within the last hour.
    pub session_is_current: bool,
    /// A severe suspect reading that stands in for a session, for the facts `bp.*` only.
    pub suspect_session: Option<&'a PressureReading>,
    /// When a severe suspect reading that still waits for a clean one will stand in.
    pub suspect_due: Option<Moment>,
    pub glucose: GlucoseValues<'a>,
    /// Glucose values that no re-test replaced.
    pub values: Vec<glucose::Standing<'a>>,
    pub value_is_current: bool,
    pub bp_target: BpTarget<'a>,
    pub glucose_target: Option<GlucoseTarget<'a>>,
    pub facts: Facts,
    evidence: BTreeMap<&'static str, Vec<Used<'a>>>,
}

impl<'a> Assessment<'a> {
    /// Computes everything. The order of the record's lists does not matter.
    pub fn of(record: &'a Record, table: &'a RuleTable, now: Now) -> Self {
        let params = &table.params;
        let pressures = admit::pressures(
            &record.pressures,
            now,
            params,
            &table.device_default,
            &table.suspect,
        );
        let glucose = admit::glucose(&record.glucose, now, params, &table.device_default);
        let sessions = sessions(&pressures.seated, params.session_gap_min);
        let values = glucose::standing(&glucose.usable, params);
        let fresh = |moment| now.age_ms(moment) <= minutes_ms(params.current_max_age_min);
        let mut assessment = Assessment {
            session_is_current: sessions.last().is_some_and(|s| fresh(s.end())),
            value_is_current: values
                .last()
                .is_some_and(|v| fresh(v.value.reading.taken_at)),
            suspect_session: None,
            suspect_due: None,
            bp_target: BpTarget::of(&record.person, table),
            glucose_target: GlucoseTarget::of(&record.person, table),
            facts: Facts::default(),
            evidence: BTreeMap::new(),
            pressures,
            sessions,
            glucose,
            values,
        };
        assessment.person_facts(record);
        assessment.sign_facts(record, table);
        assessment.find_suspect_session(record, table, now);
        assessment.pressure_facts();
        if assessment.session_is_current {
            assessment.window_facts(now);
            assessment.drop_facts(record, table);
            assessment.pulse_facts(table, now);
        }
        if assessment.value_is_current {
            assessment.glucose_facts(table, now);
        }
        assessment
    }

    /// The session that rules on pressure look at, if one is fresh enough.
    pub fn current_session(&self) -> Option<&Session<'a>> {
        self.sessions.last().filter(|_| self.session_is_current)
    }

    /// The glucose value that rules look at, if one is fresh enough.
    pub fn current_value(&self) -> Option<&glucose::Standing<'a>> {
        self.values.last().filter(|_| self.value_is_current)
    }

    /// The readings behind the facts of a group, or behind one fact that has its own.
    pub fn evidence(&self, key: &str) -> &[Used<'a>] {
        self.evidence.get(key).map_or(&[], Vec::as_slice)
    }

    fn person_facts(&mut self, record: &Record) {
        let person = &record.person;
        self.facts.set_count("person.age", person.age_years);
        self.facts
            .set_truth("person.htn", Some(person.hypertension));
        self.facts.set_truth("person.dm", Some(person.diabetes));
        self.facts
            .set_truth("person.af", Some(person.atrial_fibrillation));
        self.facts
            .set_truth("person.risk_drug", Some(person.risk_drug));
        let care = &record.care;
        for (path, days) in [
            ("care.open_referral_days", care.open_referral_days),
            ("care.days_since_visit", care.days_since_visit),
            ("care.days_since_exam", care.days_since_exam),
        ] {
            if let Some(days) = days {
                self.facts.set_count(path, days);
            }
        }
    }

    fn sign_facts(&mut self, record: &Record, table: &RuleTable) {
        let ticked = |word: &String| record.signs.contains(word);
        for (group, words) in table.signs.groups() {
            self.facts
                .set_truth(&format!("signs.{group}"), Some(words.iter().any(ticked)));
        }
        for word in &table.signs.single {
            self.facts
                .set_truth(&format!("signs.{word}"), Some(ticked(word)));
        }
    }

    /// Bad quality must not hide a severe value: one that is newer than every clean reading stands in
    /// for a session once nothing clean came within the wait, or at once with a red or amber sign.
    fn find_suspect_session(&mut self, record: &Record, table: &RuleTable, now: Now) {
        let params = &table.params;
        let last_clean = self.pressures.seated.last().map(|r| r.taken_at);
        let signed = [&table.signs.red, &table.signs.amber]
            .into_iter()
            .flatten()
            .any(|word| record.signs.contains(word));
        for (reading, _) in &self.pressures.suspect {
            let fresh = now.age_ms(reading.taken_at) <= minutes_ms(params.current_max_age_min);
            let newest = last_clean.is_none_or(|clean| reading.taken_at > clean);
            if reading.posture == Posture::Standing
                || !fresh
                || !newest
                || !admit::is_severe(reading, &table.place)
            {
                continue;
            }
            if signed || now.age_ms(reading.taken_at) >= minutes_ms(params.confirm_wait_min) {
                // In order of time: the newest that may stand in, does.
                self.suspect_session = Some(reading);
            } else if self.suspect_due.is_none() {
                self.suspect_due = Some(later(reading.taken_at, params.confirm_wait_min));
            }
        }
    }

    fn pressure_facts(&mut self) {
        if let Some(reading) = self.suspect_session {
            let alone = Session {
                readings: vec![reading],
            };
            set_session(&mut self.facts, &alone, self.bp_target);
            self.evidence.insert("bp", vec![Used::Pressure(reading)]);
        } else if let Some(session) = self.current_session().cloned() {
            set_session(&mut self.facts, &session, self.bp_target);
            self.evidence.insert("bp", used(&[&session]));
        }
    }

    fn window_facts(&mut self, now: Now) {
        let last = PressureWindow::of(&self.sessions, LAST_14, now);
        let previous = PressureWindow::of(&self.sessions, PREVIOUS_14, now);
        let month = PressureWindow::of(&self.sessions, LAST_28, now);
        for (group, window) in [("bp14", &last), ("bp14prev", &previous), ("bp28", &month)] {
            let mean = window.mean();
            let facts = &mut self.facts;
            facts.set_count(&format!("{group}.days"), window.days());
            facts.set_count(&format!("{group}.n"), window.readings());
            facts.set_whole(&format!("{group}.sbp"), mean.map(|m| m.0));
            facts.set_whole(&format!("{group}.dbp"), mean.map(|m| m.1));
            if group != "bp28" {
                let over = mean.and_then(|(sbp, dbp)| self.bp_target.over(sbp, dbp));
                facts.set_truth(&format!("{group}.over"), over);
            }
            self.evidence.insert(group, used(&window.sessions));
        }
        self.facts.set_count("bp14.days_le_100", last.days_le_100());
        self.facts.set_truth(
            "bp28.last3_all_ge_140_90",
            Some(month.last3_all_ge_140_90()),
        );
        let rise = last.mean().zip(previous.mean());
        self.facts
            .set_whole("bp14.rise_sbp", rise.map(|(new, old)| new.0 - old.0));
        self.facts
            .set_whole("bp14.rise_dbp", rise.map(|(new, old)| new.1 - old.1));
        let mornings = mornings(&self.pressures.seated, LAST_14, now);
        self.facts.set_count("am14.days", mornings.len());
        let sbp: Vec<Decimal> = mornings.iter().map(|r| r.sbp_mmhg).collect();
        let dbp: Vec<Decimal> = mornings.iter().map(|r| r.dbp_mmhg).collect();
        self.facts
            .set_measure("am14.cv_sbp", variation_percent(&sbp));
        self.facts
            .set_measure("am14.cv_dbp", variation_percent(&dbp));
        self.evidence
            .insert("am14", mornings.into_iter().map(Used::Pressure).collect());
    }

    fn drop_facts(&mut self, record: &Record, table: &RuleTable) {
        let Some(session) = self.sessions.last() else {
            return;
        };
        if let Some(up) = standing(session, &self.pressures.standing, &table.params) {
            self.facts.set_truth("ortho.drop", Some(up.dropped()));
            self.facts
                .set_whole("ortho.sbp_before", Some(up.sbp_before));
            self.facts
                .set_whole("ortho.dbp_before", Some(up.dbp_before));
            self.facts
                .set_measure("ortho.sbp_standing", Some(up.standing.sbp_mmhg));
            self.facts
                .set_measure("ortho.dbp_standing", Some(up.standing.dbp_mmhg));
            let readings = up.before.into_iter().chain([up.standing]);
            self.evidence
                .insert("ortho", readings.map(Used::Pressure).collect());
        }
        if let Some(meal) = around_meal(&self.sessions, &record.meals, &table.params) {
            self.facts.set_truth("meal.drop", Some(meal.dropped()));
            self.facts
                .set_whole("meal.sbp_before", Some(meal.before.sbp()));
            self.facts
                .set_whole("meal.sbp_after", Some(meal.after.sbp()));
            self.evidence
                .insert("meal", used(&[meal.before, meal.after]));
        }
    }

    fn pulse_facts(&mut self, table: &RuleTable, now: Now) {
        let Some(session) = self.sessions.last() else {
            return;
        };
        self.facts.set_whole("pulse.rate", session.pulse());
        self.facts.set_count("pulse.n", session.confirming_pulse());
        self.facts
            .set_count("pulse.readings", session.readings.len());
        self.facts.set_count("pulse.irregular", session.irregular());
        let fast = fast_today(&self.sessions, now, &table.params);
        self.facts
            .set_count("pulse.sessions_gt_100_today", fast.len());
        self.evidence.insert("pulse", used(&[session]));
        self.evidence
            .insert("pulse.sessions_gt_100_today", used(&fast));
    }

    fn glucose_facts(&mut self, table: &RuleTable, now: Now) {
        if let Some(current) = self.values.last() {
            set_value(&mut self.facts, &current.value, self.glucose_target);
            self.evidence
                .insert("glu", vec![Used::Glucose(current.value.reading)]);
        }
        let day = GlucoseWindow::of(&self.values, LAST_24_H, now);
        self.facts.set_count("glu24.n", day.values.len());
        self.facts.set_count("glu24.gt_13_9", day.gt_13_9());
        let last = GlucoseWindow::of(&self.values, LAST_14, now);
        let previous = GlucoseWindow::of(&self.values, PREVIOUS_14, now);
        let target = self.glucose_target;
        for (group, window) in [("glu14", &last), ("glu14prev", &previous)] {
            let (days, mean) = window.fasting();
            let over = mean
                .zip(target)
                .map(|(mean, target)| target.fasting_over(mean));
            self.facts.set_count(&format!("{group}.fasting_days"), days);
            self.facts
                .set_measure(&format!("{group}.fasting_mean"), mean);
            self.facts.set_truth(&format!("{group}.fasting_over"), over);
        }
        self.facts.set_count("glu14.n", last.values.len());
        self.facts
            .set_count("glu14.low_events", last.low_events(&table.params));
        if let Some(target) = target {
            self.facts.set_count(
                "glu14.nonfasting_days_over",
                last.nonfasting_days_over(target),
            );
            self.facts
                .set_count("glu14.days_under", last.days_under(target));
        }
        for (group, window) in [("glu24", &day), ("glu14", &last), ("glu14prev", &previous)] {
            let readings = window.values.iter().map(|v| Used::Glucose(v.reading));
            self.evidence.insert(group, readings.collect());
        }
    }
}

fn used<'a>(sessions: &[&Session<'a>]) -> Vec<Used<'a>> {
    sessions
        .iter()
        .flat_map(|s| s.readings.iter().copied())
        .map(Used::Pressure)
        .collect()
}

/// So many minutes after a moment.
pub fn later(moment: Moment, minutes: i64) -> Moment {
    let wait = jiff::SignedDuration::from_millis(minutes_ms(minutes));
    moment.saturating_add(wait).unwrap_or(Moment::MAX)
}

/// The facts of a session taken as the current one: pressures and pulse rate.
pub fn set_session(facts: &mut Facts, session: &Session<'_>, target: BpTarget<'_>) {
    let (sbp, dbp) = (session.sbp(), session.dbp());
    facts.set_whole("bp.sbp", Some(sbp));
    facts.set_whole("bp.dbp", Some(dbp));
    facts.set_count("bp.n", session.readings.len());
    facts.set_truth("bp.over", target.over(sbp, dbp));
}

/// The facts of a glucose value taken as the current one.
pub fn set_value(facts: &mut Facts, value: &GlucoseValue<'_>, target: Option<GlucoseTarget<'_>>) {
    facts.set_measure("glu.value", value.value.mmol_per_l());
    facts.set_truth("glu.lo", Some(value.value == Glucose::Low));
    facts.set_truth("glu.hi", Some(value.value == Glucose::High));
    let fasting = (value.meal != Meal::Unknown).then_some(value.meal == Meal::Fasting);
    facts.set_truth("glu.fasting", fasting);
    facts.set_truth(
        "glu.over",
        target.and_then(|t| t.over(value.value, value.meal)),
    );
}

/// Words that staff may not tick because no group of the table holds them.
pub fn unknown_signs<'s>(signs: &'s BTreeSet<String>, table: &RuleTable) -> Option<&'s str> {
    let words = table.signs.words();
    signs
        .iter()
        .map(String::as_str)
        .find(|s| !words.contains(s))
}
