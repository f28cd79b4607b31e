//! Six people, one cuff, ten minutes: whose readings they become, in every order and with every disturbance.
//!
//! The real road: cards as frames of the station, readings as the cuff's messages, the journal between
//! them. What came out is compared with the script, by a model of the chair that shares no code with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eldercare_hub::decode::profile::{ProfileFile, ProfileSet};
use eldercare_hub::journal::{Journal, Readers, SealKey};
use eldercare_hub::people::roster::RosterFile;
use eldercare_hub::pipeline::{self, InForce, Profiles, Road, roster};
use eldercare_hub::vitals::{
    Clock, Frame, HintKey, Inlet, Moment, Observation, Subject, TimeMethod, Transport,
};
use futures_util::future::join_all;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rstest::rstest;

const PEOPLE: usize = 6;
/// Seconds from one person's sitting down to the next one's.
const TURN_S: i64 = 100;
/// A check-in without anything ends after this; the script's own number.
const IDLE_S: i64 = 180;
/// Two of the six are abnormal.
const PRESSURES: [(u32, u32); PEOPLE] = [
    (128, 78),
    (205, 118),
    (131, 80),
    (88, 50),
    (135, 82),
    (126, 76),
];

const CUFF: &str = r#"
kind = "json"
title = "The script's cuff"
[match]
topics = ["centres/{centre}/devices/{device}/bp"]
[device]
id = "topic:device"
sends_live = true
delay_s = 5
RESOLUTION
[time]
at = "/at"
form = "iso"
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/sys"
diastolic = "/dia"
sequence = "/seq"
"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CheckIns {
    Undisturbed,
    /// Swiped while measuring, or only when the reading was there.
    TooLate,
    /// Swiped while the one before was in the chair, before or while he was measured.
    TooEarly,
    /// The next one swipes between the measurement and its arrival.
    Overlapping,
    /// Every other one does not swipe.
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeviceClock {
    /// Sends no time.
    None,
    Off(i64),
    /// Another offset in every run: never stable.
    Jumps,
    /// Right, without seconds.
    Minutes,
}

/// Stands before the script begins: nothing in it is decided by the tick.
struct Before;

impl Clock for Before {
    fn now(&self) -> Moment {
        start(0)
    }
}

/// When the run with this number begins: an hour after the one before.
fn start(run: usize) -> Moment {
    let first: Moment = "2026-04-14T00:00:07Z".parse().unwrap();
    first + SignedDuration::from_hours(i64::try_from(run).unwrap())
}

fn plus(at: Moment, ms: i64) -> Moment {
    at + SignedDuration::from_millis(ms)
}

/// A draw from the number of a thing, the same in every run of this test.
fn draw(of: u64, most: u64) -> u64 {
    let mut x = of.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) % most
}

/// What the script knows of one reading.
struct Truth {
    person: i64,
    /// When the cuff began to inflate, and when the result stood there.
    began: Moment,
    taken: Moment,
    received: Moment,
    run: usize,
}

struct Script {
    frames: Vec<Frame>,
    /// By the reading's running number.
    truth: BTreeMap<u64, Truth>,
    /// By run: who swiped when.
    swipes: Vec<Vec<(i64, Moment)>>,
}

fn orders() -> Vec<[usize; PEOPLE]> {
    fn grow(begun: Vec<usize>, all: &mut Vec<[usize; PEOPLE]>) {
        if let Ok(whole) = <[usize; PEOPLE]>::try_from(begun.as_slice()) {
            all.push(whole);
            return;
        }
        for next in (0..PEOPLE).filter(|p| !begun.contains(p)) {
            grow([begun.as_slice(), &[next]].concat(), all);
        }
    }
    let mut all = Vec::new();
    grow(Vec::new(), &mut all);
    assert_eq!(all.len(), 720);
    all
}

