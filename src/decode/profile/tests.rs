//! Every mistake in a profile file is refused with its line and with what to write instead.

mod impossible;

use super::{ProfileError, ProfileFile, ProfileSet};
use crate::vitals::{Frame, Transport};

/// A profile that loads, line by line: the tests replace one piece of it.
const GOOD: &str = r#"kind = "json"
drop = ["/name"]
[match]
topics = ["a/{device}/b"]
[device]
id = "topic:device"
[time]
at = "/at"
form = "iso"
[person]
hint = "/card"
type = "card"
[[reading]]
kind = "blood_pressure"
unit = "mmHg"
systolic = "/sys"
diastolic = "/dia"
marks = { body_movement = "/moved" }
"#;

fn parse(text: &str) -> Result<ProfileSet, ProfileError> {
    parse_all(&[("cuff.toml", text)])
}

fn parse_all(files: &[(&str, &str)]) -> Result<ProfileSet, ProfileError> {
    let files: Vec<ProfileFile> = files
        .iter()
        .map(|(name, text)| ProfileFile {
            name: (*name).into(),
            text: (*text).into(),
        })
        .collect();
    ProfileSet::parse(&files)
}

/// GOOD with `old` replaced by `new` must be refused at `line` with these words.
#[track_caller]
fn refused(old: &str, new: &str, line: usize, what: &str, instead: &str) {
    assert!(GOOD.contains(old), "{old}");
    let error = parse(&GOOD.replacen(old, new, 1)).expect_err(new);
    assert_eq!(
        (error.line, error.what.as_str(), error.instead.as_str()),
        (line, what, instead)
    );
    assert!(
        error
            .to_string()
            .starts_with(&format!("cuff.toml:{line}: "))
    );
}

#[test]
fn the_example_loads() {
    let set = parse(GOOD).unwrap();
    assert_eq!(set.subscriptions(), ["a/+/b"]);
    let profile = set.get("cuff").unwrap();
    assert_eq!(profile.device.resend_window_s, 10);
    assert_eq!(profile.device.clock_resolution_s, 1);
    assert!(!profile.device.sends_live);
}

#[test]
fn unknown_keys_name_the_nearest() {
    refused(
        "systolic",
        "sistolic",
        16,
        "unknown key `sistolic` in [reading]",
        "write `systolic`",
    );
    refused(
        "topics",
        "topcis",
        4,
        "unknown key `topcis` in [match]",
        "write `topics`",
    );
    refused(
        "drop =",
        "dorp =",
        2,
        "unknown key `dorp` in a profile",
        "write `drop`",
    );
    refused(
        "form =",
        "forms =",
        9,
        "unknown key `forms` in [time]",
        "write `form`",
    );
    refused(
        "body_movement",
        "moved",
        18,
        "unknown mark `moved`",
        "write one of `body_movement`, `cuff_loose`, `irregular_pulse`, `pulse_range`, `position`, \
         `battery_low`, `retest`",
    );
}

#[test]
fn bad_paths_are_refused() {
    refused(
        "\"/sys\"",
        "\"sys\"",
        16,
        "`reading.systolic` is no source",
        "write `/sys`: a JSON Pointer begins with `/`",
    );
    refused(
        "\"/sys\"",
        "\"/a~2\"",
        16,
        "`reading.systolic` is no source",
        "write `~0` for `~` and `~1` for `/` inside a key",
    );
    refused(
        "\"/sys\"",
        "\"$.a[?\"",
        16,
        "`reading.systolic` is no source",
        "write a JSONPath (RFC 9535); it breaks at character 6",
    );
    refused(
        "\"/sys\"",
        "[]",
        16,
        "`reading.systolic` is an empty list",
        "write a path",
    );
    refused(
        "topic:device",
        "topic:devcie",
        6,
        "the topic `a/+/b` has no level `devcie`",
        "write `device`",
    );
    refused(
        "topic:device",
        "topc:device",
        6,
        "`device.id` is no source",
        "write `body:`, `topic:`, `key:`, `account:` or `const:` instead of `topc:`",
    );
    refused(
        "topic:device",
        "key:1",
        6,
        "`device.id` names a key outside `each`",
        "write a path, or give this `[[reading]]` an `each`",
    );
}

