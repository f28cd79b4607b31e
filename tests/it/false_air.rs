//! An air that is none: devices made of a few lines each, heard and spoken to through the hub's own trait.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use eldercare_hub::decode::gatt::Characteristic;
use eldercare_hub::sources::bluetooth::radio::Values;
use eldercare_hub::sources::bluetooth::{
    Adapter, Heard, Link, LinkTrouble, Nearby, Opened, PairTrouble, Radio, Trouble,
};
use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::UnboundedReceiverStream;

/// What a false device does when it is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connects {
    Yes,
    /// `connect` never returns.
    Hangs,
    /// Refused at once.
    Refused,
    /// It comes and goes; `connect` never returns, as with BlueZ.
    Leaves,
}

type Sent = (Characteristic, Vec<u8>);
type Answer = Box<dyn FnMut(Characteristic, &[u8]) -> Vec<Sent> + Send>;

/// One device, as tests set it up.
pub struct FalseDevice {
    pub connects: Connects,
    pub bonded: bool,
    pub offers: BTreeSet<Characteristic>,
    pub reads: BTreeMap<Characteristic, Vec<u8>>,
    /// What it sends when it is subscribed to or written to (a written value is not empty).
    pub answer: Answer,
    /// What it sends while it is being connected to.
    pub at_once: Vec<Sent>,
    /// That is lost when it was not subscribed to before.
    pub waits_for_nobody: bool,
    subscribed: bool,
    /// It leaves once it has sent everything that was asked for.
    pub leaves: bool,
    connected: bool,
    /// Everything that was done to it, in order.
    pub log: Vec<String>,
    values: Vec<mpsc::UnboundedSender<(Result<Characteristic, String>, Vec<u8>)>>,
}

