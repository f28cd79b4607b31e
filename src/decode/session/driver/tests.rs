//! What the machine does, event by event. Time is an event.

use std::collections::VecDeque;

use super::super::listener::Report;
use super::*;
use crate::decode::gatt::profile::{ClockSet, Measures, Memory, Profiles};

const NOW: civil::DateTime = civil::date(2026, 11, 23).at(8, 20, 0, 0);

/// A session under test: every action is noted, every expected one is taken off.
struct Room {
    driver: Driver,
    todo: VecDeque<Action>,
}

impl Room {
    fn with(profile: Profile) -> Self {
        Room {
            driver: Driver::new(profile, NOW),
            todo: VecDeque::new(),
        }
    }

    fn happens(&mut self, event: Event) -> &mut Self {
        self.todo.extend(self.driver.on(event));
        self
    }

    #[track_caller]
    fn does(&mut self, expected: &[Action]) -> &mut Self {
        let done: Vec<Action> = self.todo.drain(..).collect();
        assert_eq!(done, expected);
        self
    }

    /// What was done that the test is not about.
    fn whatever(&mut self) -> &mut Self {
        self.todo.clear();
        self
    }

    fn connects(&mut self, offers: &[Characteristic]) -> &mut Self {
        self.happens(Event::Advertised).does(&[Action::Connect]);
        self.happens(Event::Connected {
            offers: offers.iter().copied().collect(),
        })
    }

    fn subscribed(&mut self) -> &mut Self {
        self.happens(Event::Subscribed { ok: true })
    }

    fn written(&mut self) -> &mut Self {
        self.happens(Event::Written { result: Ok(()) })
    }

    fn value(&mut self, characteristic: Characteristic, bytes: &[u8]) -> &mut Self {
        self.happens(Event::Value {
            characteristic,
            bytes: bytes.to_vec(),
        })
    }

    fn answer(&mut self, bytes: [u8; 4]) -> &mut Self {
        self.value(Characteristic::RecordAccess, &bytes)
    }

    fn passes_s(&mut self, seconds: u64) -> &mut Self {
        self.happens(Event::TimePasses { ms: seconds * 1000 })
    }

    fn report(&mut self) -> Report {
        match self.todo.pop_back() {
            Some(Action::Ended(report)) => *report,
            other => panic!("the connection has not ended: {other:?}"),
        }
    }
}

const METER: [Characteristic; 3] = [
    Characteristic::GlucoseMeasurement,
    Characteristic::GlucoseContext,
    Characteristic::RecordAccess,
];

fn meter() -> Room {
    Room::with(Profile {
        clock_set: ClockSet::Never,
        ..Profile::generic(Measures::Glucose)
    })
}

fn cuff() -> Room {
    Room::with(Profile::generic(Measures::BloodPressure))
}

fn shipped(stem: &'static str, text: &'static str) -> Profile {
    Profiles::from_files([(stem, text)])
        .unwrap()
        .get(stem)
        .unwrap()
        .clone()
}

fn asks(bytes: &[u8]) -> Action {
    Action::Write {
        characteristic: Characteristic::RecordAccess,
        bytes: bytes.to_vec(),
    }
}

fn keep(characteristic: Characteristic, bytes: &[u8], heard: Heard) -> Action {
    Action::Keep {
        characteristic,
        bytes: bytes.to_vec(),
        heard,
    }
}

const RECORD_1: [u8; 13] = [2, 1, 0, 0xEA, 7, 11, 20, 7, 0, 0, 0x6C, 0xB0, 0x11];
const RECORD_2: [u8; 13] = [2, 2, 0, 0xEA, 7, 11, 21, 7, 0, 0, 0x6C, 0xB0, 0x11];
const PRESSURE: [u8; 14] = [2, 132, 0, 82, 0, 98, 0, 0xEA, 7, 11, 23, 8, 10, 0];

