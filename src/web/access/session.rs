//! Sessions: a random token in a cookie, its SHA-256 in the journal, and when a session ends.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::vitals::Moment;

/// Bytes of randomness in a token: 256 bits, so that guessing is no road (OWASP Session Management
/// Cheat Sheet, 2024, asks for at least 64).
const TOKEN_BYTES: usize = 32;

/// A session's secret. It exists only in the cookie and while a request is answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token {
    /// A new token from the thread's cryptographic generator.
    pub fn random() -> Self {
        let bytes: [u8; TOKEN_BYTES] = rand::random();
        Token(hex(&bytes))
    }

    /// A token as a cookie sends it; `None` for anything that cannot be one.
    pub fn from_cookie(text: &str) -> Option<Self> {
        let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == TOKEN_BYTES * 2 && text.bytes().all(lower_hex))
            .then(|| Token(text.to_owned()))
    }

    /// The token itself, for the one page that shows a new one.
    pub fn shown_once(&self) -> String {
        self.0.clone()
    }

    /// The token a browser sent, if it sent one.
    pub fn from_jar(jar: &CookieJar, https: bool) -> Option<Self> {
        jar.get(cookie_name(https))
            .and_then(|cookie| Token::from_cookie(cookie.value()))
    }

    /// What the journal keeps and is asked for.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The cookie that carries this token. `Lax`, not `Strict`: a link in a message to staff must find
    /// them signed in; no GET changes anything.
    pub fn cookie(&self, https: bool) -> Cookie<'static> {
        cookie(cookie_name(https), self.0.clone(), https)
    }
}

/// The cookie's name. `__Host-` binds it to this very host and to HTTPS (RFC 6265bis section 4.1.3.2),
/// which browsers refuse without HTTPS.
pub fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// A cookie for this host that no script can read and that ends with the browser.
pub fn cookie(name: &'static str, value: String, https: bool) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(https)
        .same_site(SameSite::Lax)
        .http_only(true)
        .build()
}

/// When sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    pub idle_minutes: u32,
    pub session_hours: u32,
}

/// The journal is told that a session was used at most this often: one write a minute, not one a page.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

impl SessionLimits {
    /// Whether a session opened and last used at these times still stands at `now`.
    pub fn stands(&self, opened: Moment, seen: Moment, now: Moment) -> bool {
        let idle = SignedDuration::from_mins(i64::from(self.idle_minutes));
        let whole = SignedDuration::from_hours(i64::from(self.session_hours));
        now.duration_since(seen) < idle && now.duration_since(opened) < whole
    }

    /// Sessions last used before this have ended.
    pub fn idle_since(&self, now: Moment) -> Moment {
        let idle = SignedDuration::from_mins(i64::from(self.idle_minutes));
        now.saturating_sub(idle).unwrap_or(Moment::MIN)
    }

    /// Whether the journal should be told that it was used now. Counts towards the idle end, so the
    /// idle end comes up to a minute early, never late.
    pub fn worth_noting(&self, seen: Moment, now: Moment) -> bool {
        now.duration_since(seen) >= SEEN_EVERY
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const LIMITS: SessionLimits = SessionLimits {
        idle_minutes: 30,
        session_hours: 12,
    };

    fn at(second: i64) -> Moment {
        Moment::from_second(1_800_000_000 + second).unwrap()
    }

    #[rstest]
    #[case(0, 0, 0, true)]
    #[case(0, 0, 1_799, true)]
    #[case(0, 0, 1_800, false)]
    #[case(0, 42_000, 43_199, true)]
    #[case(0, 42_000, 43_200, false)]
    fn a_session_ends(
        #[case] opened: i64,
        #[case] seen: i64,
        #[case] now: i64,
        #[case] stands: bool,
    ) {
        assert_eq!(LIMITS.stands(at(opened), at(seen), at(now)), stands);
    }

    #[rstest]
    #[case(59, false)]
    #[case(60, true)]
    #[case(61, true)]
    fn use_is_noted_once_a_minute(#[case] now: i64, #[case] noted: bool) {
        assert_eq!(LIMITS.worth_noting(at(0), at(now)), noted);
    }

    #[test]
    fn tokens_are_long_and_never_twice_the_same() {
        let (one, two) = (Token::random(), Token::random());
        assert_ne!(one, two);
        assert_eq!(one.0.len(), 64);
        assert_eq!(Token::from_cookie(&one.0), Some(one.clone()));
        assert_ne!(one.sha256(), two.sha256());
        assert_eq!(format!("{one:?}"), "Token(..)");
    }

    #[rstest]
    #[case(63)]
    #[case(65)]
    fn a_token_has_one_length(#[case] length: usize) {
        assert_eq!(Token::from_cookie(&"a".repeat(length)), None);
    }

    #[test]
    fn a_token_has_one_alphabet() {
        assert_eq!(Token::from_cookie(&"A".repeat(64)), None);
        assert_eq!(Token::from_cookie(&"g".repeat(64)), None);
        assert!(Token::from_cookie(&"f".repeat(64)).is_some());
    }

    #[test]
    fn the_cookie_is_bound_as_tightly_as_the_line_allows() {
        let token = Token::random();
        let secure = token.cookie(true).to_string();
        assert!(secure.starts_with("__Host-session="), "{secure}");
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(secure.contains(part), "{part} is missing from {secure}");
        }
        assert!(!secure.contains("Domain"));
        let plain = token.cookie(false).to_string();
        assert!(
            plain.starts_with("session=") && !plain.contains("Secure"),
            "{plain}"
        );
    }
}
