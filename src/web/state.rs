//! What every page needs, built once by `hub`.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::tz::TimeZone;
use metrics_exporter_prometheus::PrometheusHandle;

use super::access::session::SessionLimits;
use super::access::throttle::AddressThrottle;
use super::fonts::Fonts;
use super::live::Live;
use super::refusal::Refusal;
use super::roster::Uploads;
use super::settings::Settings;
use crate::journal::{JournalError, Readers, SealKey, Snapshot};
use crate::pipeline::Road;
use crate::pipeline::profile_folder::ProfileFolder;
use crate::rules::RuleTable;
use crate::sources::bluetooth::{BluetoothStanding, Pairing};
use crate::sources::broker::BrokerStanding;
use crate::sources::http::SourceStanding;
use crate::sources::mqtt::LineStanding;
use crate::sources::secret::Secret;
use crate::vitals::{Clock, HintKey, Moment};

/// The demo's mark on every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demo {
    /// How many times as fast as the wall clock.
    pub speed: u32,
}

/// How the embedded broker stands, asked anew for each page.
pub type BrokerStands = Arc<dyn Fn() -> BrokerStanding + Send + Sync>;
/// How a line to an external broker stands.
pub type LineStands = Arc<dyn Fn() -> LineStanding + Send + Sync>;
/// How the sources of the HTTP door stand.
pub type IngestStands = Arc<dyn Fn() -> Vec<SourceStanding> + Send + Sync>;
/// How listening by Bluetooth stands.
pub type BluetoothStands = Arc<dyn Fn() -> BluetoothStanding + Send + Sync>;

/// The doors by which frames come in, as far as they know themselves.
#[derive(Clone, Default)]
pub struct Doors {
    pub broker: Option<BrokerStands>,
    pub lines: Vec<LineStands>,
    pub ingest: Option<IngestStands>,
    pub bluetooth: Option<BluetoothStands>,
    /// What staff may do with the radio.
    pub pairing: Option<Arc<dyn Pairing>>,
}

/// What `hub` hands over.
pub struct Parts {
    pub settings: Settings,
    pub clock: Arc<dyn Clock>,
    /// The zone in which days begin and hours are written.
    pub zone: TimeZone,
    /// Where the hub stands, as it is written in the bar; may be empty.
    pub place: String,
    pub readers: Arc<Readers>,
    /// The door for people's acts, and the notice of each commit.
    pub road: Arc<Road>,
    /// How the doors stand, for the operator's and the devices' pages.
    pub doors: Doors,
    /// Set in the demo only.
    pub demo: Option<Demo>,
    /// The folder of device profiles, and the set in force.
    pub profiles: Arc<ProfileFolder>,
    /// Under which numbers of cards and persons are hashed.
    pub hint: HintKey,
    /// Limits and sessions; the findings of its rules are not shown while it is not signed off.
    pub rules: Arc<RuleTable>,
    /// Opens payloads that nobody understood, to show their shape.
    pub seal: Arc<SealKey>,
    /// Days such a payload is kept (`journal.quarantine_days`).
    pub quarantine_days: u32,
    /// Lets a collector read `/metrics`.
    pub metrics_token: Option<Secret>,
    /// Where `/metrics` reads from.
    pub metrics: Option<PrometheusHandle>,
}

/// What every page needs. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

/// The parts, and what the pages themselves remember.
pub struct Inner {
    parts: Parts,
    addresses: Mutex<AddressThrottle>,
    /// Held while a password is checked.
    pub sign_in_turn: tokio::sync::Mutex<()>,
    pub live: Live,
    /// Files of persons that wait for a choice.
    pub uploads: Uploads,
    fonts: OnceLock<Fonts>,
}

impl State {
    pub fn new(parts: Parts) -> Self {
        let per_minute = parts.settings.sign_ins_per_minute;
        State(Arc::new(Inner {
            parts,
            addresses: Mutex::new(AddressThrottle::new(per_minute)),
            sign_in_turn: tokio::sync::Mutex::new(()),
            live: Live::new(),
            uploads: Uploads::default(),
            fonts: OnceLock::new(),
        }))
    }

    /// Counts a sign-in from this address; `false` when it must wait.
    pub fn admit(&self, address: IpAddr, now: Moment) -> bool {
        self.0
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .admit(address, now)
    }

    /// The fonts of PNG pictures, looked for at the first picture (a tenth of a second, some megabytes):
    /// call it where blocking is allowed.
    pub(super) fn fonts(&self) -> &Fonts {
        self.0.fonts.get_or_init(Fonts::load)
    }

    /// When sessions end.
    pub fn session_limits(&self) -> SessionLimits {
        SessionLimits {
            idle_minutes: self.settings.idle_minutes,
            session_hours: self.settings.session_hours,
        }
    }

    /// Reads one consistent picture of the journal, where blocking is allowed. Pages call this through
    /// `view` only.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let readers = Arc::clone(&self.readers);
        Ok(self.blocking(move || readers.read(work)).await??)
    }

    /// Runs `work` where blocking is allowed.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(panicked = error.is_panic(), "a page's work did not end");
            Refusal::Unavailable
        })
    }
}

impl Deref for State {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State(..)")
    }
}