#[test]
fn a_meter_from_advertisement_to_end() {
    let mut room = meter();
    room.connects(&METER)
        .does(&[Action::Subscribe(Characteristic::GlucoseMeasurement)]);
    room.subscribed()
        .does(&[Action::Subscribe(Characteristic::GlucoseContext)]);
    room.subscribed()
        .does(&[Action::Subscribe(Characteristic::RecordAccess)]);
    room.subscribed().does(&[asks(&[4, 1])]);
    room.written().does(&[]);
    room.answer([5, 0, 2, 0]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[5, 0, 2, 0],
            Heard::Surrounding,
        ),
        asks(&[1, 1]),
    ]);
    room.written();
    room.value(Characteristic::GlucoseMeasurement, &RECORD_1)
        .does(&[keep(
            Characteristic::GlucoseMeasurement,
            &RECORD_1,
            Heard::New,
        )]);
    room.value(Characteristic::GlucoseMeasurement, &RECORD_2)
        .whatever();
    room.answer([6, 0, 1, 1]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[6, 0, 1, 1],
            Heard::Surrounding,
        ),
        Action::Disconnect,
    ]);
    room.happens(Event::Disconnected);
    assert_eq!(room.report().records.len(), 2);
}

fn downloaded() -> Room {
    let mut room = meter();
    room.connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed()
        .written();
    room.answer([5, 0, 2, 0]).written();
    room.value(Characteristic::GlucoseMeasurement, &RECORD_1);
    room.value(Characteristic::GlucoseMeasurement, &RECORD_2);
    room.answer([6, 0, 1, 1])
        .happens(Event::Disconnected)
        .whatever();
    room
}

/// Connected again, subscribed, with the first request as the last thing done.
fn again(room: &mut Room) {
    room.connects(&METER).subscribed().subscribed().whatever();
    room.subscribed();
}

#[test]
fn the_second_time_from_the_last_known_on() {
    let mut room = downloaded();
    again(&mut room);
    room.does(&[asks(&[4, 3, 1, 2, 0])]).written();
    room.answer([5, 0, 1, 0]).written();
    room.value(Characteristic::GlucoseMeasurement, &RECORD_2)
        .does(&[
            keep(
                Characteristic::RecordAccess,
                &[5, 0, 1, 0],
                Heard::Surrounding,
            ),
            asks(&[1, 3, 1, 2, 0]),
            keep(Characteristic::GlucoseMeasurement, &RECORD_2, Heard::Again),
        ]);
    room.answer([6, 0, 1, 1]).whatever();
    room.happens(Event::Disconnected);
    assert_eq!(room.report().duplicates_dropped, 1);
}

#[test]
fn a_meter_that_began_again_is_asked_for_all() {
    let mut room = downloaded();
    again(&mut room);
    room.whatever().written().answer([5, 0, 0, 0]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[5, 0, 0, 0],
            Heard::Surrounding,
        ),
        asks(&[1, 1]),
    ]);
}

#[test]
fn operator_not_supported_leads_to_all_and_no_further() {
    let mut room = downloaded();
    again(&mut room);
    room.whatever().written().answer([6, 0, 4, 4]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[6, 0, 4, 4],
            Heard::Surrounding,
        ),
        asks(&[1, 1]),
    ]);
    room.written().answer([6, 0, 1, 4]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[6, 0, 1, 4],
            Heard::Surrounding,
        ),
        Action::Disconnect,
    ]);
}

#[test]
fn after_a_cut_download_all_are_asked_for() {
    let mut room = meter();
    room.connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed()
        .written();
    room.answer([5, 0, 2, 0]).written();
    room.value(Characteristic::GlucoseMeasurement, &RECORD_2);
    room.happens(Event::Disconnected).whatever();
    again(&mut room);
    room.does(&[asks(&[4, 1])]);
}

