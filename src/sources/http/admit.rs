//! Whether a request may be read at all: decided from its head, before a byte of its body.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use tokio::time::Instant;

use super::problem::{Problem, Rule};
use super::source::{Held, Source, Sources};

const API_KEY: &str = "x-api-key";

/// The source that may send this. A request with the right token counts against the source's rate
/// whatever else is wrong with it.
pub(super) fn admit(
    sources: &Sources,
    name: &str,
    headers: &HeaderMap,
    now: Instant,
) -> Result<Arc<Held>, Problem> {
    let token = token(headers)?;
    let held = sources.let_in(name, token).ok_or(Rule::Token)?;
    held.bucket.take(now).map_err(|wait| Problem {
        retry_after_s: Some(wait.as_secs() + 1),
        ..Problem::from(Rule::Rate)
    })?;
    content(&held.source, headers)?;
    Ok(held)
}

/// The one token of the request.
fn token(headers: &HeaderMap) -> Result<&[u8], Problem> {
    let bearer = one(headers, header::AUTHORIZATION.as_str())?;
    let key = one(headers, API_KEY)?;
    match (bearer, key) {
        (Some(_), Some(_)) => Err(Problem::because(
            Rule::OneHeader,
            "Send the token in Authorization or in X-Api-Key, not in both.".to_owned(),
        )),
        (Some(bearer), None) => Ok(bearer_token(bearer.as_bytes()).ok_or(Rule::Token)?),
        (None, Some(key)) => Ok(key.as_bytes()),
        (None, None) => Err(Rule::Token.into()),
    }
}

/// What follows `Bearer ` (RFC 6750; the scheme in any case, RFC 9110 section 11.1).
fn bearer_token(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then(|| rest.trim_ascii())
}

fn content(source: &Source, headers: &HeaderMap) -> Result<(), Problem> {
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    let plain = |v: &HeaderValue| v.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    if !encodings.iter().all(plain) {
        return Err(Rule::ContentEncoding.into());
    }
    let sent = one(headers, header::CONTENT_TYPE.as_str())?.ok_or(Rule::ContentType)?;
    let essence = sent.as_bytes().split(|b| *b == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    let known = |t: &String| t.as_bytes().eq_ignore_ascii_case(essence);
    if !source.content_types.iter().any(known) {
        return Err(Rule::ContentType.into());
    }
    let length = one(headers, header::CONTENT_LENGTH.as_str())?;
    let length = length
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|bytes| bytes > source.max_body_bytes as u64) {
        return Err(too_large(source));
    }
    Ok(())
}

pub(super) fn too_large(source: &Source) -> Problem {
    Problem::because(
        Rule::TooLarge,
        format!(
            "This source sends at most {} bytes. {}",
            source.max_body_bytes,
            Rule::TooLarge.remedy()
        ),
    )
}

/// The header, when it stands once. Which of two a sender means cannot be known.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut all = headers.get_all(name).iter();
    let first = all.next();
    match all.next() {
        None => Ok(first),
        Some(_) => Err(Problem::because(
            Rule::OneHeader,
            format!("Send {name} once."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sources::secret::Secret;

    const TOKEN: &str = "0123456789abcdef";

    fn sources(rate_per_s: u32, burst: u32, now: Instant) -> Sources {
        let source = Source {
            max_body_bytes: 100,
            rate_per_s,
            burst,
            ..Source::new("cuffs", Secret::new(TOKEN))
        };
        Sources::new(vec![source], now).unwrap()
    }

    fn said(name: &str, lines: &[(&'static str, &str)]) -> Result<(), Rule> {
        let now = Instant::now();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        admit(&sources(0, 1, now), name, &headers, now)
            .map(|_| ())
            .map_err(|p| p.rule)
    }

    const BEARER: (&str, &str) = ("authorization", "Bearer 0123456789abcdef");
    const JSON: (&str, &str) = ("content-type", "application/json");

    #[test]
    fn the_head_decides() {
        use Rule::*;
        let key = ("x-api-key", TOKEN);
        let table: &[(&[(&'static str, &str)], Result<(), Rule>)] = &[
            (&[BEARER, JSON], Ok(())),
            (&[key, JSON], Ok(())),
            (
                &[("authorization", "bearer  0123456789abcdef"), JSON],
                Ok(()),
            ),
            (
                &[BEARER, ("content-type", "Application/JSON ; charset=GBK")],
                Ok(()),
            ),
            (&[BEARER, JSON, ("content-encoding", "identity")], Ok(())),
            (&[BEARER, JSON, ("content-length", "99")], Ok(())),
            (&[BEARER, JSON, ("content-length", "100")], Ok(())),
            (&[BEARER, JSON, ("content-length", "101")], Err(TooLarge)),
            (
                &[BEARER, JSON, ("content-length", "18446744073709551615")],
                Err(TooLarge),
            ),
            (&[JSON], Err(Token)),
            (&[("authorization", "Bearer"), JSON], Err(Token)),
            (
                &[("authorization", "Basic 0123456789abcdef"), JSON],
                Err(Token),
            ),
            (&[("authorization", TOKEN), JSON], Err(Token)),
            (
                &[("x-api-key", "Bearer 0123456789abcdef"), JSON],
                Err(Token),
            ),
            (&[BEARER, key, JSON], Err(OneHeader)),
            (&[BEARER, BEARER, JSON], Err(OneHeader)),
            (&[BEARER, JSON, JSON], Err(OneHeader)),
            (&[BEARER], Err(ContentType)),
            (&[BEARER, ("content-type", "image/png")], Err(ContentType)),
            (&[BEARER, ("content-type", "")], Err(ContentType)),
            (
                &[BEARER, JSON, ("content-encoding", "gzip")],
                Err(ContentEncoding),
            ),
            (
                &[
                    BEARER,
                    JSON,
                    ("content-encoding", "identity"),
                    ("content-encoding", "br"),
                ],
                Err(ContentEncoding),
            ),
            // Without the right token nothing else is told.
            (
                &[("content-type", "image/png"), ("content-length", "101")],
                Err(Token),
            ),
        ];
        for (lines, want) in table {
            assert_eq!(said("cuffs", lines), *want, "{lines:?}");
        }
        assert_eq!(said("cuffs2", &[BEARER, JSON]), Err(Token));
    }

    #[test]
    fn the_rate_counts_what_came_with_the_right_token() {
        let now = Instant::now();
        let sources = sources(1, 2, now);
        let headers: HeaderMap = [BEARER, JSON]
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .into_iter()
            .collect();
        let foreign = HeaderMap::new();
        for _ in 0..5 {
            assert!(admit(&sources, "cuffs", &foreign, now).is_err());
        }
        assert!(admit(&sources, "cuffs", &headers, now).is_ok());
        assert!(admit(&sources, "cuffs", &headers, now).is_ok());
        let refused = admit(&sources, "cuffs", &headers, now).unwrap_err();
        assert_eq!((refused.rule, refused.retry_after_s), (Rule::Rate, Some(2)));
        let later = now + Duration::from_secs(2);
        assert!(admit(&sources, "cuffs", &headers, later).is_ok());
    }
}
