//! The watch over the air: one adapter, every enrolled device its conversation, healing by itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use jiff::tz::TimeZone;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::agent::Gate;
use super::conversation::{Common, Conversation, Signal};
use super::pairing::Desk;
use super::radio::{Adapter, Heard, Opened, Radio, Trouble};
use super::settings::Settings;
use super::standing::{BluetoothStanding, Shared, lock};
use crate::decode::gatt::Profiles;
use crate::decode::session::{AllowList, Hearing};
use crate::vitals::{Clock, Inlet};

/// How often it is looked whether scanning goes on.
const LOOK: Duration = Duration::from_secs(10);
/// The first looks after scanning began, seconds: a bluetoothd that has just started takes it back while it
/// sets up its adapter.
const FIRST_LOOKS_S: [u64; 5] = [1, 1, 2, 2, 4];
/// How long BlueZ may take for a plain answer.
const ASK_LIMIT: Duration = Duration::from_secs(10);
/// An adapter that was lost is looked for again after this; bluetoothd comes back within it.
const AGAIN: Duration = Duration::from_secs(1);

/// An enrolled device, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Identity address, upper case with colons.
    pub address: String,
    /// Stem of its profile.
    pub profile: String,
    pub bonded: bool,
}

/// What the watch is built on.
pub struct Parts {
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    /// Zone of the place: device clocks have none.
    pub zone: TimeZone,
    pub profiles: Profiles,
    /// The enrolled devices, whenever they change.
    pub enrolled: watch::Receiver<Vec<Enrolled>>,
    /// What the agent goes by; the radio has the same.
    pub gate: Arc<Gate>,
}

/// What everybody inside needs.
pub(super) struct Inside {
    pub settings: Settings,
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    pub zone: TimeZone,
    pub standing: Shared,
}

/// The running watch. Dropped without [`Watch::stop`], it ends without leaving its devices.
pub struct Watch<R: Radio> {
    stop: CancellationToken,
    task: JoinHandle<()>,
    standing: Shared,
    adapter: watch::Receiver<Option<R::Adapter>>,
    gate: Arc<Gate>,
}

impl<R: Radio> Watch<R> {
    /// Begins to look for the adapter, in a task of its own.
    pub fn start(settings: &Settings, radio: R, parts: Parts) -> Self {
        let standing: Shared = Arc::new(Mutex::new(BluetoothStanding {
            since: Some(parts.clock.now()),
            ..BluetoothStanding::default()
        }));
        let stop = CancellationToken::new();
        let (there, adapter) = watch::channel(None);
        let gate = Arc::clone(&parts.gate);
        let run = Run {
            radio,
            inside: Arc::new(Inside {
                settings: settings.clone(),
                inlet: parts.inlet,
                clock: parts.clock,
                zone: parts.zone,
                standing: Arc::clone(&standing),
            }),
            profiles: parts.profiles,
            enrolled: parts.enrolled,
            gate: parts.gate,
            there,
            adapter: adapter.clone(),
            allowed: Arc::default(),
            connecting: Arc::new(Semaphore::new(settings.connecting)),
            stop: stop.clone(),
            devices: HashMap::new(),
        };
        Watch {
            stop,
            task: tokio::spawn(run.run()),
            standing,
            adapter,
            gate,
        }
    }

    /// How it stands now; cheap to hold and to call.
    pub fn standing(&self) -> impl Fn() -> BluetoothStanding + Send + Sync + Clone + 'static {
        let standing = Arc::clone(&self.standing);
        move || lock(&standing).clone()
    }

    /// What staff do with the radio.
    pub fn desk(&self, profiles: Profiles) -> Desk<R::Adapter> {
        Desk::new(self.adapter.clone(), Arc::clone(&self.gate), profiles)
    }

    /// Leaves the devices, keeps what they still send, and ends.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // A panic in the task was reported by tokio; there is nothing left to stop then.
        let _ = (&mut self.task).await;
    }
}

