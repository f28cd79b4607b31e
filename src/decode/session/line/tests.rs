//! Written sessions: the situations of real devices, each as events in and one line out.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn profiles() -> Profiles {
    let file = |stem: &'static str, text: &'static str| (stem, text);
    Profiles::from_files([
        file(
            "beurer-bm85",
            include_str!("../../../../config/devices/beurer-bm85.toml"),
        ),
        file(
            "caresens-dual",
            include_str!("../../../../config/devices/caresens-dual.toml"),
        ),
        file(
            "generic-bp",
            include_str!("../../../../config/devices/generic-bp.toml"),
        ),
    ])
    .unwrap()
}

fn answer(profile: Option<&str>, events: &[Json]) -> Json {
    let line = json!({"id": "s", "profile": profile, "events": events}).to_string();
    serde_json::from_str(&session_line(&line, &profiles())).unwrap()
}

fn run(events: &[Json]) -> Json {
    answer(None, events)
}

/// Compares the fields named only.
#[track_caller]
fn expect(answered: &Json, fields: Json) {
    for (name, wanted) in fields.as_object().unwrap() {
        assert_eq!(&answered[name], wanted, "{name} of {answered}");
    }
}

// What the hub writes.
fn write(hex: &str) -> Json {
    json!(["write", "2A52", hex])
}
fn count_all() -> Json {
    write("0401")
}
fn report_all() -> Json {
    write("0101")
}
fn report_since(sequence: u16) -> Json {
    let [low, high] = sequence.to_le_bytes();
    write(&format!("010301{low:02x}{high:02x}"))
}

// What the meter answers.
fn counted(count: u16) -> Json {
    let [low, high] = count.to_le_bytes();
    json!(["indicate", "2A52", format!("0500{low:02x}{high:02x}")])
}
fn response(op: u8, code: u8) -> Json {
    json!(["indicate", "2A52", format!("0600{op:02x}{code:02x}")])
}
fn success() -> Json {
    response(1, 1)
}

/// A record of 108 mg/dL, taken on the given day of November 2026 at 07:00.
fn record_on(sequence: u16, day: u8) -> Json {
    record_with(sequence, day, "6cb0", "11")
}
fn record_with(sequence: u16, day: u8, word: &str, sample: &str) -> Json {
    let [low, high] = sequence.to_le_bytes();
    let hex = format!("02{low:02x}{high:02x}ea070b{day:02x}070000{word}{sample}");
    json!(["notify", "2A18", hex])
}
fn record(sequence: u16) -> Json {
    record_on(sequence, u8::try_from(sequence % 28 + 1).unwrap())
}
fn context(sequence: u16, meal: u8) -> Json {
    let [low, high] = sequence.to_le_bytes();
    json!(["notify", "2A34", format!("02{low:02x}{high:02x}{meal:02x}")])
}

/// 132/82, pulse 68, 09:05 on the given day of November 2026, user 2.
fn pressure_on(day: u8) -> Json {
    json!([
        "indicate",
        "2A35",
        format!("1e840052006200ea070b{day:02x}0905004400020000")
    ])
}
/// 132/82 without time, pulse, user and status.
fn pressure_without_time() -> Json {
    json!(["indicate", "2A35", "00840052006200"])
}
fn passes(seconds: u64) -> Json {
    json!(["time_passes_s", seconds])
}
fn disconnect() -> Json {
    json!(["disconnect"])
}

#[test]
fn the_line_to_the_letter() {
    let line = json!({"id": 7, "events": [count_all(), counted(1), report_all(), record(3),
        context(3, 1), success(), disconnect()]});
    assert_eq!(
        session_line(&line.to_string(), &profiles()),
        r#"{"id":7,"new_readings":1,"glucose_readings":1,"duplicates_dropped":0,"decode_errors":0,"meals":{"3":"preprandial"},"complete":true,"last_seq":3,"corrected_times":[],"warnings":[],"next":"none"}"#
    );
}

