//! The screen stays true while it is open: an event whenever its chair has changed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State as With};
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::journal::Seat;
use crate::pipeline::Progress;
use crate::web::access::screen;
use crate::web::ask::Ask;
use crate::web::refusal::Refusal;
use crate::web::state::State;
use crate::web::view::Chair;

/// Whether the screen's token still stands is looked at this often; the comment line sent then keeps
/// proxies from closing a quiet stream.
const CHECK_EVERY: Duration = Duration::from_secs(15);

struct Open {
    state: State,
    headers: HeaderMap,
    chair: Chair,
    commits: watch::Receiver<Progress>,
    last: Option<Seat>,
    check_at: Instant,
}

/// `GET /kiosk/{station}/live`.
pub async fn live(
    ask: Ask,
    With(state): With<State>,
    Path(station): Path<i64>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let chair = Chair::of(&ask, station)?;
    let commits = state.road.progress();
    let last = chair.newest().await?;
    let open = Open {
        state,
        headers,
        chair,
        commits,
        last,
        check_at: Instant::now() + CHECK_EVERY,
    };
    Ok(Sse::new(stream::unfold(open, Open::next)))
}

impl Open {
    /// What the screen hears next; nothing more when its token was taken back or the hub stops.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let event = loop {
            match tokio::time::timeout_at(self.check_at, self.commits.changed()).await {
                Ok(Ok(())) => {
                    let newest = self.chair.newest().await.ok()?;
                    if newest != self.last {
                        self.last = newest;
                        break Event::default().event("changed").data("chair");
                    }
                }
                Ok(Err(_)) => return None,
                Err(_) => break Event::default().comment("still here"),
            }
        };
        self.check_at = Instant::now() + CHECK_EVERY;
        let station = screen::station(&self.state, &self.headers).await;
        let stands = station.is_ok_and(|s| s.is_some_and(|s| s.id == self.chair.station.id));
        stands.then_some((Ok(event), self))
    }
}
