//! Bluetooth between the journal and the air: who is enrolled goes there, as the journal says it.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Core, HubError, tools};
use crate::config::Checked;
use crate::decode::gatt::Profiles;
use crate::journal::{Bond, JournalError, Readers};
use crate::pipeline::Road;
use crate::sources::bluetooth::bluez::BluezRadio;
use crate::sources::bluetooth::{BluetoothStanding, Enrolled, Gate, Pairing, Parts, Watch};

/// The watch over the air, and what tells it who is enrolled.
pub(super) struct Listening {
    watch: Watch<BluezRadio>,
    follow: JoinHandle<()>,
    profiles: Profiles,
}

impl Listening {
    /// Begins to listen, where the settings say so. No adapter is no reason not to start.
    pub async fn start(core: &Core, checked: &Checked) -> Result<Option<Self>, HubError> {
        let Some(settings) = checked.config.bluetooth.as_ref().filter(|b| b.enabled) else {
            return Ok(None);
        };
        let first = enrolled(&core.readers)?;
        let (told, enrolled) = watch::channel(first);
        let gate = Arc::new(Gate::new(settings.passkey_s));
        let profiles = tools::bluetooth_profiles(&checked.profile_files)?;
        let parts = Parts {
            inlet: core.road.clone(),
            clock: core.clock.clone(),
            zone: checked.zone.clone(),
            profiles: profiles.clone(),
            enrolled,
            gate: Arc::clone(&gate),
        };
        let radio = BluezRadio::new(settings, gate);
        Ok(Some(Listening {
            watch: Watch::start(settings, radio, parts),
            follow: tokio::spawn(follow(core.road.clone(), core.readers.clone(), told)),
            profiles,
        }))
    }

    /// How it stands now.
    pub fn standing(&self) -> impl Fn() -> BluetoothStanding + Send + Sync + Clone + 'static {
        self.watch.standing()
    }

    /// What staff do with the radio.
    pub fn pairing(&self) -> Arc<dyn Pairing> {
        Arc::new(self.watch.desk(self.profiles.clone()))
    }

    /// Leaves the devices and ends.
    pub async fn stop(self) {
        self.watch.stop().await;
        self.follow.abort();
    }
}

fn enrolled(readers: &Readers) -> Result<Vec<Enrolled>, JournalError> {
    let lines = readers.read(|snapshot| snapshot.radio_lines())?;
    Ok(lines
        .into_iter()
        .map(|line| Enrolled {
            address: line.address,
            profile: line.profile,
            bonded: line.bond != Bond::None,
        })
        .collect())
}

/// Looks after each commit whether somebody else is enrolled.
async fn follow(road: Arc<Road>, readers: Arc<Readers>, told: watch::Sender<Vec<Enrolled>>) {
    let mut progress = road.progress();
    while progress.changed().await.is_ok() {
        let readers = Arc::clone(&readers);
        let now = tokio::task::spawn_blocking(move || enrolled(&readers)).await;
        match now {
            Ok(Ok(now)) => {
                told.send_if_modified(|before| {
                    let other = *before != now;
                    *before = now;
                    other
                });
            }
            Ok(Err(error)) => tracing::error!(%error, "who is enrolled could not be read"),
            Err(_) => return,
        }
    }
}
