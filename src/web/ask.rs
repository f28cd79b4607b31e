//! One request's circumstances: who asks, in which language, when.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::CookieJar;

use super::access::origin::local_path;
use super::refusal::Refusal;
use super::state::State;
use super::visitor::Visitor;
use crate::journal::Station;
use crate::vitals::Moment;
use crate::words::{Language, Words};

/// The cookie that remembers the language a reader chose.
pub const LANGUAGE_COOKIE: &str = "language";

/// Who asks, in which language, when.
#[derive(Debug, Clone)]
pub struct Ask {
    pub state: State,
    pub words: Words,
    pub visitor: Option<Visitor>,
    /// The station whose screen asks.
    pub seat: Option<Station>,
    /// Path and query of this page.
    pub path: String,
    pub now: Moment,
}

impl Ask {
    /// Reads the circumstances off a request. The gate has put the visitor there, if there is one.
    pub fn of(parts: &Parts, state: &State) -> Self {
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        Ask {
            words: Words::of(language(&parts.headers)),
            visitor: parts.extensions.get::<Visitor>().cloned(),
            seat: parts.extensions.get::<Station>().cloned(),
            path: local_path(path).unwrap_or("/").to_owned(),
            now: state.clock.now(),
            state: state.clone(),
        }
    }
}

fn language(headers: &HeaderMap) -> Language {
    let jar = CookieJar::from_headers(headers);
    let accept = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    Language::negotiate(
        jar.get(LANGUAGE_COOKIE).map(|cookie| cookie.value()),
        accept,
    )
}

impl FromRequestParts<State> for Ask {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refusal> {
        Ok(Ask::of(parts, state))
    }
}
