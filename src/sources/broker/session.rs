//! What the MQTT library asks of us, in our words. One [`Session`] per connection.

use std::future::Future;
use std::pin::Pin;

use super::accounts::{Refused, SignIn};

/// A publish as it came.
#[derive(Debug)]
pub(super) struct Publish {
    pub topic: String,
    pub payload: Vec<u8>,
    pub retained: bool,
    /// The device says that it sent this before.
    pub sent_before: bool,
}

/// What becomes of a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is on disk: PUBACK (or PUBREC) may go out.
    Acknowledge,
    /// It is not: say nothing and close; the device sends again.
    Withhold,
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By either side, in order or not.
    Closed,
    /// A packet of `bytes` was announced, above the broker's limit.
    Oversize { bytes: usize },
    /// What came is not MQTT, or not allowed by it.
    Malformed,
}

/// Everything about one connection that is ours to decide.
pub(super) trait Session: Send + Sync {
    /// A CONNECT: the user it signs in as, or why not.
    fn sign_in(&self, ask: SignIn<'_>) -> Result<String, Refused>;
    /// The session stands: CONNACK is out.
    fn connected(&self, client_id: &str);
    /// Whether this connection may subscribe to the filter.
    fn may_subscribe(&self, client_id: &str, filter: &str) -> bool;
    /// Resolves once it is known what becomes of the publish; until then nothing is answered.
    fn publish(&self, publish: Publish) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>>;
}
