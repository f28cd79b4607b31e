//! Loading a roster: one command, all of it or nothing.

use std::collections::BTreeMap;

use crate::journal::{Bond, DeviceKind, JournalError, NewDevice, Sex, Tx};
use crate::people::details::{Details, RiskDrug, Weekdays};
use crate::people::roster::{DeviceEntry, PersonEntry, RosterFile};
use crate::vitals::{DeviceId, HintKey, HintKind, Moment};

/// How many rows a load added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    pub centres: usize,
    pub stations: usize,
    pub persons: usize,
    pub devices: usize,
    /// Card or citizen numbers that cannot be one (masked, wrong check digit) and were left out.
    pub numbers_refused: usize,
}

/// Adds everything in a checked roster. Persons' numbers by the file's keys come back too.
///
/// # Errors
/// The journal's; then nothing was added (a code or device name that is there already is one).
pub fn load(
    tx: &Tx<'_>,
    roster: &RosterFile,
    key: &HintKey,
    now: Moment,
) -> Result<(Loaded, BTreeMap<String, i64>), JournalError> {
    let mut loaded = Loaded::default();
    let mut centres = BTreeMap::new();
    for c in &roster.centre {
        centres.insert(
            c.code.as_str(),
            tx.add_centre(&c.code, &c.name, &c.village)?,
        );
        loaded.centres += 1;
    }
    let centre = |code: &str| centres.get(code).copied().unwrap_or_default();
    let mut stations = BTreeMap::new();
    for s in &roster.station {
        stations.insert(
            s.code.as_str(),
            tx.add_station(centre(&s.centre), &s.code, &s.name)?,
        );
        loaded.stations += 1;
    }
    let mut persons = BTreeMap::new();
    for p in &roster.person {
        let id = add_person(tx, p, centre(&p.centre), key, now, &mut loaded)?;
        persons.insert(p.key.clone(), id);
    }
    for d in &roster.device {
        let station = d
            .station
            .as_deref()
            .and_then(|code| stations.get(code))
            .copied();
        enrol(tx, d, centre(&d.centre), station, &persons, now)?;
        loaded.devices += 1;
    }
    Ok((loaded, persons))
}

fn add_person(
    tx: &Tx<'_>,
    p: &PersonEntry,
    centre_id: i64,
    key: &HintKey,
    now: Moment,
    loaded: &mut Loaded,
) -> Result<i64, JournalError> {
    let sex = Sex::from_word(&p.sex).unwrap_or(Sex::Unknown);
    let mut details = Details::new(&p.name, sex, p.birth_date);
    if !p.pinyin.is_empty() {
        details.pinyin.clone_from(&p.pinyin);
    }
    details.hypertension = p.hypertension;
    details.diabetes = p.diabetes;
    details.atrial_fibrillation = p.atrial_fibrillation;
    details.lives_alone = p.lives_alone;
    details.village.clone_from(&p.village);
    details.phone.clone_from(&p.phone);
    let drugs = p.risk_drugs.iter().filter_map(|d| RiskDrug::from_word(d));
    details.risk_drugs = drugs.collect();
    details.comes_on = Weekdays::from_word(&p.comes_on).unwrap_or_default();
    details.fasting_on = Weekdays::from_word(&p.fasting_on).unwrap_or_default();
    let id = tx.add_roster_entry(centre_id, &details, now)?;
    loaded.persons += 1;
    let cards = p.cards.iter().map(|number| (HintKind::Card, number));
    let national = p
        .national_id
        .iter()
        .map(|number| (HintKind::NationalId, number));
    for (kind, number) in cards.chain(national) {
        match key.hint(kind, number) {
            Ok(hint) => tx.add_card(id, kind, &hint.hash, &hint.last_four, now)?,
            Err(_) => loaded.numbers_refused += 1,
        }
    }
    Ok(id)
}

fn enrol(
    tx: &Tx<'_>,
    d: &DeviceEntry,
    centre_id: i64,
    station_id: Option<i64>,
    persons: &BTreeMap<String, i64>,
    now: Moment,
) -> Result<(), JournalError> {
    let device_id = tx.enrol_device(&NewDevice {
        name: &DeviceId(d.name.clone()),
        label: &d.label,
        kind: DeviceKind::from_word(&d.kind).unwrap_or(DeviceKind::Cuff),
        centre_id,
        station_id,
        own_person_id: d
            .own_person
            .as_ref()
            .and_then(|key| persons.get(key))
            .copied(),
        account: d.account.as_deref(),
        in_service_since: d.in_service_since.unwrap_or(now),
    })?;
    if let Some(radio) = &d.bluetooth {
        tx.enrol_radio(device_id, &radio.address, &radio.profile, Bond::None, now)?;
    }
    for (slot, person) in &d.slots {
        if let Some(person) = persons.get(person) {
            tx.set_slot(device_id, slot, *person)?;
        }
    }
    Ok(())
}
