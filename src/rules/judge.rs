//! The judgement: which rules stand for a person at a moment, which of them are reported, and what the
//! screen should ask for.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::admit::{Refusal, Suspicion};
use super::assess::{Assessment, later, set_session, set_value};
use super::explain::{Explanation, explain};
use super::facts::Facts;
use super::prompts::{Prompt, prompts};
use super::record::{Now, Record, minutes_ms};
use super::session::{Session, usable_pulse};
use super::table::{Rule, RuleTable, Tier};
use crate::vitals::Moment;

/// Why a rule that stands needs no further reading, or why it is not reported yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// The rule asks for none.
    NotNeeded,
    /// Two or more clean readings of the session, or a re-test.
    ByReadings,
    /// Nobody measured again within the wait: reported all the same, and marked as unconfirmed.
    ByWaiting,
}

/// A rule that stands and is reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub rule: String,
    pub group: String,
    pub tier: Tier,
    pub confirmation: Confirmation,
    pub explanation: Explanation,
}

/// What the rules say about one person at one moment. Stateless: a flag that is open stays open
/// whatever a later judgement says.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// One per group, in order of tier, then of the table.
    pub findings: Vec<Finding>,
    /// Every confirmed rule, before only one per group was kept: ids in order of the table.
    pub stands: Vec<String>,
    /// Rules that stand but wait for a second reading, with the moment the wait ends.
    pub waiting: Vec<(String, Moment)>,
    pub prompts: Vec<Prompt>,
    /// (reading id, why), pressures and glucose each in order of time.
    pub refused_pressures: Vec<(i64, Refusal)>,
    pub refused_glucose: Vec<(i64, Refusal)>,
    pub suspect: Vec<(i64, Suspicion)>,
    /// Mean of the current session, mmHg.
    pub session: Option<(i64, i64)>,
    /// The current value, mmol/L.
    pub glucose_mmol: Option<Decimal>,
    pub facts: Facts,
    /// When to judge again although nothing was measured: the end of the first wait.
    pub recheck_at: Option<Moment>,
}

/// Groups of facts that need a current session: a rule that names one does not stand without.
const OF_SESSION: [&str; 7] = ["bp14", "bp14prev", "bp28", "am14", "ortho", "meal", "pulse"];
/// Groups of facts that need a current glucose value.
const OF_VALUE: [&str; 4] = ["glu", "glu24", "glu14", "glu14prev"];
/// The group that is silent beside another one of the same or a higher tier.
const SIGNS: &str = "signs";

/// Judges one person's record as of `now`.
pub fn judge(table: &RuleTable, record: &Record, now: Now) -> Judgement {
    let assessment = Assessment::of(record, table, now);
    let scope = assessment.facts.scope();
    let mut stands: Vec<(usize, &Rule, Confirmation)> = Vec::new();
    let mut waiting: Vec<(String, Moment)> = Vec::new();
    for (rank, rule) in table.rules.iter().enumerate() {
        if !has_its_subject(rule, &assessment) || !rule.condition.stands(&scope) {
            continue;
        }
        match confirmation(rule, &assessment, table, now) {
            Ok(confirmation) => stands.push((rank, rule, confirmation)),
            Err(until) => waiting.push((rule.id.clone(), until)),
        }
    }
    let findings = reported(&stands)
        .into_iter()
        .map(|(rule, confirmation)| Finding {
            rule: rule.id.clone(),
            group: rule.group.clone(),
            tier: rule.tier,
            confirmation,
            explanation: explain(rule, confirmation, &assessment, table, record),
        })
        .collect();
    let recheck_at = waiting
        .iter()
        .map(|(_, until)| *until)
        .chain(assessment.suspect_due)
        .min();
    Judgement {
        findings,
        stands: stands.iter().map(|(_, rule, _)| rule.id.clone()).collect(),
        waiting,
        prompts: prompts(&assessment, &record.person, table, now),
        refused_pressures: assessment
            .pressures
            .refused
            .iter()
            .map(|(r, c)| (r.id, *c))
            .collect(),
        refused_glucose: assessment
            .glucose
            .refused
            .iter()
            .map(|(r, c)| (r.id, *c))
            .collect(),
        suspect: assessment
            .pressures
            .suspect
            .iter()
            .flat_map(|(r, codes)| codes.iter().map(|code| (r.id, *code)))
            .collect(),
        session: reported_session(&assessment),
        glucose_mmol: assessment
            .current_value()
            .and_then(|v| v.value.value.mmol_per_l()),
        facts: assessment.facts,
        recheck_at,
    }
}

fn reported_session(assessment: &Assessment<'_>) -> Option<(i64, i64)> {
    let whole = |path: &str| assessment.facts.get(path)?.number()?.to_i64();
    Some((whole("bp.sbp")?, whole("bp.dbp")?))
}

/// Pressure rules need a fresh session and glucose rules a fresh value, windows included. A suspect
/// reading that stands in for a session carries `bp.*` only.
fn has_its_subject(rule: &Rule, assessment: &Assessment<'_>) -> bool {
    let names = |group: &&'static str| rule.condition.names_group(group);
    let session = assessment.session_is_current;
    let pressure = session || assessment.suspect_session.is_some();
    (!names(&"bp") || pressure)
        && (!OF_SESSION.iter().any(names) || session)
        && (!OF_VALUE.iter().any(names) || assessment.value_is_current)
}

