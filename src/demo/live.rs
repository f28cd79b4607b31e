//! The township now: its devices measure as the clock goes and speak MQTT to a broker.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::afflict::{Afflictions, Outgoing};
use super::chronicle::{Chronicle, Plan};
use super::device::DeviceIx;
use super::faults::{Fault, FaultSwitch};
use super::line::{Dial, Line};
use super::message::Message;
use super::township::Township;
use super::truth::{TruthFile, acknowledged_line, measured_line, sent_line};
use crate::vitals::{Clock, Moment};

/// How often the clock is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Where the devices find their broker.
#[derive(Debug, Clone)]
pub struct BrokerAddress {
    pub host: String,
    pub port: u16,
    /// From what the devices' passwords are made ([`super::Device::password`]);
    /// `None` for a broker without accounts.
    pub secret: Option<u64>,
}

/// A township about to live.
pub struct Live {
    pub township: Arc<Township>,
    pub plan: Plan,
    /// Messages sent before this are already told (the history, an earlier run).
    pub from: Moment,
    pub clock: Arc<dyn Clock>,
    pub faults: Arc<FaultSwitch>,
    pub broker: BrokerAddress,
    pub truth: Option<TruthFile>,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lived {
    /// The clock when it was last looked at: everything up to here has happened.
    pub until: Moment,
    /// Messages handed to the devices' connections.
    pub sent: usize,
    /// Messages a broker acknowledged.
    pub acknowledged: usize,
}

impl Live {
    /// Connects the devices. Needs a running tokio.
    pub fn start(self) -> Living {
        let (acknowledged, acknowledgements) = mpsc::unbounded_channel();
        let hang_up = CancellationToken::new();
        let mut lines = JoinSet::new();
        let mut devices = BTreeMap::new();
        for device in &self.township.devices {
            let (inbox, messages) = mpsc::unbounded_channel();
            let (away, is_away) = watch::channel(false);
            let dial = Dial {
                host: self.broker.host.clone(),
                port: self.broker.port,
                user: device.id.clone(),
                password: self.broker.secret.map(|secret| device.password(secret)),
            };
            let told = acknowledged.clone();
            lines.spawn(Line::new(dial, messages, is_away, told, hang_up.clone()).run());
            devices.insert(device.ix, Connected { inbox, away });
        }
        let from = self.from;
        let chronicle = Chronicle::new(self.township.clone(), self.plan);
        let coming: Coming = Box::new(chronicle.skip_while(move |m| m.sent_at < from));
        Living {
            coming: coming.peekable(),
            afflictions: Afflictions::new(self.township.clone()),
            waiting: BTreeMap::new(),
            handed: 0,
            live: self,
            devices,
            lines,
            hang_up,
            acknowledgements,
            lived: Lived {
                until: from,
                sent: 0,
                acknowledged: 0,
            },
        }
    }

    /// Lives as the clock goes until `stop`; then gives the connections `grace` to empty the devices' memories.
    ///
    /// # Errors
    /// What the file system says about the truth file.
    pub async fn run(self, stop: CancellationToken, grace: Duration) -> io::Result<Lived> {
        let clock = self.clock.clone();
        let mut living = self.start();
        while !stop.is_cancelled() {
            living.step(clock.now())?;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(GLANCE) => {}
            }
        }
        living.end(grace).await
    }
}

/// The driver's end of a device's connection.
struct Connected {
    inbox: mpsc::UnboundedSender<Outgoing>,
    away: watch::Sender<bool>,
}

type Coming = Box<dyn Iterator<Item = Message> + Send>;

/// A township that lives: its devices are connected, and what is due happens at each [`Living::step`].
pub struct Living {
    live: Live,
    coming: std::iter::Peekable<Coming>,
    afflictions: Afflictions,
    /// Measured, to be sent later: by moment and order.
    waiting: BTreeMap<(Moment, u64), Outgoing>,
    handed: u64,
    devices: BTreeMap<DeviceIx, Connected>,
    lines: JoinSet<usize>,
    hang_up: CancellationToken,
    acknowledgements: mpsc::UnboundedReceiver<Outgoing>,
    lived: Lived,
}

