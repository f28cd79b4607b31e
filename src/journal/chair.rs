//! Who is in the chair of a station, and what was measured there.

use rusqlite::{OptionalExtension, Row, params};

use super::read::Snapshot;
use super::row::{OBSERVATION, foreign, moment, observation, word};
use super::write::{JournalError, Tx};
use crate::people::CheckIn;
use crate::people::check_in::{Closed, EndedBy, Kind, OpenedBy, Sitting, Stage};
use crate::vitals::{Meal, Moment, Observation};

/// The open check-in of a station, by its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatRow {
    pub id: i64,
    pub station_id: i64,
    pub sitting: Sitting,
}

/// The newest check-in of a station: open, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub row: SeatRow,
    pub closed: Option<Closed>,
    /// Its result has left the screen.
    pub cleared: bool,
}

/// A reading of the station that may have to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChairReading {
    pub observation: Observation,
    pub device_id: i64,
    pub own_person_id: Option<i64>,
    pub in_service_since: Moment,
    pub measuring_s: u32,
}

const SEAT: &str =
    "SELECT id, station_id, person_id, from_ms, opened_by, seen_ms, stage, stage_until_ms,
    asked_ms, kind, readings, standing, until_ms, ended_by, cleared_ms FROM check_in";

fn optional_moment(
    r: &Row<'_>,
    at: usize,
    column: &'static str,
    id: i64,
) -> Result<Option<Moment>, JournalError> {
    r.get::<_, Option<i64>>(at)?
        .map(|ms| moment(ms, "check_in", column, id))
        .transpose()
}

fn seat(r: &Row<'_>) -> Result<Seat, JournalError> {
    let id: i64 = r.get(0)?;
    let until = optional_moment(r, 7, "stage_until_ms", id)?;
    let countdown = || until.ok_or_else(|| foreign("check_in", "stage_until_ms", id));
    let standing_plan: bool = r.get(11)?;
    let stage = match r.get::<_, String>(6)?.as_str() {
        "greeted" => Stage::Greeted,
        "resting" => Stage::Resting {
            until: countdown()?,
        },
        "measuring" => Stage::Measuring,
        word @ ("again" | "standing") => Stage::Again {
            until: countdown()?,
            standing: word == "standing",
        },
        _ => return Err(foreign("check_in", "stage", id)),
    };
    let kind = match r.get_ref(9)? {
        rusqlite::types::ValueRef::Null => None,
        kind => Some(word(kind, Kind::from_word, "check_in", "kind", id)?),
    };
    let closed = match optional_moment(r, 12, "until_ms", id)? {
        None => None,
        Some(until) => Some(Closed {
            until,
            by: match r.get_ref(13)? {
                rusqlite::types::ValueRef::Null => EndedBy::Left,
                by => word(by, EndedBy::from_word, "check_in", "ended_by", id)?,
            },
        }),
    };
    Ok(Seat {
        row: SeatRow {
            id,
            station_id: r.get(1)?,
            sitting: Sitting {
                person: r.get(2)?,
                from: moment(r.get(3)?, "check_in", "from_ms", id)?,
                opened_by: word(
                    r.get_ref(4)?,
                    OpenedBy::from_word,
                    "check_in",
                    "opened_by",
                    id,
                )?,
                seen: moment(r.get(5)?, "check_in", "seen_ms", id)?,
                stage,
                asked: optional_moment(r, 8, "asked_ms", id)?,
                kind,
                readings: r.get(10)?,
                standing: standing_plan,
            },
        },
        closed,
        cleared: r.get::<_, Option<i64>>(14)?.is_some(),
    })
}

