//! What a reading means for the chair of its station, and what the chair's answers mean for readings.

use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::act::read_again;
use super::attributed::{claimed, specimen};
use super::chair::happen;
use crate::journal::{ChairReading, JournalError, NewSubject, Scope, SeatRow, Tx};
use crate::people::attribute::Taken;
use crate::people::check_in::{Came, Event, Kind, Next, Stage};
use crate::people::{CheckIn, may_be_of};
use crate::rules::{
    Now, Person, Record, Repeat, RuleTable, Session, repeat, seated_session, sessions, shipped,
};
use crate::vitals::{
    Basis, Measured, Moment, Observation, Reading, Subject, TimeMethod, UnclaimedReason,
};

/// The table that says when another reading is asked for.
static PROTOCOL: LazyLock<Option<RuleTable>> =
    LazyLock::new(|| match RuleTable::load(&shipped()) {
        Ok(table) => Some(table),
        Err(error) => {
            tracing::error!(%error, "the shipped rules do not load; one reading is asked for");
            None
        }
    });

/// A reading of the station's device was given its subject: the chair hears of it.
pub(super) fn came(
    tx: &Tx<'_>,
    station_id: i64,
    observation: i64,
    reading: &Reading,
    taken: &Taken,
    late: bool,
    subject: Subject,
) -> Result<(), JournalError> {
    let Some(row) = tx.open_seat(station_id)? else {
        return Ok(());
    };
    if taken.received_at < row.sitting.from || !may_be_of(taken, &as_check_in(&row)) {
        return Ok(());
    }
    let unknown_when = taken.taken.method == TimeMethod::Unusable;
    let came = match subject {
        Subject::Known { person, .. } if person == row.sitting.person => {
            return hers(tx, &row, observation, reading, taken.received_at);
        }
        Subject::Unclaimed {
            reason: UnclaimedReason::StillAsked,
        } => Came::Waits,
        // Out of a memory, of any hour: not what is being measured now.
        _ if unknown_when && late => return Ok(()),
        Subject::Unclaimed {
            reason:
                UnclaimedReason::NotWithinOneCheckIn
                | UnclaimedReason::BeganWhileMeasuring
                | UnclaimedReason::TimeUnusable
                | UnclaimedReason::ClaimsDisagree
                | UnclaimedReason::CardUnknown
                | UnclaimedReason::CardAmbiguous,
        } => Came::Doubtful,
        _ => return Ok(()),
    };
    happen(tx, station_id, Event::Reading(came), taken.received_at)?;
    Ok(())
}

fn as_check_in(row: &SeatRow) -> CheckIn {
    CheckIn {
        id: row.id,
        person: row.sitting.person,
        from: row.sitting.from,
        until: None,
        asked: row.sitting.asked,
        withdrawn: false,
    }
}

fn kind(reading: &Reading) -> Kind {
    match reading.measured {
        Measured::BloodPressure(_) => Kind::BloodPressure,
        Measured::Glucose(_) => Kind::Glucose,
    }
}

/// A reading is the sitting person's: the protocol says what comes next.
fn hers(
    tx: &Tx<'_>,
    row: &SeatRow,
    observation: i64,
    reading: &Reading,
    received_at: Moment,
) -> Result<(), JournalError> {
    tx.note_chair_reading(row.id, observation)?;
    if let Stage::Again { standing: true, .. } = row.sitting.stage {
        tx.note_standing(observation, &actor(row.station_id), received_at)?;
    }
    let kind = kind(reading);
    let next = match kind {
        Kind::Glucose => Next::Done,
        Kind::BloodPressure => next(tx, row, received_at)?,
    };
    let came = Came::Claimed { kind, next };
    happen(tx, row.station_id, Event::Reading(came), received_at)?;
    Ok(())
}

/// The readings of one check-in as the rules take them; who it is does not matter to the protocol.
fn record(observations: &[Observation]) -> Record {
    let mut record = Record::of(Person {
        age_years: 0,
        hypertension: false,
        diabetes: false,
        atrial_fibrillation: false,
        risk_drug: false,
        target_sbp_mmhg: None,
        target_dbp_mmhg: None,
        bp_profile: None,
        glucose_profile: None,
        health: None,
    });
    for observation in observations {
        record.observe(observation);
    }
    record
}

/// The mean of a sitting's clean seated blood pressures, mmHg and per minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PressureMean {
    pub systolic_mmhg: Decimal,
    pub diastolic_mmhg: Decimal,
    pub pulse_bpm: Option<Decimal>,
    /// Of how many readings.
    pub of: usize,
    /// When the last of them was taken.
    pub at: Moment,
}

/// The mean of one check-in's blood pressures; `None` when none of them is clean.
pub fn mean_of(observations: &[Observation]) -> Option<PressureMean> {
    let table = PROTOCOL.as_ref()?;
    let record = record(observations);
    let at = record.pressures.iter().map(|r| r.taken_at).max()?;
    let now = Now {
        at,
        offset: jiff::tz::Offset::UTC,
    };
    seated_session(&record.pressures, table, now).map(|session| as_mean(&session))
}

