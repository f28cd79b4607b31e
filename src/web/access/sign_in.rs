//! Signing in and out.

use askama::Template;
use axum::extract::{ConnectInfo, Query, State as With};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::origin::local_path;
use super::session::{Token, cookie, cookie_name};
use super::{ledger, password};
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::shell::{Shell, Tab, page};
use crate::web::state::State;

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/web/askama.toml")]
struct SignInPage {
    shell: Shell,
    trouble: Option<String>,
    login: String,
    next: String,
}

/// Where a visitor wanted to go.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    next: Option<String>,
}

fn wanted(next: Option<&str>) -> String {
    next.and_then(local_path).unwrap_or("/").to_owned()
}

fn form(
    ask: &Ask,
    login: String,
    next: String,
    trouble: Option<String>,
) -> Result<Response, Refusal> {
    let mut shell = Shell::new(ask, Tab::Nowhere, &ask.words.say("sign-in-title"));
    shell.back = "/sign-in".to_owned();
    Ok(page(&SignInPage {
        shell,
        trouble,
        login,
        next,
    })?
    .into_response())
}

/// `GET /sign-in`.
pub async fn show(ask: Ask, Query(asked): Query<Wanted>) -> Result<Response, Refusal> {
    form(&ask, String::new(), wanted(asked.next.as_deref()), None)
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Given {
    login: String,
    password: String,
    next: Option<String>,
}

/// `POST /sign-in`. One answer for a wrong name, a wrong password and a locked account, after the same
/// work, so that nothing tells which names exist.
pub async fn attempt(
    ask: Ask,
    With(state): With<State>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    jar: CookieJar,
    Form(given): Form<Given>,
) -> Result<Response, Refusal> {
    let next = wanted(given.next.as_deref());
    let address = peer.map_or(
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        |Extension(ConnectInfo(peer))| peer.ip(),
    );
    if !state.admit(address, ask.now) {
        metrics::counter!("web_sign_ins_total", "outcome" => "throttled").increment(1);
        let page = form(&ask, given.login, next, Some(ask.words.say("sign-in-wait")))?;
        return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
    }
    // One at a time: a burst of guesses cannot overtake the count of the failures before it.
    let _turn = state.sign_in_turn.lock().await;
    let account = ledger::account(&state, &given.login).await?;
    let open = account
        .as_ref()
        .is_some_and(|account| account.locked_until.is_none_or(|until| until <= ask.now));
    let stored = account
        .as_ref()
        .filter(|_| open)
        .map(|account| account.password_hash.clone());
    let right = state
        .blocking(move || password::verify(&given.password, stored.as_deref()))
        .await?;
    let Some(account) = account.filter(|_| open) else {
        return refuse(&ask, given.login, next);
    };
    if !right {
        let failures = account.failed_count.saturating_add(1);
        let until = state
            .settings
            .sign_in_policy()
            .locked_until(failures, ask.now);
        ledger::note_failure(&state, account.id, failures, until).await?;
        tracing::warn!(account = account.id, failures, "wrong password");
        return refuse(&ask, given.login, next);
    }
    let token = Token::random();
    let old = Token::from_jar(&jar, state.settings.over_https()).map(|old| old.sha256());
    ledger::open_session(&state, &token, account.id, old, ask.now).await?;
    metrics::counter!("web_sign_ins_total", "outcome" => "opened").increment(1);
    tracing::info!(account = account.id, "signed in");
    let jar = CookieJar::new().add(token.cookie(state.settings.over_https()));
    Ok((jar, Redirect::to(&next)).into_response())
}

fn refuse(ask: &Ask, login: String, next: String) -> Result<Response, Refusal> {
    metrics::counter!("web_sign_ins_total", "outcome" => "refused").increment(1);
    let minutes = ask.state.settings.lock_minutes;
    let say = ask.words.with1("sign-in-wrong", "minutes", minutes);
    let page = form(ask, login, next, Some(say))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /sign-out`.
pub async fn leave(With(state): With<State>, jar: CookieJar) -> Result<Response, Refusal> {
    let https = state.settings.over_https();
    if let Some(token) = Token::from_jar(&jar, https) {
        ledger::end_session(&state, token.sha256()).await?;
    }
    let mut gone = cookie(cookie_name(https), String::new(), https);
    gone.make_removal();
    Ok((CookieJar::new().add(gone), Redirect::to("/sign-in")).into_response())
}
