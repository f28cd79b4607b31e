//! Bluetooth values on the road: what was kept of a connection becomes readings, also after a crash in it.

use eldercare_hub::journal::Outcome;
use eldercare_hub::sources::bluetooth::SOURCE;
use eldercare_hub::vitals::{
    Frame, FrameRow, GlucoseValue, Inlet, Meal, Measured, Moment, Observation, Subject, TimeMethod,
    Transport, UnclaimedReason,
};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::house::{GATT_CUFF, GATT_KETONE, GATT_METER, House, decoder};

/// A connection that begins now.
pub fn connection() -> i64 {
    Moment::now().as_millisecond()
}

pub fn value(address: &str, connection: i64, what: &str, payload: &[u8]) -> Frame {
    Frame {
        transport: Transport::Bluetooth,
        source: SOURCE.to_owned(),
        topic: format!("{address}/{connection}/{what}"),
        payload: payload.to_vec(),
        received_at: Moment::now(),
        retained: false,
        may_be_late: false,
        refused: None,
    }
}

/// A Date Time of the place's zone.
fn local(at: Moment) -> [u8; 7] {
    let at = TimeZone::get("Asia/Shanghai").unwrap().to_datetime(at);
    let [low, high] = at.year().to_le_bytes();
    let small = |n: i8| u8::try_from(n).unwrap();
    [
        low,
        high,
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    ]
}

fn current_time(at: Moment) -> Vec<u8> {
    [&local(at)[..], &[0, 0, 0]].concat()
}

/// 132/82 mmHg, pulse 68, at this time by the cuff's clock.
pub fn pressure(systolic: u8, at: Option<Moment>) -> Vec<u8> {
    let mut bytes = vec![
        if at.is_some() { 0x06 } else { 0x04 },
        systolic,
        0,
        82,
        0,
        98,
        0,
    ];
    bytes.extend(at.iter().flat_map(|at| local(*at)));
    bytes.extend([68, 0]);
    bytes
}

/// 108 mg/dL as record `sequence`; bit 4 of the flags where a context follows.
fn glucose(sequence: u16, at: Moment, context_follows: bool) -> Vec<u8> {
    let mut bytes = vec![if context_follows { 0x12 } else { 0x02 }];
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(local(at));
    bytes.extend([0x6c, 0xb0, 0x11]);
    bytes
}

fn context(sequence: u16, meal: u8) -> Vec<u8> {
    let [low, high] = sequence.to_le_bytes();
    vec![0x02, low, high, meal]
}

const REPORT_OVER: [u8; 4] = [6, 0, 1, 1];

fn ago(s: i64) -> Moment {
    Moment::now() - SignedDuration::from_secs(s)
}

async fn keep(house: &House, frames: Vec<Frame>) -> FrameRow {
    let mut last = None;
    for frame in frames {
        last = Some(house.road.keep(frame).await.unwrap());
    }
    let last = last.unwrap();
    house.road.understood(last).await;
    last
}

fn seen(house: &House) -> Vec<Observation> {
    house
        .readers
        .read(|s| s.observations_after(0, 1000))
        .unwrap()
}

fn whole(house: &House) {
    assert!(house.findings().is_empty(), "{:?}", house.findings());
}

#[tokio::test]
async fn a_cuffs_value_becomes_a_reading_by_the_clock_read_in_its_connection() {
    let house = House::new();
    let c = connection();
    // The cuff's clock is five years slow.
    let slow = SignedDuration::from_hours(24 * 365 * 5);
    keep(
        &house,
        vec![
            value(GATT_CUFF, c, "2A2B", &current_time(Moment::now() - slow)),
            value(GATT_CUFF, c, "2A35", &pressure(132, Some(ago(60) - slow))),
        ],
    )
    .await;
    let seen = seen(&house);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].taken.method, TimeMethod::OffsetRead);
    let off = seen[0].taken.at.duration_since(ago(60)).abs();
    assert!(off < SignedDuration::from_secs(5), "{off}");
    whole(&house);
}

#[tokio::test]
async fn the_offset_holds_after_a_crash_between_clock_and_record() {
    let house = House::new();
    let c = connection();
    let hour = SignedDuration::from_hours(1);
    let clock = value(GATT_METER, c, "2A2B", &current_time(Moment::now() - hour));
    keep(&house, vec![clock]).await;
    let house = house.restart(decoder());
    keep(
        &house,
        vec![value(
            GATT_METER,
            c,
            "2A18",
            &glucose(7, ago(60) - hour, false),
        )],
    )
    .await;
    assert_eq!(seen(&house)[0].taken.method, TimeMethod::OffsetRead);
    // Another connection without a reading of the clock: its offset says nothing here.
    let other = value(
        GATT_METER,
        c + 1,
        "2A18",
        &glucose(8, ago(50) - hour, false),
    );
    keep(&house, vec![other]).await;
    assert_eq!(seen(&house)[1].taken.method, TimeMethod::Unusable);
    whole(&house);
}

