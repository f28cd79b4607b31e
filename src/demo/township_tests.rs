use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;

use crate::vitals::Moment;

use super::super::calendar::{closed, day_number, moment, wall_clock};
use super::super::chronicle::{Chronicle, Plan, demo_plan, demo_start, measured_on};
use super::super::day::visits;
use super::super::measurement::{Claim, Measurement, Shown};
use super::super::message::Content;
use super::super::trouble::Ailment;
use super::*;

const END: Date = date(2026, 4, 14);

fn small() -> Township {
    Township::new(7, Size::SMALL, END)
}

fn stream(township: Township, days: i64, take: usize) -> Vec<super::super::Message> {
    let start = moment(township.end, 8 * 3600 + 300);
    Chronicle::new(Arc::new(township), demo_plan(start, days))
        .take(take)
        .collect()
}

#[test]
fn the_same_seed_is_the_same_township_and_the_same_stream() {
    assert_eq!(small(), small());
    assert_eq!(stream(small(), 20, 900), stream(small(), 20, 900));
    assert_ne!(small(), Township::new(8, Size::SMALL, END));
}

#[test]
fn the_whole_township_has_nine_centres_of_forty() {
    let township = Township::new(1, Size::WHOLE, END);
    assert_eq!(township.centres.len(), 9);
    assert_eq!(township.persons.len(), 360);
    let names: BTreeSet<&str> = township.persons.iter().map(|p| p.name.as_str()).collect();
    let cards: BTreeSet<&str> = township.persons.iter().map(|p| p.card.as_str()).collect();
    let devices: BTreeSet<&str> = township.devices.iter().map(|d| d.id.as_str()).collect();
    assert_eq!((names.len(), cards.len()), (360, 360));
    assert_eq!(devices.len(), township.devices.len());
    assert!(
        township
            .persons
            .iter()
            .all(|p| (60..=95).contains(&p.age(END)))
    );
    let troubled = township
        .persons
        .iter()
        .filter(|p| p.trouble.is_some())
        .count();
    assert!((20..=60).contains(&troubled), "{troubled} in trouble");
}

#[test]
fn sizes_are_brought_into_their_bounds() {
    let count = |centres, elders| {
        let township = Township::new(1, Size { centres, elders }, END);
        (township.centres.len(), township.persons.len())
    };
    assert_eq!(count(0, 3), (1, 4));
    assert_eq!(count(10, 81), (9, 720));
}

#[test]
fn nobody_is_measured_at_a_closed_centre() {
    let township = small();
    for days in 0..365 {
        let day = day_after(END, -days);
        let at_centres = visits(&township, day)
            .into_iter()
            .filter(|m| m.claim != Claim::OwnDevice)
            .count();
        assert!(closed(day).is_none() || at_centres == 0, "{day}");
    }
}

#[test]
fn the_missed_stay_away_from_their_first_day_on() {
    let township = Township::new(1, Size::WHOLE, END);
    let missed: Vec<&Person> = township
        .persons
        .iter()
        .filter(|p| p.trouble.is_some_and(|t| t.ailment == Ailment::Missed))
        .collect();
    assert!(!missed.is_empty());
    for days in 0..10 {
        let today = visits(&township, day_after(END, -days));
        let came = |p: &&Person| {
            today
                .iter()
                .any(|m| m.person == Some(p.ix) && m.claim != Claim::OwnDevice)
        };
        assert!(!missed.iter().any(came));
    }
}

#[test]
fn one_device_measures_one_person_at_a_time() {
    let township = Township::new(3, Size::WHOLE, END);
    let start = moment(END, 8 * 3600 + 300);
    let mut last: BTreeMap<DeviceIx, (Option<PersonIx>, i64)> = BTreeMap::new();
    for m in measured_on(&township, demo_plan(start, 0), END) {
        let second = m.taken_at.as_second();
        if let Some((person, before)) = last.insert(m.device, (m.person, second)) {
            let least = if person == m.person { 55 } else { 30 };
            assert!(
                second - before >= least,
                "{:?} after {} s",
                m,
                second - before
            );
        }
    }
}

