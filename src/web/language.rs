//! The language switch of every page.

use axum::Form;
use axum::extract::State as With;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::access::origin::local_path;
use super::access::session::cookie;
use super::ask::LANGUAGE_COOKIE;
use super::refusal::Refusal;
use super::state::State;
use crate::words::Language;

/// What the switch sends: a language's tag, and the page to come back to.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    to: String,
    back: Option<String>,
}

/// `POST /language`.
pub async fn choose(
    With(state): With<State>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Refusal> {
    let language = Language::from_tag(&chosen.to).ok_or(Refusal::Unreadable)?;
    let mut kept = cookie(
        LANGUAGE_COOKIE,
        language.tag().to_owned(),
        state.settings.over_https(),
    );
    kept.make_permanent();
    let back = chosen.back.as_deref().and_then(local_path).unwrap_or("/");
    Ok((CookieJar::new().add(kept), Redirect::to(back)).into_response())
}
