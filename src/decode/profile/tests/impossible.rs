//! Profiles that read well and can never do what they say.

use super::{GOOD, parse, refused};

const TOPICS: &str = "topics = [\"a/{device}/b\"]";

#[test]
fn an_ignore_that_never_holds_or_always_does() {
    let ignoring = |is: &str| {
        format!(
            "{TOPICS}\nwhen = [{{ at = \"/t\", is = [\"x\", \"y\"] }}]\n[[ignore]]\nwhen = [{{ at = \"/t\", is = {is} }}]\nwhy = \"event\""
        )
    };
    refused(
        TOPICS,
        &ignoring("\"z\""),
        6,
        "this match can never hold: two conditions on `/t` exclude each other",
        "write one condition with a list of values: `is = [\"a\", \"b\"]`",
    );
    refused(
        TOPICS,
        &ignoring("[\"x\", \"y\", \"z\"]"),
        6,
        "this `[[ignore]]` takes every message that `[match]` lets in: there would never be a reading",
        "write a condition that only the messages without a measurement fulfil",
    );
    assert!(parse(&GOOD.replace(TOPICS, &ignoring("\"x\""))).is_ok());
}

#[test]
fn levels_and_constants_that_are_never_asked_for() {
    let when = |text: &str| format!("{TOPICS}\nwhen = [{{ at = \"{text}\", is = \"z\" }}]");
    for at in ["topic:1", "const:a"] {
        refused(
            TOPICS,
            &when(at),
            3,
            &format!("this match can never hold: `{at}` is never what is asked for"),
            "write a value that stands there, or leave the condition out",
        );
    }
    assert!(parse(&GOOD.replace(TOPICS, &when("topic:2"))).is_ok());
    refused(
        "topic:device",
        "topic:4",
        6,
        "the topic `a/+/b` has no level 4",
        "write the number of a level that it has; the first is 1",
    );
    assert!(parse(&GOOD.replace("topic:device", "topic:3")).is_ok());
    let rest = GOOD.replace("a/{device}/b", "a/#");
    assert!(parse(&rest.replace("topic:device", "topic:4")).is_ok());
}

#[test]
fn a_reading_of_elements_against_the_whole_body() {
    let text = |at: &str| {
        GOOD.replace(
            TOPICS,
            &format!("{TOPICS}\nwhen = [{{ at = \"/t\", is = \"x\" }}]"),
        )
        .replace(
            "[[reading]]\n",
            &format!(
                "[[reading]]\neach = \"$.list[*]\"\nwhen = [{{ at = \"{at}\", is = \"y\" }}]\n"
            ),
        )
    };
    let error = parse(&text("body:/t")).unwrap_err();
    assert_eq!(
        (error.line, error.what.as_str()),
        (
            14,
            "this match can never hold: two conditions on `/t` exclude each other"
        )
    );
    // The element's own field is another one.
    assert!(parse(&text("/t")).is_ok());
}

#[test]
fn a_number_spelled_in_two_ways_is_one_number() {
    let when = |is: &str| {
        GOOD.replace(
            "[device]",
            &format!("when = [{{ at = \"/t\", is = \"{is}\" }}]\n[device]"),
        )
    };
    for (one, other, apart) in [("1", "2", true), ("1", "1.0", false), ("100", "1e2", false)] {
        let both = super::parse_all(&[("one.toml", &when(one)), ("two.toml", &when(other))]);
        assert_eq!(both.is_ok(), apart, "{one} {other}");
    }
}

#[test]
fn tables_and_lists_that_say_nothing() {
    refused(
        "\"iso\"",
        "[]",
        7,
        "`time.form` is an empty list: no time would ever be known",
        "write at least one form: `form = \"iso\"`",
    );
    refused(
        "unit = \"mmHg\"",
        "unit = { at = \"/u\", values = {} }",
        15,
        "`reading.unit.values` is an empty table: no unit would ever be known",
        "write `unit = { at = \"/unit\", values = { \"0\" = \"mmHg\", \"1\" = \"kPa\" } }`, or leave `values` out \
         where the field names the unit",
    );
    for scale in ["0", "-0.1"] {
        refused(
            "\"/sys\"",
            &format!("{{ at = \"/sys\", scale = {scale} }}"),
            16,
            "`reading.systolic.scale` is not above zero",
            "write what the number is multiplied by: `scale = \"0.1\"`",
        );
    }
    refused(
        "[person]",
        "[error]\nat = \"/err\"\nwords = { \"0\" = \"cuff_loose\" }\n[person]",
        12,
        "`0` is a good code and has the word of an error",
        "write it in `good` or in `words`, not in both",
    );
    let half = GOOD.replace("diastolic = \"/dia\"\n", "");
    assert_eq!(parse(&half).unwrap_err().line, 13);
}

#[test]
fn a_reply_repeats_only_what_there_is() {
    let reply = |lines: &str| format!("[reply]\n{lines}\n[person]");
    refused(
        "[person]",
        &reply("body = '{\"code\":0,\"id\":\"{idd}\"}'\necho = { id = \"/id\" }"),
        11,
        "the reply repeats `{idd}`, which is nothing",
        "write `id`",
    );
    refused(
        "[person]",
        &reply("content_type = \"text/plain\\nX-Other: y\""),
        11,
        "`reply.content_type` is no media type",
        "write one such as `application/json` or `text/plain`",
    );
    let good = reply(
        "body = '{\"code\":{},\"id\":\"{device}\"}'\ncontent_type = \"text/plain; charset=utf-8\"",
    );
    assert!(parse(&GOOD.replace("[person]", &good)).is_ok());
}
