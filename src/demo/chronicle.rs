//! The one stream of all messages of the township, from its first day on and without an end: the history is
//! its beginning, the living demo its continuation.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::vitals::Moment;

use super::calendar::{CLOSES_MINUTE, day_after, day_number, moment};
use super::day::{Arrival, sessions, visits};
use super::device::DeviceIx;
use super::dice::{Dice, For};
use super::measurement::{Claim, Measurement};
use super::message::{Message, day_of, message};
use super::person::PersonIx;
use super::township::Township;
use super::trouble::Ailment;

/// How many times everybody is measured on the day of the check-up, at most.
const ROUNDS: u64 = 3;

/// From when to when the stream runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The first day with measurements.
    pub first_day: Date,
    /// From this moment until closing time that day is a check-up for all: the kiosks are never idle,
    /// so that a visitor sees a reading every few seconds.
    pub check_up_from: Option<Moment>,
}

/// The messages in the order they are sent.
pub struct Chronicle {
    township: Arc<Township>,
    plan: Plan,
    next_day: Date,
    /// The last number each device gave.
    numbers: BTreeMap<DeviceIx, u64>,
    /// Messages of the current day, last first.
    today: Vec<Message>,
}

impl Chronicle {
    pub fn new(township: Arc<Township>, plan: Plan) -> Self {
        let next_day = plan.first_day;
        Chronicle {
            township,
            plan,
            next_day,
            numbers: BTreeMap::new(),
            today: Vec::new(),
        }
    }

    /// The messages of one day, in the order they are sent.
    fn day(&mut self, day: Date) -> Vec<Message> {
        let mut messages = Vec::new();
        for measurement in measured_on(&self.township, self.plan, day) {
            let number = self.numbers.entry(measurement.device).or_insert(0);
            *number += 1;
            let key = [measurement.device.0 as u64, *number];
            let mut dice = Dice::keyed(self.township.seed, For::Sending, &key);
            let sent = message(&self.township, &measurement, *number, dice.between(2, 6));
            if dice.chance(self.township.device(measurement.device).resends) {
                let again_s = jiff::SignedDuration::from_secs(dice.between(2, 7));
                let sent_at = sent.sent_at.saturating_add(again_s).unwrap_or(sent.sent_at);
                messages.push(Message {
                    sent_at,
                    resend: true,
                    ..sent.clone()
                });
            }
            messages.push(sent);
        }
        messages.sort_by_key(|message| (message.sent_at, message.device, message.seq));
        messages
    }
}

impl Iterator for Chronicle {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        // The longest closed time is short, and at home somebody measures on most days.
        for _ in 0..400 {
            if let Some(message) = self.today.pop() {
                return Some(message);
            }
            let day = self.next_day;
            self.next_day = day.tomorrow().ok()?;
            self.today = self.day(day);
            self.today.reverse();
        }
        None
    }
}

/// What is measured on a day under a plan, in the order it is taken.
pub fn measured_on(township: &Township, plan: Plan, day: Date) -> Vec<Measurement> {
    let ordinary = visits(township, day);
    let Some(from) = plan.check_up_from.filter(|from| day_of(*from) == day) else {
        return ordinary;
    };
    // The doors belong to the check-up from then on; homes go on as ever.
    let kept = |m: &Measurement| m.taken_at < from || m.claim == Claim::OwnDevice;
    let mut all: Vec<Measurement> = ordinary.into_iter().filter(kept).collect();
    let mut free_at = BTreeMap::new();
    for before in all.iter().filter(|m| m.taken_at < from) {
        let taken_s = before.taken_at.duration_since(moment(day, 0)).as_secs();
        free_at.insert(before.device, taken_s + 65);
    }
    let check_up = sessions(
        township,
        day,
        check_up_arrivals(township, day, from),
        free_at,
    );
    let ends = check_up_ends(day, from);
    all.extend(
        check_up
            .into_iter()
            .filter(|m| (from..ends).contains(&m.taken_at)),
    );
    all.sort_by_key(|measurement| (measurement.taken_at, measurement.device));
    all
}

/// At closing time; one that begins after four in the afternoon (devices tried out in the evening) at midnight.
fn check_up_ends(day: Date, from: Moment) -> Moment {
    match from < moment(day, (CLOSES_MINUTE - 60) * 60) {
        true => moment(day, CLOSES_MINUTE * 60),
        false => moment(day, 24 * 3600),
    }
}

/// Everybody of each centre, one after the other, in up to [`ROUNDS`] rounds.
fn check_up_arrivals(township: &Township, day: Date, from: Moment) -> Vec<Arrival> {
    /// A visit at the kiosk with two readings takes about this long; arrivals keep a short queue.
    const EVERY_S: i64 = 125;
    let begin = from.duration_since(moment(day, 0)).as_secs();
    let mut all = Vec::new();
    for centre in 0..township.centres.len() {
        let mut second = begin - 296 + centre as i64 * 7;
        for round in 0..ROUNDS {
            let mut order: Vec<PersonIx> = township
                .persons_of(centre)
                .filter(|person| !super::body::shift_on(person, day).stays_away)
                .map(|person| person.ix)
                .collect();
            let key = [centre as u64, day_number(day) as u64, round];
            Dice::keyed(township.seed, For::Round, &key).shuffle(&mut order);
            bring_forward(township, &mut order);
            for person in order {
                all.push(Arrival { person, second });
                second += EVERY_S;
            }
        }
    }
    all
}

/// Those with something to see come among the first: whoever looks only for a minute should meet one.
fn bring_forward(township: &Township, order: &mut [PersonIx]) {
    let urgent = |ix: &PersonIx| {
        let ailment = township.person(*ix).trouble.map(|trouble| trouble.ailment);
        matches!(ailment, Some(Ailment::Surge | Ailment::LowGlucose))
    };
    let mut place = 1;
    for at in 0..order.len() {
        if urgent(&order[at]) && place < order.len() {
            order.swap(place, at);
            place += 2;
        }
    }
}

/// The plan of a demo whose clock starts at `start`: `history_days` days before it, then the check-up.
pub fn demo_plan(start: Moment, history_days: i64) -> Plan {
    Plan {
        first_day: day_after(day_of(start), -history_days.max(0)),
        check_up_from: Some(start),
    }
}

/// When a new demo's clock starts: 08:05 of the last open day up to `real_now`, so that whoever starts it
/// in the evening or on a Sunday still meets an open township.
pub fn demo_start(real_now: Moment) -> Moment {
    let today = super::calendar::last_open_day(day_of(real_now));
    let morning = moment(today, 8 * 3600 + 5 * 60);
    if morning <= real_now {
        return morning;
    }
    let before = super::calendar::last_open_day(day_after(today, -1));
    moment(before, 8 * 3600 + 5 * 60)
}
