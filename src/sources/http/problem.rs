//! What a refused post is told: problem documents of RFC 9457.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::decode::mapping::Reason;

/// Every way in which a request is turned away. `type` of the document is `/problems/` and the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    NoSuchPath,
    Method,
    Token,
    OneHeader,
    Rate,
    ContentType,
    ContentEncoding,
    TooLarge,
    SlowBody,
    BrokenBody,
    /// Kept: no profile understands the body.
    NotUnderstood,
    /// Kept: a profile understands the body, and a value in it breaks a rule.
    ValueRefused,
    Stopping,
    Busy,
}

impl Rule {
    pub const ALL: [Rule; 14] = [
        Rule::NoSuchPath,
        Rule::Method,
        Rule::Token,
        Rule::OneHeader,
        Rule::Rate,
        Rule::ContentType,
        Rule::ContentEncoding,
        Rule::TooLarge,
        Rule::SlowBody,
        Rule::BrokenBody,
        Rule::NotUnderstood,
        Rule::ValueRefused,
        Rule::Stopping,
        Rule::Busy,
    ];

    /// The word in `type`, in metrics and in the door's standing.
    pub fn word(self) -> &'static str {
        match self {
            Rule::NoSuchPath => "no_such_path",
            Rule::Method => "method",
            Rule::Token => "token",
            Rule::OneHeader => "one_header",
            Rule::Rate => "rate",
            Rule::ContentType => "content_type",
            Rule::ContentEncoding => "content_encoding",
            Rule::TooLarge => "too_large",
            Rule::SlowBody => "slow_body",
            Rule::BrokenBody => "broken_body",
            Rule::NotUnderstood => "not_understood",
            Rule::ValueRefused => "value_refused",
            Rule::Stopping => "stopping",
            Rule::Busy => "busy",
        }
    }

    /// The reverse of [`Rule::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Rule::ALL.into_iter().find(|r| r.word() == word)
    }

    pub fn status(self) -> StatusCode {
        match self {
            Rule::NoSuchPath => StatusCode::NOT_FOUND,
            Rule::Method => StatusCode::METHOD_NOT_ALLOWED,
            Rule::Token => StatusCode::UNAUTHORIZED,
            Rule::OneHeader | Rule::BrokenBody => StatusCode::BAD_REQUEST,
            Rule::Rate => StatusCode::TOO_MANY_REQUESTS,
            Rule::ContentType | Rule::ContentEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Rule::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Rule::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Rule::NotUnderstood | Rule::ValueRefused => StatusCode::UNPROCESSABLE_ENTITY,
            Rule::Stopping | Rule::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether the body is on disk when this is answered.
    pub fn kept(self) -> bool {
        matches!(self, Rule::NotUnderstood | Rule::ValueRefused)
    }

    /// What is wrong, the same for every occurrence.
    pub fn title(self) -> &'static str {
        match self {
            Rule::NoSuchPath => "There is nothing here",
            Rule::Method => "This path does not take this method",
            Rule::Token => "The token is missing or is not this source's",
            Rule::OneHeader => "A header that must stand once stands several times",
            Rule::Rate => "Too many posts",
            Rule::ContentType => "This source does not send this content type",
            Rule::ContentEncoding => "The body is compressed",
            Rule::TooLarge => "The body is too long",
            Rule::SlowBody => "The body took too long",
            Rule::BrokenBody => "The body did not arrive whole",
            Rule::NotUnderstood => "No device profile understands the body",
            Rule::ValueRefused => "A value in the body breaks a rule",
            Rule::Stopping => "The hub is stopping",
            Rule::Busy => "Too many connections",
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Rule::NoSuchPath => "Post to /ingest/{source}; /openapi.json describes it.",
            Rule::Method => {
                "Use POST for /ingest/{source}, GET for /openapi.json and /problems/{rule}."
            }
            Rule::Token => {
                "Send the token of this source as `Authorization: Bearer TOKEN` or as `X-Api-Key: TOKEN`, in one of the two."
            }
            Rule::OneHeader => "Send Content-Type and the token once each.",
            Rule::Rate => "Wait as long as Retry-After says, then send again. Nothing was kept.",
            Rule::ContentType => {
                "Send one Content-Type that the source's `content_types` names. Nothing was kept."
            }
            Rule::ContentEncoding => "Send the body without Content-Encoding. Nothing was kept.",
            Rule::TooLarge => {
                "Send a shorter body, or raise the source's `max_body_bytes`. Nothing was kept."
            }
            Rule::SlowBody => "Send the whole body at once. Nothing was kept.",
            Rule::BrokenBody => "Send the body again, as long as its head says. Nothing was kept.",
            Rule::NotUnderstood => {
                "The body is kept. Write or correct a profile, or correct the device; sending the same body again changes nothing."
            }
            Rule::ValueRefused => {
                "The body is kept, and gives no reading. Correct what `errors` points at; sending the same body again changes nothing."
            }
            Rule::Stopping => "Send again when the hub is back. Nothing was kept.",
            Rule::Busy => "Send again in a moment; keep fewer connections open. Nothing was kept.",
        }
    }
}

