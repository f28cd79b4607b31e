//! What a push service wants to hear once its message is on disk.

use jiff::tz::TimeZone;

use super::interpret::interpret_fit;
use super::outcome::Status;
use super::select::{Fit, fitting};
use crate::decode::profile::{ProfileSet, ReplyRule};
use crate::vitals::Frame;

/// An answer to send after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status, 200 to 299.
    pub status: u16,
    pub content_type: String,
    pub body: String,
    /// The MQTT topic to answer on.
    pub topic: Option<String>,
}

/// The longest value of a message repeated in an answer, in characters.
const LONGEST_ECHO: usize = 64;

/// The reply of the profile that understands the frame as it came, when it has one.
///
/// As in `prepare`, a quarantined frame is not understood: the service must not be told that all is well.
pub fn reply(set: &ProfileSet, frame: &Frame) -> Option<Reply> {
    let fit = fitting(set, frame).ok()?;
    let rule = fit.profile.reply.as_ref()?;
    // The zone decides only about a time's usefulness, never about the status.
    if interpret_fit(&fit, frame, &TimeZone::UTC).status == Status::Quarantined {
        return None;
    }
    let words = words(&fit, rule, &frame.source);
    Some(Reply {
        status: rule.status,
        content_type: rule.content_type.clone(),
        body: filled(&rule.body, &words, json_escaped),
        topic: rule
            .topic
            .as_ref()
            .map(|topic| filled(topic, &words, str::to_owned)),
    })
}

/// The names a reply may use: levels of the topic, then values of the body.
fn words(fit: &Fit<'_>, rule: &ReplyRule, account: &str) -> Vec<(String, String)> {
    let mut words = fit.segments.named().to_vec();
    let body = fit.place(account);
    for (name, sources) in &rule.echo {
        let found = body.find(sources).ok().flatten();
        let text = found.as_ref().and_then(|f| f.text()).unwrap_or_default();
        words.push((name.clone(), text.chars().take(LONGEST_ECHO).collect()));
    }
    words
}

/// `{name}` replaced in one pass from left to right: a value never brings a name of its own.
fn filled(template: &str, words: &[(String, String)], escape: fn(&str) -> String) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let hit = words.iter().find(|(name, _)| {
            from[1..]
                .strip_prefix(name.as_str())
                .is_some_and(|tail| tail.starts_with('}'))
        });
        match hit {
            Some((name, value)) => {
                out.push_str(&escape(value));
                rest = &from[name.len() + 2..];
            }
            None => {
                out.push('{');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text as it stands between the quotes of a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_once_and_escaped() {
        let words = [
            ("id".to_owned(), "a\"},{device}\n".to_owned()),
            ("device".to_owned(), "c".to_owned()),
        ];
        let body = filled(
            r#"{"id":"{id}","d":"{device}","x":{"y":{}}}"#,
            &words,
            json_escaped,
        );
        assert_eq!(body, r#"{"id":"a\"},{device}\n","d":"c","x":{"y":{}}}"#);
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }
}
