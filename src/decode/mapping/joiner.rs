//! Systolic, diastolic and pulse that come in messages of their own, joined per device within a window.

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::outcome::{Fault, MappedReading, Part, PartKey};
use super::plausible;
use crate::vitals::{BloodPressure, DeviceId, Measured, Moment, Reading};

/// What became of a group of halves. `tags` are the caller's names of the messages, in order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined<T> {
    pub tags: Vec<T>,
    /// When the first and the last of them were received.
    pub first_at: Moment,
    pub last_at: Moment,
    /// Whose halves they are, and what they say, also when they never became a reading.
    pub device: DeviceId,
    pub values: Vec<(PartKey, Decimal)>,
    /// `half_alone` and `half_twice` quarantine every message of the group; an implausible pair is refused.
    pub reading: Result<Box<MappedReading>, Fault>,
}

/// Halves that wait for their others. Pure: the caller says when it is.
///
/// After a restart the caller offers its unsettled halves again, in their order.
#[derive(Debug, Clone)]
pub struct Joiner<T> {
    groups: Vec<Group<T>>,
}

#[derive(Debug, Clone)]
struct Group<T> {
    /// The first part, gathering the values of those that follow.
    part: Part,
    tags: Vec<T>,
    last_at: Moment,
}

impl<T> Default for Joiner<T> {
    fn default() -> Self {
        Joiner { groups: Vec::new() }
    }
}

impl<T> Joiner<T> {
    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The moment at which the next group's window ends.
    pub fn next_expiry(&self) -> Option<Moment> {
        self.groups.iter().map(Group::ends_at).min()
    }

    /// Takes a half. Gives back what it completes, and what it shows to be alone.
    pub fn offer(&mut self, tag: T, part: Part) -> Vec<Joined<T>> {
        let mut out = self.expire(part.received_at);
        let Some(place) = self.groups.iter().position(|g| g.belongs_with(&part)) else {
            self.groups.push(Group {
                last_at: part.received_at,
                part,
                tags: vec![tag],
            });
            out.extend(self.take_whole());
            return out;
        };
        let group = &mut self.groups[place];
        if group.contradicts(&part) {
            let old = std::mem::replace(
                group,
                Group {
                    last_at: part.received_at,
                    part,
                    tags: vec![tag],
                },
            );
            out.push(old.joined(Err(Fault::HalfTwice)));
            return out;
        }
        group.add(tag, part);
        out.extend(self.take_whole());
        out
    }

    /// Ends every group whose window is over at `now` (a half received at the window's end still joins).
    pub fn expire(&mut self, now: Moment) -> Vec<Joined<T>> {
        let (over, waiting) = std::mem::take(&mut self.groups)
            .into_iter()
            .partition(|g| g.ends_at() < now);
        self.groups = waiting;
        over.into_iter().map(Group::ended).collect()
    }

    /// Ends every group: no more halves will come.
    pub fn finish(&mut self) -> Vec<Joined<T>> {
        std::mem::take(&mut self.groups)
            .into_iter()
            .map(Group::ended)
            .collect()
    }

    fn take_whole(&mut self) -> Option<Joined<T>> {
        let place = self.groups.iter().position(Group::is_whole)?;
        Some(self.groups.remove(place).ended())
    }
}

impl<T> Group<T> {
    fn ends_at(&self) -> Moment {
        let window = SignedDuration::from_secs(i64::from(self.part.window_s));
        self.part
            .received_at
            .saturating_add(window)
            .unwrap_or(Moment::MAX)
    }

    fn belongs_with(&self, part: &Part) -> bool {
        (&self.part.profile, &self.part.device, &self.part.slot)
            == (&part.profile, &part.device, &part.slot)
    }

    /// The same value again but different, or the number of another person: two measurements, not one.
    fn contradicts(&self, part: &Part) -> bool {
        let twice = part
            .values
            .iter()
            .any(|(key, value)| self.value(*key).is_some_and(|known| known != *value));
        let differ = |a: Option<&str>, b: Option<&str>| a.is_some() && b.is_some() && a != b;
        twice
            || differ(self.part.sequence.as_deref(), part.sequence.as_deref())
            || differ(
                self.part.hint.as_ref().map(|h| h.hash.as_str()),
                part.hint.as_ref().map(|h| h.hash.as_str()),
            )
            || differ(
                self.part.plain_hint.as_ref().map(|h| h.number.as_str()),
                part.plain_hint.as_ref().map(|h| h.number.as_str()),
            )
            || part.received_at
                < self
                    .part
                    .received_at
                    .saturating_sub(SignedDuration::from_secs(i64::from(self.part.window_s)))
                    .unwrap_or(Moment::MIN)
    }

    fn add(&mut self, tag: T, part: Part) {
        for (key, value) in part.values {
            if self.value(key).is_none() {
                self.part.values.push((key, value));
            }
        }
        self.part.marks.extend(part.marks);
        self.part.from_memory |= part.from_memory;
        if self.part.device_time.sent().is_none() {
            self.part.device_time = part.device_time;
        }
        self.part.sequence = self.part.sequence.take().or(part.sequence);
        self.part.hint = self.part.hint.take().or(part.hint);
        self.part.plain_hint = self.part.plain_hint.take().or(part.plain_hint);
        self.last_at = self.last_at.max(part.received_at);
        self.tags.push(tag);
    }

    fn value(&self, key: PartKey) -> Option<Decimal> {
        self.part
            .values
            .iter()
            .find(|(k, _)| *k == key)
            .map(|(_, v)| *v)
    }

    fn is_whole(&self) -> bool {
        self.part
            .expected
            .iter()
            .all(|key| self.value(*key).is_some())
    }

    /// The group as it stands: with both pressures a reading, else alone.
    fn ended(self) -> Joined<T> {
        let reading = match (
            self.value(PartKey::Systolic),
            self.value(PartKey::Diastolic),
        ) {
            (Some(systolic_mmhg), Some(diastolic_mmhg)) => {
                plausible::above(systolic_mmhg, diastolic_mmhg).map(|()| {
                    Box::new(self.reading(BloodPressure {
                        systolic_mmhg,
                        diastolic_mmhg,
                        map_mmhg: self.value(PartKey::Map),
                        pulse_bpm: self.value(PartKey::Pulse),
                    }))
                })
            }
            _ => Err(Fault::HalfAlone),
        };
        self.joined(reading)
    }

    fn reading(&self, pressure: BloodPressure) -> MappedReading {
        let part = &self.part;
        MappedReading {
            reading: Reading {
                device: part.device.clone(),
                measured: Measured::BloodPressure(pressure),
                device_time: part.device_time.clone(),
                slot: part.slot.clone(),
                sequence: part.sequence.clone(),
                hint: part.hint.clone(),
                marks: part.marks.clone(),
                from_memory: part.from_memory,
            },
            plain_hint: part.plain_hint.clone(),
            at: part.at.clone(),
        }
    }

    fn joined(self, reading: Result<Box<MappedReading>, Fault>) -> Joined<T> {
        Joined {
            tags: self.tags,
            first_at: self.part.received_at,
            last_at: self.last_at,
            device: self.part.device,
            values: self.part.values,
            reading,
        }
    }
}