#[tokio::test]
async fn record_and_context_join_in_any_order_and_over_a_crash() {
    let house = House::new();
    let c = connection();
    keep(
        &house,
        vec![
            value(GATT_METER, c, "2A18", &glucose(1, ago(300), true)),
            value(GATT_METER, c, "2A18", &glucose(2, ago(200), true)),
            value(GATT_METER, c, "2A34", &context(2, 3)),
            value(GATT_METER, c, "2A34", &context(3, 1)),
        ],
    )
    .await;
    assert_eq!(seen(&house).len(), 1, "the first waits for its context");
    let house = house.restart(decoder());
    keep(
        &house,
        vec![
            value(GATT_METER, c, "2A34", &context(1, 2)),
            value(GATT_METER, c, "2A18", &glucose(3, ago(100), true)),
            value(GATT_METER, c, "2A18", &glucose(4, ago(50), true)),
            value(GATT_METER, c, "2A52", &REPORT_OVER),
        ],
    )
    .await;
    let meals: Vec<(Option<String>, Meal)> = seen(&house)
        .into_iter()
        .map(|o| match o.reading.measured {
            Measured::Glucose(glucose) => (o.reading.sequence, glucose.meal),
            Measured::BloodPressure(_) => unreachable!(),
        })
        .collect();
    let meal = |n: &str, meal| (Some(n.to_owned()), meal);
    assert_eq!(
        meals,
        [
            meal("2", Meal::Fasting),
            meal("1", Meal::After),
            meal("3", Meal::Before),
            meal("4", Meal::Unknown)
        ]
    );
    assert_eq!(
        house.count("SELECT count(*) FROM frame WHERE outcome IS NULL"),
        0
    );
    whole(&house);
}

#[tokio::test]
async fn a_ketone_value_is_never_glucose() {
    let house = House::new();
    let c = connection();
    keep(
        &house,
        vec![
            value(GATT_KETONE, c, "2A18", &glucose(1, ago(90), true)),
            value(GATT_KETONE, c, "2A34", &context(1, 6)),
            value(GATT_KETONE, c, "2A18", &glucose(2, ago(80), true)),
            value(GATT_KETONE, c, "2A52", &REPORT_OVER),
        ],
    )
    .await;
    assert!(seen(&house).is_empty());
    assert!(
        house
            .outcomes()
            .contains(&("ignored".into(), "ketone".into(), 1))
    );
    assert!(
        house
            .outcomes()
            .contains(&("refused".into(), "context_missing".into(), 1))
    );
    whole(&house);
}

#[tokio::test]
async fn failed_broken_high_and_control() {
    let house = House::new();
    let c = connection();
    let nan = [0x04, 0xff, 0x07, 0xff, 0x07, 0xff, 0x07, 0xff, 0x07];
    let mut high = glucose(5, ago(60), false);
    (high[10], high[11]) = (0xfe, 0x07);
    let mut control = glucose(6, ago(50), false);
    control[12] = 0x4a;
    keep(
        &house,
        vec![
            value(GATT_CUFF, c, "2A35", &nan),
            value(GATT_CUFF, c, "2A35", &[0x06, 1, 2]),
            value(GATT_CUFF, c, "2A35", &pressure(132, Some(ago(10)))),
            value(GATT_METER, c, "2A18", &high),
            value(GATT_METER, c, "2A18", &control),
        ],
    )
    .await;
    let seen = seen(&house);
    assert_eq!(seen.len(), 3, "one broken frame costs one record");
    let Measured::Glucose(glucose) = &seen[1].reading.measured else {
        panic!()
    };
    assert_eq!(glucose.value, GlucoseValue::High);
    assert_eq!(
        seen[2].subject,
        Subject::Unclaimed {
            reason: UnclaimedReason::ControlSolution
        }
    );
    let outcomes = house.outcomes();
    let failed = ("ignored".into(), "measurement_failed".into(), 1);
    assert!(outcomes.contains(&failed), "{outcomes:?}");
    assert!(
        outcomes
            .iter()
            .any(|(o, _, n)| o == Outcome::Quarantined.word() && *n == 1)
    );
    whole(&house);
}

