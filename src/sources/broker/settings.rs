//! Settings of the embedded broker.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use crate::sources::secret::SecretPlace;

/// `[broker]`: the MQTT broker inside the hub.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port for MQTT without TLS. Default `127.0.0.1:1883`: this machine only.
    pub listen: SocketAddr,
    /// MQTT over TLS beside it. Default: none.
    pub tls: Option<TlsSettings>,
    /// Largest whole MQTT packet, bytes. Above it the connection is closed, counted and shown. Default 1 048 576.
    pub packet_limit_bytes: usize,
    /// Connections at the same time, signed in or not. Default 1000.
    pub max_connections: usize,
    /// What a client may subscribe to; `{client_id}` stands for its own. Must end in `/#`. Default `reply/{client_id}/#`.
    pub reply_topics: String,
    /// Folder for MQTT sessions, so that a device finds its session again after a restart of the hub.
    /// Default: none (sessions end with the hub; frames are never in here).
    pub session_dir: Option<PathBuf>,
    /// How long a stop waits for frames on their way to the disk, seconds. Default 2.
    pub stop_grace_s: u64,
    /// One per device or gateway. Default: none, and then nobody can connect.
    pub accounts: Vec<AccountSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 1883)),
            tls: None,
            packet_limit_bytes: 1_048_576,
            max_connections: 1000,
            reply_topics: "reply/{client_id}/#".to_owned(),
            session_dir: None,
            stop_grace_s: 2,
            accounts: Vec::new(),
        }
    }
}

/// `[broker.tls]`: certificate and key of the broker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// Address and port. Default `127.0.0.1:8883`.
    #[serde(default = "tls_listen")]
    pub listen: SocketAddr,
    /// PEM file: the broker's certificate, then any in between, without the root.
    pub certificate: PathBuf,
    /// PEM file: the certificate's private key.
    pub key: PathBuf,
}

fn tls_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8883))
}

/// `[[broker.accounts]]`: one device or gateway.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// User name: letters, digits, `.`, `_`, `-`; at most 64. The client id must be this name, or this
    /// name, a colon and more (`cuff-7`, `cuff-7:2`), so that no account can take another's session.
    pub user: String,
    /// Password: text, `{ file = "..." }` or `{ env = "..." }`.
    pub password: SecretPlace,
    /// Topic filters this account may publish to; anything else is kept as quarantined `foreign_topic`.
    pub topics: Vec<String>,
    /// Publishes per second, averaged over ten; above it they are kept as quarantined `over_rate`.
    /// 0: no limit. Default 200 (a meter that empties its memory stays below it).
    #[serde(default = "rate")]
    pub rate_per_s: u32,
}

fn rate() -> u32 {
    200
}
