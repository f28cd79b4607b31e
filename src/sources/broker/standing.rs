//! How the broker stands: what the operator's and the device's pages show.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::vitals::Moment;

/// Something a page or the log wants to know at once. Ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An account announced a packet above the broker's limit; its connection was closed.
    Oversize {
        user: String,
        client_id: String,
        bytes: usize,
        at: Moment,
    },
    /// A connection was refused at the door. `user` only if such an account exists.
    SignInRefused {
        user: Option<String>,
        reason: &'static str,
        at: Moment,
    },
}

/// Where [`Event`]s go. Called in the connection's own task: must not block.
pub type Notices = Arc<dyn Fn(Event) + Send + Sync>;

/// Publishes of one account that were kept as quarantined, or not taken at all, since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusals {
    pub foreign_topic: u64,
    pub over_long: u64,
    pub over_rate: u64,
    /// Retained messages: kept as quarantined.
    pub retained: u64,
    /// Connections closed because a packet was above the broker's limit.
    pub oversize: u64,
    /// Connections closed because what came was not MQTT.
    pub malformed: u64,
    pub sign_in: u64,
}

/// One connection that stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub client_id: String,
    pub since: Moment,
}

/// One account: its connections now, and what it did since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountStanding {
    pub user: String,
    pub connections: Vec<Connection>,
    pub last_publish: Option<Moment>,
    /// Frames kept and acknowledged, quarantined ones included.
    pub kept: u64,
    pub refused: Refusals,
}

/// The broker at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerStanding {
    /// By user name. Accounts that never connected are here too.
    pub accounts: Vec<AccountStanding>,
    /// CONNECTs without a user, or with one that does not exist.
    pub unknown_refused: u64,
}

/// The live form of [`BrokerStanding`]; as many entries as accounts, whatever clients do.
#[derive(Debug, Default)]
pub(super) struct Standing {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    accounts: BTreeMap<String, AccountStanding>,
    unknown_refused: u64,
}

impl Standing {
    pub(super) fn new<'a>(users: impl Iterator<Item = &'a str>) -> Self {
        let accounts = users
            .map(|user| {
                (
                    user.to_owned(),
                    AccountStanding {
                        user: user.to_owned(),
                        ..Default::default()
                    },
                )
            })
            .collect();
        Standing {
            inner: Mutex::new(Inner {
                accounts,
                unknown_refused: 0,
            }),
        }
    }

    pub(super) fn snapshot(&self) -> BrokerStanding {
        let inner = self.lock();
        BrokerStanding {
            accounts: inner.accounts.values().cloned().collect(),
            unknown_refused: inner.unknown_refused,
        }
    }

    /// Changes what is known of one account.
    pub(super) fn note(&self, user: &str, change: impl FnOnce(&mut AccountStanding)) {
        if let Some(account) = self.lock().accounts.get_mut(user) {
            change(account);
        }
    }

    /// Counts a refused CONNECT; returns the user's name if such an account exists.
    pub(super) fn refused(&self, user: Option<&str>) -> Option<String> {
        let mut inner = self.lock();
        match user.and_then(|user| inner.accounts.get_mut(user)) {
            Some(account) => {
                account.refused.sign_in += 1;
                Some(account.user.clone())
            }
            None => {
                inner.unknown_refused += 1;
                None
            }
        }
    }

    // A panic elsewhere cannot leave the counters half-changed in a way that matters.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