#[test]
fn thirty_seconds_of_silence_then_abort_then_the_end() {
    let mut room = meter();
    room.connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed()
        .written()
        .whatever();
    room.passes_s(29).does(&[]);
    room.passes_s(1).does(&[asks(&[3, 0])]);
    room.written().passes_s(29).does(&[]);
    room.passes_s(1).does(&[Action::Disconnect]);
    room.passes_s(29).does(&[]);
    room.passes_s(1);
    assert_eq!(
        room.report().warnings,
        [super::super::transfer::Warning::Timeout]
    );
}

#[test]
fn an_answered_abort_ends_at_once() {
    let mut room = meter();
    room.connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed()
        .written()
        .passes_s(30)
        .whatever();
    room.written().answer([6, 0, 3, 1]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[6, 0, 3, 1],
            Heard::Surrounding,
        ),
        Action::Disconnect,
    ]);
}

#[test]
fn an_answer_before_the_write_returns() {
    let mut room = meter();
    room.connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed()
        .whatever();
    room.answer([5, 0, 0, 0]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[5, 0, 0, 0],
            Heard::Surrounding,
        ),
        Action::Disconnect,
    ]);
    room.written().does(&[]);
}

#[test]
fn a_forgotten_subscription_is_made_good_once() {
    let mut room = meter();
    room.connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed()
        .whatever();
    let refused = || Event::Written {
        result: Err(Some(0x81)),
    };
    room.happens(refused())
        .does(&[Action::Subscribe(Characteristic::GlucoseMeasurement)]);
    room.subscribed()
        .does(&[Action::Subscribe(Characteristic::RecordAccess)]);
    room.subscribed().does(&[asks(&[4, 1])]);
    room.happens(refused()).does(&[Action::Disconnect]);
}

#[test]
fn a_procedure_in_progress_is_aborted_once() {
    let mut room = meter();
    room.connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed()
        .whatever();
    room.happens(Event::Written {
        result: Err(Some(0x80)),
    })
    .does(&[asks(&[3, 0])]);
    room.written().answer([6, 0, 3, 1]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[6, 0, 3, 1],
            Heard::Surrounding,
        ),
        asks(&[4, 1]),
    ]);
    room.happens(Event::Written { result: Err(None) })
        .does(&[Action::Disconnect]);
}

#[test]
fn a_context_that_cannot_be_subscribed_to_costs_the_context_only() {
    let mut room = meter();
    room.connects(&METER).subscribed().whatever();
    room.happens(Event::Subscribed { ok: false })
        .does(&[Action::Subscribe(Characteristic::RecordAccess)]);
    room.happens(Event::Subscribed { ok: false })
        .does(&[Action::Disconnect]);
}

#[test]
fn no_request_ever_deletes() {
    // Every request of every road through the machine begins with count, report or abort.
    let mut room = downloaded();
    again(&mut room);
    room.written()
        .answer([6, 0, 4, 2])
        .written()
        .answer([6, 0, 1, 8])
        .passes_s(60);
    for action in room.todo {
        if let Action::Write {
            characteristic: Characteristic::RecordAccess,
            bytes,
        } = action
        {
            assert!([1, 3, 4].contains(&bytes[0]), "{bytes:?}");
        }
    }
}

