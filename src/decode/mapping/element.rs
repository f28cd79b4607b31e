//! One element of a body, by one rule of a profile: a reading, a half, a device error, or nothing.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::flag::{self, Answer};
use super::measure::{Outcome, as_sent, measure};
use super::outcome::{Fault, MappedReading, Part, PartKey, PlainHint, Problem, Reason, Refused};
use super::select::Place;
use super::time;
use super::token;
use crate::decode::profile::{Measure, Profile, ReadingRule};
use crate::vitals::{DeviceId, Mark, Moment, PersonHint, Reading};

/// What one element became.
pub(super) enum Mapped {
    /// The rule is not about this element.
    NotHere,
    NoValue,
    Reading(Box<MappedReading>),
    Half(Box<Part>),
    /// The device says it failed. The word is from the profile's table.
    DeviceError {
        device: Option<DeviceId>,
        word: String,
    },
}

/// Circumstances that no field of the body changes.
pub(super) struct Around<'a> {
    pub profile: &'a Profile,
    pub received_at: Moment,
    pub site: &'a TimeZone,
}

impl Around<'_> {
    /// Maps one element. Notes go to `reasons` also when there is a reading.
    pub fn map(
        &self,
        rule: &ReadingRule,
        place: &Place<'_>,
        reasons: &mut Vec<Reason>,
    ) -> Result<Mapped, Problem> {
        if !place.holds(&rule.when) {
            return Ok(Mapped::NotHere);
        }
        if let Some((word, at)) = self.device_error(place)? {
            reasons.push(Reason::new(at, word.clone()));
            return Ok(Mapped::DeviceError {
                device: self.device(place).ok(),
                word,
            });
        }
        let outcome = measure(rule, place, self.profile.join_window_s.is_some())?;
        match outcome {
            Outcome::NotHere => Ok(Mapped::NotHere),
            Outcome::NoValue(notes) => {
                reasons.extend(notes);
                Ok(Mapped::NoValue)
            }
            Outcome::Whole(measured, notes) => {
                let device = self.device(place)?;
                let rest = self.rest(rule, place, reasons)?;
                reasons.extend(notes);
                let reading = Reading {
                    device,
                    measured,
                    device_time: rest.device_time,
                    slot: rest.slot,
                    sequence: rest.sequence,
                    hint: rest.hint,
                    marks: rest.marks,
                    from_memory: rest.from_memory,
                };
                let at = place.shown_at.clone();
                Ok(Mapped::Reading(Box::new(MappedReading {
                    reading,
                    plain_hint: rest.plain_hint,
                    at,
                })))
            }
            Outcome::Half(values) => {
                let device = self.device(place)?;
                let rest = self.rest(rule, place, reasons)?;
                Ok(Mapped::Half(Box::new(Part {
                    profile: self.profile.name.clone(),
                    device,
                    slot: rest.slot,
                    values,
                    expected: self.expected(),
                    window_s: self.profile.join_window_s.unwrap_or(0),
                    received_at: self.received_at,
                    device_time: rest.device_time,
                    sequence: rest.sequence,
                    hint: rest.hint,
                    plain_hint: rest.plain_hint,
                    marks: rest.marks,
                    from_memory: rest.from_memory,
                    at: place.shown_at.clone(),
                })))
            }
        }
    }

    /// What a refused element said, when it says a number at all.
    pub fn refused(&self, rule: &ReadingRule, place: &Place<'_>, fault: Fault) -> Option<Refused> {
        Some(Refused {
            device: self.device(place).ok(),
            fault,
            sent: as_sent(rule, place)?,
        })
    }

    pub fn device(&self, place: &Place<'_>) -> Result<DeviceId, Problem> {
        let sources = &self.profile.device.id;
        match place.find(sources)? {
            Some(found) => flag::short_text(&found)
                .map(DeviceId)
                .ok_or_else(|| Problem::new(found.at, Fault::NoDevice)),
            None => Err(Problem::new(place.asked(sources), Fault::NoDevice)),
        }
    }

    /// The word and place of a device error, when the error field holds anything but a good code.
    pub fn device_error(&self, place: &Place<'_>) -> Result<Option<(String, String)>, Problem> {
        let Some(rule) = &self.profile.error else {
            return Ok(None);
        };
        let Some(found) = place.find(&rule.at)?.filter(|f| !f.value.is_null()) else {
            return Ok(None);
        };
        if rule.good.iter().any(|good| found.names(good)) {
            return Ok(None);
        }
        let word = rule
            .words
            .iter()
            .find(|(code, _)| found.names(code))
            .map_or(Fault::DeviceError.word(), |(_, word)| word);
        Ok(Some((word.to_owned(), found.at.clone())))
    }

    fn rest(
        &self,
        rule: &ReadingRule,
        place: &Place<'_>,
        reasons: &mut Vec<Reason>,
    ) -> Result<Rest, Problem> {
        let time_rule = rule.time.as_ref().or(self.profile.time.as_ref());
        let (device_time, unusable) =
            time::device_time(time_rule, place, self.received_at, self.site)?;
        reasons.extend(unusable);
        let text = |r: &Option<_>| match r {
            Some(rule) => flag::text(rule, place),
            None => Ok(None),
        };
        let (hint, plain_hint) = self.hint(place, reasons)?;
        let from_memory = match &self.profile.device.from_memory {
            // What may be memory is treated as memory: it must not ring as live.
            Some(flag) => !matches!(flag::answer(flag, place)?, Answer::No),
            None => false,
        };
        Ok(Rest {
            device_time,
            slot: text(&rule.slot)?,
            sequence: text(&rule.sequence)?,
            hint,
            plain_hint,
            marks: marks(rule, place, reasons)?,
            from_memory,
        })
    }

    fn hint(
        &self,
        place: &Place<'_>,
        reasons: &mut Vec<Reason>,
    ) -> Result<(Option<PersonHint>, Option<PlainHint>), Problem> {
        let Some(rule) = &self.profile.person else {
            return Ok((None, None));
        };
        let Some(found) = place.find(&rule.at)?.filter(|f| !f.value.is_null()) else {
            return Ok((None, None));
        };
        let text = found.text().unwrap_or_default();
        let none = match token::read(rule.kind, &text) {
            Some(Ok(hint)) => return Ok((Some(hint), None)),
            Some(Err(none)) => none,
            None => match rule.kind.normalise(&text) {
                Ok(number) => {
                    return Ok((
                        None,
                        Some(PlainHint {
                            kind: rule.kind,
                            number,
                        }),
                    ));
                }
                Err(none) => none,
            },
        };
        reasons.push(Reason::new(found.at.clone(), none.word()));
        Ok((None, None))
    }

    /// The halves that this profile's messages bring, together.
    fn expected(&self) -> Vec<PartKey> {
        let mut keys = BTreeSet::new();
        for rule in &self.profile.readings {
            if let Measure::BloodPressure {
                systolic,
                diastolic,
                map,
                pulse,
            } = &rule.measure
            {
                let named = [
                    (PartKey::Systolic, systolic),
                    (PartKey::Diastolic, diastolic),
                    (PartKey::Map, map),
                    (PartKey::Pulse, pulse),
                ];
                keys.extend(
                    named
                        .into_iter()
                        .filter(|(_, r)| r.is_some())
                        .map(|(k, _)| k),
                );
            }
        }
        keys.into_iter().collect()
    }
}

/// Everything of a reading but its device and its values.
struct Rest {
    device_time: crate::vitals::DeviceTime,
    slot: Option<String>,
    sequence: Option<String>,
    hint: Option<PersonHint>,
    plain_hint: Option<PlainHint>,
    marks: BTreeSet<Mark>,
    from_memory: bool,
}

/// A mark that is neither yes nor no is left out and noted: a mark never hides a reading.
fn marks(
    rule: &ReadingRule,
    place: &Place<'_>,
    reasons: &mut Vec<Reason>,
) -> Result<BTreeSet<Mark>, Problem> {
    let mut marks = BTreeSet::new();
    for (mark, flag) in &rule.marks {
        match flag::answer(flag, place)? {
            Answer::Yes => {
                marks.insert(*mark);
            }
            Answer::No => {}
            Answer::Unclear(at) => reasons.push(Reason::new(at, "unknown_flag")),
        }
    }
    Ok(marks)
}
