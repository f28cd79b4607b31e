//! Settings of the line to an external broker.

use std::path::PathBuf;

use serde::Deserialize;

use crate::sources::secret::SecretPlace;

/// `[mqtt]`: an MQTT broker that devices publish to, and the hub reads from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What this line is called on pages and in frames. Default `external`.
    #[serde(default = "name")]
    pub name: String,
    /// Host name or address of the broker. With TLS, the name in its certificate.
    pub host: String,
    /// Port. Default 1883, with TLS 8883.
    pub port: Option<u16>,
    /// MQTT client id: the broker keeps the hub's session under it, so it must stay the same and be
    /// nobody else's. Default `eldercare-hub`.
    #[serde(default = "client_id")]
    pub client_id: String,
    /// User name. Default: none.
    pub user: Option<String>,
    /// Password: text, `{ file = "..." }` or `{ env = "..." }`. Default: none.
    pub password: Option<SecretPlace>,
    /// Topic filters to subscribe to. At least one.
    pub topics: Vec<String>,
    /// TLS. Default: none.
    pub tls: Option<TlsSettings>,
    /// `auto` (MQTT 5, and 3.1.1 when the broker refuses it), `5` or `3.1.1`. Default `auto`.
    #[serde(default)]
    pub protocol: Protocol,
    /// Largest whole packet, bytes. With MQTT 5 the broker drops larger ones by itself; with 3.1.1 they
    /// are taken and kept as quarantined `over_long`, cut to their first 4096 bytes. Default 1 048 576.
    #[serde(default = "packet_limit_bytes")]
    pub packet_limit_bytes: u32,
    /// Messages the broker may send before the first of them is acknowledged (MQTT 5). Default 500.
    #[serde(default = "window")]
    pub window: u16,
    /// Seconds between signs of life on a quiet connection. Default 30.
    #[serde(default = "keep_alive_s")]
    pub keep_alive_s: u16,
    /// Days the broker keeps the hub's session while the hub is away (MQTT 5). Default 30.
    #[serde(default = "session_days")]
    pub session_days: u16,
    /// First wait before connecting again, milliseconds; doubles each time. Default 500.
    #[serde(default = "first_wait_ms")]
    pub first_wait_ms: u64,
    /// Longest wait before connecting again, seconds. Default 60.
    #[serde(default = "longest_wait_s")]
    pub longest_wait_s: u64,
    /// How long a stop waits for frames on their way to the disk, seconds. Default 2.
    #[serde(default = "stop_grace_s")]
    pub stop_grace_s: u64,
}

impl Settings {
    /// All defaults, for this broker and these topics.
    pub fn new(host: impl Into<String>, topics: Vec<String>) -> Self {
        Settings {
            name: name(),
            host: host.into(),
            port: None,
            client_id: client_id(),
            user: None,
            password: None,
            topics,
            tls: None,
            protocol: Protocol::default(),
            packet_limit_bytes: packet_limit_bytes(),
            window: window(),
            keep_alive_s: keep_alive_s(),
            session_days: session_days(),
            first_wait_ms: first_wait_ms(),
            longest_wait_s: longest_wait_s(),
            stop_grace_s: stop_grace_s(),
        }
    }
}

/// Which MQTT to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Protocol {
    /// MQTT 5; MQTT 3.1.1 when the broker refuses it.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "5")]
    Five,
    #[serde(rename = "3.1.1")]
    Four,
}

/// `[mqtt.tls]`: whom to trust, and who the hub is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// PEM file: the certificate authorities that may have signed the broker's certificate.
    /// For a public one on Debian: `/etc/ssl/certs/ca-certificates.crt`.
    pub ca: PathBuf,
    /// PEM file: the hub's own certificate, where the broker asks for one. Default: none.
    pub certificate: Option<PathBuf>,
    /// PEM file: its private key. Default: none.
    pub key: Option<PathBuf>,
}

fn name() -> String {
    "external".to_owned()
}
fn client_id() -> String {
    "eldercare-hub".to_owned()
}
fn packet_limit_bytes() -> u32 {
    1_048_576
}
fn window() -> u16 {
    500
}
fn keep_alive_s() -> u16 {
    30
}
fn session_days() -> u16 {
    30
}
fn first_wait_ms() -> u64 {
    500
}
fn longest_wait_s() -> u64 {
    60
}
fn stop_grace_s() -> u64 {
    2
}