impl<R: Radio> Drop for Watch<R> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A device's conversation, running.
struct Running {
    profile: String,
    signals: mpsc::UnboundedSender<Signal>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct Run<R: Radio> {
    radio: R,
    inside: Arc<Inside>,
    profiles: Profiles,
    enrolled: watch::Receiver<Vec<Enrolled>>,
    gate: Arc<Gate>,
    there: watch::Sender<Option<R::Adapter>>,
    adapter: watch::Receiver<Option<R::Adapter>>,
    allowed: Arc<Mutex<AllowList>>,
    connecting: Arc<Semaphore>,
    stop: CancellationToken,
    devices: HashMap<String, Running>,
}

/// Why listening to an adapter ended.
enum Over {
    Stopped,
    Lost(Trouble),
}

impl<R: Radio> Run<R> {
    async fn run(mut self) {
        self.enrol();
        loop {
            let opened = tokio::select! {
                opened = timeout(ASK_LIMIT * 3, self.radio.open()) => {
                    opened.unwrap_or(Err(Trouble::Refused))
                }
                () = self.stop.cancelled() => break,
            };
            let wait = match opened {
                Ok(opened) => match self.listen(opened).await {
                    Over::Stopped => break,
                    Over::Lost(trouble) => {
                        self.no_radio(trouble);
                        AGAIN
                    }
                },
                Err(trouble) => {
                    self.no_radio(trouble);
                    self.inside.settings.retry()
                }
            };
            if !self.wait_out(wait).await {
                break;
            }
        }
        for (_, device) in self.devices.drain() {
            device.stop.cancel();
            let _ = device.task.await;
        }
        self.there.send_replace(None);
    }