fn script(check_ins: CheckIns, clock: DeviceClock) -> Script {
    let mut script = Script {
        frames: Vec::new(),
        truth: BTreeMap::new(),
        swipes: Vec::new(),
    };
    for (run, order) in orders().into_iter().enumerate() {
        let mut frames: Vec<(Moment, Frame)> = Vec::new();
        let mut swipes = Vec::new();
        for (place, person) in order.into_iter().enumerate() {
            let number = u64::try_from(run * PEOPLE + place).unwrap();
            let sits =
                start(run) + SignedDuration::from_secs(TURN_S * i64::try_from(place).unwrap());
            let jitter = ms(draw(number, 6000));
            // Sits, swipes after 1 to 7 s, has the cuff on after 30 to 35 s, it measures for 30 to 45 s and sends
            // within 3 s.
            let began = plus(sits, 30_000 + ms(draw(number + 555, 5_000)));
            let taken = plus(began, 30_000 + ms(draw(number + 333, 15_000)));
            let received = plus(taken, 300 + ms(draw(number + 7777, 2700)));
            let late = draw(number + 99, 2) == 0;
            let swiped = match check_ins {
                CheckIns::Undisturbed => Some(plus(sits, 1_000 + jitter)),
                CheckIns::TooLate if late => Some(plus(received, 3_000 + jitter)),
                CheckIns::TooLate => Some(between(began, taken, number)),
                // At any moment between the card of the one before and his result.
                CheckIns::TooEarly if place > 0 => {
                    let before = &script.truth[&(number - 1)];
                    let sat_down = plus(sits, -1000 * TURN_S);
                    Some(between(plus(sat_down, 8_000), before.received, number))
                }
                CheckIns::TooEarly => Some(plus(sits, 1_000)),
                // While the one before has measured and his reading is under way.
                CheckIns::Overlapping if place > 0 => {
                    let before = number - 1;
                    let other = script.truth.get(&before).unwrap().taken;
                    Some(plus(other, 100))
                }
                CheckIns::Overlapping => Some(plus(sits, 1_000)),
                CheckIns::Missing if late => None,
                CheckIns::Missing => Some(plus(sits, 1_000 + jitter)),
            };
            let person_row = i64::try_from(person).unwrap() + 1;
            if let Some(at) = swiped {
                swipes.push((person_row, at));
                frames.push((at, swipe(person, at)));
            }
            frames.push((
                received,
                reading(person, number, taken, received, clock, run),
            ));
            script.truth.insert(
                number,
                Truth {
                    person: person_row,
                    began,
                    taken,
                    received,
                    run,
                },
            );
        }
        frames.sort_by_key(|(at, _)| *at);
        swipes.sort_by_key(|(_, at)| *at);
        script
            .frames
            .extend(frames.into_iter().map(|(_, frame)| frame));
        script.swipes.push(swipes);
    }
    script
}

fn ms(drawn: u64) -> i64 {
    i64::try_from(drawn).unwrap()
}

/// Some moment between two, drawn by a number.
fn between(from: Moment, until: Moment, number: u64) -> Moment {
    let whole = u64::try_from(until.as_millisecond() - from.as_millisecond()).unwrap();
    plus(from, ms(draw(number + 4242, whole)))
}