/// One refusal, on its way to a problem document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub rule: Rule,
    /// Numbers and header names of this occurrence; never anything that came in a body.
    pub detail: Cow<'static, str>,
    /// Where in the body which rule is broken.
    pub errors: Vec<Reason>,
    /// Seconds for `Retry-After`.
    pub retry_after_s: Option<u64>,
}

impl From<Rule> for Problem {
    fn from(rule: Rule) -> Self {
        Problem {
            rule,
            detail: Cow::Borrowed(rule.remedy()),
            errors: Vec::new(),
            retry_after_s: match rule {
                Rule::Stopping => Some(5),
                Rule::Busy => Some(2),
                _ => None,
            },
        }
    }
}

impl Problem {
    pub fn because(rule: Rule, detail: String) -> Self {
        Problem {
            detail: Cow::Owned(detail),
            ..Problem::from(rule)
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    kept: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<At<'a>>,
}

/// A place and a rule. `pointer` is a JSON pointer (RFC 6901), or a source of the profile such as `topic:device`.
#[derive(Serialize)]
pub(super) struct At<'a> {
    pointer: &'a str,
    rule: &'a str,
}

/// Reasons as they are printed to a sender: places and rules, never values.
pub(super) fn places(reasons: &[Reason]) -> Vec<At<'_>> {
    reasons
        .iter()
        .map(|r| At {
            pointer: &r.at,
            rule: &r.word,
        })
        .collect()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let rule = self.rule;
        let document = Document {
            r#type: format!("/problems/{}", rule.word()),
            title: rule.title(),
            status: rule.status().as_u16(),
            detail: &self.detail,
            kept: rule.kept(),
            errors: places(&self.errors),
        };
        let mut response = (rule.status(), Json(document)).into_response();
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        match rule {
            Rule::Token => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // What is left of this body, or of this connection, is not worth waiting for.
            Rule::TooLarge | Rule::SlowBody | Rule::BrokenBody | Rule::Stopping | Rule::Busy => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Rule::ContentEncoding => {
                let none = HeaderValue::from_static("identity");
                headers.insert(header::ACCEPT_ENCODING, none);
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_word() {
        for rule in Rule::ALL {
            assert_eq!(Rule::from_word(rule.word()), Some(rule));
            assert!(rule.status().is_client_error() || rule.status() == 503);
        }
        assert_eq!(Rule::from_word("else"), None);
    }

    #[test]
    fn only_what_is_kept_says_so() {
        let kept: Vec<&str> = Rule::ALL
            .into_iter()
            .filter(|r| r.kept())
            .map(Rule::word)
            .collect();
        assert_eq!(kept, ["not_understood", "value_refused"]);
        for rule in Rule::ALL {
            let says = rule.remedy().contains("Nothing was kept");
            assert!(!(says && rule.kept()), "{}", rule.word());
        }
    }
}
