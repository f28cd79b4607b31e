//! What an operator may choose about the pages.

use std::net::SocketAddr;

use serde::Deserialize;

use super::access::throttle::SignInPolicy;
use crate::sources::secret::{Secret, SecretError, SecretPlace};
use crate::sources::tls::Certificate;

/// The `[web]` part of the settings file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the pages are served. Default `127.0.0.1:8080`: this machine only.
    pub listen: SocketAddr,
    /// Certificate and key: the pages are served with TLS at `listen`. Default none, and then `listen` must
    /// be this machine only.
    pub tls: Option<Certificate>,
    /// People reach the pages over HTTPS at a proxy on this machine: cookies become `__Host-` and `Secure`,
    /// and browsers are told to stay with HTTPS, as with `tls`. Default `false`.
    pub https: bool,
    /// A sign-in ends after this many minutes without a page asked for. Default 30.
    pub idle_minutes: u32,
    /// A sign-in ends after this many hours whatever happens. Default 12.
    pub session_hours: u32,
    /// Wrong passwords in a row before an account must wait. Default 3.
    pub free_failures: u32,
    /// Wrong passwords in a row that lock an account. Default 10.
    pub lock_after_failures: u32,
    /// How long a locked account stays locked, minutes. Default 15.
    pub lock_minutes: u32,
    /// Sign-ins that one network address may try in a minute. Default 10.
    pub sign_ins_per_minute: u32,
    /// Where the word stands that lets a collector read `/metrics` (`Authorization: Bearer ...`), at least 16
    /// characters. Default none: only a signed-in person may.
    pub metrics_token: Option<SecretPlace>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: None,
            https: false,
            idle_minutes: 30,
            session_hours: 12,
            free_failures: 3,
            lock_after_failures: 10,
            lock_minutes: 15,
            sign_ins_per_minute: 10,
            metrics_token: None,
        }
    }
}

/// A setting that cannot stand, with what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    #[error("web.idle_minutes and web.session_hours must be at least 1")]
    NoTime,
    #[error("web.lock_after_failures ({lock}) must be greater than web.free_failures ({free})")]
    LockBeforeWait { free: u32, lock: u32 },
    #[error("web.lock_minutes and web.sign_ins_per_minute must be at least 1")]
    NoLimit,
    #[error("web.metrics_token must have at least 16 characters; leave the key out to have none")]
    ShortToken,
    #[error(
        "web.listen is not this machine's loopback, so passwords and health data would cross the network in the clear; add [web.tls] with certificate and key, or keep web.listen on 127.0.0.1 behind a proxy with TLS on this machine"
    )]
    OpenWithoutTls,
}

/// Why there is no word for the collector, though one is asked for.
#[derive(Debug, thiserror::Error)]
pub enum MetricsTokenError {
    #[error("web.metrics_token: {0}")]
    Place(#[from] SecretError),
    #[error(transparent)]
    Short(#[from] Contradiction),
}

/// Shorter words for the collector could be guessed.
const TOKEN_CHARACTERS: usize = 16;

impl Settings {
    /// Refuses what contradicts itself.
    pub fn check(&self) -> Result<(), Contradiction> {
        if self.idle_minutes == 0 || self.session_hours == 0 {
            return Err(Contradiction::NoTime);
        }
        if self.lock_after_failures <= self.free_failures {
            return Err(Contradiction::LockBeforeWait {
                free: self.free_failures,
                lock: self.lock_after_failures,
            });
        }
        if self.lock_minutes == 0 || self.sign_ins_per_minute == 0 {
            return Err(Contradiction::NoLimit);
        }
        if let Some(SecretPlace::Here(token)) = &self.metrics_token
            && token.chars().count() < TOKEN_CHARACTERS
        {
            return Err(Contradiction::ShortToken);
        }
        if !self.listen.ip().is_loopback() && self.tls.is_none() {
            return Err(Contradiction::OpenWithoutTls);
        }
        Ok(())
    }

    /// The word for the collector. Reads a file or the environment, so call it at start only.
    ///
    /// # Errors
    /// It is not where the settings say, or too short.
    pub fn fetch_metrics_token(&self) -> Result<Option<Secret>, MetricsTokenError> {
        let Some(place) = &self.metrics_token else {
            return Ok(None);
        };
        let token = place.fetch()?;
        if token.expose().chars().count() < TOKEN_CHARACTERS {
            return Err(Contradiction::ShortToken.into());
        }
        Ok(Some(token))
    }

    /// Whether people's browsers come over HTTPS, by this hub's own certificate or a proxy's.
    pub fn over_https(&self) -> bool {
        self.https || self.tls.is_some()
    }

    /// The numbers of the sign-in policy.
    pub fn sign_in_policy(&self) -> SignInPolicy {
        SignInPolicy {
            free_failures: self.free_failures,
            lock_after_failures: self.lock_after_failures,
            lock_minutes: self.lock_minutes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn the_defaults_stand() {
        assert_eq!(Settings::default().check(), Ok(()));
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
    }

    #[rstest]
    #[case("idle_minutes = 0", Contradiction::NoTime)]
    #[case("session_hours = 0", Contradiction::NoTime)]
    #[case("free_failures = 4\nlock_after_failures = 4", Contradiction::LockBeforeWait { free: 4, lock: 4 })]
    #[case("lock_minutes = 0", Contradiction::NoLimit)]
    #[case("sign_ins_per_minute = 0", Contradiction::NoLimit)]
    #[case("metrics_token = '123456789012345'", Contradiction::ShortToken)]
    #[case("listen = '0.0.0.0:80'", Contradiction::OpenWithoutTls)]
    #[case("listen = '[::]:443'\nhttps = true", Contradiction::OpenWithoutTls)]
    fn refused(#[case] text: &str, #[case] why: Contradiction) {
        assert_eq!(toml::from_str::<Settings>(text).unwrap().check(), Err(why));
    }

    #[rstest]
    #[case("idle_minutes = 1\nsession_hours = 1\nlock_minutes = 1\nsign_ins_per_minute = 1")]
    #[case("free_failures = 4\nlock_after_failures = 5")]
    #[case("metrics_token = '1234567890123456'")]
    #[case("listen = '0.0.0.0:443'\ntls = { certificate = 'c.pem', key = 'k.pem' }")]
    #[case("listen = '127.0.0.1:443'\nhttps = true")]
    #[case("listen = '[::1]:8080'")]
    fn accepted(#[case] text: &str) {
        assert_eq!(toml::from_str::<Settings>(text).unwrap().check(), Ok(()));
    }

    #[test]
    fn the_collectors_word_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let settings = Settings {
            metrics_token: Some(SecretPlace::File(file.clone())),
            ..Settings::default()
        };
        assert_eq!(settings.check(), Ok(()));
        let fetched = || settings.fetch_metrics_token();
        assert!(matches!(fetched(), Err(MetricsTokenError::Place(_))));
        for (text, long_enough) in [
            ("123456789012345\n", false),
            ("1234567890123456\n", true),
            ("12345678901234567", true),
        ] {
            std::fs::write(&file, text).unwrap();
            match fetched() {
                Ok(token) => assert!(long_enough && token.unwrap().expose() == text.trim_end()),
                Err(MetricsTokenError::Short(why)) => {
                    assert!(!long_enough && why == Contradiction::ShortToken);
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert!(Settings::default().fetch_metrics_token().unwrap().is_none());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<Settings>("idle_minuts = 3").is_err());
    }
}
