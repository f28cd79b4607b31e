//! A frame, by the profile that fits it: readings, halves, device events, or the reasons why not.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;

use super::element::{Around, Mapped};
use super::number;
use super::outcome::{
    DeviceEvent, Event, Fault, Interpretation, MappedReading, Part, Problem, Reason, Refused,
    Status,
};
use super::select::{Fit, Place, fitting};
use crate::decode::profile::{IgnoreWord, ProfileSet, ReadingRule};
use crate::vitals::{DeviceId, Frame};

/// What a frame says. Works on raw bodies and on those that `prepare` wrote.
///
/// `site` is the zone of device times that name none. The only "now" is the frame's `received_at`.
pub fn interpret(set: &ProfileSet, frame: &Frame, site: &TimeZone) -> Interpretation {
    match fitting(set, frame) {
        Ok(fit) => interpret_fit(&fit, frame, site),
        Err(fault) => Interpretation {
            profile: None,
            status: fault.status(),
            readings: Vec::new(),
            parts: Vec::new(),
            refused: Vec::new(),
            events: Vec::new(),
            error: Some(fault),
            reasons: vec![Reason::new("", fault.word())],
        },
    }
}

pub(super) fn interpret_fit(fit: &Fit<'_>, frame: &Frame, site: &TimeZone) -> Interpretation {
    let around = Around {
        profile: fit.profile,
        received_at: frame.received_at,
        site,
    };
    let body = fit.place(&frame.source);
    let mut met = Met::new(fit, around.device(&body).ok());
    met.battery(&body);
    if let Some(rule) = fit
        .profile
        .ignore
        .iter()
        .find(|rule| body.holds(&rule.when))
    {
        met.ignore(rule.why);
        return met.interpretation();
    }
    match around.device_error(&body) {
        Ok(Some((word, at))) => {
            met.reasons.push(Reason::new(at, word.clone()));
            met.device_error(met.device.clone(), word);
            return met.interpretation();
        }
        Ok(None) => {}
        Err(problem) => met.problem(problem),
    }
    for rule in fit
        .profile
        .readings
        .iter()
        .filter(|rule| rule.each.is_none())
    {
        met.map(&around, rule, &body);
    }
    walk_elements(fit, &around, &body, &mut met);
    met.interpretation()
}

/// Maps the elements of every rule with `each`. An element that no rule is about, beside others that
/// are, is noted: it may be a measurement that the profile does not know.
fn walk_elements(fit: &Fit<'_>, around: &Around<'_>, body: &Place<'_>, met: &mut Met<'_>) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut left: BTreeSet<(String, String)> = BTreeSet::new();
    for rule in &fit.profile.readings {
        let Some(each) = &rule.each else { continue };
        let mut here = Vec::new();
        for place in body.elements(each) {
            if met.map(around, rule, &place) {
                taken.insert(place.element_at.clone());
            }
            here.push((place.element_at, place.shown_at));
        }
        if here.iter().any(|(at, _)| taken.contains(at)) {
            left.extend(here);
        }
    }
    for (at, shown) in left {
        if !taken.contains(&at) {
            met.reasons.push(Reason::new(shown, "element_not_mapped"));
        }
    }
}

/// What was met so far in one frame.
struct Met<'a> {
    fit: &'a Fit<'a>,
    /// The device the message as a whole names.
    device: Option<DeviceId>,
    readings: Vec<MappedReading>,
    parts: Vec<Part>,
    refused: Vec<Refused>,
    events: Vec<DeviceEvent>,
    reasons: Vec<Reason>,
    faults: Vec<Fault>,
    nothing_to_measure: bool,
}

impl<'a> Met<'a> {
    fn new(fit: &'a Fit<'a>, device: Option<DeviceId>) -> Self {
        let mut reasons = Vec::new();
        if fit.document.byte_order_mark {
            reasons.push(Reason::new("", "byte_order_mark"));
        }
        Met {
            fit,
            device,
            readings: Vec::new(),
            parts: Vec::new(),
            refused: Vec::new(),
            events: Vec::new(),
            reasons,
            faults: Vec::new(),
            nothing_to_measure: false,
        }
    }

    fn battery(&mut self, body: &Place<'_>) {
        let Some(sources) = &self.fit.profile.device.battery else {
            return;
        };
        let Ok(Some(found)) = body.find(sources) else {
            return;
        };
        let percent = found
            .text()
            .and_then(|text| number::decimal(text.trim().trim_end_matches('%')).ok())
            .and_then(|percent| percent.round().to_u8())
            .filter(|percent| *percent <= 100);
        if let Some(percent) = percent {
            self.events.push(DeviceEvent {
                device: self.device.clone(),
                event: Event::Battery { percent },
            });
        }
    }

    fn ignore(&mut self, why: IgnoreWord) {
        self.nothing_to_measure = true;
        self.reasons.push(Reason::new("", why.word()));
        if why == IgnoreWord::Heartbeat {
            self.events.push(DeviceEvent {
                device: self.device.clone(),
                event: Event::Heartbeat,
            });
        }
    }

    fn device_error(&mut self, device: Option<DeviceId>, word: String) {
        self.faults.push(Fault::DeviceError);
        let device = device.or_else(|| self.device.clone());
        self.events.push(DeviceEvent {
            device,
            event: Event::Error { word },
        });
    }

    fn problem(&mut self, problem: Problem) {
        self.faults.push(problem.fault);
        self.reasons.push(problem.into());
    }

    /// Maps an element by a rule. Whether the rule was about it.
    fn map(&mut self, around: &Around<'_>, rule: &ReadingRule, place: &Place<'_>) -> bool {
        let mapped = around.map(rule, place, &mut self.reasons);
        if let Err(problem) = &mapped
            && problem.fault.status() == Status::Refused
        {
            self.refused
                .extend(around.refused(rule, place, problem.fault));
        }
        self.take(mapped)
    }

    /// Whether the rule was about the element.
    fn take(&mut self, mapped: Result<Mapped, Problem>) -> bool {
        match mapped {
            Ok(Mapped::NotHere) => return false,
            Ok(Mapped::NoValue) => self.nothing_to_measure = true,
            Ok(Mapped::Reading(reading)) => self.readings.push(*reading),
            Ok(Mapped::Half(part)) => self.parts.push(*part),
            Ok(Mapped::DeviceError { device, word }) => self.device_error(device, word),
            Err(problem) => self.problem(problem),
        }
        true
    }

    fn interpretation(mut self) -> Interpretation {
        let found = !self.readings.is_empty() || !self.parts.is_empty();
        if !found && self.faults.is_empty() && !self.nothing_to_measure {
            self.problem(Problem::new("", Fault::NoReading));
        }
        // Several faults: what was not understood outweighs what was refused, and that what is ignored.
        let weight = |fault: &Fault| match fault.status() {
            Status::Quarantined => 0,
            Status::Refused => 1,
            Status::Ignored | Status::Ok => 2,
        };
        let error = self.faults.iter().copied().min_by_key(weight);
        let status = if found {
            Status::Ok
        } else {
            error.map_or(Status::Ignored, Fault::status)
        };
        Interpretation {
            profile: Some(self.fit.profile.name.clone()),
            status,
            readings: self.readings,
            parts: self.parts,
            refused: self.refused,
            events: self.events,
            error,
            reasons: self.reasons,
        }
    }
}