#[test]
fn s01_a_cuff_sends_and_leaves() {
    expect(
        &run(&[pressure_on(23), disconnect()]),
        json!({"new_readings": 1, "glucose_readings": 0, "duplicates_dropped": 0, "complete": true,
            "last_seq": null, "warnings": [], "next": "none"}),
    );
}

#[test]
fn s02_nothing_at_all() {
    expect(
        &run(&[]),
        json!({"new_readings": 0, "complete": false, "next": "none"}),
    );
    expect(
        &run(&[disconnect()]),
        json!({"new_readings": 0, "complete": true}),
    );
}

#[test]
fn s03_a_repeated_indication_is_one() {
    let events = [pressure_on(23), pressure_on(23), disconnect()];
    expect(
        &run(&events),
        json!({"new_readings": 1, "duplicates_dropped": 1}),
    );
}

#[test]
fn s04_a_cuff_that_resends_its_memory() {
    let mut events: Vec<Json> = (1..=5).map(pressure_on).collect();
    events.push(disconnect());
    events.extend((1..=6).map(pressure_on));
    events.push(disconnect());
    expect(
        &run(&events),
        json!({"new_readings": 6, "duplicates_dropped": 5, "complete": true}),
    );
}

#[test]
fn s05_the_same_record_next_day() {
    let events = [
        pressure_on(23),
        disconnect(),
        json!(["gateway_time", "2026-11-24T08:20:00"]),
        pressure_on(23),
        disconnect(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 1, "duplicates_dropped": 1}),
    );
}

#[test]
fn s06_equal_numbers_at_two_times_are_two() {
    let events = [pressure_on(22), pressure_on(23), disconnect()];
    expect(
        &run(&events),
        json!({"new_readings": 2, "duplicates_dropped": 0}),
    );
}

#[test]
fn s07_without_a_time_only_within_one_connection_and_a_short_window() {
    let same = pressure_without_time;
    expect(
        &run(&[same(), same()]),
        json!({"new_readings": 1, "duplicates_dropped": 1}),
    );
    expect(
        &run(&[same(), passes(10), same()]),
        json!({"new_readings": 1}),
    );
    expect(
        &run(&[same(), passes(11), same()]),
        json!({"new_readings": 2}),
    );
    expect(
        &run(&[same(), disconnect(), same()]),
        json!({"new_readings": 2}),
    );
}

#[test]
fn s08_another_user_is_another_reading() {
    let other = json!(["indicate", "2A35", "1e840052006200ea070b170905004400010000"]);
    expect(&run(&[pressure_on(23), other]), json!({"new_readings": 2}));
}

#[test]
fn s09_a_failed_measurement_is_no_reading_and_no_error() {
    let failed = json!(["indicate", "2A35", "1eff07ff07ff07ea070b17090500ff07010000"]);
    expect(
        &run(&[failed, pressure_on(23), disconnect()]),
        json!({"new_readings": 1, "decode_errors": 0, "duplicates_dropped": 0}),
    );
}

#[test]
fn s10_one_broken_frame_costs_one_record() {
    let broken = json!(["notify", "2A18", "020200ea07"]);
    let events = [
        count_all(),
        counted(3),
        report_all(),
        record(1),
        broken,
        record(3),
        success(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 2, "decode_errors": 1, "complete": true, "warnings": [],
            "next": "none"}),
    );
    let no_hex = json!(["indicate", "2A35", "1e84005200 62"]);
    expect(
        &run(&[no_hex, pressure_on(23)]),
        json!({"new_readings": 1, "decode_errors": 1}),
    );
}

#[test]
fn s11_pressures_on_their_way_are_never_stored() {
    let on_its_way = json!(["notify", "2A36", "007800ff07ff07"]);
    let events = [on_its_way.clone(), on_its_way, pressure_on(23)];
    expect(
        &run(&events),
        json!({"new_readings": 1, "duplicates_dropped": 0}),
    );
}

