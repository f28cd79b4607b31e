//! Halves join per device inside the window; what stays alone is quarantined, never guessed.

use jiff::{SignedDuration, Timestamp};

use super::shipped::shipped;
use super::{frame, site};
use crate::decode::mapping::{Fault, Joined, Joiner, Part, PlainHint, interpret};
use crate::vitals::{HintKey, HintKind, Measured};

/// A half as the shipped ESPHome profile (window 10 s) gives it.
fn half(device: &str, vital: &str, value: &str, at_s: i64) -> Part {
    let topic = format!("{device}/sensor/{vital}/state");
    let mut frame = frame(&topic, value.as_bytes());
    frame.received_at += SignedDuration::from_secs(at_s);
    interpret(&shipped(), &frame, &site()).parts.remove(0)
}

fn at(at_s: i64) -> Timestamp {
    frame("t", b"").received_at + SignedDuration::from_secs(at_s)
}

type Short = (Vec<u32>, Result<(String, String, Option<String>), Fault>);

/// Tags and (systolic, diastolic, pulse) or the fault.
fn short(joined: &Joined<u32>) -> Short {
    let reading = joined.reading.as_ref().map(|r| match &r.reading.measured {
        Measured::BloodPressure(bp) => (
            bp.systolic_mmhg.to_string(),
            bp.diastolic_mmhg.to_string(),
            bp.pulse_bpm.map(|p| p.to_string()),
        ),
        Measured::Glucose(_) => unreachable!("halves are pressures"),
    });
    (joined.tags.clone(), reading.map_err(|f| *f))
}

fn whole(tags: &[u32], systolic: &str, diastolic: &str, pulse: Option<&str>) -> Short {
    (
        tags.to_vec(),
        Ok((systolic.into(), diastolic.into(), pulse.map(Into::into))),
    )
}

#[test]
fn three_halves_in_any_order_are_one_reading() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let parts = [("systolic", "126"), ("diastolic", "81"), ("pulse", "66")];
        let mut joiner = Joiner::default();
        let mut out = Vec::new();
        for (tag, place) in order.into_iter().enumerate() {
            let (vital, value) = parts[place];
            let tag = u32::try_from(tag).unwrap();
            out.extend(joiner.offer(tag, half("c", vital, value, i64::from(tag))));
        }
        let shorts: Vec<Short> = out.iter().map(short).collect();
        assert_eq!(shorts, [whole(&[0, 1, 2], "126", "81", Some("66"))]);
        assert_eq!((out[0].first_at, out[0].last_at), (at(0), at(2)));
        assert!(joiner.is_empty());
    }
}

#[test]
fn the_window_ends_inclusively() {
    for (second, joined) in [(9, true), (10, true), (11, false)] {
        let mut joiner = Joiner::default();
        assert!(joiner.offer(1, half("c", "systolic", "126", 0)).is_empty());
        assert_eq!(joiner.next_expiry(), Some(at(10)));
        let early = joiner.offer(2, half("c", "diastolic", "81", second));
        let late = joiner.finish();
        let all: Vec<Short> = early.iter().chain(&late).map(short).collect();
        if joined {
            assert_eq!(all, [whole(&[1, 2], "126", "81", None)]);
        } else {
            let alone = |tag| (vec![tag], Err(Fault::HalfAlone));
            assert_eq!(all, [alone(1), alone(2)]);
        }
    }
}

#[test]
fn a_missing_pulse_costs_only_itself() {
    let mut joiner = Joiner::default();
    joiner.offer(1, half("c", "systolic", "126", 0));
    assert!(joiner.offer(2, half("c", "diastolic", "81", 1)).is_empty());
    assert!(joiner.expire(at(10)).is_empty());
    let out: Vec<Short> = joiner.expire(at(11)).iter().map(short).collect();
    assert_eq!(out, [whole(&[1, 2], "126", "81", None)]);
}

