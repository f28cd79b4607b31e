//! Why a source hands on a frame that may not be interpreted: the words of `Frame::refused`.

use std::sync::Arc;

/// A topic outside what the sender may publish to.
pub const FOREIGN_TOPIC: &str = "foreign_topic";
/// A payload above the topic's limit.
pub const OVER_LONG: &str = "over_long";
/// A publish above the sender's rate.
pub const OVER_RATE: &str = "over_rate";

/// A publish that its sender asked the hub's broker to keep for late subscribers: the broker keeps none,
/// and such a message says nothing about now.
pub const RETAINED: &str = "retained";

/// Payload limit where no profile sets one, bytes.
pub const PAYLOAD_LIMIT_BYTES: usize = 65_536;

/// Largest payload that may be interpreted, bytes, by topic: the device profile's limit.
pub type PayloadLimit = Arc<dyn Fn(&str) -> usize + Send + Sync>;

/// [`PAYLOAD_LIMIT_BYTES`] for every topic.
pub fn same_limit() -> PayloadLimit {
    Arc::new(|_| PAYLOAD_LIMIT_BYTES)
}
