//! The screen of a station: a token that lets one browser be it, for months.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar};

use super::session::{Token, cookie};
use crate::journal::Station;
use crate::web::refusal::Refusal;
use crate::web::state::State;

fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-screen" } else { "screen" }
}

/// The cookie that makes this browser the station's screen.
pub fn screen_cookie(token: &str, https: bool) -> Cookie<'static> {
    let mut kept = cookie(cookie_name(https), token.to_owned(), https);
    // Browsers keep it 400 days at most (RFC 6265bis section 5.5): longer than a screen stays untouched.
    kept.make_permanent();
    kept
}

/// The token this browser holds.
pub fn token(state: &State, headers: &HeaderMap) -> Option<Token> {
    let jar = CookieJar::from_headers(headers);
    jar.get(cookie_name(state.settings.over_https()))
        .and_then(|cookie| Token::from_cookie(cookie.value()))
}

/// The station whose screen this browser is, while its token stands.
pub async fn station(state: &State, headers: &HeaderMap) -> Result<Option<Station>, Refusal> {
    let Some(token) = token(state, headers) else {
        return Ok(None);
    };
    let sha256 = token.sha256();
    state
        .read(move |journal| journal.station_of_token(&sha256))
        .await
}