impl FalseDevice {
    pub fn new(offers: &[Characteristic]) -> Self {
        FalseDevice {
            connects: Connects::Yes,
            bonded: false,
            offers: offers.iter().copied().collect(),
            reads: BTreeMap::new(),
            answer: Box::new(|_, _| Vec::new()),
            at_once: Vec::new(),
            waits_for_nobody: false,
            subscribed: false,
            leaves: false,
            connected: false,
            log: Vec::new(),
            values: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Inside {
    devices: Mutex<BTreeMap<String, FalseDevice>>,
    heard: Mutex<Option<mpsc::UnboundedSender<Heard>>>,
    troubles: Mutex<VecDeque<Trouble>>,
    scanning: Mutex<bool>,
    log: Mutex<Vec<String>>,
    /// Something was done.
    done: Notify,
}

/// The whole air. Cheap to clone: the test holds one, the hub another.
#[derive(Clone, Default)]
pub struct FalseAir {
    inside: Arc<Inside>,
}

impl FalseAir {
    pub fn add(&self, address: &str, device: FalseDevice) {
        self.inside
            .devices
            .lock()
            .unwrap()
            .insert(address.to_owned(), device);
    }

    pub fn with<T>(&self, address: &str, work: impl FnOnce(&mut FalseDevice) -> T) -> T {
        let mut devices = self.inside.devices.lock().unwrap();
        work(devices.get_mut(address).expect("a device of this test"))
    }

    /// The next attempts to open the adapter end so.
    pub fn trouble(&self, troubles: &[Trouble]) {
        self.inside.troubles.lock().unwrap().extend(troubles);
    }

    pub fn say(&self, heard: Heard) {
        if let Some(ear) = &*self.inside.heard.lock().unwrap() {
            let _ = ear.send(heard);
        }
    }

    pub fn advertise(&self, address: &str) {
        self.say(Heard::Advertised {
            address: address.to_owned(),
        });
    }

    /// The device ends the connection.
    pub fn leave(&self, address: &str) {
        self.with(address, |device| device.connected = false);
        self.say(Heard::Left {
            address: address.to_owned(),
        });
    }

    pub fn send(&self, address: &str, characteristic: Characteristic, bytes: &[u8]) {
        self.with(address, |device| device.send(characteristic, bytes));
    }

    pub fn stop_scanning_without_a_word(&self) {
        *self.inside.scanning.lock().unwrap() = false;
    }

    pub fn log(&self, address: &str) -> Vec<String> {
        self.with(address, |device| device.log.clone())
    }

    /// What was done to the adapter.
    pub fn adapter_log(&self) -> Vec<String> {
        self.inside.log.lock().unwrap().clone()
    }

    /// Waits until the log of a device holds `entry` at least `times`.
    pub async fn until(&self, address: &str, entry: &str, times: usize) {
        let wait = async {
            loop {
                let done = self.inside.done.notified();
                let count = self
                    .log(address)
                    .iter()
                    .filter(|line| line.starts_with(entry))
                    .count();
                if count >= times {
                    return;
                }
                done.await;
            }
        };
        let limit = tokio::time::Duration::from_secs(3600);
        if tokio::time::timeout(limit, wait).await.is_err() {
            panic!("never {entry:?} {times} times: {:?}", self.log(address));
        }
    }

    pub async fn until_adapter(&self, entry: &str, times: usize) {
        let wait = async {
            loop {
                let done = self.inside.done.notified();
                let log = self.adapter_log();
                if log.iter().filter(|line| *line == entry).count() >= times {
                    return;
                }
                done.await;
            }
        };
        let limit = tokio::time::Duration::from_secs(3600);
        if tokio::time::timeout(limit, wait).await.is_err() {
            panic!("never {entry:?} {times} times: {:?}", self.adapter_log());
        }
    }

    fn note(&self, what: &str) {
        self.inside.log.lock().unwrap().push(what.to_owned());
        self.inside.done.notify_waiters();
    }

    fn did(&self, address: &str, what: String) {
        self.with(address, |device| device.log.push(what));
        self.inside.done.notify_waiters();
    }
}

impl FalseDevice {
    fn send(&mut self, characteristic: Characteristic, bytes: &[u8]) {
        self.values
            .retain(|ear| ear.send((Ok(characteristic), bytes.to_vec())).is_ok());
    }

    fn answers(&mut self, to: Characteristic, bytes: &[u8]) {
        for (characteristic, value) in (self.answer)(to, bytes) {
            self.send(characteristic, &value);
        }
    }
}

impl Radio for FalseAir {
    type Adapter = FalseAir;

    async fn open(&self) -> Result<Opened<FalseAir>, Trouble> {
        self.note("open");
        if let Some(trouble) = self.inside.troubles.lock().unwrap().pop_front() {
            return Err(trouble);
        }
        let (ear, heard) = mpsc::unbounded_channel();
        *self.inside.heard.lock().unwrap() = Some(ear);
        for device in self.inside.devices.lock().unwrap().values_mut() {
            device.connected = false;
            device.subscribed = false;
            device.values.clear();
        }
        Ok(Opened {
            adapter: self.clone(),
            name: "hci7 (00:11:22:33:44:55)".to_owned(),
            others: Vec::new(),
            heard: UnboundedReceiverStream::new(heard).boxed(),
        })
    }
}

impl Adapter for FalseAir {
    type Link = FalseLink;

    async fn scan(&self) -> Result<(), Trouble> {
        *self.inside.scanning.lock().unwrap() = true;
        self.note("scan");
        Ok(())
    }

    async fn stop_scan(&self) {
        *self.inside.scanning.lock().unwrap() = false;
    }

    async fn is_scanning(&self) -> bool {
        *self.inside.scanning.lock().unwrap()
    }

    async fn link(&self, address: &str) -> Result<FalseLink, LinkTrouble> {
        if !self.inside.devices.lock().unwrap().contains_key(address) {
            return Err(LinkTrouble::Unknown);
        }
        Ok(FalseLink {
            air: self.clone(),
            address: address.to_owned(),
        })
    }

    async fn nearby(&self) -> Vec<Nearby> {
        let devices = self.inside.devices.lock().unwrap();
        devices
            .keys()
            .map(|address| Nearby {
                address: address.clone(),
                rssi: Some(-50),
                ..Nearby::default()
            })
            .collect()
    }

    async fn pair(&self, address: &str) -> Result<(), PairTrouble> {
        self.did(address, "pair".to_owned());
        self.with(address, |device| device.bonded = true);
        Ok(())
    }

    async fn forget(&self, address: &str) -> Result<(), Trouble> {
        self.did(address, "forget".to_owned());
        self.with(address, |device| device.bonded = false);
        Ok(())
    }
}

#[derive(Clone)]
pub struct FalseLink {
    air: FalseAir,
    address: String,
}

impl Link for FalseLink {
    async fn values(&self) -> Result<Values, LinkTrouble> {
        let (ear, values) = mpsc::unbounded_channel();
        self.air
            .with(&self.address, |device| device.values.push(ear));
        Ok(UnboundedReceiverStream::new(values).boxed())
    }

    async fn connect(&self) -> Result<(), LinkTrouble> {
        self.air.did(&self.address, "connect".to_owned());
        let connects = self.air.with(&self.address, |device| device.connects);
        match connects {
            Connects::Yes | Connects::Leaves => {}
            Connects::Refused => return Err(LinkTrouble::Refused { att: None }),
            Connects::Hangs => std::future::pending().await,
        }
        self.air.say(Heard::Arrived {
            address: self.address.clone(),
        });
        self.air.with(&self.address, |device| {
            device.connected = true;
            for (characteristic, bytes) in std::mem::take(&mut device.at_once) {
                if device.subscribed || !device.waits_for_nobody {
                    device.send(characteristic, &bytes);
                }
            }
        });
        if connects == Connects::Leaves {
            self.air.leave(&self.address);
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn disconnect(&self) {
        self.air.did(&self.address, "disconnect".to_owned());
        self.air.leave(&self.address);
    }

    async fn offers(&self) -> Result<BTreeSet<Characteristic>, LinkTrouble> {
        Ok(self.air.with(&self.address, |device| device.offers.clone()))
    }

    async fn is_connected(&self) -> bool {
        self.air.with(&self.address, |device| device.connected)
    }

    async fn is_bonded(&self) -> bool {
        self.air.with(&self.address, |device| device.bonded)
    }

    async fn read(&self, characteristic: Characteristic) -> Result<Vec<u8>, LinkTrouble> {
        self.air
            .did(&self.address, format!("read {}", characteristic.code()));
        let value = self.air.with(&self.address, |device| {
            device.reads.get(&characteristic).cloned()
        });
        value.ok_or(LinkTrouble::Refused { att: Some(2) })
    }

    async fn subscribe(&self, characteristic: Characteristic) -> Result<(), LinkTrouble> {
        self.air.did(
            &self.address,
            format!("subscribe {}", characteristic.code()),
        );
        self.air.with(&self.address, |device| {
            device.subscribed = true;
            if device.connected {
                device.answers(characteristic, &[]);
            }
        });
        if self.air.with(&self.address, |device| device.leaves) {
            self.air.leave(&self.address);
        }
        Ok(())
    }

    async fn write(
        &self,
        characteristic: Characteristic,
        bytes: Vec<u8>,
    ) -> Result<(), LinkTrouble> {
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        self.air.did(
            &self.address,
            format!("write {} {hex}", characteristic.code()),
        );
        self.air.with(&self.address, |device| {
            device.answers(characteristic, &bytes)
        });
        Ok(())
    }

    async fn write_vendor(&self, uuid: String, _bytes: Vec<u8>) -> Result<(), LinkTrouble> {
        self.air.did(&self.address, format!("vendor {uuid}"));
        Ok(())
    }
}
