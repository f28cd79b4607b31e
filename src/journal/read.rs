//! The reading side: a few read-only connections, plain lines out.

use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use super::access::{self, AccountLine, SessionLine};
use super::kept::Sealed;
use super::roster::{DeviceKind, Sex, birth_date, sex};
use super::row::{OBSERVATION, moment, observation, word};
use super::write::JournalError;
use crate::vitals::{Moment, Observation};

/// A small pool of read-only connections. Blocking: call it where blocking is allowed.
pub struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn new(conns: Vec<Connection>) -> Self {
        Readers {
            idle: Mutex::new(conns),
            returned: Condvar::new(),
        }
    }

    /// Runs `work` on one consistent picture of the journal.
    ///
    /// # Errors
    /// What `work` returned, or the file's own error.
    pub fn read<T>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let conn = self.take();
        let result = (|| {
            let tx = conn.unchecked_transaction()?;
            work(&Snapshot { sql: &tx })
        })();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(conn);
        self.returned.notify_one();
        result
    }

    fn take(&self) -> Connection {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(conn) = idle.pop() {
                return conn;
            }
            idle = self
                .returned
                .wait(idle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One consistent picture of the journal.
pub struct Snapshot<'conn> {
    pub(super) sql: &'conn Connection,
}

/// A centre, and what happened there since `since`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreLine {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub village: String,
    pub persons: i64,
    pub devices: i64,
    /// Persons with an observation since the asked moment.
    pub persons_measured: i64,
    /// Unclaimed readings of its devices since the asked moment.
    pub unclaimed: i64,
}

/// A seat of a centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationLine {
    pub id: i64,
    pub centre_id: i64,
    pub code: String,
    pub name: String,
}

/// The newest blood pressure of a person, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastPressure {
    pub taken_at: Moment,
    pub systolic_mmhg: String,
    pub diastolic_mmhg: String,
}

/// A person as lists show one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    pub id: i64,
    pub name: String,
    pub pinyin: String,
    pub sex: Sex,
    pub birth_date: jiff::civil::Date,
    pub centre_id: i64,
    pub centre_name: String,
    pub village: String,
    pub hypertension: bool,
    pub diabetes: bool,
    /// Newest observation with a usable time, of any kind.
    pub last_taken_at: Option<Moment>,
    pub last_pressure: Option<LastPressure>,
}

/// A device as the ledger shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    pub id: i64,
    pub name: String,
    pub label: String,
    pub kind: DeviceKind,
    pub centre_id: i64,
    pub centre_name: String,
    pub station_name: Option<String>,
    pub own_person_id: Option<i64>,
    pub account: Option<String>,
    pub last_heard_at: Option<Moment>,
    pub battery_percent: Option<u8>,
    /// Newest evidence about its clock: receipt minus device time, milliseconds.
    pub clock_offset_ms: Option<i64>,
    pub readings: i64,
}

/// How many frames of a source ended how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameCount {
    pub source: String,
    pub outcome: String,
    pub reason: String,
    pub frames: i64,
    pub last_at: Moment,
}

/// A frame nobody could use, for the operator. The payload is as stored (sealed or not).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameLine {
    pub id: i64,
    pub transport: String,
    pub source: String,
    pub topic: String,
    pub payload: Option<Vec<u8>>,
    pub sealed: Sealed,
    pub sha256: Vec<u8>,
    pub payload_bytes: i64,
    pub received_at: Moment,
    pub outcome: String,
    pub reason: String,
    pub profile: Option<String>,
}

/// A reading that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnclaimedLine {
    pub observation: Observation,
    pub device_id: i64,
    pub device_label: String,
    pub centre_id: i64,
    pub station_name: Option<String>,
}

/// How far a follower is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorLine {
    pub follower: String,
    pub position: i64,
    pub behind: i64,
    pub moved_at: Moment,
}

const FROM: &str = "FROM observation o JOIN reading r ON r.id = o.reading_id
    JOIN device d ON d.id = r.device_id";