#[test]
fn everything_is_read_before_the_clock_is_set() {
    let mut room = Room::with(Profile::generic(Measures::Glucose));
    let mut offers = METER.to_vec();
    offers.extend([
        Characteristic::SerialNumber,
        Characteristic::BatteryLevel,
        Characteristic::CurrentTime,
    ]);
    room.connects(&offers)
        .does(&[Action::Read(Characteristic::CurrentTime)]);
    let read = |characteristic, value: Option<&[u8]>| Event::Read {
        characteristic,
        value: value.map(<[u8]>::to_vec),
    };
    // 08:14:59: five minutes and a second slow.
    let clock = [0xEA, 7, 11, 23, 8, 14, 59, 1, 0, 0];
    room.happens(read(Characteristic::CurrentTime, Some(&clock)))
        .does(&[
            keep(Characteristic::CurrentTime, &clock, Heard::Ignored),
            Action::Read(Characteristic::SerialNumber),
        ]);
    room.happens(read(Characteristic::SerialNumber, None))
        .does(&[Action::Read(Characteristic::BatteryLevel)]);
    room.happens(read(Characteristic::BatteryLevel, Some(&[64])))
        .does(&[
            keep(Characteristic::BatteryLevel, &[64], Heard::Ignored),
            Action::Subscribe(Characteristic::GlucoseMeasurement),
        ]);
    room.subscribed()
        .subscribed()
        .subscribed()
        .written()
        .whatever();
    room.answer([5, 0, 0, 0]).does(&[
        keep(
            Characteristic::RecordAccess,
            &[5, 0, 0, 0],
            Heard::Surrounding,
        ),
        Action::Write {
            characteristic: Characteristic::CurrentTime,
            bytes: vec![0xEA, 7, 11, 23, 8, 20, 0, 1, 0, 1],
        },
    ]);
    room.written().does(&[Action::Disconnect]);
}

#[test]
fn a_clock_within_five_minutes_is_left_alone() {
    for (minute, second, set) in [
        (15, 0, false),
        (15, 1, false),
        (14, 59, true),
        (25, 1, true),
    ] {
        let mut room = cuff();
        let offers = [
            Characteristic::BloodPressureMeasurement,
            Characteristic::DateTime,
        ];
        room.connects(&offers).whatever();
        let value = Some(vec![0xEA, 7, 11, 23, 8, minute, second]);
        room.happens(Event::Read {
            characteristic: Characteristic::DateTime,
            value,
        });
        room.subscribed()
            .value(Characteristic::BloodPressureMeasurement, &PRESSURE)
            .whatever();
        room.passes_s(5);
        let write = matches!(room.todo.front(), Some(Action::Write { .. }));
        assert_eq!(write, set, "08:{minute}:{second}");
    }
}

#[test]
fn a_cuff_that_leaves_is_the_normal_end() {
    let mut room = cuff();
    room.connects(&[Characteristic::BloodPressureMeasurement])
        .does(&[Action::Subscribe(Characteristic::BloodPressureMeasurement)]);
    room.subscribed().does(&[]);
    room.value(Characteristic::BloodPressureMeasurement, &PRESSURE)
        .does(&[keep(
            Characteristic::BloodPressureMeasurement,
            &PRESSURE,
            Heard::New,
        )]);
    room.happens(Event::Disconnected);
    let report = room.report();
    assert_eq!((report.records.len(), report.warnings.len()), (1, 0));
    room.happens(Event::Disconnected).does(&[]);
}

#[test]
fn a_value_may_come_while_connecting_and_after_the_end() {
    let mut room = cuff();
    room.happens(Event::Advertised).does(&[Action::Connect]);
    room.value(Characteristic::BloodPressureMeasurement, &PRESSURE)
        .does(&[keep(
            Characteristic::BloodPressureMeasurement,
            &PRESSURE,
            Heard::New,
        )]);
    room.happens(Event::ConnectFailed);
    assert_eq!(room.report().records.len(), 1);
    room.value(Characteristic::BloodPressureMeasurement, &PRESSURE)
        .does(&[keep(
            Characteristic::BloodPressureMeasurement,
            &PRESSURE,
            Heard::Again,
        )]);
}

#[test]
fn quiet_cuffs_are_let_go() {
    let mut room = cuff();
    room.connects(&[Characteristic::BloodPressureMeasurement])
        .subscribed()
        .whatever();
    room.passes_s(59).does(&[]);
    room.passes_s(1).does(&[Action::Disconnect]);
    let mut room = cuff();
    room.connects(&[Characteristic::BloodPressureMeasurement])
        .subscribed();
    room.value(Characteristic::BloodPressureMeasurement, &PRESSURE)
        .whatever();
    room.passes_s(4).does(&[]);
    room.passes_s(1).does(&[Action::Disconnect]);
}