#[test]
fn halves_of_other_devices_never_join() {
    let mut joiner = Joiner::default();
    joiner.offer(1, half("c", "systolic", "126", 0));
    joiner.offer(2, half("d", "diastolic", "81", 0));
    let out: Vec<Short> = joiner.finish().iter().map(short).collect();
    assert_eq!(
        out,
        [
            (vec![1], Err(Fault::HalfAlone)),
            (vec![2], Err(Fault::HalfAlone))
        ]
    );
}

#[test]
fn a_second_systolic_means_a_second_measurement() {
    let mut joiner = Joiner::default();
    joiner.offer(1, half("c", "systolic", "126", 0));
    let out: Vec<Short> = joiner
        .offer(2, half("c", "systolic", "180", 3))
        .iter()
        .map(short)
        .collect();
    assert_eq!(out, [(vec![1], Err(Fault::HalfTwice))]);
    joiner.offer(3, half("c", "diastolic", "95", 4));
    let out: Vec<Short> = joiner
        .offer(4, half("c", "pulse", "70", 4))
        .iter()
        .map(short)
        .collect();
    assert_eq!(out, [whole(&[2, 3, 4], "180", "95", Some("70"))]);
}

#[test]
fn the_same_half_again_is_a_resend() {
    let mut joiner = Joiner::default();
    joiner.offer(1, half("c", "systolic", "126", 0));
    assert!(joiner.offer(2, half("c", "systolic", "126", 1)).is_empty());
    joiner.offer(3, half("c", "diastolic", "81", 2));
    let out: Vec<Short> = joiner.finish().iter().map(short).collect();
    assert_eq!(out, [whole(&[1, 2, 3], "126", "81", None)]);
}

#[test]
fn a_pair_that_cannot_be_is_refused() {
    let mut joiner = Joiner::default();
    joiner.offer(1, half("c", "systolic", "80", 0));
    joiner.offer(2, half("c", "diastolic", "80", 0));
    let out: Vec<Short> = joiner.finish().iter().map(short).collect();
    assert_eq!(out, [(vec![1, 2], Err(Fault::SystolicNotAboveDiastolic))]);
}

#[test]
fn halves_that_say_they_are_of_two_measurements_never_join() {
    let card = |number: &str| PlainHint {
        kind: HintKind::Card,
        number: number.into(),
    };
    let key = HintKey::new([7; 32]);
    let kept = |number: &str| key.hint(HintKind::Card, number).ok();
    let marks: [fn(&mut Part, Part); 3] = [
        |part, from| part.sequence = from.sequence,
        |part, from| part.plain_hint = from.plain_hint,
        |part, from| part.hint = from.hint,
    ];
    let mut one = half("c", "systolic", "126", 0);
    one.sequence = Some("17".into());
    one.plain_hint = Some(card("A1"));
    one.hint = kept("A1");
    let mut two = half("c", "diastolic", "81", 1);
    two.sequence = Some("18".into());
    two.plain_hint = Some(card("B2"));
    two.hint = kept("B2");
    for mark in marks {
        let mut first = half("c", "systolic", "126", 0);
        mark(&mut first, one.clone());
        let mut second = half("c", "diastolic", "81", 1);
        // The mark on one half only: they join, and the reading carries it.
        let mut joiner = Joiner::default();
        joiner.offer(1, first.clone());
        joiner.offer(2, second.clone());
        let joined = joiner.finish().remove(0).reading.unwrap();
        assert_eq!(joined.reading.sequence, first.sequence);
        assert_eq!(joined.reading.hint, first.hint);
        assert_eq!(joined.plain_hint, first.plain_hint);
        // Another mark on the other half: two measurements.
        mark(&mut second, two.clone());
        joiner.offer(1, first);
        let out: Vec<Short> = joiner.offer(2, second).iter().map(short).collect();
        assert_eq!(out, [(vec![1], Err(Fault::HalfTwice))]);
    }
}
