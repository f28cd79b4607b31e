//! What the faults do to the messages of a device: one message in, none or some out. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;

use crate::vitals::Moment;

use super::calendar::moment;
use super::device::{CLOCK_BIRTH, DeviceIx};
use super::dice::{Dice, For};
use super::faults::Fault;
use super::message::{Content, Message, clock_text, day_of, message};
use super::substitute::somebody_else;
use super::township::Township;

/// How long after its measurement a late message is sent.
const LATE: SignedDuration = SignedDuration::from_mins(45);
/// How long after a message its duplicate follows.
const AGAIN: SignedDuration = SignedDuration::from_secs(3);
/// What a drifting clock loses from one message to the next.
const DRIFT: SignedDuration = SignedDuration::from_secs(3);
/// 1 kPa in mmHg.
const MMHG_PER_KPA: f64 = 7.500_616;
/// 1 mmol/L of glucose in mg/dL.
const MG_DL_PER_MMOL_L: f64 = 18.016;

/// Bytes on their way to the broker.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub device: DeviceIx,
    pub topic: String,
    pub payload: Vec<u8>,
    /// Not before this moment.
    pub send_at: Moment,
    /// What was really measured and said, before the faults.
    pub message: Message,
    /// What befell it.
    pub faults: BTreeSet<Fault>,
}

/// What a device remembers of its faults.
#[derive(Debug, Default)]
struct Affected {
    /// Waits for the next message to overtake it.
    overtaken: Option<Outgoing>,
    /// Waits for the line.
    stored: Vec<Outgoing>,
    clock_reset_at: Option<Moment>,
    lost: SignedDuration,
}

/// The faults' memory of all devices.
#[derive(Debug)]
pub struct Afflictions {
    township: Arc<Township>,
    devices: BTreeMap<DeviceIx, Affected>,
}

impl Afflictions {
    pub fn new(township: Arc<Township>) -> Self {
        Afflictions {
            township,
            devices: BTreeMap::new(),
        }
    }

    /// The message of what really happened: of somebody else when the wrong person sits there.
    pub fn really(&self, planned: Message, faults: &BTreeSet<Fault>) -> Message {
        if !faults.contains(&Fault::WrongPerson) {
            return planned;
        }
        let measurement = somebody_else(&self.township, &planned.measurement);
        let waited = planned
            .sent_at
            .duration_since(measurement.taken_at)
            .as_secs();
        let resend = planned.resend;
        Message {
            resend,
            ..message(&self.township, &measurement, planned.seq, waited)
        }
    }

    /// What the device sends for `message` (as it [`really`](Self::really) was) while `faults` are on.
    pub fn pass(&mut self, message: Message, faults: &BTreeSet<Fault>) -> Vec<Outgoing> {
        let Some(mut outgoing) = self.afflicted(message, faults) else {
            return Vec::new();
        };
        let affected = self.devices.entry(outgoing.device).or_default();
        if faults.contains(&Fault::Late) {
            outgoing.send_at = later(outgoing.message.measurement.taken_at, LATE);
        }
        if faults.contains(&Fault::BurstAfterOutage) {
            affected.stored.push(outgoing);
            return Vec::new();
        }
        let mut sent = vec![outgoing];
        if faults.contains(&Fault::OutOfOrder) {
            let Some(mut first) = affected.overtaken.take() else {
                affected.overtaken = sent.pop();
                return sent;
            };
            first.send_at = later(sent[0].send_at, SignedDuration::from_secs(1));
            sent.push(first);
        }
        if faults.contains(&Fault::Duplicate) {
            let again = |outgoing: &Outgoing| Outgoing {
                send_at: later(outgoing.send_at, AGAIN),
                ..outgoing.clone()
            };
            sent.extend(sent.iter().map(again).collect::<Vec<_>>());
        }
        sent
    }

    /// What a device held back and sends now, its faults being over.
    pub fn release(
        &mut self,
        device: DeviceIx,
        faults: &BTreeSet<Fault>,
        now: Moment,
    ) -> Vec<Outgoing> {
        let Some(affected) = self.devices.get_mut(&device) else {
            return Vec::new();
        };
        if !faults.contains(&Fault::ClockReset) {
            affected.clock_reset_at = None;
        }
        if !faults.contains(&Fault::ClockDrift) {
            affected.lost = SignedDuration::ZERO;
        }
        let mut freed = Vec::new();
        if !faults.contains(&Fault::BurstAfterOutage) {
            freed.append(&mut affected.stored);
        }
        if !faults.contains(&Fault::OutOfOrder) {
            freed.extend(affected.overtaken.take());
        }
        for outgoing in &mut freed {
            outgoing.send_at = outgoing.send_at.max(now);
        }
        freed
    }

