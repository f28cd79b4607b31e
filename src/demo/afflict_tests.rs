use std::collections::BTreeSet;

use jiff::civil::date;

use super::super::chronicle::{Chronicle, demo_plan};
use super::super::measurement::{Claim, Shown};
use super::super::township::Size;
use super::super::truth::{TruthLine, measured_line};
use super::*;

fn township() -> Arc<Township> {
    Arc::new(Township::new(7, Size::SMALL, date(2026, 4, 14)))
}

/// The first messages of one device, none of them a resend.
fn of_device(township: &Arc<Township>, id: &str, count: usize) -> Vec<Message> {
    let plan = demo_plan(moment(township.end, 8 * 3600 + 300), 60);
    Chronicle::new(township.clone(), plan)
        .filter(|m| township.device(m.device).id == id && !m.resend)
        .take(count)
        .collect()
}

/// What comes out when `fault` is on for two messages of a device.
fn two(id: &str, fault: Fault) -> (Vec<Message>, Vec<Outgoing>, Afflictions) {
    let township = township();
    let messages = of_device(&township, id, 2);
    let mut afflictions = Afflictions::new(township);
    let faults = BTreeSet::from([fault]);
    let mut out = Vec::new();
    for message in &messages {
        let message = afflictions.really(message.clone(), &faults);
        out.extend(afflictions.pass(message, &faults));
    }
    (messages, out, afflictions)
}

fn json(outgoing: &Outgoing) -> serde_json::Value {
    serde_json::from_slice(&outgoing.payload).unwrap()
}

#[test]
fn without_a_fault_every_message_passes_unchanged() {
    let township = township();
    let mut afflictions = Afflictions::new(township.clone());
    for message in of_device(&township, "jiazi-kiosk", 20) {
        let out = afflictions.pass(message.clone(), &BTreeSet::new());
        assert_eq!(out.len(), 1);
        assert_eq!(out[0].payload, message.content.payload());
        assert_eq!(out[0].send_at, message.sent_at);
    }
}

#[test]
fn a_duplicate_is_the_same_bytes_three_seconds_later() {
    let (_, out, _) = two("jiazi-kiosk", Fault::Duplicate);
    assert_eq!(out.len(), 4);
    assert_eq!(out[0].payload, out[1].payload);
    assert_eq!(out[1].send_at.duration_since(out[0].send_at), AGAIN);
}

#[test]
fn a_late_message_keeps_the_time_it_was_taken() {
    let (messages, out, _) = two("jiazi-kiosk", Fault::Late);
    assert_eq!(
        out[0]
            .send_at
            .duration_since(messages[0].measurement.taken_at),
        LATE
    );
    assert_eq!(out[0].payload, messages[0].content.payload());
}

#[test]
fn out_of_order_swaps_two_and_loses_none() {
    let (messages, out, mut afflictions) = two("jiazi-kiosk", Fault::OutOfOrder);
    let numbers: Vec<u64> = out.iter().map(|o| o.message.seq).collect();
    assert_eq!(numbers, [messages[1].seq, messages[0].seq]);
    assert!(out[1].send_at > out[0].send_at);
    // A third one, alone, comes out when the fault is over.
    let faults = BTreeSet::from([Fault::OutOfOrder]);
    assert!(afflictions.pass(messages[0].clone(), &faults).is_empty());
    let now = messages[1].sent_at;
    assert_eq!(
        afflictions
            .release(messages[0].device, &BTreeSet::new(), now)
            .len(),
        1
    );
}

#[test]
fn a_reset_clock_starts_in_2018_and_runs_on() {
    let (messages, out, _) = two("jiazi-kiosk", Fault::ClockReset);
    assert_eq!(json(&out[0])["at"], "2018-01-01T00:00:00+08:00");
    let ran = messages[1]
        .measurement
        .taken_at
        .duration_since(messages[0].measurement.taken_at);
    let expected = clock_text(later(moment(CLOCK_BIRTH, 0), ran));
    assert_eq!(json(&out[1])["at"], expected.as_str());
}

#[test]
fn a_drifting_clock_falls_behind_message_by_message() {
    let (messages, out, _) = two("jiazi-kiosk", Fault::ClockDrift);
    for (nth, (message, outgoing)) in messages.iter().zip(&out).enumerate() {
        let behind = SignedDuration::from_secs(-3 * (nth as i64 + 1));
        let shown = clock_text(later(message.measurement.taken_at, behind));
        assert_eq!(json(outgoing)["at"], shown.as_str());
    }
}

