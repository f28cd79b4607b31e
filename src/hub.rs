//! Builds every part, starts them in order, stops them in the reverse order, owns the clock.
//! Invariant: the only place that makes a clock or a thread of the program.

pub mod accounts;
pub mod backup;
pub mod demo;
mod demo_profiles;
mod demo_screen;
pub mod device;
mod pages;
mod radio;
pub mod replay;
pub mod roster_import;
pub mod simulate;
mod standing_clock;
pub mod tools;

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};
use tokio::signal::unix::{SignalKind, signal};

use self::pages::Pages;
use crate::config::Checked;
use crate::decode::gatt;
use crate::decode::mapping;
use crate::decode::profile::{ProfileError, ProfileSet};
use crate::journal::{Journal, JournalError, Readers, SealKey, Writer, seal};
use crate::pipeline::profile_folder::ProfileFolder;
use crate::pipeline::{Decoder, InForce, Profiles, Road};
use crate::rules::{RuleTable, TableFault, shipped};
use crate::sources::{broker, http, mqtt, tls::TlsError, topic::covers};
use crate::vitals::{Clock, HintKey};
use crate::web;

/// Longest payload on a topic that no profile names, bytes; it is kept as quarantined in any case.
const UNKNOWN_TOPIC_BYTES: usize = 65_536;