#[tokio::test]
async fn resent_memory_is_one_and_equal_numbers_are_two() {
    let house = House::new();
    let c = connection();
    let (first, second) = (ago(600), ago(300));
    let memory = |c| {
        vec![
            value(GATT_CUFF, c, "2A35", &pressure(132, Some(first))),
            value(GATT_CUFF, c, "2A35", &pressure(132, Some(second))),
        ]
    };
    keep(&house, memory(c)).await;
    keep(&house, memory(c + 86_400_000)).await;
    assert_eq!(seen(&house).len(), 2);
    // Without a time: once in the resend window, and twice after it, marked.
    let mut bare = vec![
        value(GATT_CUFF, c, "2A35", &pressure(140, None)),
        value(GATT_CUFF, c, "2A35", &pressure(140, None)),
        value(GATT_CUFF, c, "2A35", &pressure(140, None)),
    ];
    bare[1].received_at += SignedDuration::from_secs(10);
    bare[2].received_at += SignedDuration::from_secs(11);
    keep(&house, bare).await;
    assert_eq!(seen(&house).len(), 4);
    // A clock that was never set tells a second measurement from a repeat no better.
    let mut unset = pressure(150, Some(first));
    unset[7..14].fill(0);
    let mut frames = vec![
        value(GATT_CUFF, c, "2A35", &unset),
        value(GATT_CUFF, c, "2A35", &unset),
    ];
    frames[1].received_at += SignedDuration::from_secs(60);
    keep(&house, frames).await;
    assert_eq!(seen(&house).len(), 6);
    assert_eq!(
        house.count("SELECT count(*) FROM reading WHERE marks LIKE '%maybe_double%'"),
        2
    );
    whole(&house);
}

#[tokio::test]
async fn records_from_before_the_clock_was_set_are_put_right_by_the_older_offset() {
    let house = House::new();
    let c = connection() - 3_600_000;
    let slow = SignedDuration::from_hours(2);
    let at = |mut frame: Frame, when: Moment| {
        frame.received_at = when;
        frame
    };
    let first = ago(3600);
    keep(
        &house,
        vec![
            at(
                value(GATT_METER, c, "2A2B", &current_time(first - slow)),
                first,
            ),
            at(
                value(GATT_METER, c, "2A2B/set", &current_time(first)),
                first,
            ),
        ],
    )
    .await;
    let c = connection();
    let before_setting = ago(4000);
    keep(
        &house,
        vec![
            value(GATT_METER, c, "2A2B", &current_time(Moment::now())),
            value(
                GATT_METER,
                c,
                "2A18",
                &glucose(9, before_setting - slow, false),
            ),
            value(GATT_METER, c, "2A18", &glucose(10, ago(60), false)),
            // By no clock it ever had.
            value(
                GATT_METER,
                c,
                "2A18",
                &glucose(11, first - SignedDuration::from_mins(60), false),
            ),
        ],
    )
    .await;
    let seen = seen(&house);
    let off = seen[0].taken.at.duration_since(before_setting).abs();
    assert!(off < SignedDuration::from_secs(5), "{off}");
    let methods: Vec<_> = seen.iter().map(|o| o.taken.method).collect();
    assert_eq!(
        methods,
        [
            TimeMethod::OffsetRead,
            TimeMethod::OffsetRead,
            TimeMethod::Unusable
        ]
    );
    whole(&house);
}

#[tokio::test]
async fn memory_of_unknown_age_is_nobodys_until_all_of_it_was_here_once() {
    let house = House::new();
    let c = connection();
    // The meter says itself that its clock is at fault: annunciation bit 11.
    let record = |sequence: u16| {
        let mut bytes = glucose(sequence, ago(60), false);
        bytes[0] |= 0x08;
        bytes.extend([0x00, 0x08]);
        bytes
    };
    let ended = br#"{"connected":true,"new":2,"again":0,"broken":0,"missing":0,"complete":true,"bonded":true,"trouble":null,"warnings":[]}"#;
    keep(
        &house,
        vec![
            value(GATT_METER, c, "2A18", &record(1)),
            value(GATT_METER, c, "2A18", &record(2)),
            value(GATT_METER, c, "ended", ended),
        ],
    )
    .await;
    let later = connection() + 1000;
    keep(&house, vec![value(GATT_METER, later, "2A18", &record(3))]).await;
    let subjects: Vec<bool> = seen(&house)
        .iter()
        .map(|o| {
            let old = Subject::Unclaimed {
                reason: UnclaimedReason::BeforeEnrolment,
            };
            o.subject == old
        })
        .collect();
    assert_eq!(
        subjects,
        [true, true, false],
        "the meter is one person's own"
    );
    assert_eq!(
        house.count("SELECT connections FROM device_radio WHERE bond = 'bonded'"),
        1
    );
    whole(&house);
}

