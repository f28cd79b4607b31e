//! Reading lists: centres, seats, persons, devices, each as a page shows a line of it.

use rusqlite::types::ValueRef;

use super::radio::Bond;
use super::read::Snapshot;
use super::roster::{DeviceKind, Sex, birth_date, sex};
use super::row::{WAITS, moment, word};
use super::scope::Seen;
use super::write::JournalError;
use crate::people::details::{HealthClass, Standing, Weekdays};
use crate::people::name::fits;
use crate::vitals::Moment;

/// A centre, and what happened there since `since`. Only [`Seen`] makes it.
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
    pub(super) seen: (),
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

/// A person as lists show one. Only [`Seen`] makes it: whoever holds one may see this person.
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
    pub atrial_fibrillation: bool,
    /// Takes a drug that can bring glucose too low.
    pub risk_drug: bool,
    pub lives_alone: bool,
    pub health_class: Option<HealthClass>,
    /// The weekdays on which she usually comes.
    pub comes_on: Weekdays,
    pub standing: Standing,
    /// Newest observation with a usable time, of any kind.
    pub last_taken_at: Option<Moment>,
    pub last_pressure: Option<LastPressure>,
    /// Keeps others from making one.
    pub(super) seen: (),
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
    /// Set for a device that is spoken to by Bluetooth.
    pub bond: Option<Bond>,
    /// Why its last Bluetooth connection came to nothing.
    pub trouble: Option<String>,
    /// Records it counted and never sent.
    pub records_lost: i64,
}

