//! `simulate`: the demo's devices against any broker, and what that broker's hub must know of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::demo::message::day_of;
use crate::demo::roster::{roster, topics};
use crate::demo::{BrokerAddress, FaultSwitch, Live, Plan, Size, Township, TruthFile, switch_file};
use crate::people::roster::RosterFile;
use crate::vitals::{Moment, ScaledClock};

/// What the person who starts the simulation may choose.
#[derive(Debug, Clone, clap::Args)]
pub struct Wishes {
    /// Broker, `host:port`.
    #[arg(long)]
    pub broker: String,
    /// Seed of the township.
    #[arg(long, default_value_t = 20260414)]
    pub seed: u64,
    /// Centres of the township, 1 to 9.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub centres: u8,
    /// Elders in each centre, 4 to 80.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u8).range(4..=80))]
    pub elders: u8,
    /// How many times as fast as the wall clock the devices live.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub speed: u32,
    /// Number from which the devices' passwords are made; none for a broker without accounts.
    #[arg(long)]
    pub secret: Option<u64>,
    /// Where to write what really happens (JSON lines).
    #[arg(long)]
    pub truth: Option<PathBuf>,
    /// File of faults, followed while it runs: one name per line, then devices (none: all).
    #[arg(long)]
    pub faults: Option<PathBuf>,
    /// Writes `roster.toml` and `accounts.toml` for the hub into this folder, and ends.
    #[arg(long)]
    pub kit: Option<PathBuf>,
}

/// Anything that stops the simulation, in words for a person.
type Stop = Box<dyn std::error::Error>;

/// How long a stop waits for the broker's last acknowledgements.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the devices until Ctrl-C.
pub async fn run(wishes: Wishes) -> Result<(), Stop> {
    let (host, port) = address(&wishes.broker)?;
    let now = Moment::now();
    let size = Size {
        centres: usize::from(wishes.centres),
        elders: usize::from(wishes.elders),
    };
    let township = Arc::new(Township::new(wishes.seed, size, day_of(now)));
    let plan = Plan {
        first_day: day_of(now),
        check_up_from: Some(now),
    };
    if let Some(folder) = &wishes.kit {
        return write_kit(folder, &township, plan, wishes.secret);
    }
    let truth = match &wishes.truth {
        Some(path) => Some(TruthFile::open(path, &township, true)?),
        None => None,
    };
    let faults = Arc::new(FaultSwitch::default());
    let told = CancellationToken::new();
    if let Some(path) = wishes.faults.clone() {
        tokio::spawn(switch_file::follow(
            path,
            township.clone(),
            faults.clone(),
            told.clone(),
        ));
    }
    println!(
        "{} devices of {} dial {}",
        township.devices.len(),
        township.centres.len(),
        wishes.broker
    );
    let live = Live {
        township,
        plan,
        from: now,
        clock: ScaledClock::new(now, Instant::now(), wishes.speed),
        faults,
        broker: BrokerAddress {
            host,
            port,
            secret: wishes.secret,
        },
        truth,
    };
    let living = tokio::spawn(live.run(told.clone(), GRACE));
    super::until_told().await;
    told.cancel();
    let lived = living.await??;
    println!(
        "{} messages sent, {} acknowledged",
        lived.sent, lived.acknowledged
    );
    Ok(())
}

fn address(broker: &str) -> Result<(String, u16), Stop> {
    let parts = broker
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) = parts
        .ok_or_else(|| format!("{broker:?} is no broker; write host:port, like 127.0.0.1:1883"))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}

/// One account as `[[broker.accounts]]` has it.
#[derive(Serialize)]
struct AccountEntry {
    user: String,
    password: String,
    topics: Vec<String>,
}

#[derive(Serialize)]
struct BrokerSection {
    accounts: Vec<AccountEntry>,
}

#[derive(Serialize)]
struct AccountsFile {
    broker: BrokerSection,
}

/// What a hub needs to know these devices and persons: to be loaded with `roster load`, and copied into its settings.
fn write_kit(
    folder: &Path,
    township: &Township,
    plan: Plan,
    secret: Option<u64>,
) -> Result<(), Stop> {
    std::fs::create_dir_all(folder)?;
    let since = crate::demo::calendar::moment(plan.first_day, 0);
    let mut entries: RosterFile = roster(township, since);
    if secret.is_none() {
        // Through somebody else's broker all devices come in by one door.
        entries
            .device
            .iter_mut()
            .for_each(|device| device.account = None);
    }
    std::fs::write(folder.join("roster.toml"), toml::to_string(&entries)?)?;
    if let Some(secret) = secret {
        let account = |device: &crate::demo::Device| AccountEntry {
            user: device.id.clone(),
            password: device.password(secret),
            topics: topics(township, device),
        };
        let accounts = township.devices.iter().map(account).collect();
        let file = AccountsFile {
            broker: BrokerSection { accounts },
        };
        std::fs::write(folder.join("accounts.toml"), toml::to_string(&file)?)?;
    }
    println!("written to {}", folder.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_a_host_and_a_port() {
        assert_eq!(
            address("a.example:1883").unwrap(),
            ("a.example".to_owned(), 1883)
        );
        assert_eq!(address("[::1]:1883").unwrap(), ("::1".to_owned(), 1883));
        for wrong in ["a.example", "a.example:65536", ""] {
            assert!(
                address(wrong)
                    .unwrap_err()
                    .to_string()
                    .contains("host:port"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_kit_is_what_the_hub_reads() {
        let folder = tempfile::tempdir().unwrap();
        let township = Township::new(1, Size::SMALL, jiff::civil::date(2026, 4, 14));
        let plan = Plan {
            first_day: township.end,
            check_up_from: None,
        };
        write_kit(folder.path(), &township, plan, Some(3)).unwrap();
        let text = std::fs::read_to_string(folder.path().join("roster.toml")).unwrap();
        let read: RosterFile = toml::from_str(&text).unwrap();
        read.check().unwrap();
        assert_eq!(
            read,
            roster(&township, crate::demo::calendar::moment(plan.first_day, 0))
        );
        let text = std::fs::read_to_string(folder.path().join("accounts.toml")).unwrap();
        let read: toml::Table = toml::from_str(&text).unwrap();
        let accounts = read["broker"]["accounts"].as_array().unwrap();
        assert_eq!(accounts.len(), township.devices.len());
        let one: crate::sources::broker::AccountSettings = accounts[0].clone().try_into().unwrap();
        crate::sources::broker::Account::from_settings(&one).unwrap();
    }
}