#[test]
fn s12_forty_records() {
    let mut events = vec![count_all(), counted(40), report_all()];
    events.extend((1..=40).map(record));
    events.extend([success(), disconnect()]);
    expect(
        &run(&events),
        json!({"new_readings": 40, "glucose_readings": 40, "last_seq": 40, "complete": true,
            "warnings": []}),
    );
}

#[test]
fn s13_an_empty_meter() {
    let events = [count_all(), counted(0)];
    expect(
        &run(&events),
        json!({"complete": true, "next": "none", "last_seq": null}),
    );
    let events = [report_all(), response(1, 6), disconnect()];
    expect(
        &run(&events),
        json!({"complete": true, "next": "none", "new_readings": 0}),
    );
}

#[test]
fn s14_from_the_last_known_on() {
    let events = [
        report_all(),
        record(1),
        record(2),
        success(),
        disconnect(),
        report_since(2),
        record(2),
        record(3),
        success(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 3, "duplicates_dropped": 1, "last_seq": 3, "complete": true,
            "next": "none", "warnings": []}),
    );
}

#[test]
fn s15_operator_not_supported_falls_back_to_all() {
    for code in [2, 3, 4, 5, 9] {
        let events = [report_since(2), response(1, code)];
        expect(
            &run(&events),
            json!({"complete": false, "next": "report_all"}),
        );
    }
    let events = [report_all(), response(1, 4)];
    expect(&run(&events), json!({"complete": false, "next": "none"}));
    let busy = [report_since(2), response(1, 10)];
    expect(&run(&busy), json!({"complete": false, "next": "none"}));
}

#[test]
fn s16_and_then_all_are_dropped_but_the_new_ones() {
    let events = [
        report_all(),
        record(1),
        record(2),
        success(),
        disconnect(),
        report_since(2),
        response(1, 4),
        report_all(),
        record(1),
        record(2),
        record(3),
        success(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 3, "duplicates_dropped": 2, "complete": true, "next": "none"}),
    );
}

#[test]
fn s17_counting_not_supported() {
    let events = [count_all(), response(4, 2)];
    expect(
        &run(&events),
        json!({"next": "report_all", "complete": false, "warnings": []}),
    );
}

#[test]
fn s18_fewer_records_than_counted() {
    let first = [
        count_all(),
        counted(3),
        report_all(),
        record(1),
        record(2),
        success(),
    ];
    let mismatch = json!({"warnings": ["count_mismatch"], "next": "report_all", "complete": true});
    expect(&run(&first), mismatch);
    // Asked again, once: a meter that keeps miscounting is not asked for ever.
    let mut again = first.to_vec();
    again.extend([
        count_all(),
        counted(3),
        report_all(),
        record(1),
        record(2),
        success(),
    ]);
    expect(
        &run(&again),
        json!({"next": "none", "duplicates_dropped": 2, "new_readings": 2}),
    );
}

#[test]
fn s19_a_repeat_within_a_transfer_is_not_another_record() {
    let events = [
        count_all(),
        counted(2),
        report_all(),
        record(1),
        record(1),
        record(2),
        success(),
    ];
    expect(
        &run(&events),
        json!({"warnings": [], "duplicates_dropped": 1, "next": "none"}),
    );
}

#[test]
fn s20_the_sequence_started_again() {
    let before = [
        report_all(),
        record(40),
        record(41),
        success(),
        disconnect(),
    ];
    let mut nothing_found = before.to_vec();
    nothing_found.extend([report_since(41), response(1, 6)]);
    expect(
        &run(&nothing_found),
        json!({"next": "report_all", "complete": true}),
    );
    let mut last_is_gone = before.to_vec();
    last_is_gone.extend([report_since(41), record_on(42, 27), success()]);
    expect(
        &run(&last_is_gone),
        json!({"next": "report_all", "new_readings": 3}),
    );
    let mut another_behind_it = before.to_vec();
    another_behind_it.extend([report_since(41), record_on(41, 27), success()]);
    expect(
        &run(&another_behind_it),
        json!({"next": "report_all", "warnings": ["sequence_reused"], "new_readings": 3}),
    );
}

