//! What the hub needs of a radio. BlueZ is one; tests bring another, so both ends can be held.

use std::collections::BTreeSet;
use std::future::Future;

use futures_util::stream::BoxStream;

use crate::decode::gatt::Characteristic;

/// Why there is no radio, or it does not do its work. What is said in plain words on the operator's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// No system D-Bus to ask.
    NoBus,
    /// `bluetoothd` is not running.
    NoDaemon,
    /// This user may not speak to `bluetoothd`.
    Denied,
    /// No adapter in this machine, or it was taken out.
    NoAdapter,
    /// Adapters are there, and none is the configured one.
    OtherAdapter,
    /// Switched off, and it could not or may not be switched on.
    PoweredOff,
    /// It does not begin to scan.
    NoScan,
    /// Anything else `bluetoothd` answered.
    Refused,
}

impl Trouble {
    pub const ALL: [Trouble; 8] = [
        Trouble::NoBus,
        Trouble::NoDaemon,
        Trouble::Denied,
        Trouble::NoAdapter,
        Trouble::OtherAdapter,
        Trouble::PoweredOff,
        Trouble::NoScan,
        Trouble::Refused,
    ];

    /// The logged word and the key of its text.
    pub fn word(self) -> &'static str {
        match self {
            Trouble::NoBus => "no_bus",
            Trouble::NoDaemon => "no_daemon",
            Trouble::Denied => "denied",
            Trouble::NoAdapter => "no_adapter",
            Trouble::OtherAdapter => "other_adapter",
            Trouble::PoweredOff => "powered_off",
            Trouble::NoScan => "no_scan",
            Trouble::Refused => "refused",
        }
    }
}

/// What happens in the air, by identity address (upper case with colons).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Advertised {
        address: String,
    },
    /// A connection to it came about, whoever made it.
    Arrived {
        address: String,
    },
    /// The connection is over.
    Left {
        address: String,
    },
    /// The adapter is of no use any more.
    Gone(Trouble),
}

/// An adapter that works, and what it hears.
pub struct Opened<A> {
    pub adapter: A,
    /// Name and address, for the page.
    pub name: String,
    /// Adapters that are there beside it and not used, named like it.
    pub others: Vec<String>,
    pub heard: BoxStream<'static, Heard>,
}

/// Where adapters come from.
pub trait Radio: Send + Sync + 'static {
    type Adapter: Adapter;

    /// Finds the configured adapter and makes it ready, the agent that answers for the hub included.
    ///
    /// # Errors
    /// Why there is none; tried again later.
    fn open(&self) -> impl Future<Output = Result<Opened<Self::Adapter>, Trouble>> + Send;
}

/// A device heard nearby, for the page where devices are added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nearby {
    pub address: String,
    pub name: Option<String>,
    /// dBm; none when it is not heard now.
    pub rssi: Option<i16>,
    /// 16-bit services it offers, as four hex digits; others as whole UUIDs.
    pub services: Vec<String>,
    pub bonded: bool,
}

/// Why pairing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PairTrouble {
    /// Wrong digits, or the device refused.
    Refused,
    /// It did not answer in time.
    NoAnswer,
    /// It is not there (any more).
    NotThere,
    /// Staff or the other side ended it.
    Cancelled,
    /// Another device is being paired.
    Busy,
    /// There is no adapter that works.
    NoRadio,
    /// Anything else.
    Failed,
}

impl PairTrouble {
    pub const ALL: [PairTrouble; 7] = [
        PairTrouble::Refused,
        PairTrouble::NoAnswer,
        PairTrouble::NotThere,
        PairTrouble::Cancelled,
        PairTrouble::Busy,
        PairTrouble::NoRadio,
        PairTrouble::Failed,
    ];

    /// The logged word and the key of its text.
    pub fn word(self) -> &'static str {
        match self {
            PairTrouble::Refused => "refused",
            PairTrouble::NoAnswer => "no_answer",
            PairTrouble::NotThere => "not_there",
            PairTrouble::Cancelled => "cancelled",
            PairTrouble::Busy => "busy",
            PairTrouble::NoRadio => "no_radio",
            PairTrouble::Failed => "failed",
        }
    }
}

/// One adapter. Cheap to clone.
pub trait Adapter: Clone + Send + Sync + 'static {
    type Link: Link;

    /// Begins to scan, or goes on.
    fn scan(&self) -> impl Future<Output = Result<(), Trouble>> + Send;
    /// Ends scanning; never fails in a way that matters.
    fn stop_scan(&self) -> impl Future<Output = ()> + Send;
    fn is_scanning(&self) -> impl Future<Output = bool> + Send;
    /// What speaks to the device with this identity address.
    fn link(&self, address: &str) -> impl Future<Output = Result<Self::Link, LinkTrouble>> + Send;
    /// Devices heard.
    fn nearby(&self) -> impl Future<Output = Vec<Nearby>> + Send;
    /// Makes a bond; the agent answers what is asked on the way.
    fn pair(&self, address: &str) -> impl Future<Output = Result<(), PairTrouble>> + Send;
    /// Takes the bond and everything cached away.
    fn forget(&self, address: &str) -> impl Future<Output = Result<(), Trouble>> + Send;
}

/// Why speaking to a device failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkTrouble {
    /// The adapter does not know it (any more): it must be heard again.
    Unknown,
    TimeLimit,
    /// The device or BlueZ refused, with the ATT error code where there was one.
    Refused {
        att: Option<u8>,
    },
}

/// Values a device sends by itself, by characteristic; `Err` holds the UUID of one nobody knows.
pub type Values = BoxStream<'static, (Result<Characteristic, String>, Vec<u8>)>;

/// One device. Cheap to clone, good for many connections.
pub trait Link: Clone + Send + Sync + 'static {
    /// What it sends from now on, over all connections.
    fn values(&self) -> impl Future<Output = Result<Values, LinkTrouble>> + Send;
    /// Connects and waits until its services are known.
    fn connect(&self) -> impl Future<Output = Result<(), LinkTrouble>> + Send;
    fn disconnect(&self) -> impl Future<Output = ()> + Send;
    /// What it offers. Before it was asked, values cannot be told apart.
    fn offers(&self) -> impl Future<Output = Result<BTreeSet<Characteristic>, LinkTrouble>> + Send;
    fn is_connected(&self) -> impl Future<Output = bool> + Send;
    fn is_bonded(&self) -> impl Future<Output = bool> + Send;
    fn read(
        &self,
        characteristic: Characteristic,
    ) -> impl Future<Output = Result<Vec<u8>, LinkTrouble>> + Send;
    fn subscribe(
        &self,
        characteristic: Characteristic,
    ) -> impl Future<Output = Result<(), LinkTrouble>> + Send;
    fn write(
        &self,
        characteristic: Characteristic,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), LinkTrouble>> + Send;
    /// Writes to a characteristic of the maker's own.
    fn write_vendor(
        &self,
        uuid: String,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), LinkTrouble>> + Send;
}
