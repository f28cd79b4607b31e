//! Accounts and sessions in the journal: read here, changed by commands.

use super::session::Token;
use crate::journal::AccountLine;
use crate::vitals::Moment;
use crate::web::refusal::Refusal;
use crate::web::state::State;
use crate::web::visitor::{Role, Visitor};

/// The account with this login.
pub async fn account(state: &State, login: &str) -> Result<Option<AccountLine>, Refusal> {
    let login = login.to_owned();
    state.read(move |journal| journal.account(&login)).await
}

/// The person whose session this is, while the session stands. `by_hand`: a person asked for a page,
/// which keeps the session from its idle end.
pub async fn visitor(
    state: &State,
    token_sha256: [u8; 32],
    by_hand: bool,
) -> Result<Option<Visitor>, Refusal> {
    let Some(session) = state
        .read(move |journal| journal.session(&token_sha256))
        .await?
    else {
        return Ok(None);
    };
    let now = state.clock.now();
    let limits = state.session_limits();
    let Some(role) = Role::of(&session.role, session.centre_id) else {
        return Ok(None);
    };
    if !limits.stands(session.opened_at, session.seen_at, now) {
        return Ok(None);
    }
    if by_hand && limits.worth_noting(session.seen_at, now) {
        state
            .road
            .write(move |tx, _| tx.touch_session(&token_sha256, now))
            .await?;
    }
    Ok(Some(Visitor {
        account: session.account_id,
        login: session.login,
        name: session.name,
        role,
    }))
}

/// Notes a wrong password.
pub async fn note_failure(
    state: &State,
    account: i64,
    failures: u32,
    until: Option<Moment>,
) -> Result<(), Refusal> {
    let write = state
        .road
        .write(move |tx, _| tx.note_failed_sign_in(account, failures, until));
    Ok(write.await?)
}

/// Opens a session, ends the one this browser held, and sweeps out those that fell idle.
pub async fn open_session(
    state: &State,
    token: &Token,
    account: i64,
    old: Option<[u8; 32]>,
    now: Moment,
) -> Result<(), Refusal> {
    let sha256 = token.sha256();
    let idle_since = state.session_limits().idle_since(now);
    let who = format!("account:{account}");
    let object = who.clone();
    let opened = state.road.command(&who, "session.open", move |tx, _| {
        if let Some(old) = old {
            tx.end_session(&old)?;
        }
        tx.end_sessions_idle_since(idle_since)?;
        tx.open_session(&sha256, account, now)?;
        Ok(((), object))
    });
    Ok(opened.await?)
}

/// Ends a session.
pub async fn end_session(state: &State, token_sha256: [u8; 32]) -> Result<(), Refusal> {
    Ok(state
        .road
        .write(move |tx, _| tx.end_session(&token_sha256))
        .await?)
}
