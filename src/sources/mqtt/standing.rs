//! How the line stands: what the operator's page shows.

use crate::vitals::Moment;

/// The line to an external broker at one moment. Counts are since the start of the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineStanding {
    pub name: String,
    pub connected: bool,
    /// Since when it is connected, or not.
    pub since: Option<Moment>,
    /// `5` or `3.1.1`, of the last connection.
    pub protocol: Option<&'static str>,
    /// Connections after the first.
    pub reconnects: u64,
    /// How often the broker no longer knew the hub's session: what it had queued is gone.
    pub sessions_lost: u64,
    /// The broker knew the session at the last connect.
    pub session_resumed: bool,
    /// The broker answered this hub's subscription, and still has its session as far as is known.
    pub subscribed: bool,
    pub last_message: Option<Moment>,
    /// Messages kept and acknowledged.
    pub kept: u64,
    /// Of those, kept as quarantined because they were above a limit.
    pub over_long: u64,
    /// Messages the broker sent again.
    pub redelivered: u64,
    /// Messages that came and wait for the disk.
    pub waiting: u64,
    /// Topic filters the broker refused at the last subscription.
    pub filters_refused: usize,
    /// Why the last connection ended or could not be made; no text of the broker's.
    pub last_trouble: Option<String>,
}