impl Seen<'_> {
    /// Every centre of the scope with its counts since `since` (the start of today, say).
    pub fn centres(&self, since: Moment) -> Result<Vec<CentreLine>, JournalError> {
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT c.id, c.code, c.name, c.village,
               (SELECT count(*) FROM person p WHERE p.centre_id = c.id AND p.standing = 'active'),
               (SELECT count(*) FROM device d WHERE d.centre_id = c.id AND d.kind <> 'typed'),
               (SELECT count(*) FROM person p WHERE p.centre_id = c.id AND EXISTS
                  (SELECT 1 FROM observation o WHERE o.person_id = p.id
                     AND o.kind IN ('blood_pressure', 'glucose') AND o.taken_at_ms >= ?1
                     AND o.time_method <> 'unusable')),
               (SELECT count(*) FROM observation o JOIN reading r ON r.id = o.reading_id
                  JOIN device d ON d.id = r.device_id
                  WHERE {WAITS} AND r.received_at_ms >= ?1 AND d.centre_id = c.id)
             FROM centre c WHERE ?2 IS NULL OR c.id = ?2 ORDER BY c.id"
        ))?;
        let of = (since.as_millisecond(), self.scope.only());
        let rows = statement.query_map(of, |r| {
            Ok(CentreLine {
                id: r.get(0)?,
                code: r.get(1)?,
                name: r.get(2)?,
                village: r.get(3)?,
                persons: r.get(4)?,
                devices: r.get(5)?,
                persons_measured: r.get(6)?,
                unclaimed: r.get(7)?,
                seen: (),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Persons of one centre (or of all that the scope holds) who are cared for here, by pinyin.
    pub fn persons(&self, centre_id: Option<i64>) -> Result<Vec<PersonLine>, JournalError> {
        self.person_lines(
            "AND (?2 IS NULL OR p.centre_id = ?2) AND p.standing = 'active'
             ORDER BY p.centre_id, p.pinyin, p.id",
            centre_id,
        )
    }

    /// Persons whom `typed` means (name, pinyin, initials; nothing typed: everybody), best first within
    /// their centre, at most `most`; and how many there are. `everybody`: also those who died or moved away.
    pub fn persons_meant(
        &self,
        typed: &str,
        everybody: bool,
        most: usize,
    ) -> Result<(Vec<PersonLine>, usize), JournalError> {
        let mut statement = self.journal.sql.prepare_cached(
            "SELECT id, name, pinyin FROM person
             WHERE (?1 IS NULL OR centre_id = ?1) AND (?2 OR standing = 'active')
             ORDER BY centre_id, pinyin, id",
        )?;
        let mut rows = statement.query((self.scope.only(), everybody))?;
        let mut meant = Vec::new();
        while let Some(r) = rows.next()? {
            let (name, pinyin) = (r.get_ref(1)?.as_str(), r.get_ref(2)?.as_str());
            if let (Ok(name), Ok(pinyin)) = (name, pinyin)
                && let Some(fit) = fits(name, pinyin, typed)
            {
                meant.push((fit, r.get::<_, i64>(0)?));
            }
        }
        let count = meant.len();
        // The best of all, when they are too many; then in the order of lists.
        meant.sort_by_key(|(fit, _)| *fit);
        meant.truncate(most);
        let mut lines = Vec::new();
        for (fit, id) in meant {
            lines.extend(self.person(id)?.map(|line| (fit, line)));
        }
        lines.sort_by_key(|(fit, line)| (line.centre_id, *fit, line.pinyin.clone(), line.id));
        Ok((lines.into_iter().map(|(_, line)| line).collect(), count))
    }

    /// One person, if the scope holds her.
    pub fn person(&self, person_id: i64) -> Result<Option<PersonLine>, JournalError> {
        Ok(self.person_lines("AND p.id = ?2", Some(person_id))?.pop())
    }

    /// Devices of the scope.
    pub fn devices(&self) -> Result<Vec<DeviceLine>, JournalError> {
        let mut devices = self.journal.devices()?;
        devices.retain(|device| self.scope.holds(device.centre_id));
        Ok(devices)
    }

    /// The centre of a device, if the scope holds it.
    pub fn device_centre(&self, device_id: i64) -> Result<Option<i64>, JournalError> {
        let mut statement = self
            .journal
            .sql
            .prepare_cached("SELECT centre_id FROM device WHERE id = ?1 AND kind <> 'typed'")?;
        let mut rows = statement.query([device_id])?;
        let centre: Option<i64> = rows.next()?.map(|r| r.get(0)).transpose()?;
        Ok(centre.filter(|centre| self.scope.holds(*centre)))
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
        let mut statement = self.journal.sql.prepare_cached(&format!(
            "SELECT p.id, p.name, p.pinyin, p.sex, p.birth_date, p.centre_id, c.name,
                CASE WHEN p.village = '' THEN c.village ELSE p.village END,
                p.hypertension, p.diabetes, bp.taken_at_ms, r.systolic_mmhg, r.diastolic_mmhg,
                glu.taken_at_ms, p.atrial_fibrillation, p.risk_drugs <> '', p.lives_alone,
                p.health_class, p.comes_on, p.standing
             FROM person p JOIN centre c ON c.id = p.centre_id
             LEFT JOIN observation bp ON bp.id = {}
             LEFT JOIN reading r ON r.id = bp.reading_id
             LEFT JOIN observation glu ON glu.id = {}
             WHERE (?1 IS NULL OR p.centre_id = ?1) {rest}",
            newest("blood_pressure"),
            newest("glucose"),
        ))?;
        let mut rows = statement.query((self.scope.only(), value))?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            found.push(person_line(r)?);
        }
        Ok(found)
    }
}

impl Snapshot<'_> {
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

    /// Every enrolled device; not the places of typed readings.
    pub fn devices(&self) -> Result<Vec<DeviceLine>, JournalError> {
        let mut statement = self.sql.prepare_cached(
            "SELECT d.id, d.name, d.label, d.kind, d.centre_id, c.name, s.name, d.own_person_id,
                d.account, d.last_heard_at_ms, d.battery_percent,
                (SELECT k.offset_ms FROM device_clock k WHERE k.device_id = d.id
                   ORDER BY k.received_at_ms DESC LIMIT 1),
                (SELECT count(*) FROM reading r WHERE r.device_id = d.id),
                b.bond, b.trouble, b.records_lost,
                (SELECT CASE WHEN k.set_at_ms IS NULL THEN k.offset_ms ELSE 0 END
                   FROM device_clock_read k WHERE k.device_id = d.id
                   ORDER BY k.connection DESC LIMIT 1)
             FROM device d JOIN centre c ON c.id = d.centre_id
             LEFT JOIN device_radio b ON b.device_id = d.id
             LEFT JOIN station s ON s.id = d.station_id WHERE d.kind <> 'typed'
             ORDER BY d.centre_id, d.id",
        )?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(r) = rows.next()? {
            let id: i64 = r.get(0)?;
            let heard: Option<i64> = r.get(9)?;
            // What was read from the clock itself says more than what its readings showed.
            let clock: Option<i64> = r.get(16)?;
            let bond = match r.get_ref(13)? {
                rusqlite::types::ValueRef::Null => None,
                stored => Some(word(stored, Bond::from_word, "device_radio", "bond", id)?),
            };
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
                clock_offset_ms: clock.or(r.get(11)?),
                readings: r.get(12)?,
                bond,
                trouble: r.get(14)?,
                records_lost: r.get::<_, Option<i64>>(15)?.unwrap_or(0),
            });
        }
        Ok(found)
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
        atrial_fibrillation: r.get(14)?,
        risk_drug: r.get(15)?,
        lives_alone: r.get(16)?,
        health_class: match r.get_ref(17)? {
            ValueRef::Null => None,
            class => Some(word(
                class,
                HealthClass::from_word,
                "person",
                "health_class",
                id,
            )?),
        },
        comes_on: word(
            r.get_ref(18)?,
            Weekdays::from_word,
            "person",
            "comes_on",
            id,
        )?,
        standing: word(
            r.get_ref(19)?,
            Standing::from_word,
            "person",
            "standing",
            id,
        )?,
        last_taken_at: pressure_ms
            .max(glucose_ms)
            .map(|ms| moment(ms, "observation", "taken_at_ms", id))
            .transpose()?,
        last_pressure,
        seen: (),
    })
}
