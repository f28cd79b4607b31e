//! What staff do with the radio: look who is near, pair, type digits, forget.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep};

use super::agent::{Gate, Wanted};
use super::radio::{Adapter, Nearby, PairTrouble, Trouble};
use crate::decode::gatt::Profiles;

/// A device that was forgotten is heard again within this, if it is there at all.
const HEARD_AGAIN_LIMIT: Duration = Duration::from_secs(30);
const HEARD_AGAIN_LOOK: Duration = Duration::from_millis(500);

/// How pairing stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairingStanding {
    /// The device in hand, and what is wanted of staff.
    pub in_hand: Option<(String, Wanted)>,
    /// The last one that was, and how it ended.
    pub last: Option<(String, Result<(), PairTrouble>)>,
    /// Attempts of others that were refused since the start.
    pub refused: u64,
}

/// What a page or a command needs of the radio.
pub trait Pairing: Send + Sync {
    fn standing(&self) -> PairingStanding;
    /// Devices heard now, the nearest first.
    fn nearby(&self) -> BoxFuture<'static, Vec<Nearby>>;
    /// Makes a bond. `anew`: an older one is thrown away first.
    fn pair(&self, address: &str, anew: bool) -> BoxFuture<'static, Result<(), PairTrouble>>;
    /// Staff typed the digits; whether somebody was waiting for them.
    fn answer(&self, digits: u32) -> bool;
    fn cancel(&self);
    /// Takes a bond away.
    fn forget(&self, address: &str) -> BoxFuture<'static, Result<(), Trouble>>;
    fn profiles(&self) -> &Profiles;
}

/// Pairing over a real adapter. Cheap to clone.
pub struct Desk<A: Adapter> {
    inside: Arc<Inside<A>>,
}

struct Inside<A: Adapter> {
    adapter: watch::Receiver<Option<A>>,
    gate: Arc<Gate>,
    profiles: Profiles,
    last: Mutex<Option<(String, Result<(), PairTrouble>)>>,
}

impl<A: Adapter> Desk<A> {
    pub fn new(adapter: watch::Receiver<Option<A>>, gate: Arc<Gate>, profiles: Profiles) -> Self {
        Desk {
            inside: Arc::new(Inside {
                adapter,
                gate,
                profiles,
                last: Mutex::new(None),
            }),
        }
    }
}

impl<A: Adapter> Inside<A> {
    fn adapter(&self) -> Option<A> {
        self.adapter.borrow().clone()
    }

    fn last(&self) -> MutexGuard<'_, Option<(String, Result<(), PairTrouble>)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pair(&self, address: &str, anew: bool) -> Result<(), PairTrouble> {
        let _hand = self.gate.take_in_hand(address).ok_or(PairTrouble::Busy)?;
        *self.last() = None;
        let paired = self.paired(address, anew).await;
        let word = paired.map_or_else(PairTrouble::word, |()| "paired");
        tracing::info!(device = address, outcome = word, "pairing ended");
        *self.last() = Some((address.to_owned(), paired));
        paired
    }

    async fn paired(&self, address: &str, anew: bool) -> Result<(), PairTrouble> {
        let adapter = self.adapter().ok_or(PairTrouble::NoRadio)?;
        if anew {
            let forgotten = adapter.forget(address).await;
            forgotten.map_err(|_| PairTrouble::Failed)?;
            heard_again(&adapter, address).await?;
        }
        match adapter.pair(address).await {
            // Many devices advertise in bursts: the second attempt meets the next one.
            Err(PairTrouble::NoAnswer) => adapter.pair(address).await,
            other => other,
        }
    }
}

async fn heard_again<A: Adapter>(adapter: &A, address: &str) -> Result<(), PairTrouble> {
    let until = Instant::now() + HEARD_AGAIN_LIMIT;
    loop {
        let nearby = adapter.nearby().await;
        if nearby
            .iter()
            .any(|device| device.address == address && device.rssi.is_some())
        {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(PairTrouble::NotThere);
        }
        sleep(HEARD_AGAIN_LOOK).await;
    }
}

impl<A: Adapter> Pairing for Desk<A> {
    fn standing(&self) -> PairingStanding {
        PairingStanding {
            in_hand: self.inside.gate.in_hand(),
            last: self.inside.last().clone(),
            refused: self.inside.gate.refused(),
        }
    }

    fn nearby(&self) -> BoxFuture<'static, Vec<Nearby>> {
        let inside = Arc::clone(&self.inside);
        Box::pin(async move {
            let Some(adapter) = inside.adapter() else {
                return Vec::new();
            };
            let mut near = adapter.nearby().await;
            near.retain(|device| device.rssi.is_some());
            near.sort_by_key(|device| (std::cmp::Reverse(device.rssi), device.address.clone()));
            near
        })
    }

    fn pair(&self, address: &str, anew: bool) -> BoxFuture<'static, Result<(), PairTrouble>> {
        let (inside, address) = (Arc::clone(&self.inside), address.to_owned());
        Box::pin(async move { inside.pair(&address, anew).await })
    }

    fn answer(&self, digits: u32) -> bool {
        self.inside.gate.answer(digits)
    }

    fn cancel(&self) {
        self.inside.gate.cancel();
    }

    fn forget(&self, address: &str) -> BoxFuture<'static, Result<(), Trouble>> {
        let (inside, address) = (Arc::clone(&self.inside), address.to_owned());
        Box::pin(async move {
            let adapter = inside.adapter().ok_or(Trouble::NoAdapter)?;
            adapter.forget(&address).await
        })
    }

    fn profiles(&self) -> &Profiles {
        &self.inside.profiles
    }
}
