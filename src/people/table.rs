//! One table over method, claim and lateness, and the limits of `taken_at`.

use jiff::SignedDuration;

use super::attribute::{
    CUFF_MEASURES_S, CardClaim, CheckIn, Claims, METER_MEASURES_S, Taken, attribute,
};
use super::taken_at::{BELIEVED_WITHIN_S, Circumstances, LIVE_APART_S, LiveOffset, taken_at};
use crate::vitals::TimeMethod::{OffsetKnown, OffsetRead, ReceivedLive, Unusable};
use crate::vitals::{DeviceTime, Moment, Specimen, Subject, TakenAt, TimeMethod};

fn at(second: i64) -> Moment {
    Moment::from_second(1_790_000_000 + second).unwrap()
}

fn sat(person: i64, from: Moment, until: Option<Moment>) -> CheckIn {
    CheckIn {
        id: 0,
        person,
        from,
        until,
        asked: None,
        withdrawn: false,
    }
}

fn around(received_s: i64) -> Circumstances<'static> {
    Circumstances {
        received_at: at(received_s),
        offset_read_ms: None,
        live_offsets: &[],
        clock_resolution_s: 1,
        sends_live_within_s: Some(10),
        keeps_memory: true,
        from_memory: false,
        may_be_late: false,
        clock_went_back: false,
    }
}

fn given(second: i64) -> DeviceTime {
    DeviceTime::Given {
        sent: format!("t{second}"),
        at: at(second),
    }
}

