//! How listening by Bluetooth stands: what the operator's and the devices' pages show.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::radio::Trouble;
use crate::vitals::Moment;

/// All of it at one moment. Counts are since the start of the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BluetoothStanding {
    /// Name and address of the adapter, while it works.
    pub adapter: Option<String>,
    /// Adapters that are there beside it and not used.
    pub others: Vec<String>,
    /// Why none does.
    pub trouble: Option<Trouble>,
    /// Since when it works, or does not.
    pub since: Option<Moment>,
    /// When anything at all was last heard.
    pub heard_at: Option<Moment>,
    /// Advertisements of devices that are not enrolled: heard, counted, never connected to.
    pub strangers_heard: u64,
    /// Times that scanning stood still and began anew.
    pub scans_restarted: u64,
    /// Times that an adapter came back.
    pub reopened: u64,
    /// By identity address.
    pub devices: BTreeMap<String, DeviceStanding>,
}

/// What the hub is doing with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Doing {
    #[default]
    Waiting,
    Connecting,
    Talking,
}

impl Doing {
    /// The key of its text.
    pub fn word(self) -> &'static str {
        match self {
            Doing::Waiting => "waiting",
            Doing::Connecting => "connecting",
            Doing::Talking => "talking",
        }
    }
}

/// One enrolled device. Counts are since the start of the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceStanding {
    pub doing: Doing,
    pub heard_at: Option<Moment>,
    pub connections: u64,
    pub failures: u64,
    /// Failures in a row.
    pub failed_in_a_row: u32,
    pub values: u64,
    /// Values handed to the journal and not on disk yet.
    pub waiting_for_disk: u64,
    /// Values the journal did not take because the hub was stopping.
    pub not_kept: u64,
    pub records_missing: u64,
    /// Its profile is not in the profiles' folder: it is not spoken to.
    pub without_profile: bool,
}

/// The standing, shared by everybody who changes it.
pub(super) type Shared = Arc<Mutex<BluetoothStanding>>;

pub(super) fn lock(standing: &Shared) -> MutexGuard<'_, BluetoothStanding> {
    // A panic elsewhere cannot leave the counters half-changed in a way that matters.
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}