#[test]
fn unknown_words_are_refused() {
    refused(
        "\"mmHg\"",
        "\"mmhg\"",
        15,
        "unknown unit `mmhg`",
        "write `mmHg`",
    );
    refused(
        "\"mmHg\"",
        "\"mmol/L\"",
        15,
        "`mmol/L` is not a unit of this kind of reading",
        "write one of `mmHg`, `kPa`, `Pa`",
    );
    refused(
        "\"iso\"",
        "\"ios\"",
        9,
        "unknown form of time `ios`",
        "write `iso`",
    );
    refused(
        "\"json\"",
        "\"jason\"",
        1,
        "unknown kind `jason`",
        "write `json`",
    );
    refused(
        "\"blood_pressure\"",
        "\"bloodpressure\"",
        14,
        "unknown kind of reading `bloodpressure`",
        "write `blood_pressure`",
    );
    refused(
        "type = \"card\"",
        "type = \"cart\"",
        12,
        "unknown type of hint `cart`",
        "write `card`",
    );
    refused(
        "form = \"iso\"",
        "form = \"iso\"\nzone = \"CST\"",
        10,
        "`time.zone` is no zone",
        "write `site`, or an offset such as `+08:00`",
    );
}

#[test]
fn wrong_types_and_ranges_are_refused() {
    refused(
        "\"/sys\"",
        "1",
        16,
        "`reading.systolic` is an integer, not text in quotes",
        "write `/data/sys`",
    );
    refused(
        "id = \"topic:device\"",
        "id = \"topic:device\"\nresend_window_s = 3601",
        7,
        "`device.resend_window_s` is out of range",
        "write a whole number from 0 to 3600",
    );
    refused(
        "\"/sys\"",
        "{ at = \"/sys\", range = [3, 1] }",
        16,
        "`reading.systolic.range` is no range",
        "write the smallest and the largest value: `range = [20, 280]`",
    );
    let error = parse("kind = \"json\"\n[match\n").unwrap_err();
    assert_eq!(error.line, 2);
}

#[test]
fn matches_that_can_never_hold_are_refused() {
    refused(
        "topics = [\"a/{device}/b\"]",
        "topics = [\"a/{device}/b\"]\nwhen = [{ at = \"/t\", is = 1 }, { at = \"/t\", is = [2, 3] }]",
        3,
        "this match can never hold: two conditions on `/t` exclude each other",
        "write one condition with a list of values: `is = [\"a\", \"b\"]`",
    );
    refused(
        "topics = [\"a/{device}/b\"]",
        "topics = [\"a/{device}/b\"]\nwhen = [{ at = \"/t\", is = [] }]",
        5,
        "`match.when.is` is an empty list: it can never hold",
        "write at least one value, or leave the key out",
    );
    refused(
        "[\"a/{device}/b\"]",
        "[]",
        4,
        "`match.topics` is an empty list: it can never hold",
        "write at least one topic",
    );
    refused(
        "a/{device}/b",
        "a/#/b",
        4,
        "`a/#/b` is no topic filter",
        "write `#` as the last level only",
    );
    let text = GOOD.replace("kind = \"json\"", "kind = \"text\"");
    let error = parse(&text).unwrap_err();
    assert_eq!(error.what, "`drop` can never be found in this kind of body");
    let half = GOOD.replace("diastolic = \"/dia\"\n", "");
    assert!(parse(&half).unwrap_err().instead.contains("[join]"));
}