fn swipe(person: usize, at: Moment) -> Frame {
    Frame {
        transport: Transport::Station,
        source: "s1".to_owned(),
        topic: "stations/s1/card".to_owned(),
        payload: format!(r#"{{"number":"990000000{person}","reader":"as_typed"}}"#).into_bytes(),
        received_at: at,
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

fn reading(
    person: usize,
    number: u64,
    taken: Moment,
    received_at: Moment,
    clock: DeviceClock,
    run: usize,
) -> Frame {
    let (sys, dia) = PRESSURES[person];
    let shown = |off_s: i64| taken + SignedDuration::from_secs(off_s);
    let at = match clock {
        DeviceClock::None => String::new(),
        DeviceClock::Off(off_s) => format!(r#","at":"{}""#, seconds(shown(off_s))),
        DeviceClock::Jumps => {
            let off_s = [3600, -3600, 0, 1800][run % 4];
            format!(r#","at":"{}""#, seconds(shown(off_s)))
        }
        DeviceClock::Minutes => format!(r#","at":"{}""#, minutes(shown(0))),
    };
    Frame {
        transport: Transport::EmbeddedMqtt,
        source: "cuff-1".to_owned(),
        topic: "centres/c1/devices/cuff-1/bp".to_owned(),
        payload: format!(r#"{{"sys":{sys},"dia":{dia},"seq":{number}{at}}}"#).into_bytes(),
        received_at,
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

fn seconds(at: Moment) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn minutes(at: Moment) -> String {
    at.strftime("%Y-%m-%dT%H:%M:00Z").to_string()
}

struct Room {
    road: Arc<Road>,
    readers: Arc<Readers>,
    _folder: tempfile::TempDir,
}

fn room(clock: DeviceClock) -> Room {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), 1).unwrap();
    let persons: String = (0..PEOPLE)
        .map(|p| {
            format!(
                r#"{{ key = "p{p}", centre = "c1", name = "某{p}", birth_date = "1943-05-01", cards = ["990000000{p}"] }},"#
            )
        })
        .collect();
    let text = format!(
        r#"centre = [{{ code = "c1", name = "甲子村" }}]
           station = [{{ code = "s1", centre = "c1", name = "1" }}]
           device = [{{ name = "cuff-1", label = "1", kind = "cuff", centre = "c1", station = "s1", in_service_since = "2020-01-01T00:00:00Z" }}]
           person = [{persons}]"#
    );
    let entries: RosterFile = toml::from_str(&text).unwrap();
    entries.check().unwrap();
    let key = HintKey::new([7; 32]);
    journal
        .writer
        .transaction(|tx| roster::load(tx, &entries, &key, start(0)))
        .unwrap();
    let resolution = match clock {
        DeviceClock::Minutes => "clock_resolution_s = 60",
        _ => "",
    };
    let profile = ProfileFile {
        name: "script-cuff.toml".to_owned(),
        text: CUFF.replace("RESOLUTION", resolution),
    };
    let decoder = Profiles {
        set: InForce::of(ProfileSet::parse(&[profile]).unwrap()),
        gatt: crate::house::gatt_profiles(),
        key,
        site: TimeZone::UTC,
    };
    let road = Road::start(
        journal.writer,
        Arc::new(decoder),
        Arc::new(SealKey::new([8; 32])),
        Arc::new(crate::house::shipped_rules()),
        Arc::new(Before),
        36_500,
        &pipeline::Settings::default(),
    )
    .unwrap();
    Room {
        road: Arc::new(road),
        readers: Arc::new(journal.readers),
        _folder: folder,
    }
}

/// Whether a claim of this person held the chair over the whole interval: from the start of inflation, as far
/// as the reading's time says and as it really was.
fn in_the_chair(script: &Script, truth: &Truth, person: i64, seen: &Observation) -> bool {
    let around = SignedDuration::from_secs(i64::from(seen.taken.uncertainty_s));
    let from = (seen.taken.at - around).min(truth.began);
    let until = (seen.taken.at + around)
        .min(seen.received_at)
        .max(truth.taken);
    let swipes = &script.swipes[truth.run];
    swipes.iter().any(|(who, at)| {
        let taken_over = swipes
            .iter()
            .any(|(other, then)| other != who && then > at && *then <= until);
        *who == person
            && *at <= from
            && !taken_over
            && until <= *at + SignedDuration::from_secs(IDLE_S)
    })
}

#[derive(Debug, Default)]
struct Counts {
    claimed: usize,
    right: usize,
    unclaimed: BTreeMap<&'static str, usize>,
}

async fn play(check_ins: CheckIns, clock: DeviceClock) -> Counts {
    let script = script(check_ins, clock);
    let room = room(clock);
    let mut last = None;
    for lot in script.frames.chunks(1000) {
        let kept = join_all(lot.iter().map(|frame| room.road.keep(frame.clone()))).await;
        last = Some(kept.into_iter().map(Result::unwrap).max().unwrap());
    }
    room.road.understood(last.unwrap()).await;
    let seen = room
        .readers
        .read(|s| s.observations_after(0, u32::MAX))
        .unwrap();
    assert_eq!(
        seen.len(),
        script.truth.len(),
        "readings were lost or doubled"
    );
    let mut counts = Counts::default();
    for one in &seen {
        let number: u64 = one.reading.sequence.as_deref().unwrap().parse().unwrap();
        let truth = &script.truth[&number];
        match one.subject {
            Subject::Known { person, .. } => {
                counts.claimed += 1;
                counts.right += usize::from(person == truth.person);
                assert_eq!(
                    person,
                    truth.person,
                    "{check_ins:?} {clock:?}: reading {number}, taken {} ± {} s ({}), went to the wrong person; \
                     swipes {:?}",
                    one.taken.at,
                    one.taken.uncertainty_s,
                    one.taken.method.word(),
                    script.swipes[truth.run]
                );
                assert!(
                    in_the_chair(&script, truth, person, one),
                    "{check_ins:?} {clock:?}: reading {number} of {} went to {person}, taken {} ± {} s ({}), \
                     really {}; swipes {:?}",
                    truth.person,
                    one.taken.at,
                    one.taken.uncertainty_s,
                    one.taken.method.word(),
                    truth.taken,
                    script.swipes[truth.run]
                );
                assert_ne!(one.taken.method, TimeMethod::Unusable);
            }
            Subject::Unclaimed { reason } => {
                *counts.unclaimed.entry(reason.word()).or_default() += 1;
            }
            Subject::Voided { .. } => panic!("nobody voided anything"),
        }
    }
    room.road.stop();
    println!(
        "{check_ins:?}, clock {clock:?}: {} readings, {} claimed, {} by the right person, unclaimed {:?}",
        seen.len(),
        counts.claimed,
        counts.right,
        counts.unclaimed
    );
    counts
}

/// Undisturbed, with a time that can be believed: at least 95 of 100 claimed, all by the right person.
#[rstest]
#[case(DeviceClock::None)]
#[case(DeviceClock::Off(0))]
#[case(DeviceClock::Off(3600))]
#[case(DeviceClock::Off(-3600))]
#[tokio::test]
async fn undisturbed_they_are_claimed_and_by_the_right_person(#[case] clock: DeviceClock) {
    let counts = play(CheckIns::Undisturbed, clock).await;
    assert!(counts.claimed * 100 >= 95 * 720 * PEOPLE, "{counts:?}");
    assert_eq!(counts.right, counts.claimed);
}

/// Undisturbed, by a clock that says little: perhaps nobody's, never another's.
#[rstest]
#[case(DeviceClock::Jumps)]
#[case(DeviceClock::Minutes)]
#[tokio::test]
async fn by_a_clock_that_says_little_they_are_right_or_nobodys(#[case] clock: DeviceClock) {
    let counts = play(CheckIns::Undisturbed, clock).await;
    assert_eq!(counts.right, counts.claimed);
}

/// Disturbed: the right person's or nobody's, and only by a claim that held over the whole interval.
#[rstest]
#[tokio::test]
async fn disturbed_nobody_gets_anothers_reading(
    #[values(
        CheckIns::TooLate,
        CheckIns::TooEarly,
        CheckIns::Overlapping,
        CheckIns::Missing
    )]
    check_ins: CheckIns,
    #[values(
        DeviceClock::None,
        DeviceClock::Off(0),
        DeviceClock::Off(3600),
        DeviceClock::Off(-3600),
        DeviceClock::Minutes
    )]
    clock: DeviceClock,
) {
    play(check_ins, clock).await;
}