#[test]
fn garbage_is_no_text_and_truncated_is_no_json() {
    let (_, out, _) = two("jiazi-kiosk", Fault::Garbage);
    assert!(out.iter().all(|o| std::str::from_utf8(&o.payload).is_err()));
    let (messages, out, _) = two("jiazi-kiosk", Fault::Truncated);
    assert!(
        out.iter()
            .all(|o| serde_json::from_slice::<serde_json::Value>(&o.payload).is_err())
    );
    assert!(messages[0].content.payload().starts_with(&out[0].payload));
}

#[test]
fn the_wrong_unit_is_outside_what_a_body_can_have() {
    let (_, out, _) = two("jiazi-home-1", Fault::WrongUnit);
    assert!(json(&out[0])["sys"].as_f64().unwrap() < 40.0);
}

#[test]
fn a_failed_measurement_has_an_error_and_no_values() {
    let (_, out, _) = two("jiazi-home-1", Fault::FailedMeasurement);
    assert!(json(&out[0])["sys"].is_null());
    assert_eq!(json(&out[0])["error"], "E2");
}

#[test]
fn a_silent_device_sends_nothing_and_a_low_battery_says_so() {
    assert!(two("jiazi-kiosk", Fault::DeviceSilent).1.is_empty());
    assert_eq!(
        json(&two("jiazi-kiosk", Fault::BatteryLow).1[0])["battery"],
        4
    );
}

#[test]
fn a_misread_card_is_nobodys() {
    let township = township();
    let (messages, out, _) = two("jiazi-kiosk", Fault::CardMisread);
    let read = json(&out[0])["card"].as_str().unwrap().to_owned();
    assert!(township.persons.iter().all(|person| person.card != read));
    assert_ne!(messages[0].content.payload(), out[0].payload);
}

#[test]
fn the_wrong_person_keeps_the_claim_and_the_truth_says_who_it_was() {
    let township = township();
    let (messages, out, _) = two("jiazi-kiosk", Fault::WrongPerson);
    let Claim::Card(claimed) = messages[0].measurement.claim else {
        panic!()
    };
    let really = out[0].message.measurement.person.unwrap();
    assert_ne!(really, claimed);
    assert_eq!(
        json(&out[0])["card"],
        township.person(claimed).card.as_str()
    );
    let line = measured_line(&township, &out[0].message, &out[0].faults).unwrap();
    let TruthLine::Measured {
        person,
        claimed: named,
        faults,
        ..
    } = line
    else {
        panic!()
    };
    assert_eq!((person, named), (Some(really.0), Some(claimed.0)));
    assert_eq!(faults, ["wrong_person"]);
    if let Shown::Pressure { sys_mmhg, .. } = out[0].message.measurement.shown {
        assert_eq!(json(&out[0])["sys"].as_f64(), Some(f64::from(sys_mmhg)));
    }
}

#[test]
fn a_burst_holds_everything_and_sends_it_when_the_line_is_up() {
    let (messages, out, mut afflictions) = two("jiazi-kiosk", Fault::BurstAfterOutage);
    assert!(out.is_empty());
    let device = messages[0].device;
    let still = BTreeSet::from([Fault::BurstAfterOutage]);
    let now = later(messages[1].sent_at, LATE);
    assert!(afflictions.release(device, &still, now).is_empty());
    let freed = afflictions.release(device, &BTreeSet::new(), now);
    assert_eq!(freed.len(), 2);
    assert!(freed.iter().all(|o| o.send_at == now));
    assert!(
        afflictions
            .release(device, &BTreeSet::new(), now)
            .is_empty()
    );
}

#[test]
fn every_line_of_truth_can_be_read_back() {
    let township = township();
    let folder = tempfile::tempdir().unwrap();
    let path = super::super::truth_path(&folder.path().join("demo-data"));
    assert_eq!(path, folder.path().join("demo-data-truth.jsonl"));
    let mut written = super::super::truth::people_lines(&township);
    let mut file = super::super::TruthFile::open(&path, &township, true).unwrap();
    for message in of_device(&township, "jiazi-kiosk", 30) {
        let line = measured_line(&township, &message, &BTreeSet::new()).unwrap();
        file.write([&line]).unwrap();
        written.push(line);
    }
    drop(file);
    assert_eq!(super::super::read_truth(&path).unwrap(), written);
    // A second start goes on, a fresh one begins anew.
    drop(super::super::TruthFile::open(&path, &township, false).unwrap());
    assert_eq!(
        super::super::read_truth(&path).unwrap().len(),
        written.len()
    );
    drop(super::super::TruthFile::open(&path, &township, true).unwrap());
    let people = super::super::truth::people_lines(&township).len();
    assert_eq!(super::super::read_truth(&path).unwrap().len(), people);
}