#[test]
fn s21_a_reset_meter_loses_nothing() {
    let events = [
        report_all(),
        record_on(1, 1),
        record_on(2, 2),
        success(),
        disconnect(),
        report_all(),
        record_on(1, 20),
        success(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 3, "duplicates_dropped": 0, "warnings": ["sequence_reused"],
            "last_seq": 1, "next": "none"}),
    );
}

#[test]
fn s22_the_sequence_wraps() {
    let events = [
        report_all(),
        record_on(65_534, 1),
        record_on(65_535, 2),
        record_on(0, 3),
        record_on(1, 4),
        success(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 4, "last_seq": 1, "warnings": []}),
    );
    let reversed = [
        report_all(),
        record_on(3, 3),
        record_on(2, 2),
        record_on(1, 1),
        success(),
    ];
    expect(&run(&reversed), json!({"last_seq": 3}));
}

#[test]
fn s23_contexts_join_by_sequence_in_any_order() {
    let events = [
        report_all(),
        context(2, 2),
        record(1),
        record(2),
        record(3),
        record(4),
        record(5),
        context(1, 1),
        context(4, 4),
        context(3, 3),
        context(5, 5),
        context(9, 1),
        success(),
    ];
    expect(
        &run(&events),
        json!({"meals": {"1": "preprandial", "2": "postprandial", "3": "fasting", "4": "casual",
            "5": "bedtime"}, "decode_errors": 0}),
    );
    expect(
        &run(&[record(1), context(1, 0), record(2)]),
        json!({"meals": {}}),
    );
}

#[test]
fn s24_a_context_after_the_connection_joins_the_known_record() {
    let events = [
        report_all(),
        record(1),
        success(),
        disconnect(),
        report_all(),
        record(1),
        context(1, 3),
    ];
    expect(
        &run(&events),
        json!({"meals": {"1": "fasting"}, "new_readings": 1}),
    );
}

#[test]
fn s25_ketone_is_never_glucose() {
    for events in [
        [report_all(), record(1), record(2), context(2, 6), success()],
        [report_all(), context(2, 6), record(1), record(2), success()],
    ] {
        expect(
            &answer(Some("caresens-dual"), &events),
            json!({"new_readings": 2, "glucose_readings": 1, "meals": {}}),
        );
        expect(
            &run(&events),
            json!({"new_readings": 2, "glucose_readings": 2, "meals": {}}),
        );
    }
}

#[test]
fn s26_control_solution_is_nobodys() {
    let control = record_with(2, 2, "6cb0", "1a");
    let events = [report_all(), record(1), control, context(2, 3), success()];
    expect(
        &run(&events),
        json!({"new_readings": 1, "glucose_readings": 1, "last_seq": 2, "meals": {},
            "decode_errors": 0}),
    );
}

#[test]
fn s27_hi_is_urgent_and_no_number() {
    let high = record_with(2, 2, "fe07", "11");
    let events = [
        count_all(),
        counted(2),
        report_all(),
        record(1),
        high,
        success(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 1, "glucose_readings": 1, "decode_errors": 0, "last_seq": 2,
            "warnings": []}),
    );
}

#[test]
fn s28_the_time_limit_is_thirty_seconds_of_silence() {
    let asked = |more: &[Json]| {
        let mut events = vec![report_all(), record(1)];
        events.extend_from_slice(more);
        run(&events)
    };
    expect(
        &asked(&[passes(29)]),
        json!({"warnings": [], "next": "none"}),
    );
    let over = json!({"warnings": ["timeout"], "next": "abort", "complete": false});
    expect(&asked(&[passes(30)]), over.clone());
    expect(&asked(&[passes(31)]), over.clone());
    expect(&asked(&[passes(15), passes(15)]), over);
    expect(
        &asked(&[
            passes(29),
            record(2),
            passes(29),
            context(2, 1),
            passes(29),
            success(),
        ]),
        json!({"warnings": [], "next": "none", "complete": true, "new_readings": 2}),
    );
}