/// Why the hub did not start.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("{path}: {cause}; make the folder and let this user write to it")]
    Folder {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{path} is in use by another hub; stop it first, or name another folder")]
    InUse { path: PathBuf },
    #[error("a profile cannot stand: {0}")]
    Profile(#[from] ProfileError),
    #[error("a profile cannot stand: {0}")]
    Gatt(#[from] gatt::ProfileError),
    #[error("{path} is not the key of the journal beside it; put the key file of its backup back")]
    WrongKey { path: PathBuf },
    #[error("the rules: {0}")]
    Rules(#[from] TableFault),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("cannot listen on {address}: {cause}; free the port or change `web.listen`")]
    Listen {
        address: SocketAddr,
        cause: std::io::Error,
    },
    #[error(
        "{path} is not there; put the key file of the backup's installation there, it is not in the backup"
    )]
    NoKey { path: PathBuf },
    #[error("{path}: {cause}")]
    Key {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error(transparent)]
    MetricsToken(#[from] web::MetricsTokenError),
    #[error("web.tls: {0}")]
    WebTls(#[from] TlsError),
    #[error("the broker: {0}")]
    Broker(#[from] broker::StartError),
    #[error("the line to an external broker: {0}")]
    Line(#[from] mqtt::StartError),
    #[error("the broker: {0}")]
    Account(#[from] broker::AccountError),
    #[error("HTTP ingest: {0}")]
    Ingest(#[from] http::StartError),
    #[error("HTTP ingest: {0}")]
    Source(#[from] http::SourceError),
}

/// The journal's folder, held by this process alone: one writer in the world.
pub struct Folder {
    pub path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if needed and takes it.
    ///
    /// # Errors
    /// [`HubError::InUse`] when another process has it.
    pub fn take(path: &Path) -> Result<Self, HubError> {
        let trouble = |cause| HubError::Folder {
            path: path.to_owned(),
            cause,
        };
        // Names and values lie in there in the clear: a folder made here is this user's alone.
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(trouble)?;
        let lock = File::create(path.join("in-use.lock")).map_err(trouble)?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(std::fs::TryLockError::WouldBlock) => Err(HubError::InUse {
                path: path.to_owned(),
            }),
            Err(std::fs::TryLockError::Error(cause)) => Err(trouble(cause)),
        }
    }
}

/// The two keys of an installation, each in its own file beside the journal.
pub struct Keys {
    pub hint: HintKey,
    pub seal: Arc<SealKey>,
    /// What the journal remembers of each key: its file, its fact, the beginning of its hash.
    proofs: [(PathBuf, &'static str, String); 2],
}

impl Keys {
    /// The files of the keys, in the journal's folder.
    pub const NAMES: [&'static str; 2] = ["hint.key", "seal.key"];

    /// Reads `hint.key` and `seal.key`, or makes them (mode 0600) at the first start.
    pub fn open(folder: &Path) -> Result<Self, HubError> {
        let [hint, seal] = Keys::NAMES.map(|name| {
            let path = folder.join(name);
            seal::key_file(&path, rand::random()).map_err(|cause| HubError::Folder { path, cause })
        });
        Ok(Keys::of(folder, hint?, seal?))
    }

    /// Reads the keys that are there and makes none.
    ///
    /// # Errors
    /// [`HubError::NoKey`].
    pub fn existing(folder: &Path) -> Result<Self, HubError> {
        let [hint, seal] = Keys::NAMES.map(|name| {
            let path = folder.join(name);
            seal::read_key(&path).map_err(|cause| match cause.kind() {
                std::io::ErrorKind::NotFound => HubError::NoKey { path },
                _ => HubError::Key { path, cause },
            })
        });
        Ok(Keys::of(folder, hint?, seal?))
    }

    fn of(folder: &Path, hint: [u8; 32], seal: [u8; 32]) -> Self {
        let proof = |name: &str, fact: &'static str, key: &[u8; 32]| {
            let hash = Sha256::digest([fact.as_bytes(), key].concat());
            let begin = hash[..8].iter().map(|b| format!("{b:02x}")).collect();
            (folder.join(name), fact, begin)
        };
        Keys {
            proofs: [
                proof(Keys::NAMES[0], "hint_key_check", &hint),
                proof(Keys::NAMES[1], "seal_key_check", &seal),
            ],
            hint: HintKey::new(hint),
            seal: Arc::new(SealKey::new(seal)),
        }
    }

    /// Holds the keys against what a copy of a journal remembers, and writes nothing. A journal that never
    /// met a key holds nothing that needs one.
    ///
    /// # Errors
    /// [`HubError::WrongKey`], or the journal's.
    pub fn fit_copy(
        &self,
        known: impl Fn(&str) -> Result<Option<String>, JournalError>,
    ) -> Result<(), HubError> {
        for (path, fact, proof) in &self.proofs {
            if known(fact)?.is_some_and(|known| known != *proof) {
                return Err(HubError::WrongKey { path: path.clone() });
            }
        }
        Ok(())
    }

    /// Holds the keys against what the journal remembers; a journal without a memory takes these.
    ///
    /// # Errors
    /// [`HubError::WrongKey`]: with another key no card would be known and nothing sealed could be opened.
    pub fn fit(&self, writer: &mut Writer) -> Result<(), HubError> {
        writer.transaction(|tx| {
            for (path, fact, proof) in &self.proofs {
                match tx.fact(fact)? {
                    Some(known) if known != *proof => {
                        return Err(HubError::WrongKey { path: path.clone() });
                    }
                    Some(_) => {}
                    None => tx.set_fact(fact, proof)?,
                }
            }
            Ok(())
        })
    }
}

/// The record and its one writer, running.
pub struct Core {
    pub folder: Folder,
    pub road: Arc<Road>,
    pub readers: Arc<Readers>,
    pub seal: Arc<SealKey>,
    pub hint: HintKey,
    /// What every door and the road interpret by.
    pub profiles: Arc<InForce>,
    /// What the program ships; not signed off, so nothing leaves the building by it.
    pub rules: Arc<RuleTable>,
    pub clock: Arc<dyn Clock>,
    /// Where `/metrics` reads from; none when another hub of this process has the recorder.
    pub metrics: Option<PrometheusHandle>,
}

impl Core {
    /// Opens the journal and starts its writer.
    pub fn start(checked: &Checked, clock: Arc<dyn Clock>) -> Result<Self, HubError> {
        let folder = Folder::take(&checked.config.journal.folder)?;
        let keys = Keys::open(&folder.path)?;
        let profiles = InForce::of(ProfileSet::parse(&checked.profile_files)?);
        let decoder: Arc<dyn Decoder> = Arc::new(Profiles {
            set: profiles.clone(),
            gatt: tools::bluetooth_profiles(&checked.profile_files)?,
            key: keys.hint.clone(),
            site: checked.zone.clone(),
        });
        let rules = Arc::new(RuleTable::load(&shipped())?);
        let mut journal = Journal::open(&folder.path, checked.config.journal.readers)?;
        keys.fit(&mut journal.writer)?;
        let road = Road::start(
            journal.writer,
            decoder,
            keys.seal.clone(),
            rules.clone(),
            clock.clone(),
            checked.config.journal.quarantine_days,
            &checked.config.pipeline,
        )
        .map_err(|cause| HubError::Folder {
            path: folder.path.clone(),
            cause,
        })?;
        Ok(Core {
            folder,
            road: Arc::new(road),
            readers: Arc::new(journal.readers),
            seal: keys.seal,
            hint: keys.hint,
            profiles,
            rules,
            clock,
            metrics: PrometheusBuilder::new().install_recorder().ok(),
        })
    }

    /// The configured folder of profiles, for who switches a profile on.
    fn profile_folder(&self, checked: &Checked) -> Arc<ProfileFolder> {
        Arc::new(ProfileFolder::new(
            checked.config.site.profiles.clone(),
            self.profiles.clone(),
            self.hint.clone(),
            checked.zone.clone(),
        ))
    }

    /// Ends the writer after what it holds is on disk.
    pub fn stop(self) {
        self.road.stop();
    }
}

/// The whole hub, running.
pub struct Hub {
    pub core: Core,
    pub broker: Option<broker::Broker>,
    pub ingest: Option<http::Door>,
    lines: Vec<mqtt::Line>,
    radio: Option<radio::Listening>,
    web: Pages,
}

impl Hub {
    /// Starts the doors over a running core. `accounts` come from the settings, or from the demo.
    pub async fn start(
        core: Core,
        checked: &Checked,
        accounts: Vec<broker::Account>,
        demo: Option<web::Demo>,
    ) -> Result<Self, HubError> {
        let broker = match &checked.config.broker {
            Some(settings) => {
                let set = core.profiles.clone();
                let parts = broker::Parts {
                    payload_limit: Arc::new(move |topic| payload_limit(&set.now(), topic)),
                    ..broker::Parts::new(core.road.clone(), core.clock.clone(), accounts)
                };
                Some(broker::Broker::start(settings, parts).await?)
            }
            None => None,
        };
        let mut lines = Vec::new();
        for settings in &checked.config.mqtt {
            let set = core.profiles.clone();
            let parts = mqtt::Parts {
                payload_limit: Arc::new(move |topic| payload_limit(&set.now(), topic)),
                ..mqtt::Parts::new(core.road.clone(), core.clock.clone())
            };
            lines.push(mqtt::Line::start(settings, parts)?);
        }
        let ingest = match &checked.config.ingest {
            Some(settings) => {
                let parts = http::Parts {
                    inlet: core.road.clone(),
                    clock: core.clock.clone(),
                    sources: ingest_sources(checked)?,
                    interpret: interpret(core.profiles.clone(), checked.zone.clone()),
                };
                Some(http::Door::start(settings, parts).await?)
            }
            None => None,
        };
        let radio = radio::Listening::start(&core, checked).await?;
        let doors = web::Doors {
            bluetooth: radio.as_ref().map(|r| Arc::new(r.standing()) as _),
            pairing: radio.as_ref().map(radio::Listening::pairing),
            broker: broker.as_ref().map(|b| Arc::new(b.standing()) as _),
            lines: lines.iter().map(|l| Arc::new(l.standing()) as _).collect(),
            ingest: ingest.as_ref().map(|i| Arc::new(i.standing()) as _),
        };
        let web = Pages::start(&core, checked, doors, demo).await?;
        Ok(Hub {
            core,
            broker,
            ingest,
            lines,
            radio,
            web,
        })
    }

    /// Where the doors are, in words for the person who started the hub.
    pub fn addresses(&self) -> String {
        let mut all = format!("pages: {}", self.web.url());
        if let Some(broker) = &self.broker {
            all.push_str(&format!("   MQTT: {}", broker.address()));
        }
        if let Some(ingest) = &self.ingest {
            all.push_str(&format!("   ingest: {}/ingest/", ingest.url()));
        }
        all
    }

    /// Stops the doors, then the writer: whoever was not answered sends again.
    pub async fn stop(self) {
        if let Some(broker) = self.broker {
            broker.stop().await;
        }
        for line in self.lines {
            line.stop().await;
        }
        if let Some(ingest) = self.ingest {
            ingest.stop().await;
        }
        if let Some(radio) = self.radio {
            radio.stop().await;
        }
        self.web.stop().await;
        let core = self.core;
        let ended = tokio::task::spawn_blocking(move || core.stop()).await;
        if ended.is_err() {
            tracing::error!("the writer did not end in order");
        }
    }
}

/// Returns when Ctrl-C or SIGTERM came.
pub async fn until_told() {
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be heard; stop with Ctrl-C");
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// The accounts of the settings, with their secrets fetched.
pub fn accounts(checked: &Checked) -> Result<Vec<broker::Account>, HubError> {
    let settings = checked.config.broker.iter().flat_map(|b| &b.accounts);
    Ok(settings
        .map(broker::Account::from_settings)
        .collect::<Result<_, _>>()?)
}

/// The HTTP sources of the settings, with their tokens fetched.
pub fn ingest_sources(checked: &Checked) -> Result<Vec<http::Source>, HubError> {
    let settings = checked.config.ingest.iter().flat_map(|i| &i.sources);
    Ok(settings
        .map(http::Source::from_settings)
        .collect::<Result<_, _>>()?)
}

/// What the HTTP door answers by: the profiles and the zone that the road decodes with.
fn interpret(profiles: Arc<InForce>, site: TimeZone) -> http::Interpret {
    Arc::new(move |frame| {
        let set = profiles.now();
        http::Said {
            interpretation: mapping::interpret(&set, frame, &site),
            reply: mapping::reply(&set, frame),
        }
    })
}

/// The longest body that the profiles of a topic take, bytes.
fn payload_limit(set: &ProfileSet, topic: &str) -> usize {
    set.profiles()
        .iter()
        .filter(|p| p.topics.iter().any(|t| covers(&t.subscription(), topic)))
        .map(|p| p.limits.payload_bytes as usize)
        .max()
        .unwrap_or(UNKNOWN_TOPIC_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_not_opened_with_another_key() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), 1).unwrap();
        let keys = || Keys::open(dir.path()).unwrap();
        keys().fit(&mut journal.writer).unwrap();
        keys().fit(&mut journal.writer).unwrap();
        for name in ["hint.key", "seal.key"] {
            let path = dir.path().join(name);
            let key = std::fs::read(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            let said = keys().fit(&mut journal.writer).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains("backup"), "{said}");
            std::fs::write(&path, key).unwrap();
            keys().fit(&mut journal.writer).unwrap();
        }
    }
}