/// How a standing rule is confirmed, or until when it waits.
fn confirmation(
    rule: &Rule,
    assessment: &Assessment<'_>,
    table: &RuleTable,
    now: Now,
) -> Result<Confirmation, Moment> {
    if !rule.needs_confirmation {
        return Ok(Confirmation::NotNeeded);
    }
    if OF_VALUE
        .iter()
        .any(|group| rule.condition.names_group(group))
    {
        glucose_confirmation(rule, assessment, table, now)
    } else {
        pressure_confirmation(rule, assessment, table, now)
    }
}

fn pressure_confirmation(
    rule: &Rule,
    assessment: &Assessment<'_>,
    table: &RuleTable,
    now: Now,
) -> Result<Confirmation, Moment> {
    let of_pulse = rule.condition.names_group("pulse");
    if assessment.suspect_session.is_some() && rule.condition.names_group("bp") {
        return Ok(Confirmation::ByWaiting);
    }
    let confirming = |s: &Session<'_>| {
        if of_pulse {
            s.confirming_pulse()
        } else {
            s.confirming()
        }
    };
    if assessment
        .current_session()
        .is_some_and(|s| confirming(s) >= 2)
    {
        return Ok(Confirmation::ByReadings);
    }
    let meets = |session: &Session<'_>| {
        let mut facts = assessment.facts.clone();
        set_session(&mut facts, session, assessment.bp_target);
        facts.set_whole("pulse.rate", session.pulse());
        rule.condition.stands(&facts.scope())
    };
    // The wait runs from the first reading of the last hour that met the limit by itself. A newer
    // session that still meets it does not restart the wait; one of two or more readings that does
    // not meet it ends the wait.
    let mut first: Option<Moment> = None;
    for session in &assessment.sessions {
        let ended = first.is_some()
            && now.age_ms(session.end()) <= minutes_ms(table.params.current_max_age_min)
            && confirming(session) >= 2
            && !meets(session);
        if ended {
            first = None;
            continue;
        }
        if first.is_none() {
            first = session
                .readings
                .iter()
                .filter(|r| now.age_ms(r.taken_at) <= minutes_ms(table.params.current_max_age_min))
                .filter(|r| !of_pulse || usable_pulse(r).is_some())
                .find(|r| meets(&Session { readings: vec![r] }))
                .map(|r| r.taken_at);
        }
    }
    let since = first
        .or_else(|| assessment.current_session().map(Session::start))
        .unwrap_or(now.at);
    waited(since, table, now)
}

fn glucose_confirmation(
    rule: &Rule,
    assessment: &Assessment<'_>,
    table: &RuleTable,
    now: Now,
) -> Result<Confirmation, Moment> {
    if assessment.current_value().is_some_and(|v| v.retested) {
        return Ok(Confirmation::ByReadings);
    }
    let since = assessment
        .values
        .iter()
        .map(|v| &v.value)
        .filter(|v| now.age_ms(v.reading.taken_at) <= minutes_ms(table.params.current_max_age_min))
        .find(|v| {
            let mut facts = assessment.facts.clone();
            set_value(&mut facts, v, assessment.glucose_target);
            rule.condition.stands(&facts.scope())
        })
        .map_or(now.at, |v| v.reading.taken_at);
    waited(since, table, now)
}

fn waited(since: Moment, table: &RuleTable, now: Now) -> Result<Confirmation, Moment> {
    if now.age_ms(since) >= minutes_ms(table.params.confirm_wait_min) {
        Ok(Confirmation::ByWaiting)
    } else {
        Err(later(since, table.params.confirm_wait_min))
    }
}

/// Per group the highest tier, then the earlier rule. The signs group is silent when another group
/// stands at the same or a higher tier.
fn reported<'t>(stands: &[(usize, &'t Rule, Confirmation)]) -> Vec<(&'t Rule, Confirmation)> {
    let mut best: BTreeMap<&str, (Tier, usize, &Rule, Confirmation)> = BTreeMap::new();
    for (rank, rule, confirmation) in stands {
        let candidate = (rule.tier, *rank, *rule, *confirmation);
        best.entry(&rule.group)
            .and_modify(|kept| {
                if (candidate.0, candidate.1) < (kept.0, kept.1) {
                    *kept = candidate;
                }
            })
            .or_insert(candidate);
    }
    let elsewhere = best
        .iter()
        .filter(|(g, _)| **g != SIGNS)
        .map(|(_, b)| b.0)
        .min();
    if let (Some((tier, ..)), Some(elsewhere)) = (best.get(SIGNS), elsewhere)
        && elsewhere <= *tier
    {
        best.remove(SIGNS);
    }
    let mut reported: Vec<_> = best.into_values().collect();
    reported.sort_by_key(|(tier, rank, ..)| (*tier, *rank));
    reported
        .into_iter()
        .map(|(_, _, rule, confirmation)| (rule, confirmation))
        .collect()
}