#[test]
fn clock_first_where_the_profile_says_so() {
    let text = include_str!("../../../../config/devices/and-ua651.toml");
    let profile = shipped("and-ua651", text);
    assert_eq!(profile.memory, Some(Memory::Erases));
    let mut room = Room::with(profile);
    let offers = [
        Characteristic::ModelNumber,
        Characteristic::BloodPressureMeasurement,
        Characteristic::DateTime,
    ];
    room.connects(&offers)
        .does(&[Action::Read(Characteristic::DateTime)]);
    // 2018: ten past midnight.
    let value = vec![0xE2, 7, 1, 1, 0, 10, 0];
    room.happens(Event::Read {
        characteristic: Characteristic::DateTime,
        value: Some(value.clone()),
    })
    .does(&[
        keep(Characteristic::DateTime, &value, Heard::Ignored),
        Action::WriteVendor {
            uuid: "233bf001-5a34-1b6d-975c-000d5690abe4".into(),
            bytes: vec![2, 0, 0xE1],
        },
    ]);
    room.written().does(&[Action::Write {
        characteristic: Characteristic::DateTime,
        bytes: vec![0xEA, 7, 11, 23, 8, 20, 0],
    }]);
    room.written()
        .does(&[Action::Subscribe(Characteristic::BloodPressureMeasurement)]);
    // Taken five minutes before the clock was read.
    let mut old = PRESSURE;
    old[7..14].copy_from_slice(&[0xE2, 7, 1, 1, 0, 5, 0]);
    // It sends and leaves: what it is can wait.
    room.subscribed()
        .does(&[Action::Read(Characteristic::ModelNumber)]);
    room.value(Characteristic::BloodPressureMeasurement, &old);
    room.happens(Event::Disconnected);
    let corrected = room.report().records[0].corrected;
    assert_eq!(corrected, Some(civil::date(2026, 11, 23).at(8, 15, 0, 0)));
}

#[test]
fn a_rest_before_subscribing() {
    let text = include_str!("../../../../config/devices/beurer-bm85.toml");
    let mut room = Room::with(shipped("beurer-bm85", text));
    room.connects(&[Characteristic::BloodPressureMeasurement])
        .does(&[]);
    room.happens(Event::TimePasses { ms: 99 }).does(&[]);
    room.happens(Event::TimePasses { ms: 1 })
        .does(&[Action::Subscribe(Characteristic::BloodPressureMeasurement)]);
}

#[test]
fn steps_that_never_end_are_passed_over() {
    let mut room = cuff();
    let offers = [
        Characteristic::BloodPressureMeasurement,
        Characteristic::BatteryLevel,
    ];
    room.connects(&offers)
        .does(&[Action::Read(Characteristic::BatteryLevel)]);
    room.passes_s(29).does(&[]);
    room.passes_s(1)
        .does(&[Action::Subscribe(Characteristic::BloodPressureMeasurement)]);
    room.passes_s(30).does(&[Action::Disconnect]);
}

#[test]
fn a_connection_that_never_comes_is_given_up() {
    let mut room = cuff();
    room.happens(Event::Advertised).does(&[Action::Connect]);
    room.happens(Event::Advertised).does(&[]);
    room.passes_s(29).does(&[]);
    room.passes_s(1);
    assert!(room.report().records.is_empty());
    room.does(&[Action::Disconnect]);
    room.happens(Event::Advertised).does(&[Action::Connect]);
}

/// A meter whose one record has this number, after its first download.
fn downloaded_up_to(sequence: u16) -> Room {
    let mut room = meter();
    room.connects(&METER).subscribed().subscribed().subscribed();
    room.written().answer([5, 0, 1, 0]).written();
    let mut record = RECORD_1;
    [record[1], record[2]] = sequence.to_le_bytes();
    room.value(Characteristic::GlucoseMeasurement, &record);
    room.answer([6, 0, 1, 1])
        .happens(Event::Disconnected)
        .whatever();
    room
}