/// The means of earlier sessions, oldest first: clean seated readings at most ten minutes apart.
pub fn means_of(observations: &[Observation]) -> Vec<PressureMean> {
    let Some(table) = PROTOCOL.as_ref() else {
        return Vec::new();
    };
    let record = record(observations);
    let Some(at) = record.pressures.iter().map(|r| r.taken_at).max() else {
        return Vec::new();
    };
    let now = Now {
        at,
        offset: jiff::tz::Offset::UTC,
    };
    let Some(all) = seated_session(&record.pressures, table, now) else {
        return Vec::new();
    };
    sessions(&all.readings, table.params.session_gap_min)
        .iter()
        .map(as_mean)
        .collect()
}

fn as_mean(session: &Session<'_>) -> PressureMean {
    PressureMean {
        systolic_mmhg: session.sbp(),
        diastolic_mmhg: session.dbp(),
        pulse_bpm: session.pulse(),
        of: session.readings.len(),
        at: session.end(),
    }
}

fn next(tx: &Tx<'_>, row: &SeatRow, at: Moment) -> Result<Next, JournalError> {
    let Some(table) = PROTOCOL.as_ref() else {
        return Ok(Next::Done);
    };
    let record = record(&tx.chair_readings(row.id)?);
    let now = Now {
        at,
        offset: jiff::tz::Offset::UTC,
    };
    Ok(
        match repeat(&record.pressures, row.sitting.standing, table, now) {
            Repeat::Enough => Next::Done,
            Repeat::Seated { after_s } => Next::Again {
                after_s,
                standing: false,
            },
            Repeat::Standing { after_s } => Next::Again {
                after_s,
                standing: true,
            },
        },
    )
}

/// "Still <name>": yes. What was measured since the question waits no longer.
pub(super) fn claim_waiting(
    tx: &Tx<'_>,
    station_id: i64,
    since: Moment,
    until: Moment,
) -> Result<(), JournalError> {
    for waiting in tx.unclaimed_at(station_id, since, until)? {
        let Some(row) = tx.open_seat(station_id)? else {
            return Ok(());
        };
        let still = waiting.observation.subject
            == Subject::Unclaimed {
                reason: UnclaimedReason::StillAsked,
            };
        if still
            && claim(
                tx,
                station_id,
                &waiting,
                row.sitting.person,
                ("still", until),
            )?
        {
            let observation = &waiting.observation;
            hers(
                tx,
                &row,
                observation.id,
                &observation.reading,
                observation.received_at,
            )?;
        }
    }
    Ok(())
}

/// A check-in that was heard of late claims what is still nobody's inside its interval.
pub(super) fn claim_late(
    tx: &Tx<'_>,
    station_id: i64,
    check_in: i64,
    (from, until): (Moment, Moment),
    heard_at: Moment,
) -> Result<(), JournalError> {
    let person = tx
        .check_ins(station_id, from, until)?
        .into_iter()
        .find(|c| c.id == check_in)
        .map(|c| c.person);
    let Some(person) = person else { return Ok(()) };
    for unclaimed in tx.unclaimed_at(station_id, from, until)? {
        if claim(tx, station_id, &unclaimed, person, ("late_card", heard_at))? {
            tx.note_chair_reading(check_in, unclaimed.observation.id)?;
        }
    }
    Ok(())
}

/// Looks at a reading's claims again; whether it became this person's.
fn claim(
    tx: &Tx<'_>,
    station_id: i64,
    unclaimed: &ChairReading,
    person: i64,
    (why, at): (&'static str, Moment),
) -> Result<bool, JournalError> {
    let observation = &unclaimed.observation;
    let taken = Taken {
        taken: observation.taken,
        received_at: observation.received_at,
        in_service_since: unclaimed.in_service_since,
        may_be_old: false,
        measuring_s: unclaimed.measuring_s,
        specimen: specimen(&observation.reading.measured),
    };
    let device = (
        unclaimed.device_id,
        Some(station_id),
        unclaimed.own_person_id,
    );
    let subject = claimed(tx, device, &observation.reading, &taken)?;
    match subject {
        Subject::Known { person: now, .. } if now == person => {
            change(tx, station_id, observation.id, subject, why, at)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The name of a station in the audit log and in a reading's history.
pub(super) fn actor(station_id: i64) -> String {
    format!("station:{station_id}")
}

fn change(
    tx: &Tx<'_>,
    station_id: i64,
    observation: i64,
    to: Subject,
    why: &str,
    at: Moment,
) -> Result<(), JournalError> {
    let Some(line) = tx.seen(Scope::Township, |seen| seen.reading(observation))? else {
        return Ok(());
    };
    let actor = actor(station_id);
    let new = NewSubject {
        to,
        actor: &actor,
        why,
    };
    tx.change_subject(&line, &new, at)?;
    let from = line.observation.subject;
    for person in [from.person(), to.person()].into_iter().flatten() {
        read_again(tx, person, line.observation.taken.at, "check_in", at)?;
    }
    tx.note_centre_change(line.centre_id, "check_in", at)
}

/// "Not me": what the check-in claimed is nobody's again. What another claim holds stays.
pub(super) fn take_back(
    tx: &Tx<'_>,
    station_id: i64,
    check_in: i64,
    at: Moment,
) -> Result<(), JournalError> {
    for observation in tx.chair_readings(check_in)? {
        let by_chair = matches!(
            observation.subject,
            Subject::Known {
                basis: Basis::CheckedIn,
                ..
            }
        );
        if by_chair {
            let reason = UnclaimedReason::NotMe;
            let to = Subject::Unclaimed { reason };
            change(tx, station_id, observation.id, to, "not_me", at)?;
        }
    }
    Ok(())
}