    /// Waits before looking again; enrolments go on meanwhile. `false` when the hub stops.
    async fn wait_out(&mut self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return true,
                () = self.stop.cancelled() => return false,
                changed = self.enrolled.changed() => match changed {
                    Ok(()) => self.enrol(),
                    Err(_) => sleep(wait).await,
                },
            }
        }
    }

    /// No adapter: told once, looked for again and again.
    fn no_radio(&self, trouble: Trouble) {
        self.there.send_replace(None);
        let mut standing = lock(&self.inside.standing);
        if standing.trouble != Some(trouble) {
            tracing::warn!(
                trouble = trouble.word(),
                "no Bluetooth; the hub goes on without"
            );
            standing.since = Some(self.inside.clock.now());
        }
        standing.adapter = None;
        standing.trouble = Some(trouble);
        metrics::gauge!("bluetooth_ready").set(0.0);
    }

    fn ready(&self, opened: &Opened<R::Adapter>) {
        tracing::info!(adapter = %opened.name, "Bluetooth is ready");
        metrics::gauge!("bluetooth_ready").set(1.0);
        {
            let mut standing = lock(&self.inside.standing);
            standing.reopened += u64::from(standing.trouble.is_some());
            standing.adapter = Some(opened.name.clone());
            standing.others.clone_from(&opened.others);
            standing.trouble = None;
            standing.since = Some(self.inside.clock.now());
        }
        self.there.send_replace(Some(opened.adapter.clone()));
    }

    /// Listens until the adapter is lost or the hub stops.
    async fn listen(&mut self, opened: Opened<R::Adapter>) -> Over {
        let adapter = opened.adapter.clone();
        if let Err(trouble) = scan(&adapter).await {
            return Over::Lost(trouble);
        }
        self.ready(&opened);
        let mut heard = opened.heard;
        let mut looks = FIRST_LOOKS_S.iter().map(|s| Duration::from_secs(*s));
        let mut look = Box::pin(sleep(looks.next().unwrap_or(LOOK)));
        let mut last_heard = Instant::now();
        loop {
            tokio::select! {
                news = heard.next() => match news {
                    Some(Heard::Gone(trouble)) => return Over::Lost(trouble),
                    None => return Over::Lost(Trouble::NoBus),
                    Some(news) => {
                        last_heard = Instant::now();
                        self.heard(news);
                    }
                },
                changed = self.enrolled.changed() => match changed {
                    Ok(()) => self.enrol(),
                    Err(_) => return Over::Stopped,
                },
                () = &mut look => {
                    look.as_mut().reset(Instant::now() + looks.next().unwrap_or(LOOK));
                    let quiet = last_heard.elapsed().as_secs() >= self.inside.settings.quiet_restart_s;
                    if let Err(trouble) = self.look_after_scan(&adapter, quiet).await {
                        return Over::Lost(trouble);
                    }
                    if quiet {
                        last_heard = Instant::now();
                    }
                }
                () = self.stop.cancelled() => {
                    let _ = timeout(Duration::from_secs(1), adapter.stop_scan()).await;
                    return Over::Stopped;
                }
            }
        }
    }

    /// Scanning may stop without a word: then it begins anew.
    async fn look_after_scan(&self, adapter: &R::Adapter, quiet: bool) -> Result<(), Trouble> {
        let scanning = timeout(ASK_LIMIT, adapter.is_scanning())
            .await
            .unwrap_or(false);
        if scanning && !quiet {
            return Ok(());
        }
        if !scanning {
            tracing::warn!("scanning stood still; it begins anew");
            lock(&self.inside.standing).scans_restarted += 1;
            metrics::counter!("bluetooth_scans_restarted_total").increment(1);
        }
        let _ = timeout(ASK_LIMIT, adapter.stop_scan()).await;
        scan(adapter).await
    }

    fn heard(&self, news: Heard) {
        let now = self.inside.clock.now();
        lock(&self.inside.standing).heard_at = Some(now);
        let (address, signal) = match news {
            Heard::Advertised { address } => (address, Signal::Advertised),
            Heard::Arrived { address } => (address, Signal::Arrived),
            Heard::Left { address } => (address, Signal::Left),
            Heard::Gone(_) => return,
        };
        let Some(device) = self.devices.get(&address) else {
            if signal == Signal::Advertised {
                lock(&self.inside.standing).strangers_heard += 1;
            }
            return;
        };
        // Staff are pairing it: nobody else connects to it meanwhile.
        let in_hand = self.gate.in_hand();
        if signal != Signal::Left && in_hand.is_some_and(|(hand, _)| hand == address) {
            return;
        }
        if signal != Signal::Left {
            let mut allowed = self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
            let hearing = allowed.hear(&address);
            // While it is being talked to its advertisements are old ones.
            if signal == Signal::Advertised && !matches!(hearing, Hearing::Connect { .. }) {
                return;
            }
        }
        let _ = device.signals.send(signal);
    }

    /// Brings the conversations to what is enrolled.
    fn enrol(&mut self) {
        let wanted = self.enrolled.borrow_and_update().clone();
        self.gate.set_enrolled(
            wanted
                .iter()
                .map(|device| (device.address.clone(), device.bonded))
                .collect::<BTreeMap<_, _>>(),
        );
        let still = |address: &str, running: &Running| {
            let device = wanted.iter().find(|device| device.address == address);
            device.is_some_and(|device| device.profile == running.profile)
        };
        let ended: Vec<String> = self
            .devices
            .iter()
            .filter(|(address, running)| !still(address, running))
            .map(|(address, _)| address.clone())
            .collect();
        for address in ended {
            if let Some(running) = self.devices.remove(&address) {
                running.stop.cancel();
            }
            self.allowed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .forget(&address);
            lock(&self.inside.standing).devices.remove(&address);
        }
        for device in &wanted {
            if !self.devices.contains_key(&device.address) {
                self.begin(device);
            }
        }
    }

    fn begin(&mut self, device: &Enrolled) {
        let profile = self.profiles.get(&device.profile).cloned();
        lock(&self.inside.standing)
            .devices
            .entry(device.address.clone())
            .or_default()
            .without_profile = profile.is_none();
        let Some(profile) = profile else {
            tracing::error!(device = %device.address, profile = %device.profile, "no such profile; the device is not spoken to");
            return;
        };
        self.allowed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .enrol(&device.address, &device.profile);
        let (signals, inbox) = mpsc::unbounded_channel();
        let stop = self.stop.child_token();
        let common = Common {
            inside: Arc::clone(&self.inside),
            adapter: self.adapter.clone(),
            allowed: Arc::clone(&self.allowed),
            connecting: Arc::clone(&self.connecting),
        };
        let conversation = Conversation::new(&device.address, profile, common, inbox, stop.clone());
        let running = Running {
            profile: device.profile.clone(),
            signals,
            stop,
            task: tokio::spawn(conversation.run()),
        };
        self.devices.insert(device.address.clone(), running);
    }
}

async fn scan<A: Adapter>(adapter: &A) -> Result<(), Trouble> {
    match timeout(ASK_LIMIT, adapter.scan()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(trouble)) => Err(trouble),
        Err(_) => Err(Trouble::NoScan),
    }
}
