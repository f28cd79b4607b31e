//! One enrolled device: heard, connected to, asked by the session machine, left; over and over.
//!
//! The machine ([`Driver`]) decides what is asked; this task does it. Every value goes to the inlet in the
//! same step in which it came out of the stream, and only then to the machine.

mod ending;
mod keeping;
mod outcome;
mod work;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use jiff::civil;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Duration, Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::place::What;
use super::radio::{Adapter, Link, Values};
use super::standing::{DeviceStanding, lock};
use super::watch::Inside;
use crate::decode::gatt::{Characteristic, Measures, Profile};
use crate::decode::session::{Action, AllowList, Driver, Event, Heard};
use keeping::Keeping;
use work::Done;

/// How often time passes for the machine while a connection is open.
const TICK: Duration = Duration::from_millis(250);
/// How long a device may take to be left; BlueZ itself takes two seconds and more.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);

/// Whether a device sends this by itself, when it is subscribed to.
fn is_sent(characteristic: Characteristic) -> bool {
    matches!(
        characteristic,
        Characteristic::BloodPressureMeasurement
            | Characteristic::IntermediateCuffPressure
            | Characteristic::GlucoseMeasurement
            | Characteristic::GlucoseContext
            | Characteristic::RecordAccess
    )
}

/// What the watch tells the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Advertised,
    Arrived,
    Left,
}

/// What every conversation of one watch shares.
pub(super) struct Common<A: Adapter> {
    pub inside: Arc<Inside>,
    pub adapter: watch::Receiver<Option<A>>,
    pub allowed: Arc<Mutex<AllowList>>,
    /// Connections that may be made at the same time.
    pub connecting: Arc<Semaphore>,
}

/// A connection, from its first attempt to its end.
struct Open {
    began: Instant,
    connected: bool,
    /// The other side came: from now on its leaving counts.
    arrived: bool,
    /// The hub or its adapter went, not the device: it may have had more to say.
    cut: bool,
    bonded: Option<bool>,
    trouble: Option<&'static str>,
    again: u64,
    new: u64,
}

pub(super) struct Conversation<A: Adapter> {
    address: String,
    profile: Profile,
    common: Common<A>,
    signals: mpsc::UnboundedReceiver<Signal>,
    stop: CancellationToken,
    driver: Driver,
    keeping: Keeping,
    link: Option<A::Link>,
    values: Option<Values>,
    work: Option<BoxFuture<'static, Done<A::Link>>>,
    /// Ends after the drain; whether the device is there all the same.
    leaving: Option<BoxFuture<'static, bool>>,
    open: Option<Open>,
    rest: Duration,
    rest_until: Instant,
    last_tick: Instant,
    failures: u32,
    /// Trouble told to the journal, so that it is told once.
    told: Option<&'static str>,
    /// BlueZ has the subscription, and renews it whenever the device comes.
    subscribed: bool,
    /// Device Information kept in this run: it is read at every connection and hardly ever changes.
    known: BTreeMap<Characteristic, Vec<u8>>,
}

impl<A: Adapter> Conversation<A> {
    pub fn new(
        address: &str,
        profile: Profile,
        common: Common<A>,
        signals: mpsc::UnboundedReceiver<Signal>,
        stop: CancellationToken,
    ) -> Self {
        let inside = &common.inside;
        let now = Instant::now();
        Conversation {
            address: address.to_owned(),
            driver: Driver::new(profile.clone(), inside.local_now()),
            keeping: Keeping::new(inside.clone(), address),
            profile,
            signals,
            stop,
            link: None,
            values: None,
            work: None,
            leaving: None,
            open: None,
            rest: Duration::from_secs(inside.settings.rest_s),
            rest_until: now,
            last_tick: now,
            failures: 0,
            told: None,
            subscribed: false,
            known: BTreeMap::new(),
            common,
        }
    }

    pub async fn run(mut self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.look();
        loop {
            let talking = self.open.is_some();
            tokio::select! {
                biased;
                value = next(&mut self.values) => self.value(value),
                signal = self.signals.recv() => match signal {
                    Some(signal) => self.signal(signal),
                    None => break,
                },
                done = ended(&mut self.work) => {
                    self.work = None;
                    self.done(done);
                }
                there = ended(&mut self.leaving) => {
                    self.leaving = None;
                    if !there {
                        self.gone();
                    }
                }
                changed = self.common.adapter.changed() => match changed {
                    Ok(()) => self.adapter_changed(),
                    Err(_) => break,
                },
                _ = tick.tick(), if talking => self.tick(),
                () = self.stop.cancelled() => break,
            }
        }
        self.finish().await;
    }

    /// A value the device sent.
    fn value(&mut self, value: Option<(Result<Characteristic, String>, Vec<u8>)>) {
        let Some((characteristic, bytes)) = value else {
            // The session with D-Bus is over; the adapter's own news follow.
            self.values = None;
            return;
        };
        match characteristic {
            // BlueZ also tells what was read; that is kept by the step that asked for it.
            Ok(characteristic) if !is_sent(characteristic) => return,
            Ok(characteristic) => {
                self.keeping.keep(&What::Value(characteristic), &bytes);
                self.feed(Event::Value {
                    characteristic,
                    bytes,
                });
            }
            Err(uuid) => self.keeping.keep(&What::Unknown(uuid), &bytes),
        }
        self.tell(|device| device.values += 1);
    }

