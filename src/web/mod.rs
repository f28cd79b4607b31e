//! Screens and API: what people see, and the only way they act.
//! Invariant: no page reads the journal but through the view of the visitor who asked.

pub mod access;
mod ask;
mod assets;
mod doors;
pub mod fonts;
mod gate;
mod goals;
mod kiosk;
mod language;
pub mod live;
mod mask;
mod pages;
mod probe;
mod refusal;
mod roster;
mod settings;
mod shell;
mod state;
mod view;
mod visitor;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

pub use settings::{Contradiction, MetricsTokenError, Settings};
pub use state::{BrokerStands, Demo, Doors, LineStands, Parts, State};
pub use visitor::{Need, Role, Visitor};

/// The most a form may send, bytes.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// Every page and address of the hub.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that sign-ins can be counted
/// per address, and run [`live::follow`] beside it, so that open pages hear of new readings.
pub fn router(state: State) -> Router {
    let mut router = Router::new();
    for door in doors::doors() {
        let gate = gate::Gate {
            state: state.clone(),
            need: door.need,
            by_script: door.by_script,
        };
        router = router.route(
            door.path,
            door.methods.layer(from_fn_with_state(gate, gate::gate)),
        );
    }
    let anywhere_else = gate::Gate {
        state: state.clone(),
        need: Need::SignedIn,
        by_script: false,
    };
    router
        .fallback_service(
            axum::routing::any(|| async { refusal::Refusal::NotFound })
                .layer(from_fn_with_state(anywhere_else, gate::gate)),
        )
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(state.clone(), gate::around))
        .with_state(state)
}