fn stable(offset_s: i64) -> Vec<LiveOffset> {
    (0..3)
        .map(|i| LiveOffset {
            received_at: at(-3600 - i * 600),
            offset_ms: offset_s * 1000,
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Late {
    /// Received seconds after it was taken, while A sits in the chair (0 to 600).
    No,
    /// Taken while A sat in the chair, received an hour later while B sits there.
    Yes,
}

const A: i64 = 1;
const B: i64 = 2;

/// `(who, basis)` or the reason, as words.
fn verdict(method: TimeMethod, claims: &Claims<'_>, late: Late) -> String {
    let received = if late == Late::Yes { 4000 } else { 310 };
    let sorted_at = if method == Unusable {
        at(received)
    } else {
        at(300)
    };
    let reading = Taken {
        taken: TakenAt {
            at: sorted_at,
            uncertainty_s: 5,
            method,
        },
        received_at: at(received),
        in_service_since: at(-100_000),
        may_be_old: false,
        measuring_s: 0,
        specimen: Specimen::Blood,
    };
    match attribute(&reading, claims) {
        Subject::Known { person, basis } => {
            format!("{} {}", if person == A { "A" } else { "B" }, basis.word())
        }
        Subject::Unclaimed { reason } => reason.word().to_owned(),
        Subject::Voided { .. } => unreachable!("only people void"),
    }
}

#[test]
fn method_by_claim_by_lateness() {
    let chairs = [sat(A, at(0), Some(at(600))), sat(B, at(3900), None)];
    let edge = [sat(A, at(298), Some(at(600)))];
    let two = [sat(A, at(0), Some(at(302))), sat(B, at(302), Some(at(600)))];
    let none = Claims::default();
    let card = Claims {
        card: CardClaim::Person(A),
        ..none
    };
    let card_other_chair = Claims {
        card: CardClaim::Person(B),
        check_ins: &chairs,
        ..none
    };
    let rows: &[(&str, Claims<'_>, &str, &str)] = &[
        // claim, with a usable time, with an unusable time
        ("nothing", none, "no_claim", "no_claim"),
        ("card", card, "A card_in_message", "A card_in_message"),
        (
            "card unknown",
            Claims {
                card: CardClaim::Unknown,
                own_device: Some(A),
                ..none
            },
            "card_unknown",
            "card_unknown",
        ),
        (
            "card of two",
            Claims {
                card: CardClaim::Ambiguous,
                ..none
            },
            "card_ambiguous",
            "card_ambiguous",
        ),
        (
            "chair",
            Claims {
                check_ins: &chairs,
                ..none
            },
            "A checked_in",
            "time_unusable",
        ),
        (
            "chair's edge",
            Claims {
                check_ins: &edge,
                ..none
            },
            "not_within_one_check_in",
            "time_unusable",
        ),
        (
            "two in the chair",
            Claims {
                check_ins: &two,
                ..none
            },
            "not_within_one_check_in",
            "time_unusable",
        ),
        (
            "own device",
            Claims {
                own_device: Some(A),
                ..none
            },
            "A own_device",
            "A own_device",
        ),
        (
            "slot",
            Claims {
                slot: Some(A),
                ..none
            },
            "A device_slot",
            "A device_slot",
        ),
        (
            "card and chair agree",
            Claims {
                card: CardClaim::Person(A),
                check_ins: &chairs,
                ..none
            },
            "A card_in_message",
            "A card_in_message",
        ),
        (
            "card and chair disagree",
            card_other_chair,
            "claims_disagree",
            "B card_in_message",
        ),
        (
            "own device, somebody else near",
            Claims {
                own_device: Some(B),
                check_ins: &edge,
                ..none
            },
            "not_within_one_check_in",
            "time_unusable",
        ),
        (
            "own device and slot disagree",
            Claims {
                own_device: Some(A),
                slot: Some(B),
                ..none
            },
            "claims_disagree",
            "claims_disagree",
        ),
        (
            "staff over all",
            Claims {
                assigned: Some(B),
                card: CardClaim::Person(A),
                check_ins: &chairs,
                ..none
            },
            "B assigned_by",
            "B assigned_by",
        ),
    ];
    for (name, claims, usable, unusable) in rows {
        for late in [Late::No, Late::Yes] {
            for method in [OffsetRead, OffsetKnown, ReceivedLive] {
                // Late or not, only the time taken counts.
                assert_eq!(
                    verdict(method, claims, late),
                    *usable,
                    "{name}, {method:?}, late {late:?}"
                );
            }
            assert_eq!(
                verdict(Unusable, claims, late),
                *unusable,
                "{name}, late {late:?}"
            );
        }
    }
}

#[test]
fn control_solution_and_old_memory_are_nobodys() {
    let reading = |taken_s: i64, specimen| Taken {
        taken: TakenAt {
            at: at(taken_s),
            uncertainty_s: 1,
            method: OffsetRead,
        },
        received_at: at(100),
        in_service_since: at(50),
        may_be_old: false,
        measuring_s: 0,
        specimen,
    };
    let claims = Claims {
        own_device: Some(A),
        ..Claims::default()
    };
    let reason = |r| match attribute(&r, &claims) {
        Subject::Unclaimed { reason } => reason.word(),
        Subject::Known { .. } => "known",
        Subject::Voided { .. } => unreachable!("only people void"),
    };
    assert_eq!(reason(reading(60, Specimen::Control)), "control_solution");
    assert_eq!(reason(reading(49, Specimen::Blood)), "before_enrolment");
    assert_eq!(reason(reading(50, Specimen::Blood)), "known");
    assert_eq!(reason(reading(51, Specimen::Blood)), "known");
}

#[test]
fn old_memory_with_an_unusable_time_is_only_a_cards() {
    let verdict = |may_be_old, method, claims: &Claims<'_>| {
        let reading = Taken {
            taken: TakenAt {
                at: at(100),
                uncertainty_s: 0,
                method,
            },
            received_at: at(100),
            in_service_since: at(50),
            may_be_old,
            measuring_s: 0,
            specimen: Specimen::Blood,
        };
        match attribute(&reading, claims) {
            Subject::Unclaimed { reason } => reason.word(),
            Subject::Known { basis, .. } => basis.word(),
            Subject::Voided { .. } => unreachable!("only people void"),
        }
    };
    let none = Claims::default();
    let own = Claims {
        own_device: Some(A),
        ..none
    };
    let slot = Claims {
        slot: Some(A),
        ..none
    };
    let card = Claims {
        card: CardClaim::Person(A),
        ..none
    };
    assert_eq!(verdict(true, Unusable, &own), "before_enrolment");
    assert_eq!(verdict(true, Unusable, &slot), "before_enrolment");
    assert_eq!(verdict(true, Unusable, &card), "card_in_message");
    assert_eq!(verdict(false, Unusable, &own), "own_device");
    assert_eq!(verdict(true, OffsetKnown, &own), "own_device");
    assert_eq!(verdict(true, Unusable, &none), "no_claim");
}

/// The clock ran an hour fast and was set right: a device time near receipt then means a live reading by a
/// right clock, or one held back for just that hour. Nobody can tell, so its time is used for nothing.
#[test]
fn a_fast_clock_that_was_set_right_is_not_an_hour_late() {
    let hour_fast = stable(-3600);
    let c = Circumstances {
        live_offsets: &hour_fast,
        ..around(0)
    };
    let within = i64::from(BELIEVED_WITHIN_S);
    assert_eq!(
        taken_at(&given(3600), &c).at,
        at(0),
        "live by the fast clock"
    );
    for (device_s, expected) in [
        (-within - 1, OffsetKnown),
        (-within, Unusable),
        (-5, Unusable),
        (within, Unusable),
        (within + 1, OffsetKnown),
    ] {
        assert_eq!(
            taken_at(&given(device_s), &c).method,
            expected,
            "{device_s} s"
        );
    }
    // A clock that is right all along: late by a minute is late by a minute.
    let right = stable(2);
    let c = Circumstances {
        live_offsets: &right,
        ..around(0)
    };
    assert_eq!(taken_at(&given(-62), &c).method, OffsetKnown);
    assert_eq!(taken_at(&given(-62), &c).at, at(-60));
}

#[test]
fn the_interval_is_cut_at_receipt_and_closed_at_both_ends() {
    let verdict = |from: i64, until: i64| {
        let seat = [sat(A, at(from), Some(at(until)))];
        let reading = Taken {
            taken: TakenAt {
                at: at(300),
                uncertainty_s: 5,
                method: OffsetKnown,
            },
            received_at: at(302),
            in_service_since: at(0),
            may_be_old: false,
            measuring_s: 0,
            specimen: Specimen::Blood,
        };
        matches!(
            attribute(
                &reading,
                &Claims {
                    check_ins: &seat,
                    ..Claims::default()
                }
            ),
            Subject::Known { .. }
        )
    };
    assert!(verdict(294, 303) && verdict(295, 302));
    assert!(!verdict(296, 302), "begins one second too late");
    assert!(!verdict(295, 301), "ends one second too early");
}

/// Seconds between the card and the result: one below, at, one above the time of measuring, by device.
#[test]
fn a_card_read_while_it_was_being_measured_claims_nothing() {
    for measures in [CUFF_MEASURES_S, METER_MEASURES_S] {
        let verdict = |card_s: i64, measuring_s: u32| {
            let seat = [sat(A, at(card_s), None)];
            let claims = Claims {
                check_ins: &seat,
                ..Claims::default()
            };
            let reading = Taken {
                taken: TakenAt {
                    at: at(300),
                    uncertainty_s: 5,
                    method: OffsetRead,
                },
                received_at: at(302),
                in_service_since: at(0),
                may_be_old: false,
                measuring_s,
                specimen: Specimen::Blood,
            };
            match attribute(&reading, &claims) {
                Subject::Unclaimed { reason } => reason.word(),
                Subject::Known { basis, .. } => basis.word(),
                Subject::Voided { .. } => unreachable!("only people void"),
            }
        };
        // The result stood there at 295 at the earliest.
        let began = 295 - i64::from(measures);
        assert_eq!(verdict(began - 1, measures), "checked_in");
        assert_eq!(verdict(began, measures), "checked_in");
        assert_eq!(verdict(began + 1, measures), "began_while_measuring");
        assert_eq!(verdict(295, measures), "began_while_measuring");
        assert_eq!(verdict(296, measures), "not_within_one_check_in");
        assert_eq!(verdict(295, 0), "checked_in", "a device that takes no time");
    }
}

#[test]
fn which_method_a_reading_gets() {
    let method = |time: &DeviceTime, c: &Circumstances<'_>| taken_at(time, c).method;
    let hour_off = stable(3600);
    let read = Circumstances {
        offset_read_ms: Some(-86_400_000),
        ..around(0)
    };
    let known = Circumstances {
        live_offsets: &hour_off,
        ..around(0)
    };
    assert_eq!(method(&given(86_400), &read), OffsetRead);
    assert_eq!(taken_at(&given(86_400), &read).at, at(0));
    assert_eq!(method(&given(-3600), &known), OffsetKnown);
    assert_eq!(taken_at(&given(-3600), &known).at, at(0));
    // Late from memory, by the same offset.
    assert_eq!(taken_at(&given(-7200), &known).at, at(-3600));
    assert_eq!(method(&DeviceTime::Absent, &around(0)), ReceivedLive);
    for c in [
        Circumstances {
            may_be_late: true,
            ..around(0)
        },
        Circumstances {
            from_memory: true,
            ..around(0)
        },
        Circumstances {
            sends_live_within_s: None,
            ..around(0)
        },
    ] {
        assert_eq!(method(&DeviceTime::Absent, &c), Unusable);
    }
    assert_eq!(
        method(&DeviceTime::Unusable { sent: "0".into() }, &read),
        Unusable
    );
    let back = Circumstances {
        clock_went_back: true,
        live_offsets: &hour_off,
        ..around(0)
    };
    assert_eq!(method(&given(-3600), &back), Unusable);
    let no_memory = Circumstances {
        keeps_memory: false,
        ..known.clone()
    };
    assert_eq!(method(&given(-3600), &no_memory), OffsetKnown);
    assert_eq!(
        method(&given(-7200), &no_memory),
        Unusable,
        "it cannot have waited"
    );
}

/// Three readings took 5 s from measuring to receipt; the next takes less. Offset 5 s, uncertainty 0 and the
/// clock's 1 s, delay at most 5 s: up to 6 s ahead of receipt is the line's doing, 7 s is not. The same
/// delay stands in every answer's uncertainty, because the offset may hold any part of it.
#[test]
fn a_reading_that_came_faster_than_the_last_is_cut_at_receipt() {
    let live = stable(5);
    let c = Circumstances {
        live_offsets: &live,
        sends_live_within_s: Some(5),
        ..around(0)
    };
    for (device_s, expected, uncertainty_s) in [
        (-5, OffsetKnown, 6),
        (-4, OffsetKnown, 6),
        (-3, OffsetKnown, 6),
        (0, OffsetKnown, 6),
        (1, OffsetKnown, 6),
        (2, Unusable, 0),
    ] {
        let taken = taken_at(&given(device_s), &c);
        assert_eq!(
            (taken.method, taken.uncertainty_s),
            (expected, uncertainty_s),
            "{device_s} s"
        );
        assert_eq!(taken.at, at(0));
    }
}

#[test]
fn limits_one_below_at_one_above() {
    let within = i64::from(BELIEVED_WITHIN_S);
    for (device_s, expected) in [
        (-within + 1, OffsetKnown),
        (-within, OffsetKnown),
        (-within - 1, Unusable),
        (within - 1, OffsetKnown),
        (within, OffsetKnown),
        (within + 1, Unusable),
    ] {
        let taken = taken_at(&given(device_s), &around(0));
        assert_eq!(taken.method, expected, "device {device_s} s from receipt");
        assert!(taken.at <= at(0), "never later than receipt");
    }
    // Spread 21 s (20 and the clock's own second) is one offset, 22 s is not.
    for (spread_ms, expected) in [
        (20_000, OffsetKnown),
        (21_000, OffsetKnown),
        (21_001, Unusable),
    ] {
        let mut live = stable(3600);
        live[1].offset_ms += spread_ms;
        let c = Circumstances {
            live_offsets: &live,
            ..around(0)
        };
        assert_eq!(
            taken_at(&given(-3610), &c).method,
            expected,
            "spread {spread_ms} ms"
        );
    }
    // Three readings that came together prove nothing about the clock.
    for (apart_s, expected) in [
        (i64::from(LIVE_APART_S) - 1, Unusable),
        (i64::from(LIVE_APART_S), OffsetKnown),
        (i64::from(LIVE_APART_S) + 1, OffsetKnown),
    ] {
        let live: Vec<_> = (0..3)
            .map(|i| LiveOffset {
                received_at: at(-100 - i * apart_s),
                offset_ms: 3_600_000,
            })
            .collect();
        let c = Circumstances {
            live_offsets: &live,
            ..around(0)
        };
        assert_eq!(
            taken_at(&given(-3600), &c).method,
            expected,
            "{apart_s} s apart"
        );
    }
}

#[test]
fn three_readings_sent_late_together_never_become_an_offset() {
    // Taken a minute apart, sent together three hours later.
    let received = 10_800;
    let live: Vec<_> = (0..3_i64)
        .map(|i| LiveOffset {
            received_at: at(received)
                .saturating_sub(SignedDuration::from_secs(i))
                .unwrap(),
            offset_ms: (received + i * 60) * 1000,
        })
        .collect();
    let c = Circumstances {
        live_offsets: &live,
        ..around(received + 600)
    };
    assert_eq!(taken_at(&given(60), &c).method, Unusable);
}