    /// The message with everything wrong in it; `None` when it is never sent.
    fn afflicted(&mut self, message: Message, faults: &BTreeSet<Fault>) -> Option<Outgoing> {
        if faults.contains(&Fault::DeviceSilent) {
            return None;
        }
        let mut said = message.content.clone();
        self.put_clock_wrong(&message, &mut said, faults);
        if faults.contains(&Fault::CardMisread) {
            misread_card(&mut said);
        }
        if faults.contains(&Fault::BatteryLow) {
            run_battery_down(&mut said);
        }
        if faults.contains(&Fault::WrongUnit) {
            mistake_unit(&mut said);
        }
        if faults.contains(&Fault::FailedMeasurement) {
            said.fail();
        }
        let mut payload = said.payload();
        if faults.contains(&Fault::Truncated) {
            payload.truncate(payload.len() / 2);
        }
        if faults.contains(&Fault::Garbage) {
            payload = garbage(&self.township, &message);
        }
        Some(Outgoing {
            device: message.device,
            topic: message.topic.clone(),
            payload,
            send_at: message.sent_at,
            message,
            faults: faults.clone(),
        })
    }

    fn put_clock_wrong(&mut self, message: &Message, said: &mut Content, faults: &BTreeSet<Fault>) {
        let affected = self.devices.entry(message.device).or_default();
        let taken_at = message.measurement.taken_at;
        let Some(at) = said.at_mut() else { return };
        if faults.contains(&Fault::ClockDrift) {
            affected.lost = affected.lost.saturating_add(DRIFT);
            *at = clock_text(taken_at.saturating_sub(affected.lost).unwrap_or(taken_at));
        }
        if faults.contains(&Fault::ClockReset) {
            let reset_at = *affected.clock_reset_at.get_or_insert(taken_at);
            let runs = taken_at.duration_since(reset_at);
            *at = clock_text(later(moment(CLOCK_BIRTH, 0), runs));
        }
    }
}

fn later(at: Moment, by: SignedDuration) -> Moment {
    at.saturating_add(by).unwrap_or(at)
}

fn misread_card(said: &mut Content) {
    let card = match said {
        Content::Pressure(content) => &mut content.card,
        Content::Glucose(content) => &mut content.card,
    };
    if let Some(card) = card
        && let Some(last) = card.pop()
    {
        let read = last.to_digit(10).map_or(0, |digit| (digit + 1) % 10);
        card.extend(char::from_digit(read, 10));
    }
}

fn run_battery_down(said: &mut Content) {
    match said {
        Content::Pressure(content) => content.battery = Some(4),
        Content::Glucose(content) => content.battery = Some(4),
    }
}

fn mistake_unit(said: &mut Content) {
    let one_decimal = |value: f64| (value * 10.0).round() / 10.0;
    match said {
        Content::Pressure(content) => {
            content.sys = content.sys.map(|mmhg| one_decimal(mmhg / MMHG_PER_KPA));
            content.dia = content.dia.map(|mmhg| one_decimal(mmhg / MMHG_PER_KPA));
        }
        Content::Glucose(content) => {
            content.mmol_l = content
                .mmol_l
                .map(|mmol_l| (mmol_l * MG_DL_PER_MMOL_L).round());
        }
    }
}

/// Never valid UTF-8, and never the same twice.
fn garbage(township: &Township, message: &Message) -> Vec<u8> {
    let day = super::calendar::day_number(day_of(message.sent_at)) as u64;
    let key = [message.device.0 as u64, message.seq, day];
    let mut dice = Dice::keyed(township.seed, For::Fault, &key);
    let mut bytes = vec![0xFE];
    bytes.extend((0..3).flat_map(|_| dice.bits().to_le_bytes()));
    bytes
}

#[cfg(test)]
#[path = "afflict_tests.rs"]
mod tests;