#[test]
fn numbers_of_a_device_rise_by_one_and_resends_repeat_them() {
    let mut last: BTreeMap<DeviceIx, u64> = BTreeMap::new();
    let mut resends = 0;
    let mut before = Moment::MIN;
    for message in stream(Township::new(2, Size::SMALL, END), 120, 8_000) {
        assert!(message.sent_at >= before, "not in the order sent");
        before = message.sent_at;
        assert!(message.sent_at > message.measurement.taken_at);
        let number = last.entry(message.device).or_insert(0);
        if message.resend {
            resends += 1;
            assert!(message.seq <= *number);
        } else {
            assert_eq!(message.seq, *number + 1);
            *number = message.seq;
        }
    }
    assert!(resends > 5, "{resends} resends");
}

#[test]
fn the_message_says_what_the_display_showed() {
    let township = small();
    for message in stream(small(), 10, 500) {
        let device = township.device(message.device);
        let centre = township.centres[device.centre].key;
        assert!(
            message
                .topic
                .starts_with(&format!("centres/{centre}/devices/{}/", device.id))
        );
        let json: serde_json::Value = serde_json::from_slice(&message.content.payload()).unwrap();
        if message.measurement.failed {
            assert!(json["error"].is_string() && json["sys"].is_null() && json["mmol_l"].is_null());
            continue;
        }
        match message.measurement.shown {
            Shown::Pressure {
                sys_mmhg, dia_mmhg, ..
            } => {
                assert!(message.topic.ends_with("/bp"));
                assert_eq!(json["sys"].as_f64(), Some(f64::from(sys_mmhg)));
                assert_eq!(json["dia"].as_f64(), Some(f64::from(dia_mmhg)));
            }
            Shown::Glucose { tenths, .. } => {
                assert!(message.topic.ends_with("/glucose"));
                assert_eq!(json["mmol_l"].as_f64(), Some(f64::from(tenths) / 10.0));
            }
        }
        let card = json["card"].as_str().map(str::to_owned);
        let expected = match message.measurement.claim {
            Claim::Card(person) => Some(township.person(person).card.clone()),
            _ => None,
        };
        assert_eq!(card, expected);
    }
}

#[test]
fn a_device_without_a_clock_sends_no_time() {
    let mut seen = 0;
    for message in stream(Township::new(5, Size::SMALL, END), 180, 9_000) {
        let Content::Pressure(content) = &message.content else {
            continue;
        };
        if message.topic.contains("yichou-cuff-1") {
            seen += 1;
            assert_eq!(content.at, None);
        } else {
            assert!(content.at.as_ref().is_some_and(|at| at.ends_with("+08:00")));
        }
    }
    assert!(seen > 0);
}

#[test]
fn the_history_of_the_whole_township_is_about_sixty_thousand_messages() {
    let start = moment(END, 8 * 3600 + 300);
    let township = Arc::new(Township::new(1, Size::WHOLE, END));
    let history: Vec<_> = Chronicle::new(township, demo_plan(start, 180))
        .take_while(|message| message.sent_at < start)
        .collect();
    assert!(
        (45_000..80_000).contains(&history.len()),
        "{}",
        history.len()
    );
    let nobody = history
        .iter()
        .filter(|m| m.measurement.claim == Claim::None)
        .count();
    let share = nobody as f64 / history.len() as f64;
    assert!((0.005..0.08).contains(&share), "{share} unclaimed");
}

#[test]
fn shared_meters_try_control_solution_every_week_the_centres_open() {
    let township = small();
    let trying: BTreeSet<DeviceIx> = township
        .devices
        .iter()
        .filter(|d| matches!(d.kind, DeviceKind::SharedMeter | DeviceKind::Kiosk))
        .map(|d| d.ix)
        .collect();
    let mut weeks: BTreeMap<i64, (bool, Vec<DeviceIx>)> = BTreeMap::new();
    for days in 0..182 {
        // Whole weeks, the last ending on a Sunday.
        let day = day_after(date(2026, 4, 12), -days);
        let week = weeks.entry((day_number(day) - day_number(date(2026, 4, 6))).div_euclid(7));
        let (open, tried) = week.or_default();
        *open |= closed(day).is_none();
        let control = |m: &Measurement| matches!(m.shown, Shown::Glucose { control: true, .. });
        for m in visits(&township, day).iter().filter(|m| control(m)) {
            assert_eq!((m.person, m.claim), (None, Claim::None), "{m:?}");
            tried.push(m.device);
        }
    }
    assert_eq!(weeks.len(), 26);
    for (week, (open, mut tried)) in weeks {
        tried.sort_unstable();
        let expected: Vec<DeviceIx> = trying.iter().copied().filter(|_| open).collect();
        assert_eq!(tried, expected, "week {week}");
    }
}