#[tokio::test]
async fn what_is_not_enrolled_is_refused_and_what_is_unknown_is_sealed() {
    let house = House::new();
    let c = connection();
    let stranger = "C0:FF:EE:00:00:99";
    keep(
        &house,
        vec![
            value(stranger, c, "2A35", &pressure(132, Some(ago(5)))),
            value(
                GATT_CUFF,
                c,
                "00001026-0002-11e2-9e96-0800200c9a66",
                &[1, 2, 3],
            ),
            value(GATT_CUFF, c, "nonsense", &[1]),
        ],
    )
    .await;
    assert!(seen(&house).is_empty());
    assert_eq!(
        house.outcomes(),
        [
            ("quarantined".into(), "no_profile".into(), 2),
            ("refused".into(), "unknown_device".into(), 1)
        ]
    );
    whole(&house);
}

#[tokio::test]
async fn what_a_device_tells_of_itself_is_known() {
    let house = House::new();
    let c = connection();
    keep(
        &house,
        vec![
            value(GATT_CUFF, c, "2A29", b"A&D Medical\0"),
            value(GATT_CUFF, c, "2A25", b"5140700017"),
            value(GATT_CUFF, c, "2A19", &[80]),
            value(GATT_CUFF, c, "2A49", &[0x04, 0x00]),
        ],
    )
    .await;
    let c = connection() + 1000;
    keep(
        &house,
        vec![
            value(GATT_CUFF, c, "2A19", &[80]),
            value(GATT_CUFF, c, "2A19", &[15]),
        ],
    )
    .await;
    assert_eq!(
        house.count(
            "SELECT count(*) FROM device_radio WHERE manufacturer = 'A&D Medical'
                AND serial = '5140700017' AND pressure_feature = 4"
        ),
        1
    );
    assert_eq!(
        house.count("SELECT count(*) FROM device_battery"),
        2,
        "changes only"
    );
    assert_eq!(
        house.count("SELECT battery_percent FROM device WHERE name = 'cuff-blue'"),
        15
    );
}

#[tokio::test]
async fn a_cuffs_value_that_comes_before_its_clock_is_read_waits_for_it() {
    let house = House::new();
    let first = connection();
    let slow = SignedDuration::from_hours(24 * 365 * 5);
    let clock = |c| value(GATT_CUFF, c, "2A2B", &current_time(Moment::now() - slow));
    let record = |c, systolic| {
        let taken = Some(ago(600) - slow);
        value(GATT_CUFF, c, "2A35", &pressure(systolic, taken))
    };
    // It has no clock that anybody knows of: nothing to wait for.
    keep(&house, vec![record(first, 131)]).await;
    assert_eq!(seen(&house)[0].taken.method, TimeMethod::Unusable);
    let end = |c| {
        let ended = br#"{"connected":true,"new":2,"again":0,"broken":0,"missing":0,"complete":true,"bonded":true,"trouble":null,"warnings":[]}"#;
        value(GATT_CUFF, c, "ended", ended)
    };
    keep(&house, vec![clock(first), end(first)]).await;

    let second = first + 1;
    keep(&house, vec![record(second, 132), record(second, 133)]).await;
    assert_eq!(seen(&house).len(), 1, "both wait");
    keep(&house, vec![clock(second)]).await;
    let corrected = seen(&house);
    assert_eq!(corrected.len(), 3);
    for one in &corrected[1..] {
        assert_eq!(one.taken.method, TimeMethod::OffsetRead);
        let off = one.taken.at.duration_since(ago(600)).abs();
        assert!(off < SignedDuration::from_secs(5), "{off}");
    }

    // It leaves before its clock was read.
    let third = second + 1;
    keep(&house, vec![record(third, 134)]).await;
    assert_eq!(seen(&house).len(), 3, "it waits");
    keep(&house, vec![end(third)]).await;
    assert_eq!(seen(&house)[3].taken.method, TimeMethod::Unusable);
    whole(&house);
}

/// They are asked for at every connection: two that never come are two, however often.
#[tokio::test]
async fn records_that_never_come_are_counted_once_until_all_have_come() {
    let house = House::new();
    let lost = "SELECT records_lost FROM device_radio WHERE address = 'C0:26:DA:00:00:02'";
    for (missing, complete, counted) in [
        (2, false, 2),
        (2, false, 2),
        (0, false, 2),
        (3, false, 3),
        (0, true, 0),
    ] {
        let ended = format!(
            r#"{{"connected":true,"new":0,"again":0,"broken":0,"missing":{missing},"complete":{complete},"bonded":true,"trouble":null,"warnings":[]}}"#
        );
        let end = value(GATT_METER, connection(), "ended", ended.as_bytes());
        keep(&house, vec![end]).await;
        assert_eq!(house.count(lost), counted, "{missing} {complete}");
    }
    whole(&house);
}