#[test]
fn what_is_dropped_or_hashed_cannot_be_read() {
    refused(
        "\"/dia\"",
        "\"/name/dia\"",
        2,
        "`/name/dia` is read, but `/name` is dropped before anything is kept",
        "write a `drop` path that leaves what the profile needs",
    );
    for query in ["$.sys", "$[*]", "$..*", "$['sys','x']"] {
        let error = parse(&GOOD.replace("/name", query)).expect_err(query);
        assert_eq!(error.line, 2, "{query}");
        assert!(error.what.starts_with("`/"), "{}", error.what);
        assert!(error.what.ends_with("is dropped before anything is kept"));
    }
    let listed = GOOD.replace("/sys", "/l/1").replace("/name", "$.l[*]");
    assert_eq!(parse(&listed).unwrap_err().line, 2);
    for query in ["$.sys.x", "$.l[0]", "$..[?@.secret]"] {
        let text = GOOD.replace("/dia", "/l/1").replace("/name", query);
        assert!(parse(&text).is_ok(), "{query}");
    }
    refused(
        "topic:device",
        "/card",
        10,
        "`/card` is read, but as `person.hint` only its hash is kept",
        "write another path, or leave `person.hint` out",
    );
    refused(
        "\"/name\"",
        "\"/card\"",
        2,
        "`person.hint` lies in `/card`, which is dropped: nobody could be found by it",
        "write a `drop` path that leaves the hint; its hash replaces it anyway",
    );
    assert!(parse(&GOOD.replace("\"/name\"", "\"\"")).is_err());
    // `/names` does not lie in `/name`.
    assert!(parse(&GOOD.replace("\"/dia\"", "\"/names\"")).is_ok());
}

#[test]
fn two_profiles_for_the_same_frames_are_refused() {
    let other = GOOD.replace("a/{device}/b", "+/{device}/b");
    let error = parse_all(&[("one.toml", GOOD), ("two.toml", &other)]).unwrap_err();
    assert_eq!((error.file.as_str(), error.line), ("two.toml", 3));
    assert_eq!(
        error.what,
        "the profiles `one` and `two` match the same frames"
    );

    let when = |is: &str| {
        GOOD.replace(
            "[device]",
            &format!("when = [{{ at = \"/t\", is = \"{is}\" }}]\n[device]"),
        )
    };
    assert!(parse_all(&[("one.toml", &when("x")), ("two.toml", &when("y"))]).is_ok());
    assert!(parse_all(&[("one.toml", &when("x")), ("two.toml", &when("x"))]).is_err());
    assert!(
        parse_all(&[
            ("one.toml", GOOD),
            ("d/one.toml", &GOOD.replace("a/", "z/"))
        ])
        .is_err()
    );
}

#[test]
fn bluetooth_profiles_are_left_to_their_own_parser() {
    let set = parse_all(&[("bm85.toml", "kind = \"gatt\"\n[bluetooth]\nwhatever = 1\n")]).unwrap();
    assert!(set.profiles().is_empty());
}

#[test]
fn the_profile_of_a_frame_is_found_by_topic_and_body() {
    let when = |is: &str| {
        GOOD.replace(
            "[device]",
            &format!("when = [{{ at = \"/t\", is = \"{is}\" }}]\n[device]"),
        )
    };
    let set = parse_all(&[("one.toml", &when("x")), ("two.toml", &when("y"))]).unwrap();
    let named = |topic: &str, payload: &str| {
        let frame = Frame {
            transport: Transport::Http,
            source: "s".into(),
            topic: topic.into(),
            payload: payload.into(),
            received_at: jiff::Timestamp::UNIX_EPOCH,
            retained: false,
            may_be_late: false,
            refused: None,
        };
        set.profile_for(&frame).map(|p| p.name.clone())
    };
    assert_eq!(named("a/7/b", r#"{"t":"y"}"#).as_deref(), Some("two"));
    assert_eq!(named("a/7/b", r#"{"t":"z"}"#), None);
    assert_eq!(named("a/7/c", r#"{"t":"y"}"#), None);
}
