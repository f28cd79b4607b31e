//! What Understand writes: readings, observations, and what they say about their device.

use rusqlite::{OptionalExtension, params};

use super::again::bare_near;
use super::row::moment;
use super::subject::Columns;
use super::write::{JournalError, Tx};
use crate::decode::mapping::PartKey;
use crate::vitals::{
    DeviceId, DeviceTime, FrameRow, GlucoseValue, HintKind, Mark, Measured, Moment, Reading,
    Specimen, Subject, TakenAt,
};

/// A reading on its way into the journal.
pub struct NewReading<'a> {
    pub frame: FrameRow,
    pub device_id: i64,
    pub reading: &'a Reading,
    pub received_at: Moment,
    /// What makes it one (design, part 5, "Identity"), 16 bytes.
    pub identity: [u8; 16],
    /// It carries neither running number nor device time: one only inside the resend window.
    pub bare: bool,
    /// Profile: equal bare readings inside this many seconds are one.
    pub resend_window_s: u32,
    /// How long measuring it took at most, seconds.
    pub measuring_s: u32,
}

/// What became of a reading that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    New {
        reading: i64,
    },
    /// It is there already.
    Duplicate,
}

impl Tx<'_> {
    /// Stores a reading unless it is there already.
    pub fn insert_reading(&self, new: &NewReading<'_>) -> Result<Inserted, JournalError> {
        let mut marks = new.reading.marks.clone();
        let mut identity = new.identity;
        if new.bare {
            let window_s = new.resend_window_s;
            if bare_near(&self.sql, &new.identity, new.received_at, window_s)?.is_some() {
                return Ok(Inserted::Duplicate);
            }
            if self.any_bare(new.identity)? {
                marks.insert(Mark::MaybeDouble);
            }
            // Bare readings differ by their frame; the same frame never enters twice.
            for (byte, frame) in identity.iter_mut().zip(new.frame.0.to_be_bytes()) {
                *byte ^= frame;
            }
        }
        let marks: Vec<&str> = marks.iter().map(|m| m.word()).collect();
        let inserted = self.insert_reading_row(new, &identity, &marks.join(" "))?;
        Ok(if inserted == 0 {
            Inserted::Duplicate
        } else {
            Inserted::New {
                reading: self.sql.last_insert_rowid(),
            }
        })
    }

    fn insert_reading_row(
        &self,
        new: &NewReading<'_>,
        identity: &[u8; 16],
        marks: &str,
    ) -> Result<usize, JournalError> {
        let r = new.reading;
        let c = Values::of(&r.measured);
        let device_time_ms = match &r.device_time {
            DeviceTime::Given { at, .. } => Some(at.as_millisecond()),
            DeviceTime::Absent | DeviceTime::Unusable { .. } => None,
        };
        Ok(self
            .sql
            .prepare_cached(
                "INSERT INTO reading (frame_id, device_id, kind, systolic_mmhg, diastolic_mmhg,
                     map_mmhg, pulse_bpm, mmol_l, value_flag, meal, specimen, device_time_sent,
                     device_time_ms, slot, sequence, hint_kind, hint_hash, hint_last_four, marks,
                     from_memory, received_at_ms, identity, bare_identity, measuring_s)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                     ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
                 ON CONFLICT (identity) DO NOTHING",
            )?
            .execute(params![
                new.frame.0,
                new.device_id,
                r.measured.kind(),
                c.systolic,
                c.diastolic,
                c.map,
                c.pulse,
                c.mmol_l,
                c.value_flag,
                c.meal,
                c.specimen,
                r.device_time.sent(),
                device_time_ms,
                r.slot,
                r.sequence,
                r.hint.as_ref().map(|h| h.kind.word()),
                r.hint.as_ref().map(|h| h.hash.as_str()),
                r.hint.as_ref().map(|h| h.last_four.as_str()),
                marks,
                r.from_memory,
                new.received_at.as_millisecond(),
                identity,
                new.bare.then_some(&new.identity),
                new.measuring_s,
            ])?)
    }

    /// The observation of a reading with this identity, if it is there.
    pub fn observation_of_identity(
        &self,
        identity: &[u8; 16],
    ) -> Result<Option<i64>, JournalError> {
        Ok(self
            .sql
            .prepare_cached(
                "SELECT o.id FROM reading r JOIN observation o ON o.reading_id = r.id
                 WHERE r.identity = ?1",
            )?
            .query_row([identity], |r| r.get(0))
            .optional()?)
    }

    fn any_bare(&self, identity: [u8; 16]) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM reading WHERE bare_identity = ?1)")?
            .query_row([identity], |r| r.get(0))?)
    }

    /// Whether a reading of the device, made by frame `from` or a later one from what was received until
    /// `until`, has these values of a blood pressure (exact decimals as stored; `None`: any).
    pub fn reading_has(
        &self,
        from: FrameRow,
        device: &DeviceId,
        until: Moment,
        value: impl Fn(PartKey) -> Option<String>,
    ) -> Result<bool, JournalError> {
        Ok(self
            .sql
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM reading r JOIN device d ON d.id = r.device_id
                 WHERE d.name = ?1 AND r.frame_id >= ?2 AND r.kind = 'blood_pressure'
                   AND r.received_at_ms BETWEEN
                     (SELECT received_at_ms FROM frame WHERE id = ?2) AND ?3
                   AND (?4 IS NULL OR r.systolic_mmhg = ?4)
                   AND (?5 IS NULL OR r.diastolic_mmhg = ?5)
                   AND (?6 IS NULL OR r.map_mmhg = ?6)
                   AND (?7 IS NULL OR r.pulse_bpm = ?7))",
            )?
            .query_row(
                params![
                    device.0,
                    from.0,
                    until.as_millisecond(),
                    value(PartKey::Systolic),
                    value(PartKey::Diastolic),
                    value(PartKey::Map),
                    value(PartKey::Pulse),
                ],
                |r| r.get(0),
            )?)
    }

    /// Gives a stored reading its subject. The observation's number.
    pub fn insert_observation(
        &self,
        reading: i64,
        kind: &str,
        taken: &TakenAt,
        subject: Subject,
    ) -> Result<i64, JournalError> {
        let subject = Columns::of(subject);
        self.sql
            .prepare_cached(
                "INSERT INTO observation (reading_id, kind, taken_at_ms, uncertainty_s,
                     time_method, person_id, basis, unclaimed_reason, voided)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                reading,
                kind,
                taken.at.as_millisecond(),
                taken.uncertainty_s,
                taken.method.word(),
                subject.person,
                subject.basis,
                subject.unclaimed,
                subject.voided,
            ])?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Notes that a device was heard, and what it said about itself.
    pub fn note_heard(
        &self,
        device_id: i64,
        at: Moment,
        battery_percent: Option<u8>,
        newest: Option<(&str, Moment)>,
    ) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "UPDATE device SET last_heard_at_ms = max(coalesce(last_heard_at_ms, 0), ?2),
                     battery_percent = coalesce(?3, battery_percent),
                     last_sequence = coalesce(?4, last_sequence),
                     last_device_time_ms = coalesce(?5, last_device_time_ms) WHERE id = ?1",
            )?
            .execute((
                device_id,
                at.as_millisecond(),
                battery_percent,
                newest.map(|(sequence, _)| sequence),
                newest.map(|(_, device_at)| device_at.as_millisecond()),
            ))?;
        if let Some(percent) = battery_percent {
            self.note_battery(device_id, at, percent)?;
        }
        Ok(())
    }

    /// A line of the battery's history, where it says something new.
    fn note_battery(&self, device_id: i64, at: Moment, percent: u8) -> Result<(), JournalError> {
        self.sql
            .prepare_cached(
                "INSERT INTO device_battery (device_id, at_ms, percent) SELECT ?1, ?2, ?3
                 WHERE ?3 IS NOT (SELECT percent FROM device_battery WHERE device_id = ?1
                     ORDER BY at_ms DESC LIMIT 1)
                 ON CONFLICT DO NOTHING",
            )?
            .execute((device_id, at.as_millisecond(), percent))?;
        Ok(())
    }

    /// Adds a live reading's evidence about a device's clock.
    pub fn note_clock(
        &self,
        device_id: i64,
        received_at: Moment,
        offset_ms: i64,
    ) -> Result<(), JournalError> {
        let at_ms = received_at.as_millisecond();
        self.sql
            .prepare_cached(
                "INSERT INTO device_clock (device_id, received_at_ms, offset_ms)
                 VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute((device_id, at_ms, offset_ms))?;
        Ok(())
    }

    /// The newest clock evidence received before `before`, newest first: (received, offset in ms).
    pub fn clock_evidence(
        &self,
        device_id: i64,
        before: Moment,
        limit: usize,
    ) -> Result<Vec<(Moment, i64)>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT received_at_ms, offset_ms FROM device_clock
             WHERE device_id = ?1 AND received_at_ms < ?2
             ORDER BY received_at_ms DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = statement.query((device_id, before.as_millisecond(), limit))?;
        let mut evidence = Vec::new();
        while let Some(r) = rows.next()? {
            evidence.push((
                moment(r.get(0)?, "device_clock", "received_at_ms", device_id)?,
                r.get(1)?,
            ));
        }
        Ok(evidence)
    }

    /// Persons whose card has this keyed hash, at most two (two already mean "ambiguous"). A card that was
    /// ended claims nothing any more, also of what was measured before: when it was really lost is not known.
    /// One that was somebody else's at `since` or later speaks for nobody: whoever has it now had it not then.
    pub fn persons_with_hint(
        &self,
        kind: HintKind,
        hash: &str,
        since: Moment,
    ) -> Result<Vec<i64>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT DISTINCT k.person_id FROM card k JOIN person p ON p.id = k.person_id
             WHERE k.kind = ?1 AND k.hash = ?2 AND k.ended_at_ms IS NULL AND p.standing = 'active'
               AND NOT EXISTS (SELECT 1 FROM card e WHERE e.kind = k.kind AND e.hash = k.hash
                   AND e.person_id <> k.person_id AND e.ended_at_ms >= ?3)
             LIMIT 2",
        )?;
        let rows =
            statement.query_map((kind.word(), hash, since.as_millisecond()), |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// One measurement as columns.
#[derive(Default)]
struct Values {
    systolic: Option<String>,
    diastolic: Option<String>,
    map: Option<String>,
    pulse: Option<String>,
    mmol_l: Option<String>,
    value_flag: Option<&'static str>,
    meal: Option<&'static str>,
    specimen: Option<&'static str>,
}

impl Values {
    fn of(measured: &Measured) -> Self {
        match measured {
            Measured::BloodPressure(bp) => Values {
                systolic: Some(bp.systolic_mmhg.normalize().to_string()),
                diastolic: Some(bp.diastolic_mmhg.normalize().to_string()),
                map: bp.map_mmhg.map(|v| v.normalize().to_string()),
                pulse: bp.pulse_bpm.map(|v| v.normalize().to_string()),
                ..Values::default()
            },
            Measured::Glucose(glucose) => {
                let (mmol_l, value_flag) = match &glucose.value {
                    GlucoseValue::MmolL(v) => (Some(v.normalize().to_string()), None),
                    GlucoseValue::Low => (None, Some("LO")),
                    GlucoseValue::High => (None, Some("HI")),
                };
                Values {
                    mmol_l,
                    value_flag,
                    meal: Some(glucose.meal.word()),
                    specimen: Some(match glucose.specimen {
                        Specimen::Blood => "blood",
                        Specimen::Control => "control",
                    }),
                    ..Values::default()
                }
            }
        }
    }
}
