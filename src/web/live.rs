//! Pages that stay true while they are open: server-sent events (WHATWG HTML, "Server-sent events").
//!
//! An event says only that something changed; the page then asks for its board again, through the same
//! gate and view as before. So an open page never shows more than a fresh one would.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State as With};
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum_extra::extract::cookie::CookieJar;
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant;

use super::access::ledger;
use super::access::session::Token;
use super::ask::Ask;
use super::refusal::Refusal;
use super::state::State;
use super::view::View;
use crate::journal::Changes;

/// Changes a page may be behind before it is told to look once for all of them.
const CHANGES_REMEMBERED: usize = 256;
/// Changes read per step when the journal grew fast.
const STEP: u32 = 1_000;
/// Whether the session of an open page still stands is looked at this often, and a comment line sent,
/// which also keeps proxies from closing a quiet stream.
const CHECK_EVERY: Duration = Duration::from_secs(15);

/// What one commit changed.
type Changed = Arc<Changes>;

/// Who listens for changes.
#[derive(Debug)]
pub struct Live {
    changes: broadcast::Sender<Changed>,
}

impl Live {
    pub(super) fn new() -> Self {
        Live {
            changes: broadcast::channel(CHANGES_REMEMBERED).0,
        }
    }
}

/// Follows the journal and tells open pages, until the writer is gone. One reading of the journal per
/// commit, however many pages are open.
pub async fn follow(state: State) {
    let mut commits = state.road.progress();
    let mut seen = state
        .read(|journal| journal.newest_change())
        .await
        .unwrap_or_default();
    while commits.changed().await.is_ok() {
        loop {
            let found = state
                .read(move |journal| journal.changes_after(seen, STEP))
                .await;
            let Ok(changes) = found else { break };
            let more = changes.more;
            seen = changes.reached;
            // A commit that changed nobody's record is told too: the operator's page follows every one.
            // Nobody listening is no error.
            let _ = state.live.changes.send(Arc::new(changes));
            if !more {
                break;
            }
        }
    }
}

/// `GET /persons/{person}/live`: an event for each commit about this person.
pub async fn person(
    ask: Ask,
    Path(person): Path<i64>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    View::of(&ask)?.health()?.must_see(person).await?;
    events(ask.state, headers, move |changes| {
        changes.persons.contains(&person)
    })
}

/// `GET /tray/live`: an event for each commit that concerns a centre of the visitor's scope.
pub async fn centres(
    ask: Ask,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let scope = View::of(&ask)?.health()?.scope();
    events(ask.state, headers, move |changes| {
        changes.centres.iter().any(|centre| scope.holds(*centre))
    })
}

/// `GET /day/{centre}/live`: an event for each commit that concerns this centre.
pub async fn centre(
    ask: Ask,
    Path(centre): Path<i64>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    if !View::of(&ask)?.health()?.scope().holds(centre) {
        return Err(Refusal::NotFound);
    }
    events(ask.state, headers, move |changes| {
        changes.centres.contains(&centre)
    })
}

/// `GET /operator/live`: an event for each commit.
pub async fn any(
    With(state): With<State>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    events(state, headers, |_| true)
}

fn events(
    state: State,
    headers: HeaderMap,
    concerns: impl Fn(&Changes) -> bool + Send + 'static,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let jar = CookieJar::from_headers(&headers);
    let token = Token::from_jar(&jar, state.settings.over_https()).ok_or(Refusal::SignedOut)?;
    let open = Open {
        changes: state.live.changes.subscribe(),
        check_at: Instant::now() + CHECK_EVERY,
        state,
        token,
        concerns,
    };
    Ok(Sse::new(stream::unfold(open, Open::next)))
}

/// One open page.
struct Open<F> {
    state: State,
    changes: broadcast::Receiver<Changed>,
    concerns: F,
    token: Token,
    check_at: Instant,
}

impl<F: Fn(&Changes) -> bool> Open<F> {
    /// What the page hears next; nothing more once the session has ended or the hub stops.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let event = loop {
            match tokio::time::timeout_at(self.check_at, self.changes.recv()).await {
                Ok(Ok(changed)) if !(self.concerns)(&changed) => {}
                // An event without data is none: browsers do not hand it to the page.
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {
                    break Event::default().event("changed").data("journal");
                }
                Ok(Err(RecvError::Closed)) => return None,
                Err(_) => break Event::default().comment("still here"),
            }
        };
        self.check_at = Instant::now() + CHECK_EVERY;
        let visitor = ledger::visitor(&self.state, self.token.sha256(), false).await;
        matches!(visitor, Ok(Some(_))).then_some((Ok(event), self))
    }
}
