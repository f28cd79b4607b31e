//! Settings of listening by Bluetooth.

use std::time::Duration;

use serde::Deserialize;

/// `[bluetooth]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether to listen at all. Default true where the section is there.
    pub enabled: bool,
    /// Name (`hci0`) or address of the adapter. Default: the one with the lowest name.
    pub adapter: Option<String>,
    /// Switch the adapter on when it is off. Default true.
    pub power_on: bool,
    /// How often an adapter that is not there is looked for, seconds. Default 5.
    pub retry_s: u64,
    /// Scanning begins anew when nothing at all was heard for so long, seconds. Default 300.
    pub quiet_restart_s: u64,
    /// How long a connection may take to come about, seconds; BlueZ itself gives up after 30. Default 20.
    pub connect_limit_s: u64,
    /// Devices to which connections are made at the same time. Default 2.
    pub connecting: usize,
    /// Values are still waited for so long after a device left, milliseconds. Default 200.
    pub drain_ms: u64,
    /// A device that had nothing new, or could not be reached, is left alone at least so long, seconds;
    /// doubles each time up to `rest_at_most_s`. Default 5.
    pub rest_s: u64,
    /// Default 60.
    pub rest_at_most_s: u64,
    /// How long staff have to type the six digits of a passkey, seconds. Default 30.
    pub passkey_s: u64,
    /// How long a stop waits for devices to be left and for frames on their way to the disk, seconds.
    /// Default 3.
    pub stop_grace_s: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            enabled: true,
            adapter: None,
            power_on: true,
            retry_s: 5,
            quiet_restart_s: 300,
            connect_limit_s: 20,
            connecting: 2,
            drain_ms: 200,
            rest_s: 5,
            rest_at_most_s: 60,
            passkey_s: 30,
            stop_grace_s: 3,
        }
    }
}

/// A setting that cannot stand: its key, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub key: &'static str,
    pub message: String,
}

impl Settings {
    /// Refuses what cannot stand.
    pub fn check(&self) -> Result<(), Wrong> {
        let within = |key: &'static str, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            let message = format!("bluetooth.{key} is {value}; write {least} to {most}");
            Err(Wrong { key, message })
        };
        within("retry_s", self.retry_s, 1, 3600)?;
        within("quiet_restart_s", self.quiet_restart_s, 30, 86_400)?;
        within("connect_limit_s", self.connect_limit_s, 2, 30)?;
        within("connecting", self.connecting as u64, 1, 8)?;
        within("drain_ms", self.drain_ms, 50, 5000)?;
        within("rest_s", self.rest_s, 1, 600)?;
        within("rest_at_most_s", self.rest_at_most_s, self.rest_s, 3600)?;
        within("passkey_s", self.passkey_s, 10, 60)?;
        within("stop_grace_s", self.stop_grace_s, 0, 60)
    }

    pub(super) fn retry(&self) -> Duration {
        Duration::from_secs(self.retry_s)
    }

    pub(super) fn connect_limit(&self) -> Duration {
        Duration::from_secs(self.connect_limit_s)
    }

    pub(super) fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_one_below_at_one_above() {
        let with = |change: &dyn Fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().is_ok()
        };
        assert!(with(&|_| {}));
        for (value, stands) in [(9, false), (10, true), (60, true), (61, false)] {
            assert_eq!(with(&|s| s.passkey_s = value), stands, "passkey_s {value}");
        }
        for (value, stands) in [(1, false), (2, true), (30, true), (31, false)] {
            assert_eq!(
                with(&|s| s.connect_limit_s = value),
                stands,
                "limit {value}"
            );
        }
        for (value, stands) in [(0, false), (1, true), (8, true), (9, false)] {
            assert_eq!(
                with(&|s| s.connecting = value),
                stands,
                "connecting {value}"
            );
        }
        assert!(!with(&|s| s.rest_at_most_s = s.rest_s - 1));
        assert!(with(&|s| s.rest_at_most_s = s.rest_s));
    }
}
