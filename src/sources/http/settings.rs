//! Settings of the HTTP door.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use crate::sources::secret::SecretPlace;
use crate::sources::tls::Certificate;

/// `[ingest]`: the door for devices and clouds that push over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port; never those of the pages. Default `127.0.0.1:8081`: this machine only.
    pub listen: SocketAddr,
    /// Certificate and key: the door speaks TLS at `listen`. Default none, and then `listen` must be this
    /// machine only.
    pub tls: Option<Certificate>,
    /// Connections at the same time. Default 256.
    pub max_connections: usize,
    /// How long the head of a request may take, and a connection may idle, seconds; 1 to 300. Default 10.
    pub head_s: u64,
    /// How long a body may take, seconds; 1 to 300. Default 20.
    pub body_s: u64,
    /// How long a stop waits for bodies on their way to the disk, seconds. Default 2.
    pub stop_grace_s: u64,
    /// One per sender. Default: none, and then nobody can post.
    pub sources: Vec<SourceSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
            tls: None,
            max_connections: 256,
            head_s: 10,
            body_s: 20,
            stop_grace_s: 2,
            sources: Vec::new(),
        }
    }
}

/// `[[ingest.sources]]`: one sender and its path `/ingest/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// The last part of its path: letters, digits, `.`, `_`, `-`; at most 64.
    pub name: String,
    /// Its token, at least 16 characters: text, `{ file = "..." }` or `{ env = "..." }`. Sent as
    /// `Authorization: Bearer TOKEN` or `X-Api-Key: TOKEN`.
    pub token: SecretPlace,
    /// Media types it may send, without parameters. Default JSON, form and plain text.
    #[serde(default = "content_types")]
    pub content_types: Vec<String>,
    /// Longest body, bytes; 1 to 16 777 216. A longer one is refused and not kept. Default 262 144.
    #[serde(default = "max_body_bytes")]
    pub max_body_bytes: usize,
    /// Posts per second in the long run; 0: no limit. Default 20.
    #[serde(default = "rate_per_s")]
    pub rate_per_s: u32,
    /// Posts that may come at once before the rate counts (a cuff that was out of reach). Default 200.
    #[serde(default = "burst")]
    pub burst: u32,
}

pub(super) fn content_types() -> Vec<String> {
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "text/plain",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn max_body_bytes() -> usize {
    262_144
}

fn rate_per_s() -> u32 {
    20
}

fn burst() -> u32 {
    200
}

/// The largest body a source may be allowed, bytes.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Settings that cannot stand: the key they stand under, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Contradiction {
    pub key: &'static str,
    pub message: String,
}

impl Settings {
    /// What serde cannot see.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<(), Contradiction> {
        let wrong = |key, message: &str| {
            Err(Contradiction {
                key,
                message: message.to_owned(),
            })
        };
        if !self.listen.ip().is_loopback() && self.tls.is_none() {
            return wrong(
                "listen",
                "ingest.listen is not this machine's loopback, so tokens and readings would cross the \
                 network in the clear; add [ingest.tls] with certificate and key, or keep it on 127.0.0.1 and put \
                 a proxy with TLS (Caddy, nginx) in front",
            );
        }
        if self.max_connections == 0 {
            return wrong(
                "max_connections",
                "ingest.max_connections must be at least 1",
            );
        }
        if !(1..=300).contains(&self.head_s) {
            return wrong("head_s", "ingest.head_s must be 1 to 300");
        }
        if !(1..=300).contains(&self.body_s) {
            return wrong("body_s", "ingest.body_s must be 1 to 300");
        }
        let mut names = BTreeSet::new();
        for source in &self.sources {
            source.check()?;
            if !names.insert(&source.name) {
                return wrong(
                    "name",
                    &format!("ingest source {} stands twice; keep one", source.name),
                );
            }
        }
        Ok(())
    }
}

impl SourceSettings {
    fn check(&self) -> Result<(), Contradiction> {
        let name = &self.name;
        let wrong = |key, message: String| Err(Contradiction { key, message });
        if !super::source::is_name(name) {
            return wrong(
                "name",
                format!(
                    "ingest source {name:?}: use 1 to 64 letters, digits, '.', '_' or '-', not only dots"
                ),
            );
        }
        if !(1..=LARGEST_BODY).contains(&self.max_body_bytes) {
            return wrong(
                "max_body_bytes",
                format!("ingest source {name}: max_body_bytes must be 1 to {LARGEST_BODY}"),
            );
        }
        if self.content_types.is_empty() {
            return wrong(
                "content_types",
                format!(
                    "ingest source {name}: content_types is empty, so nothing could be sent; name one, or leave the key out"
                ),
            );
        }
        let plain = |t: &String| t.matches('/').count() == 1 && !t.contains([';', ' ', '*']);
        if let Some(bad) = self.content_types.iter().find(|t| !plain(t)) {
            return wrong(
                "content_types",
                format!(
                    "ingest source {name}: {bad:?} is no media type; write one such as \"application/json\", without parameters"
                ),
            );
        }
        if self.rate_per_s > 0 && self.burst == 0 {
            return wrong(
                "burst",
                format!("ingest source {name}: burst must be at least 1"),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(more: &str) -> Result<(), &'static str> {
        let text = format!("[[sources]]\nname = \"a\"\ntoken = \"0123456789abcdef\"\n{more}");
        let settings: Settings = toml::from_str(&text).unwrap();
        settings.check().map_err(|c| c.key)
    }

    #[test]
    fn contradictions_name_their_key() {
        assert_eq!(said(""), Ok(()));
        for (more, key) in [
            ("max_body_bytes = 0", "max_body_bytes"),
            ("max_body_bytes = 16777217", "max_body_bytes"),
            ("content_types = []", "content_types"),
            ("content_types = [\"json\"]", "content_types"),
            (
                "content_types = [\"application/json; charset=utf-8\"]",
                "content_types",
            ),
            ("burst = 0", "burst"),
            ("[[sources]]\nname = \"a\"\ntoken = \"x\"", "name"),
            ("[[sources]]\nname = \"a/b\"\ntoken = \"x\"", "name"),
            ("[[sources]]\nname = \"..\"\ntoken = \"x\"", "name"),
        ] {
            assert_eq!(said(more), Err(key), "{more}");
        }
        for good in [
            "max_body_bytes = 1",
            "max_body_bytes = 16777216",
            "burst = 1",
        ] {
            assert_eq!(said(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn limits_of_the_door() {
        let with = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().map_err(|c| c.key)
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(with(|s| s.listen = "[::1]:1".parse().unwrap()), Ok(()));
        assert_eq!(
            with(|s| s.listen = "0.0.0.0:1".parse().unwrap()),
            Err("listen")
        );
        assert_eq!(with(|s| s.head_s = 0), Err("head_s"));
        assert_eq!(with(|s| s.head_s = 1), Ok(()));
        assert_eq!(with(|s| s.body_s = 300), Ok(()));
        assert_eq!(with(|s| s.body_s = 301), Err("body_s"));
        assert_eq!(with(|s| s.max_connections = 0), Err("max_connections"));
    }
}