#[test]
fn a_measurement_that_failed_is_made_again_and_none_fails_on_the_last_day() {
    let history = stream(Township::new(2, Size::SMALL, END), 120, 8_000);
    let measured: Vec<&Measurement> = history
        .iter()
        .filter(|message| !message.resend)
        .map(|message| &message.measurement)
        .collect();
    let failed = measured.iter().filter(|m| m.failed).count();
    let share = failed as f64 / measured.len() as f64;
    assert!((0.003..0.02).contains(&share), "{share} failed");
    for m in measured.iter().filter(|m| m.failed) {
        let again = measured.iter().any(|other| {
            let waited_s = other.taken_at.duration_since(m.taken_at).as_secs();
            (other.device, other.person) == (m.device, m.person) && (30..=90).contains(&waited_s)
        });
        assert!(again, "{m:?}");
        assert!(wall_clock(m.taken_at).date() != END);
    }
}

#[test]
fn on_the_check_up_something_happens_every_few_seconds() {
    let township = Township::new(1, Size::WHOLE, END);
    let start = moment(END, 8 * 3600 + 300);
    let until = moment(END, 9 * 3600 + 300);
    let hour: Vec<_> = measured_on(&township, demo_plan(start, 0), END)
        .into_iter()
        .filter(|m| (start..until).contains(&m.taken_at))
        .collect();
    assert!(hour.len() > 450, "{} in an hour", hour.len());
    let first = hour
        .first()
        .map(|m| m.taken_at.as_second() - start.as_second());
    assert!(first.is_some_and(|s| s <= 15), "first after {first:?} s");
    let name = |m: &super::super::Measurement| m.person.map(|p| township.person(p).name.clone());
    let early = hour
        .iter()
        .take_while(|m| m.taken_at.as_second() - start.as_second() < 600);
    assert!(
        early
            .into_iter()
            .any(|m| name(m).as_deref() == Some("钱三四"))
    );
}

#[test]
fn a_demo_starts_on_an_open_morning_not_in_the_future() {
    // A Sunday; a weekday before eight; a weekday evening.
    for (now, expected) in [
        (moment(date(2026, 4, 19), 12 * 3600), date(2026, 4, 18)),
        (moment(date(2026, 4, 20), 7 * 3600), date(2026, 4, 18)),
        (moment(date(2026, 4, 20), 22 * 3600), date(2026, 4, 20)),
    ] {
        let start = demo_start(now);
        assert!(start <= now);
        assert_eq!(wall_clock(start), expected.at(8, 5, 0, 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_value_is_one_a_living_body_can_have(seed: u64, days in -400i64..400) {
        let township = Township::new(seed, Size::SMALL, END);
        let day = day_after(END, days);
        let plan = Plan { first_day: day, check_up_from: None };
        for m in measured_on(&township, plan, day) {
            prop_assert_eq!(day_number(wall_clock(m.taken_at).date()), day_number(day));
            match m.shown {
                Shown::Pressure { sys_mmhg, dia_mmhg, pulse_bpm, .. } => {
                    prop_assert!((60..=260).contains(&sys_mmhg), "{sys_mmhg}");
                    prop_assert!((35..=150).contains(&dia_mmhg), "{dia_mmhg}");
                    prop_assert!(sys_mmhg - dia_mmhg >= 10);
                    prop_assert!((40..=140).contains(&pulse_bpm), "{pulse_bpm}");
                }
                Shown::Glucose { tenths, .. } => prop_assert!((15..=330).contains(&tenths), "{tenths}"),
            }
        }
    }
}
