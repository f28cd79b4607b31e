//! One connection of a device or gateway: who it is, and when its publishes may be acknowledged.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::accounts::{Accounts, Held, Refused, SignIn};
use super::session::{Answer, Ending, Publish, Session};
use super::standing::{Connection, Event, Notices, Standing};
use crate::sources::refusal::{FOREIGN_TOPIC, OVER_LONG, OVER_RATE, PayloadLimit, RETAINED};
use crate::vitals::{Clock, Frame, Inlet, Transport};

/// What all connections share.
pub(super) struct House {
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    pub accounts: Accounts,
    pub payload_limit: PayloadLimit,
    pub notices: Notices,
    pub standing: Standing,
    /// `reply/{client_id}/`: what stands before the `#` of the settings.
    pub reply_prefix: String,
    /// Cancelled when even frames on their way to the disk are no longer waited for.
    pub hard_stop: CancellationToken,
    pub roll: Roll,
}

/// Which connection holds which client id now.
#[derive(Debug, Default)]
pub(super) struct Roll {
    next: AtomicU64,
    holders: Mutex<HashMap<String, (u64, CancellationToken)>>,
}

impl Roll {
    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Enters a connection and lets go of the one that held this client id before: its device is here
    /// now, and a publish it left waiting will be sent again.
    fn enter(&self, client_id: &str, number: u64, let_go: CancellationToken) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, before)) = holders.insert(client_id.to_owned(), (number, let_go)) {
            before.cancel();
        }
    }

    fn leave(&self, client_id: &str, number: u64) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if holders
            .get(client_id)
            .is_some_and(|(held_by, _)| *held_by == number)
        {
            holders.remove(client_id);
        }
    }
}

/// The hub's side of one connection.
pub(super) struct Device {
    house: Arc<House>,
    number: u64,
    /// Cancelled when a publish in hand need not wait for the disk any longer.
    let_go: CancellationToken,
    account: OnceLock<Arc<Held>>,
    client_id: OnceLock<String>,
}

impl Device {
    pub(super) fn new(house: Arc<House>) -> Self {
        Device {
            number: house.roll.number(),
            let_go: house.hard_stop.child_token(),
            house,
            account: OnceLock::new(),
            client_id: OnceLock::new(),
        }
    }

    fn user(&self) -> &str {
        self.account.get().map_or("", |held| held.user())
    }

    fn client_id(&self) -> &str {
        self.client_id.get().map_or("", String::as_str)
    }

    /// Counts and shows how the connection ended.
    pub(super) fn ended(&self, ending: Ending) {
        let (user, client_id) = (self.user(), self.client_id());
        self.house.roll.leave(client_id, self.number);
        let mut here = false;
        self.house.standing.note(user, |account| {
            let before = account.connections.len();
            let at = account
                .connections
                .iter()
                .position(|c| c.client_id == client_id);
            if let Some(at) = at {
                account.connections.remove(at);
            }
            here = account.connections.len() < before;
            match ending {
                Ending::Closed => {}
                Ending::Oversize { .. } => account.refused.oversize += 1,
                Ending::Malformed => account.refused.malformed += 1,
            }
        });
        if here {
            metrics::gauge!("broker_connections").decrement(1.0);
        }
        match ending {
            Ending::Closed => tracing::debug!(user, client_id, "connection closed"),
            Ending::Oversize { bytes } => {
                metrics::counter!("broker_oversize_closed_total", "account" => user.to_owned())
                    .increment(1);
                tracing::warn!(
                    user,
                    client_id,
                    bytes,
                    "packet above the limit: connection closed"
                );
                (self.house.notices)(Event::Oversize {
                    user: user.to_owned(),
                    client_id: client_id.to_owned(),
                    bytes,
                    at: self.house.clock.now(),
                });
            }
            Ending::Malformed => {
                metrics::counter!("broker_malformed_closed_total").increment(1);
                tracing::warn!(user, client_id, "not MQTT: connection closed");
            }
        }
    }

    /// Why the publish may not be interpreted, if so. Each publish counts against the rate.
    fn refusal(&self, account: &Held, publish: &Publish) -> Option<&'static str> {
        let within_rate = account.within_rate(Instant::now());
        if !account.may_publish(&publish.topic) {
            Some(FOREIGN_TOPIC)
        } else if publish.payload.len() > (self.house.payload_limit)(&publish.topic) {
            Some(OVER_LONG)
        } else if !within_rate {
            Some(OVER_RATE)
        } else {
            None
        }
    }

    async fn keep(&self, publish: Publish) -> Answer {
        // The library lets no publish through before CONNECT; were it to, nothing is acknowledged.
        let Some(account) = self.account.get() else {
            return Answer::Withhold;
        };
        let retained = publish.retained;
        let refused = self
            .refusal(account, &publish)
            .or(retained.then_some(RETAINED));
        let received_at = self.house.clock.now();
        let keeping = self.house.inlet.keep(Frame {
            transport: Transport::EmbeddedMqtt,
            source: account.user().to_owned(),
            topic: publish.topic,
            payload: publish.payload,
            received_at,
            retained,
            may_be_late: publish.sent_before,
            refused,
        });
        let kept = tokio::select! {
            biased;
            kept = keeping => kept,
            () = self.let_go.cancelled() => return Answer::Withhold,
        };
        if kept.is_err() {
            return Answer::Withhold;
        }
        metrics::counter!("broker_frames_kept_total", "refused" => refused.unwrap_or("no"))
            .increment(1);
        self.house.standing.note(account.user(), |standing| {
            standing.kept += 1;
            standing.last_publish = Some(received_at);
            standing.refused.retained += u64::from(retained);
            match refused {
                Some(FOREIGN_TOPIC) => standing.refused.foreign_topic += 1,
                Some(OVER_LONG) => standing.refused.over_long += 1,
                Some(OVER_RATE) => standing.refused.over_rate += 1,
                _ => {}
            }
        });
        Answer::Acknowledge
    }
}

impl Session for Device {
    fn sign_in(&self, ask: SignIn<'_>) -> Result<String, Refused> {
        match self.house.accounts.sign_in(ask) {
            Ok(held) => {
                let user = held.user().to_owned();
                // A second CONNECT on one connection is a protocol error the library closes; the first stands.
                self.account.get_or_init(|| held);
                Ok(user)
            }
            Err(refused) => {
                let user = self.house.standing.refused(ask.user);
                let reason = refused.word();
                metrics::counter!("broker_sign_in_refused_total", "reason" => reason).increment(1);
                tracing::warn!(user = user.as_deref(), reason, "sign-in refused");
                let at = self.house.clock.now();
                (self.house.notices)(Event::SignInRefused { user, reason, at });
                Err(refused)
            }
        }
    }

    fn connected(&self, client_id: &str) {
        let client_id = self.client_id.get_or_init(|| client_id.to_owned());
        self.house
            .roll
            .enter(client_id, self.number, self.let_go.clone());
        let since = self.house.clock.now();
        self.house.standing.note(self.user(), |account| {
            account.connections.push(Connection {
                client_id: client_id.clone(),
                since,
            });
        });
        metrics::gauge!("broker_connections").increment(1.0);
    }

    fn may_subscribe(&self, client_id: &str, filter: &str) -> bool {
        filter.starts_with(&self.house.reply_prefix.replace("{client_id}", client_id))
    }

    fn publish(&self, publish: Publish) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.keep(publish))
    }
}