    fn signal(&mut self, signal: Signal) {
        let now = self.common.inside.clock.now();
        self.tell(|device| device.heard_at = Some(now));
        match (signal, &mut self.open) {
            (Signal::Advertised, None) => self.begin(),
            // Connected without being asked: by an earlier run of the hub, or late after an attempt that
            // was given up. Nothing is to be heard of it while it is.
            (Signal::Arrived, None) => self.begin(),
            (Signal::Arrived, Some(open)) => open.arrived = true,
            (Signal::Left, Some(open)) if open.arrived && self.leaving.is_none() => {
                self.leave(true);
            }
            (Signal::Advertised | Signal::Left, _) => {}
        }
    }

    /// Nothing is to be heard of a device that is connected: it is asked once whether it is.
    fn look(&mut self) {
        if let Some(adapter) = self.common.adapter.borrow().clone() {
            let ahead = self.profile.sends_at_once.then(|| self.wanted());
            self.work = Some(Box::pin(work::look(adapter, self.address.clone(), ahead)));
        }
    }

    fn begin(&mut self) {
        let adapter = self.common.adapter.borrow().clone();
        let rested = Instant::now() >= self.rest_until;
        let Some(adapter) = adapter.filter(|_| rested && self.work.is_none()) else {
            self.release();
            return;
        };
        self.take();
        let connecting = Arc::clone(&self.common.connecting);
        let address = self.address.clone();
        let there = self.link.clone().filter(|_| self.values.is_some());
        self.work = Some(Box::pin(work::reach(adapter, address, there, connecting)));
    }

    /// Its advertisements are old ones from now on.
    fn take(&self) {
        let mut allowed = self
            .common
            .allowed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let _ = allowed.hear(&self.address);
    }

    /// The allow-list may let the next advertisement through.
    fn release(&self) {
        let mut allowed = self
            .common
            .allowed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        allowed.left(&self.address);
    }

    /// What the device must offer to be of use.
    fn wanted(&self) -> Characteristic {
        match self.profile.measures {
            Measures::BloodPressure => Characteristic::BloodPressureMeasurement,
            Measures::Glucose => Characteristic::GlucoseMeasurement,
        }
    }

    fn tell(&self, change: impl FnOnce(&mut DeviceStanding)) {
        let mut standing = lock(&self.common.inside.standing);
        change(standing.devices.entry(self.address.clone()).or_default());
    }

    fn tick(&mut self) {
        let passed = self.last_tick.elapsed();
        self.last_tick = Instant::now();
        let ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        self.feed(Event::TimePasses { ms });
    }

    /// Gives the machine an event and does what it answers.
    fn feed(&mut self, event: Event) {
        let now = self.common.inside.local_now();
        self.driver.on(Event::HubTime(now));
        for action in self.driver.on(event) {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        let Some(link) = self.link.clone() else {
            if let Action::Ended(report) = action {
                self.end(&report);
            }
            return;
        };
        match action {
            // Begun by `Done::Reached`, which is what led to it.
            Action::Connect => {}
            Action::Read(characteristic) => {
                self.work = Some(Box::pin(work::read(link, characteristic)));
            }
            Action::Subscribe(characteristic) => {
                self.work = Some(Box::pin(work::subscribe(link, characteristic)));
            }
            Action::Write {
                characteristic:
                    characteristic @ (Characteristic::CurrentTime | Characteristic::DateTime),
                bytes,
            } => {
                // Told before it is done: were it done and not told, older records would be put right
                // by the wrong clock. And only when all that came is on disk.
                self.keeping.keep(&What::ClockSet(characteristic), &bytes);
                let on_disk = self.keeping.on_disk();
                self.work = Some(Box::pin(async move {
                    on_disk.await;
                    work::write(link, characteristic, bytes).await
                }));
            }
            Action::Write {
                characteristic,
                bytes,
            } => self.work = Some(Box::pin(work::write(link, characteristic, bytes))),
            Action::WriteVendor { uuid, bytes } => {
                self.work = Some(Box::pin(work::write_vendor(link, uuid, bytes)));
            }
            Action::Disconnect => {
                self.work = Some(Box::pin(async move {
                    let _ = timeout(LEAVE_LIMIT, link.disconnect()).await;
                    Done::Left
                }));
            }
            Action::Keep { heard, .. } => self.heard(heard),
            Action::Ended(report) => self.end(&report),
        }
    }

    fn heard(&mut self, heard: Heard) {
        let Some(open) = &mut self.open else { return };
        match heard {
            Heard::New => open.new += 1,
            Heard::Again => open.again += 1,
            Heard::Surrounding | Heard::Broken | Heard::Ignored => {}
        }
    }
}

/// The next value; never, where there is no stream.
async fn next(values: &mut Option<Values>) -> Option<(Result<Characteristic, String>, Vec<u8>)> {
    match values {
        Some(values) => values.next().await,
        None => std::future::pending().await,
    }
}

/// The end of a piece of work; never, where there is none.
async fn ended<F: Future + Unpin>(work: &mut Option<F>) -> F::Output {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

impl Inside {
    /// The wall clock of the place.
    pub(super) fn local_now(&self) -> civil::DateTime {
        self.zone.to_datetime(self.clock.now())
    }
}