#[test]
fn numbers_that_will_begin_again_are_not_asked_from() {
    for (last, asked) in [
        (0xEFFE, vec![4, 3, 1, 0xFE, 0xEF]),
        (0xEFFF, vec![4, 3, 1, 0xFF, 0xEF]),
        (0xF000, vec![4, 1]),
        (0xFFFF, vec![4, 1]),
    ] {
        let mut room = downloaded_up_to(last);
        again(&mut room);
        room.does(&[asks(&asked)]);
    }
}

#[test]
fn a_silent_or_deaf_connection_does_not_tell_what_the_device_held() {
    let pressure = Characteristic::BloodPressureMeasurement;
    let mut silent = cuff();
    silent.connects(&[pressure]).subscribed().passes_s(60);
    assert!(!silent.happens(Event::Disconnected).report().complete);
    let mut deaf = cuff();
    deaf.connects(&[pressure])
        .happens(Event::Subscribed { ok: false });
    assert!(!deaf.happens(Event::Disconnected).report().complete);
    // The next one of the same cuff does.
    deaf.whatever().connects(&[pressure]).subscribed();
    deaf.value(pressure, &PRESSURE);
    assert!(deaf.happens(Event::Disconnected).report().complete);
    let mut early = cuff();
    early.happens(Event::Advertised).value(pressure, &PRESSURE);
    early.happens(Event::Connected {
        offers: BTreeSet::from([pressure]),
    });
    assert!(early.happens(Event::Disconnected).report().complete);

    let mut deaf = meter();
    deaf.connects(&METER)
        .happens(Event::Subscribed { ok: false });
    assert!(!deaf.happens(Event::Disconnected).report().complete);
    let mut empty = meter();
    empty
        .connects(&METER)
        .subscribed()
        .subscribed()
        .subscribed();
    empty.written().answer([5, 0, 0, 0]);
    assert!(empty.happens(Event::Disconnected).report().complete);
    // A download that came to its end says nothing of the next connection.
    let mut again = downloaded();
    again
        .connects(&METER)
        .happens(Event::Subscribed { ok: false });
    assert!(!again.happens(Event::Disconnected).report().complete);
}

/// A download of two records, the last of them sound, and what is asked first in the next connection.
fn asked_after(room: &mut Room, download: impl FnOnce(&mut Room)) -> Vec<Action> {
    again(room);
    room.whatever().written().answer([5, 0, 2, 0]).written();
    room.value(Characteristic::GlucoseMeasurement, &RECORD_2);
    download(room);
    room.answer([6, 0, 1, 1])
        .happens(Event::Disconnected)
        .whatever();
    again(room);
    room.todo.drain(..).collect()
}

#[test]
fn what_came_broken_or_without_its_context_is_asked_for_once_more() {
    let glucose = Characteristic::GlucoseMeasurement;
    let mut broken = meter();
    let asked = asked_after(&mut broken, |room| {
        room.value(glucose, &RECORD_1[..12]);
    });
    assert_eq!(asked, [asks(&[4, 1])]);

    let text = include_str!("../../../../config/devices/caresens-dual.toml");
    let mut follows = RECORD_1;
    follows[0] |= 0x10;
    let mut dual = Room::with(shipped("caresens-dual", text));
    let alone = asked_after(&mut dual, |room| {
        room.value(glucose, &follows);
    });
    assert_eq!(alone, [asks(&[4, 1])], "it may be a ketone: nobody knows");
    dual.happens(Event::Disconnected).whatever();
    let joined = asked_after(&mut dual, |room| {
        room.value(glucose, &follows);
        room.value(Characteristic::GlucoseContext, &[2, 1, 0, 6]);
    });
    assert_eq!(joined, [asks(&[4, 3, 1, 2, 0])]);

    let mut plain = meter();
    let asked = asked_after(&mut plain, |room| {
        room.value(glucose, &follows);
    });
    assert_eq!(asked, [asks(&[4, 3, 1, 2, 0])], "glucose without its meal");
}