impl Living {
    /// When the next thing happens by itself: a measurement, or a message that was held back.
    pub fn next_at(&mut self) -> Option<Moment> {
        let coming = self.coming.peek().map(|message| message.sent_at);
        let waiting = self.waiting.keys().next().map(|(at, _)| *at);
        coming.into_iter().chain(waiting).min()
    }

    /// Lets everything happen that is due at `now`.
    ///
    /// # Errors
    /// What the file system says about the truth file.
    pub fn step(&mut self, now: Moment) -> io::Result<()> {
        self.lived.until = now;
        while let Some(message) = self.coming.next_if(|message| message.sent_at <= now) {
            self.measured(message)?;
        }
        let devices: Vec<DeviceIx> = self.devices.keys().copied().collect();
        for device in devices {
            let faults = self.live.faults.of(device);
            for outgoing in self.afflictions.release(device, &faults, now) {
                self.wait(outgoing);
            }
            self.reach(device, &faults);
        }
        while let Some(entry) = self.waiting.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let outgoing = entry.remove();
            self.hand_over(outgoing)?;
        }
        self.note_acknowledgements()?;
        self.flush()
    }

    fn measured(&mut self, message: Message) -> io::Result<()> {
        let faults = self.live.faults.of(message.device);
        let message = self.afflictions.really(message, &faults);
        if let Some(truth) = &mut self.live.truth {
            truth.write(measured_line(&self.live.township, &message, &faults).as_ref())?;
        }
        for outgoing in self.afflictions.pass(message, &faults) {
            self.wait(outgoing);
        }
        Ok(())
    }

    fn wait(&mut self, outgoing: Outgoing) {
        self.handed += 1;
        self.waiting
            .insert((outgoing.send_at, self.handed), outgoing);
    }

    fn hand_over(&mut self, outgoing: Outgoing) -> io::Result<()> {
        if let Some(truth) = &mut self.live.truth {
            truth.write([&sent_line(&self.live.township, &outgoing)])?;
        }
        if let Some(device) = self.devices.get(&outgoing.device)
            && device.inbox.send(outgoing).is_ok()
        {
            self.lived.sent += 1;
        }
        Ok(())
    }

    /// Lets the device reach its broker, or not.
    fn reach(&mut self, device: DeviceIx, faults: &BTreeSet<Fault>) {
        let away = faults.contains(&Fault::BrokerAway);
        if let Some(device) = self.devices.get(&device) {
            device
                .away
                .send_if_modified(|was| std::mem::replace(was, away) != away);
        }
    }

    fn note_acknowledgements(&mut self) -> io::Result<()> {
        while let Ok(outgoing) = self.acknowledgements.try_recv() {
            self.note(&outgoing)?;
        }
        Ok(())
    }

    fn note(&mut self, outgoing: &Outgoing) -> io::Result<()> {
        self.lived.acknowledged += 1;
        match &mut self.live.truth {
            Some(truth) => truth.write([&acknowledged_line(&self.live.township, outgoing)]),
            None => Ok(()),
        }
    }

    /// Waits until the broker acknowledged all that was handed over: for ever, while it cannot be reached.
    ///
    /// # Errors
    /// What the file system says about the truth file.
    pub async fn all_acknowledged(&mut self) -> io::Result<()> {
        while self.lived.acknowledged < self.lived.sent {
            let Some(outgoing) = self.acknowledgements.recv().await else {
                return Ok(());
            };
            self.note(&outgoing)?;
        }
        Ok(())
    }

    /// Gives the connections `grace` to empty the devices' memories, then hangs up.
    ///
    /// # Errors
    /// What the file system says about the truth file.
    pub async fn end(mut self, grace: Duration) -> io::Result<Lived> {
        let said = tokio::time::timeout(grace, self.all_acknowledged()).await;
        self.hang_up.cancel();
        while self.lines.join_next().await.is_some() {}
        said.unwrap_or(Ok(()))?;
        self.note_acknowledgements()?;
        self.flush()?;
        Ok(self.lived)
    }

    /// What happened until now.
    pub fn lived(&self) -> Lived {
        self.lived
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.live.truth {
            Some(truth) => truth.flush(),
            None => Ok(()),
        }
    }
}