impl Snapshot<'_> {
    fn observations(
        &self,
        rest: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<Observation>, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached(&format!("SELECT {OBSERVATION} {FROM} {rest}"))?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(observation(r)?);
        }
        Ok(found)
    }

    /// A person's observations of one kind (`blood_pressure`, `glucose`) with a usable time, taken in
    /// `[from, until)`, oldest first.
    pub fn observations_of(
        &self,
        person_id: i64,
        kind: &str,
        from: Moment,
        until: Moment,
    ) -> Result<Vec<Observation>, JournalError> {
        self.observations(
            "WHERE o.person_id = ?1 AND o.kind = ?2 AND o.taken_at_ms >= ?3 AND o.taken_at_ms < ?4
               AND o.time_method <> 'unusable' ORDER BY o.taken_at_ms, o.id",
            (
                person_id,
                kind,
                from.as_millisecond(),
                until.as_millisecond(),
            ),
        )
    }

    /// A person's newest observations of any kind, with unusable times too, newest first.
    pub fn newest_of(&self, person_id: i64, limit: u32) -> Result<Vec<Observation>, JournalError> {
        // Each kind from its own end of the index: sorting a lifetime for thirty lines would grow with it.
        let of_kind = |kind: &str| {
            format!(
                "SELECT id FROM (SELECT id FROM observation WHERE person_id = ?1 AND kind = '{kind}'
                   ORDER BY taken_at_ms DESC, id DESC LIMIT ?2)"
            )
        };
        self.observations(
            &format!(
                "WHERE o.id IN ({} UNION ALL {}) ORDER BY o.taken_at_ms DESC, o.id DESC LIMIT ?2",
                of_kind("blood_pressure"),
                of_kind("glucose")
            ),
            (person_id, limit),
        )
    }

    /// A person's newest usable blood pressures, oldest first: the sparkline.
    pub fn newest_pressures(
        &self,
        person_id: i64,
        limit: u32,
    ) -> Result<Vec<Observation>, JournalError> {
        let mut newest = self.observations(
            "WHERE o.person_id = ?1 AND o.kind = 'blood_pressure' AND o.time_method <> 'unusable'
             ORDER BY o.taken_at_ms DESC, o.id DESC LIMIT ?2",
            (person_id, limit),
        )?;
        newest.reverse();
        Ok(newest)
    }

    /// A device's newest observations, newest received first.
    pub fn newest_by_device(
        &self,
        device_id: i64,
        limit: u32,
    ) -> Result<Vec<Observation>, JournalError> {
        self.observations(
            "WHERE r.device_id = ?1 ORDER BY r.received_at_ms DESC, o.id DESC LIMIT ?2",
            (device_id, limit),
        )
    }

    /// Observations after number `after`, in order: what followers read.
    pub fn observations_after(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Observation>, JournalError> {
        self.observations("WHERE o.id > ?1 ORDER BY o.id LIMIT ?2", (after, limit))
    }

    /// Gives each observation taken in `[from, until)` and its person's name (empty when it has none) to
    /// `each`, in order of time taken: one person's, or everybody's.
    pub fn each_between<E: From<JournalError>>(
        &self,
        person_id: Option<i64>,
        from: Moment,
        until: Moment,
        mut each: impl FnMut(&Observation, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .sql
            .prepare_cached(&format!(
                "SELECT {OBSERVATION}, coalesce(p.name, '') {FROM}
                 LEFT JOIN person p ON p.id = o.person_id
                 WHERE (?1 IS NULL OR o.person_id = ?1) AND o.taken_at_ms >= ?2
                   AND o.taken_at_ms < ?3 ORDER BY o.taken_at_ms, o.id"
            ))
            .map_err(JournalError::from)?;
        let mut rows = statement
            .query((person_id, from.as_millisecond(), until.as_millisecond()))
            .map_err(JournalError::from)?;
        while let Some(r) = rows.next().map_err(JournalError::from)? {
            let name: String = r.get(27).map_err(JournalError::from)?;
            each(&observation(r)?, &name)?;
        }
        Ok(())
    }

    /// The number of the newest observation; 0 in an empty journal.
    pub fn newest_observation(&self) -> Result<i64, JournalError> {
        Ok(self
            .sql
            .query_row("SELECT coalesce(max(id), 0) FROM observation", [], |r| {
                r.get(0)
            })?)
    }

    /// When a person's first and last usable observations were taken.
    pub fn span_of(&self, person_id: i64) -> Result<Option<(Moment, Moment)>, JournalError> {
        let end = |kind: &str, order: &str| {
            format!(
                "(SELECT taken_at_ms FROM observation WHERE person_id = ?1 AND kind = '{kind}'
                    AND time_method <> 'unusable' ORDER BY taken_at_ms {order} LIMIT 1)"
            )
        };
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT {}, {}, {}, {}",
            end("blood_pressure", "ASC"),
            end("glucose", "ASC"),
            end("blood_pressure", "DESC"),
            end("glucose", "DESC"),
        ))?;
        let ends: [Option<i64>; 4] = statement.query_row([person_id], |r| {
            Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?])
        })?;
        let from = ends[..2].iter().flatten().min().copied();
        let until = ends[2..].iter().flatten().max().copied();
        match (from, until) {
            (Some(from), Some(until)) => Ok(Some((
                moment(from, "observation", "taken_at_ms", person_id)?,
                moment(until, "observation", "taken_at_ms", person_id)?,
            ))),
            _ => Ok(None),
        }
    }

    /// Every centre with its counts since `since` (the start of today, say).
    pub fn centres(&self, since: Moment) -> Result<Vec<CentreLine>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT c.id, c.code, c.name, c.village,
               (SELECT count(*) FROM person p WHERE p.centre_id = c.id),
               (SELECT count(*) FROM device d WHERE d.centre_id = c.id),
               (SELECT count(*) FROM person p WHERE p.centre_id = c.id AND EXISTS
                  (SELECT 1 FROM observation o WHERE o.person_id = p.id
                     AND o.kind IN ('blood_pressure', 'glucose') AND o.taken_at_ms >= ?1
                     AND o.time_method <> 'unusable')),
               (SELECT count(*) FROM observation o JOIN reading r ON r.id = o.reading_id
                  JOIN device d ON d.id = r.device_id
                  WHERE o.person_id IS NULL AND r.received_at_ms >= ?1 AND d.centre_id = c.id)
             FROM centre c ORDER BY c.id",
        )?;
        let rows = statement.query_map([since.as_millisecond()], |r| {
            Ok(CentreLine {
                id: r.get(0)?,
                code: r.get(1)?,
                name: r.get(2)?,
                village: r.get(3)?,
                persons: r.get(4)?,
                devices: r.get(5)?,
                persons_measured: r.get(6)?,
                unclaimed: r.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every seat.
    pub fn stations(&self) -> Result<Vec<StationLine>, JournalError> {
        let mut statement = self
            .sql
            .prepare_cached("SELECT id, centre_id, code, name FROM station ORDER BY id")?;
        let rows = statement.query_map([], |r| {
            Ok(StationLine {
                id: r.get(0)?,
                centre_id: r.get(1)?,
                code: r.get(2)?,
                name: r.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Persons of one centre (or of all), by pinyin.
    pub fn persons(&self, centre_id: Option<i64>) -> Result<Vec<PersonLine>, JournalError> {
        self.person_lines(
            "WHERE ?1 IS NULL OR p.centre_id = ?1 ORDER BY p.centre_id, p.pinyin, p.id",
            centre_id,
        )
    }

    /// One person.
    pub fn person(&self, person_id: i64) -> Result<Option<PersonLine>, JournalError> {
        Ok(self.person_lines("WHERE p.id = ?1", Some(person_id))?.pop())
    }

    fn person_lines(
        &self,
        rest: &str,
        value: Option<i64>,
    ) -> Result<Vec<PersonLine>, JournalError> {
        let newest = |kind: &str| {
            format!(
                "(SELECT o.id FROM observation o WHERE o.person_id = p.id AND o.kind = '{kind}'
                    AND o.time_method <> 'unusable' ORDER BY o.taken_at_ms DESC LIMIT 1)"
            )
        };
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT p.id, p.name, p.pinyin, p.sex, p.birth_date, p.centre_id, c.name, c.village,
                p.hypertension, p.diabetes, bp.taken_at_ms, r.systolic_mmhg, r.diastolic_mmhg,
                glu.taken_at_ms
             FROM person p JOIN centre c ON c.id = p.centre_id
             LEFT JOIN observation bp ON bp.id = {}
             LEFT JOIN reading r ON r.id = bp.reading_id
             LEFT JOIN observation glu ON glu.id = {} {rest}",
            newest("blood_pressure"),
            newest("glucose"),
        ))?;
        let mut rows = statement.query([value])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(person_line(r)?);
        }
        Ok(found)
    }

    /// Every enrolled device.
    pub fn devices(&self) -> Result<Vec<DeviceLine>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT d.id, d.name, d.label, d.kind, d.centre_id, c.name, s.name, d.own_person_id,
                d.account, d.last_heard_at_ms, d.battery_percent,
                (SELECT k.offset_ms FROM device_clock k WHERE k.device_id = d.id
                   ORDER BY k.received_at_ms DESC LIMIT 1),
                (SELECT count(*) FROM reading r WHERE r.device_id = d.id)
             FROM device d JOIN centre c ON c.id = d.centre_id
             LEFT JOIN station s ON s.id = d.station_id ORDER BY d.centre_id, d.id",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            let heard: Option<i64> = r.get(9)?;
            found.push(DeviceLine {
                id,
                name: r.get(1)?,
                label: r.get(2)?,
                kind: word(r.get_ref(3)?, DeviceKind::from_word, "device", "kind", id)?,
                centre_id: r.get(4)?,
                centre_name: r.get(5)?,
                station_name: r.get(6)?,
                own_person_id: r.get(7)?,
                account: r.get(8)?,
                last_heard_at: heard
                    .map(|ms| moment(ms, "device", "last_heard_at_ms", id))
                    .transpose()?,
                battery_percent: r.get(10)?,
                clock_offset_ms: r.get(11)?,
                readings: r.get(12)?,
            });
        }
        Ok(found)
    }

    /// How many frames ended how, per source.
    pub fn frame_counts(&self) -> Result<Vec<FrameCount>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT source, outcome, reason, frames, last_at_ms FROM frame_count
             ORDER BY source, outcome, reason",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(FrameCount {
                source: r.get(0)?,
                outcome: r.get(1)?,
                reason: r.get(2)?,
                frames: r.get(3)?,
                last_at: moment(r.get(4)?, "frame_count", "last_at_ms", 0)?,
            });
        }
        Ok(found)
    }

    /// Frames that are kept and not settled yet.
    pub fn unsettled_count(&self) -> Result<i64, JournalError> {
        Ok(self.sql.query_row(
            "SELECT count(*) FROM frame WHERE outcome IS NULL",
            [],
            |r| r.get(0),
        )?)
    }

    /// The newest frames nobody could use: quarantined, refused, unreadable.
    pub fn not_understood(&self, limit: u32) -> Result<Vec<FrameLine>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT id, transport, source, topic, payload, sealed, payload_sha256, payload_bytes,
                    received_at_ms, outcome, reason, profile FROM frame
             WHERE outcome IN ('refused', 'quarantined', 'unreadable') ORDER BY id DESC LIMIT ?1",
        )?;
        let mut rows = statement.query([limit])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            found.push(FrameLine {
                id,
                transport: r.get(1)?,
                source: r.get(2)?,
                topic: r.get(3)?,
                payload: r.get(4)?,
                sealed: match r.get::<_, i64>(5)? {
                    0 => Sealed::Plain,
                    1 => Sealed::Encrypted,
                    _ => Sealed::Erased,
                },
                sha256: r.get(6)?,
                payload_bytes: r.get(7)?,
                received_at: moment(r.get(8)?, "frame", "received_at_ms", id)?,
                outcome: r.get(9)?,
                reason: r.get(10)?,
                profile: r.get(11)?,
            });
        }
        Ok(found)
    }

    /// How many readings wait for a person.
    pub fn unclaimed_count(&self) -> Result<i64, JournalError> {
        Ok(self.sql.query_row(
            "SELECT count(*) FROM observation WHERE person_id IS NULL",
            [],
            |r| r.get(0),
        )?)
    }

    /// Readings that wait for a person, newest first.
    pub fn unclaimed(&self, limit: u32) -> Result<Vec<UnclaimedLine>, JournalError> {
        let mut statement = self.sql.prepare_cached(&format!(
            "SELECT {OBSERVATION}, d.id, d.label, d.centre_id, s.name {FROM}
             LEFT JOIN station s ON s.id = d.station_id
             WHERE o.person_id IS NULL ORDER BY o.id DESC LIMIT ?1"
        ))?;
        let mut rows = statement.query([limit])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(UnclaimedLine {
                observation: observation(r)?,
                device_id: r.get(27)?,
                device_label: r.get(28)?,
                centre_id: r.get(29)?,
                station_name: r.get(30)?,
            });
        }
        Ok(found)
    }

    /// How far each follower is behind the newest observation.
    pub fn followers(&self) -> Result<Vec<CursorLine>, JournalError> {
        let newest = self.newest_observation()?;
        let mut statement = self.sql.prepare_cached(
            "SELECT follower, position, moved_at_ms FROM cursor ORDER BY follower",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let position: i64 = r.get(1)?;
            found.push(CursorLine {
                follower: r.get(0)?,
                position,
                behind: newest - position,
                moved_at: moment(r.get(2)?, "cursor", "moved_at_ms", position)?,
            });
        }
        Ok(found)
    }

    /// An account by its login.
    pub fn account(&self, login: &str) -> Result<Option<AccountLine>, JournalError> {
        access::account(self.sql, login)
    }

    /// A signed-in browser by its token's hash.
    pub fn session(&self, token_sha256: &[u8; 32]) -> Result<Option<SessionLine>, JournalError> {
        access::session(self.sql, token_sha256)
    }

    /// A small fact about the file.
    pub fn fact(&self, name: &str) -> Result<Option<String>, JournalError> {
        use rusqlite::OptionalExtension;
        Ok(self
            .sql
            .prepare_cached("SELECT value FROM fact WHERE name = ?1")?
            .query_row([name], |r| r.get(0))
            .optional()?)
    }
}

fn person_line(r: &rusqlite::Row<'_>) -> Result<PersonLine, JournalError> {
    let id: i64 = r.get(0)?;
    let pressure_ms: Option<i64> = r.get(10)?;
    let glucose_ms: Option<i64> = r.get(13)?;
    let last_pressure = match pressure_ms {
        Some(ms) => Some(LastPressure {
            taken_at: moment(ms, "observation", "taken_at_ms", id)?,
            systolic_mmhg: r.get(11)?,
            diastolic_mmhg: r.get(12)?,
        }),
        None => None,
    };
    Ok(PersonLine {
        id,
        name: r.get(1)?,
        pinyin: r.get(2)?,
        sex: sex(r.get_ref(3)?, id)?,
        birth_date: birth_date(&r.get::<_, String>(4)?, id)?,
        centre_id: r.get(5)?,
        centre_name: r.get(6)?,
        village: r.get(7)?,
        hypertension: r.get(8)?,
        diabetes: r.get(9)?,
        last_taken_at: pressure_ms
            .max(glucose_ms)
            .map(|ms| moment(ms, "observation", "taken_at_ms", id))
            .transpose()?,
        last_pressure,
    })
}