#[test]
fn s29_abort_after_the_time_limit() {
    let events = [report_all(), record(1), passes(31), write("0300")];
    expect(
        &run(&events),
        json!({"next": "none", "complete": false, "warnings": ["timeout"]}),
    );
    let mut answered = events.to_vec();
    answered.push(response(3, 1));
    expect(
        &run(&answered),
        json!({"next": "none", "complete": false, "new_readings": 1}),
    );
    answered.extend([disconnect(), report_all(), record(1), record(2), success()]);
    expect(
        &run(&answered),
        json!({"complete": true, "new_readings": 2}),
    );
}

#[test]
fn s30_a_late_success_does_not_make_it_complete() {
    let events = [report_all(), passes(31), record(1), success()];
    expect(
        &run(&events),
        json!({"complete": false, "new_readings": 1, "next": "none"}),
    );
}

#[test]
fn s31_aborted_though_it_went_well() {
    let events = [
        report_all(),
        record(1),
        write("0300"),
        response(3, 1),
        success(),
    ];
    expect(&run(&events), json!({"complete": false, "next": "none"}));
}

#[test]
fn s32_it_left_in_the_middle() {
    let events = [
        count_all(),
        counted(3),
        report_all(),
        record(1),
        disconnect(),
        passes(60),
    ];
    expect(
        &run(&events),
        json!({"complete": false, "next": "none", "warnings": [], "new_readings": 1}),
    );
    let counted_only = [count_all(), counted(3), disconnect()];
    expect(
        &run(&counted_only),
        json!({"complete": false, "next": "none"}),
    );
    expect(&run(&counted_only[..2]), json!({"next": "report_all"}));
    let mut next_time = events.to_vec();
    next_time.extend([
        report_all(),
        record(1),
        record(2),
        record(3),
        success(),
        disconnect(),
    ]);
    expect(
        &run(&next_time),
        json!({"complete": true, "new_readings": 3, "duplicates_dropped": 1}),
    );
}

fn clock(char: &str, date_time: &str) -> Json {
    let rest = if char == "2A2B" { "010000" } else { "" };
    json!(["device_time", char, format!("{date_time}{rest}")])
}
/// 2018-01-01 00:10:00.
const BATTERY_CHANGED: &str = "e2070101000a00";

#[test]
fn s33_a_clock_years_off_is_put_right() {
    // Taken at 2018-01-01T00:05:00, five minutes before the clock was read at 08:20.
    let old = json!(["indicate", "2A35", "02840052006200e2070101000500"]);
    for char in ["2A2B", "2a08"] {
        let time = if char == "2A2B" {
            clock("2A2B", BATTERY_CHANGED)
        } else {
            clock(char, BATTERY_CHANGED)
        };
        let events = [time, old.clone(), disconnect()];
        expect(
            &run(&events),
            json!({"corrected_times": ["2026-11-23T08:15:00"]}),
        );
    }
    let later = [
        json!(["gateway_time", "2026-12-01T10:00:00"]),
        passes(60),
        clock("2A2B", BATTERY_CHANGED),
        old.clone(),
    ];
    expect(
        &run(&later),
        json!({"corrected_times": ["2026-12-01T09:56:00"]}),
    );
}