fn seats(
    sql: &rusqlite::Connection,
    rest: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Seat>, JournalError> {
    let mut statement = sql.prepare_cached(&format!("{SEAT} {rest}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(r) = rows.next()? {
        found.push(seat(r)?);
    }
    Ok(found)
}

fn stage_columns(stage: Stage) -> (&'static str, Option<i64>) {
    match stage {
        Stage::Greeted => ("greeted", None),
        Stage::Resting { until } => ("resting", Some(until.as_millisecond())),
        Stage::Measuring => ("measuring", None),
        Stage::Again { until, standing } => (
            if standing { "standing" } else { "again" },
            Some(until.as_millisecond()),
        ),
    }
}

impl Tx<'_> {
    /// The open check-in of a station.
    pub fn open_seat(&self, station_id: i64) -> Result<Option<SeatRow>, JournalError> {
        let open = seats(
            &self.sql,
            "WHERE station_id = ?1 AND until_ms IS NULL ORDER BY id DESC LIMIT 1",
            [station_id],
        )?;
        Ok(open.first().map(|seat| seat.row))
    }

    /// The check-in of a station that began last: open or not.
    pub fn newest_seat(&self, station_id: i64) -> Result<Option<Seat>, JournalError> {
        Ok(seats(
            &self.sql,
            "WHERE station_id = ?1 AND ended_by IS NOT 'late' ORDER BY from_ms DESC, id DESC LIMIT 1",
            [station_id],
        )?
        .pop())
    }

    /// Every open check-in, or one person's.
    pub fn open_seats(&self, person: Option<i64>) -> Result<Vec<SeatRow>, JournalError> {
        let open = seats(
            &self.sql,
            "WHERE until_ms IS NULL AND (?1 IS NULL OR person_id = ?1) ORDER BY id",
            [person],
        )?;
        Ok(open.into_iter().map(|seat| seat.row).collect())
    }

    /// Opens a check-in; its number.
    pub fn open_check_in(&self, station_id: i64, s: &Sitting) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO check_in (station_id, person_id, from_ms, opened_by, seen_ms, standing, asked_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                station_id,
                s.person,
                s.from.as_millisecond(),
                s.opened_by.word(),
                s.seen.as_millisecond(),
                s.standing,
                s.asked.map(|m| m.as_millisecond()),
            ])?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Writes the state of an open check-in.
    pub fn keep_sitting(&self, id: i64, s: &Sitting) -> Result<(), JournalError> {
        let (stage, until_ms) = stage_columns(s.stage);
        self.sql
            .prepare_cached(
                "UPDATE check_in SET seen_ms = ?2, stage = ?3, stage_until_ms = ?4, asked_ms = ?5,
                     kind = ?6, readings = ?7, from_ms = ?8 WHERE id = ?1",
            )?
            .execute(params![
                id,
                s.seen.as_millisecond(),
                stage,
                until_ms,
                s.asked.map(|m| m.as_millisecond()),
                s.kind.map(Kind::word),
                s.readings,
                s.from.as_millisecond(),
            ])?;
        Ok(())
    }

    /// Ends a check-in.
    pub fn close_check_in(&self, id: i64, closed: Closed) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("UPDATE check_in SET until_ms = ?2, ended_by = ?3 WHERE id = ?1")?
            .execute((id, closed.until.as_millisecond(), closed.by.word()))?;
        Ok(())
    }

    /// Notes a check-in that was heard of when it was over; its number.
    pub fn add_late_check_in(
        &self,
        station_id: i64,
        person: i64,
        from: Moment,
        until: Moment,
    ) -> Result<i64, JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO check_in (station_id, person_id, from_ms, until_ms, seen_ms, ended_by)
                 VALUES (?1, ?2, ?3, ?4, ?3, 'late')",
            )?
            .execute((
                station_id,
                person,
                from.as_millisecond(),
                until.as_millisecond(),
            ))?;
        Ok(self.sql.last_insert_rowid())
    }

    /// When the first check-in of a station after `after` began.
    pub fn next_check_in_from(
        &self,
        station_id: i64,
        after: Moment,
    ) -> Result<Option<Moment>, JournalError> {
        let found: Option<i64> = self
            .sql
            .prepare_cached(
                "SELECT min(from_ms) FROM check_in WHERE station_id = ?1 AND from_ms > ?2",
            )?
            .query_row((station_id, after.as_millisecond()), |r| r.get(0))?;
        found
            .map(|ms| moment(ms, "check_in", "from_ms", station_id))
            .transpose()
    }

    /// The result of a check-in leaves its screen.
    pub fn clear_seat(&self, id: i64, now: Moment) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE check_in SET cleared_ms = coalesce(cleared_ms, ?2) WHERE id = ?1",
            )?
            .execute((id, now.as_millisecond()))?;
        Ok(())
    }

    /// Check-ins of a station that touch the time between two moments, in order.
    pub fn check_ins(
        &self,
        station_id: i64,
        from: Moment,
        until: Moment,
    ) -> Result<Vec<CheckIn>, JournalError> {
        let found = seats(
            &self.sql,
            "WHERE station_id = ?1 AND from_ms <= ?3 AND (until_ms IS NULL OR until_ms >= ?2)
             ORDER BY from_ms",
            (station_id, from.as_millisecond(), until.as_millisecond()),
        )?;
        Ok(found
            .into_iter()
            .map(|seat| CheckIn {
                id: seat.row.id,
                person: seat.row.sitting.person,
                from: seat.row.sitting.from,
                until: seat.closed.map(|closed| closed.until),
                asked: match seat.closed {
                    None => seat.row.sitting.asked,
                    Some(_) => None,
                },
                withdrawn: seat.closed.is_some_and(|c| c.by == EndedBy::NotMe),
            })
            .collect())
    }

    /// A reading came while this check-in's person was in the chair, and is hers.
    pub fn note_chair_reading(&self, check_in: i64, observation: i64) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("INSERT OR IGNORE INTO check_in_reading VALUES (?1, ?2)")?
            .execute((check_in, observation))?;
        Ok(())
    }

    /// The readings that a check-in claimed and that still are its person's, in order.
    pub fn chair_readings(&self, check_in: i64) -> Result<Vec<Observation>, JournalError> {
        Snapshot { sql: &self.sql }.chair_readings(check_in)
    }

    /// Readings of a station's devices that are nobody's for want of a claim, taken in `[from, until]`.
    pub fn unclaimed_at(
        &self,
        station_id: i64,
        from: Moment,
        until: Moment,
    ) -> Result<Vec<ChairReading>, JournalError> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT {OBSERVATION}, d.id, d.own_person_id, d.in_service_since_ms,
                    r.measuring_s
             FROM observation o JOIN reading r ON r.id = o.reading_id JOIN device d ON d.id = r.device_id
             WHERE d.station_id = ?1 AND o.taken_at_ms BETWEEN ?2 AND ?3
               AND o.unclaimed_reason IN ('no_claim', 'still_asked', 'not_within_one_check_in')
             ORDER BY r.received_at_ms, o.id"
        ))?;
        let mut rows =
            statement.query((station_id, from.as_millisecond(), until.as_millisecond()))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let after = OBSERVATION.split(',').count();
            let device_id: i64 = r.get(after)?;
            found.push(ChairReading {
                observation: observation(r)?,
                device_id,
                own_person_id: r.get(after + 1)?,
                in_service_since: moment(
                    r.get(after + 2)?,
                    "device",
                    "in_service_since_ms",
                    device_id,
                )?,
                measuring_s: r.get(after + 3)?,
            });
        }
        Ok(found)
    }

    /// The person was standing while this was measured.
    pub fn note_standing(
        &self,
        observation: i64,
        actor: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("UPDATE observation SET posture = 'stand' WHERE id = ?1")?
            .execute([observation])?;
        self.sql
            .prepare_cached(
                "INSERT INTO remark (observation_id, at_ms, actor, what, said)
                 VALUES (?1, ?2, ?3, 'posture', 'stand')",
            )?
            .execute((observation, now.as_millisecond(), actor))?;
        Ok(())
    }

    /// When the person last ate, as she said it at the screen.
    pub fn note_meal(
        &self,
        observation: i64,
        meal: Meal,
        actor: &str,
        now: Moment,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached("UPDATE observation SET meal = ?2 WHERE id = ?1")?
            .execute((observation, meal.word()))?;
        self.sql
            .prepare_cached(
                "INSERT INTO remark (observation_id, at_ms, actor, what, said)
                 VALUES (?1, ?2, ?3, 'meal', ?4)",
            )?
            .execute((observation, now.as_millisecond(), actor, meal.word()))?;
        Ok(())
    }
}

impl Snapshot<'_> {
    /// The check-in of a station that began last.
    pub fn newest_seat(&self, station_id: i64) -> Result<Option<Seat>, JournalError> {
        Ok(seats(
            self.sql,
            "WHERE station_id = ?1 AND ended_by IS NOT 'late' ORDER BY from_ms DESC, id DESC LIMIT 1",
            [station_id],
        )?
        .pop())
    }

    /// The readings that a check-in claimed and that still are its person's, in order.
    pub fn chair_readings(&self, check_in: i64) -> Result<Vec<Observation>, JournalError> {
        self.observations(
            "JOIN check_in_reading cr ON cr.observation_id = o.id
             JOIN check_in ci ON ci.id = cr.check_in_id AND ci.person_id = o.person_id
             WHERE cr.check_in_id = ?1 ORDER BY o.taken_at_ms, o.id",
            [check_in],
        )
    }

    /// How a frame of a card ended: its reason.
    pub fn frame_reason(&self, row: i64) -> Result<Option<String>, JournalError> {
        Ok(self
            .sql
            .prepare_cached("SELECT reason FROM frame WHERE id = ?1")?
            .query_row([row], |r| r.get::<_, Option<String>>(0))
            .optional()?
            .flatten())
    }
}