#[test]
fn s34_only_by_a_clock_read_in_the_same_connection_and_before_it_was_set() {
    let set = json!(["write", "2A2B", "ea070b17081400010001"]);
    let read = || clock("2A2B", BATTERY_CHANGED);
    let events = [read(), disconnect(), pressure_on(23)];
    expect(
        &run(&events),
        json!({"corrected_times": [], "new_readings": 1}),
    );
    let set_first = [read(), set.clone(), pressure_on(23)];
    assert_eq!(
        run(&set_first)["corrected_times"].as_array().unwrap().len(),
        1
    );
    let read_too_late = [set, read(), pressure_on(23)];
    expect(&run(&read_too_late), json!({"corrected_times": []}));
    let unknown = clock("2A08", "0000010100 0000".replace(' ', "").as_str());
    expect(
        &run(&[unknown, pressure_on(23)]),
        json!({"corrected_times": [], "decode_errors": 0}),
    );
    let broken = json!(["device_time", "2A2B", "e207"]);
    expect(
        &run(&[broken, pressure_on(23)]),
        json!({"corrected_times": [], "decode_errors": 1}),
    );
}

#[test]
fn s35_glucose_is_corrected_from_what_the_meter_shows() {
    // Base 01:05 plus 480 minutes, the meter's clock ten minutes slow; then one with a clock fault.
    let events = [
        clock("2A2B", "ea070b17080a00"),
        report_all(),
        json!(["notify", "2A18", "032a00ea070b17010500e0016cb011"]),
        json!(["notify", "2A18", "0b2b00ea070b17010500e0016cb0110008"]),
        json!([
            "notify",
            "2A18",
            "022c000000000000000 06cb011".replace(' ', "")
        ]),
        success(),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 3, "corrected_times": ["2026-11-23T09:15:00"]}),
    );
}

#[test]
fn s36_duplicates_and_controls_have_no_corrected_time() {
    let events = [
        clock("2A2B", "ea070b17081400"),
        record_on(1, 20),
        record_on(1, 20),
        record_with(2, 21, "6cb0", "1a"),
    ];
    expect(
        &run(&events),
        json!({"corrected_times": ["2026-11-20T07:00:00"]}),
    );
}

#[test]
fn s37_the_cuff_that_swaps_bytes() {
    let hex = "568400520000 00ea070b17090500 0044 01 0004".replace(' ', "");
    let events = [json!(["indicate", "2A35", hex]), disconnect()];
    expect(
        &answer(Some("beurer-bm85"), &events),
        json!({"new_readings": 1}),
    );
    expect(
        &run(&events),
        json!({"new_readings": 0, "decode_errors": 0}),
    );
}

#[test]
fn s38_a_request_code_from_a_meter_is_broken() {
    let events = [
        report_all(),
        json!(["indicate", "2A52", "0101"]),
        record(1),
        success(),
    ];
    expect(
        &run(&events),
        json!({"decode_errors": 1, "new_readings": 1, "complete": true}),
    );
}

#[test]
fn s39_answers_nobody_asked_for() {
    let events = [
        counted(7),
        success(),
        response(3, 1),
        pressure_on(23),
        disconnect(),
    ];
    expect(
        &run(&events),
        json!({"complete": true, "next": "none", "warnings": []}),
    );
}

#[test]
fn s40_somebody_deletes() {
    expect(
        &run(&[write("0201")]),
        json!({"warnings": ["delete_written"]}),
    );
}

#[test]
fn s41_a_battery_in_between() {
    let events = [
        json!(["notify", "2A19", "64"]),
        json!(["notify", "FFF1", "01"]),
        pressure_on(23),
    ];
    expect(
        &run(&events),
        json!({"new_readings": 1, "decode_errors": 0}),
    );
}

#[test]
fn s42_the_known_count_of_the_same_question_only() {
    let events = [
        report_all(),
        record(1),
        record(2),
        success(),
        count_all(),
        counted(3),
        report_since(2),
        record(2),
        record(3),
        success(),
    ];
    expect(
        &run(&events),
        json!({"warnings": [], "next": "none", "last_seq": 3}),
    );
}

#[test]
fn lines_that_are_no_session() {
    let answered = |line: &str| session_line(line, &profiles());
    assert_eq!(
        answered("x"),
        r#"{"id":null,"class":"error","reasons":["not_json"]}"#
    );
    assert_eq!(
        answered("[]"),
        r#"{"id":null,"class":"error","reasons":["not_an_object"]}"#
    );
    assert_eq!(
        answered(r#"{"id":1,"profile":"x","events":[]}"#),
        r#"{"id":1,"class":"error","reasons":["unknown_profile"]}"#
    );
    for events in [
        "7",
        "[7]",
        "[[]]",
        r#"[["jump"]]"#,
        r#"[["write","2A52"]]"#,
        r#"[["write","2A52","0"]]"#,
        r#"[["device_time","2A35","00"]]"#,
        r#"[["gateway_time","soon"]]"#,
        r#"[["time_passes_s",-1]]"#,
        r#"[["time_passes_s","1"]]"#,
    ] {
        let line = format!(r#"{{"id":1,"events":{events}}}"#);
        assert_eq!(
            answered(&line),
            r#"{"id":1,"class":"error","reasons":["bad_events"]}"#
        );
    }
    let huge = r#"{"id":1,"events":[["time_passes_s",1e300],["time_passes_s",18446744073709551615],["device_time","2A08","e2070101000a00"]]}"#;
    assert!(answered(huge).contains("\"new_readings\":0"));
    let profiles = profiles();
    assert_eq!(session_lines("\n \nx\n", &profiles).count(), 1);
}

fn any_event() -> impl Strategy<Value = Json> {
    let char = prop_oneof![
        Just("2A35"),
        Just("2A36"),
        Just("2A18"),
        Just("2A34"),
        Just("2A52"),
        Just("2A2B"),
        Just("2A08")
    ];
    prop_oneof![
        (0u16..6, 0u8..4).prop_map(|(sequence, day)| record_on(sequence, day)),
        (0u16..6, 0u8..8).prop_map(|(sequence, meal)| context(sequence, meal)),
        (0u8..4).prop_map(pressure_on),
        Just(pressure_without_time()),
        Just(count_all()),
        Just(report_all()),
        (0u16..6).prop_map(report_since),
        Just(write("0300")),
        (0u16..6).prop_map(counted),
        (0u8..6, 0u8..12).prop_map(|(op, code)| response(op, code)),
        (0u64..40).prop_map(passes),
        Just(disconnect()),
        Just(clock("2A2B", BATTERY_CHANGED)),
        (char, "([0-9a-f]{2}){0,20}").prop_map(|(char, hex)| json!(["notify", char, hex])),
    ]
}

proptest! {
    #[test]
    fn every_session_gets_its_line(events in proptest::collection::vec(any_event(), 0..60)) {
        let sent = events
            .iter()
            .filter(|event| matches!(event[1].as_str(), Some("2A18" | "2A35")))
            .count() as u64;
        let answered = run(&events);
        let number = |name: &str| answered[name].as_u64().unwrap();
        prop_assert!(number("new_readings") + number("duplicates_dropped") <= sent);
        prop_assert!(number("glucose_readings") <= number("new_readings"));
        let corrected = answered["corrected_times"].as_array().unwrap().len() as u64;
        prop_assert!(corrected <= number("new_readings"));
        let next = answered["next"].as_str().unwrap();
        prop_assert!(["none", "abort", "report_all"].contains(&next));
    }

    /// Whatever is sent again in a second connection, records that carry an identity stay one.
    #[test]
    fn a_resent_memory_makes_no_double(days in proptest::collection::vec(1u8..29, 0..20)) {
        let mut once: Vec<Json> = days.iter().map(|&day| pressure_on(day)).collect();
        once.extend(days.iter().map(|&day| record_on(u16::from(day), day)));
        once.push(disconnect());
        let first = run(&once);
        let mut twice = once.clone();
        twice.extend(once);
        let second = run(&twice);
        prop_assert_eq!(&first["new_readings"], &second["new_readings"]);
    }
}
