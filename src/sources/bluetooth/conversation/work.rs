//! The steps that take time, each a future of its own with its outcome as an event.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, sleep, timeout};

use crate::decode::gatt::Characteristic;
use crate::decode::session::Event;
use crate::sources::bluetooth::radio::{Adapter, Link, LinkTrouble, Values};

/// Asking BlueZ what it knows anyway.
const ASK_LIMIT: Duration = Duration::from_secs(5);
/// BlueZ takes no subscription while it still takes the link down: it is asked again after this.
const AHEAD_REST: Duration = Duration::from_millis(300);
/// Not for longer than this: the device may come again meanwhile.
const AHEAD_LIMIT: Duration = Duration::from_millis(1500);

/// What came of a step.
pub(super) enum Done<L> {
    Reached(Result<Reached<L>, LinkTrouble>),
    Connected {
        offers: Result<BTreeSet<Characteristic>, LinkTrouble>,
        bonded: bool,
    },
    Step(Event),
    /// The device was left.
    Left,
    /// It is connected already, whoever did it.
    There(bool),
    /// It is away, and BlueZ was told of the subscription.
    Ahead {
        link: L,
        values: Values,
    },
    SubscribedAhead(bool),
    Nothing,
}

/// A device that can be connected to, and the leave to do it.
pub(super) struct Reached<L> {
    pub link: L,
    /// None where the stream of an earlier connection goes on.
    pub values: Option<Values>,
    permit: OwnedSemaphorePermit,
}

/// Whether the device is connected already: by an earlier run of the hub, or by being paired just now.
/// `ahead`: what to subscribe to while it is away.
pub(super) async fn look<A: Adapter>(
    adapter: A,
    address: String,
    ahead: Option<Characteristic>,
) -> Done<A::Link> {
    let there = async {
        let Ok(link) = adapter.link(&address).await else {
            return Done::There(false);
        };
        if link.is_connected().await {
            return Done::There(true);
        }
        let Some(wanted) = ahead else {
            return Done::There(false);
        };
        let Ok(values) = link.values().await else {
            return Done::There(false);
        };
        if asked_ahead(&link, wanted).await {
            return Done::Ahead { link, values };
        }
        Done::There(false)
    };
    timeout(ASK_LIMIT, there)
        .await
        .unwrap_or(Done::There(false))
}

/// BlueZ takes a subscription to a device that is away, and renews it at once when the device comes: one
/// that sends without waiting is heard only so.
pub(super) async fn subscribe_ahead<L: Link>(link: L, wanted: Characteristic) -> Done<L> {
    let asked = timeout(AHEAD_LIMIT, async {
        while !asked_ahead(&link, wanted).await {
            sleep(AHEAD_REST).await;
        }
    });
    Done::SubscribedAhead(asked.await.is_ok())
}

/// Its services must be at hand: else what it sends could not be told apart.
async fn asked_ahead<L: Link>(link: &L, wanted: Characteristic) -> bool {
    let offers = link.offers().await;
    offers.is_ok_and(|offers| offers.contains(&wanted)) && link.subscribe(wanted).await.is_ok()
}

/// Waits for its turn; takes the stream of values before anything is connected, and keeps it afterwards.
pub(super) async fn reach<A: Adapter>(
    adapter: A,
    address: String,
    there: Option<A::Link>,
    connecting: Arc<Semaphore>,
) -> Done<A::Link> {
    let Ok(permit) = connecting.acquire_owned().await else {
        return Done::Nothing;
    };
    if let Some(link) = there {
        return Done::Reached(Ok(Reached {
            link,
            values: None,
            permit,
        }));
    }
    let reached = async {
        let link = adapter.link(&address).await?;
        let values = Some(link.values().await?);
        Ok(Reached {
            link,
            values,
            permit,
        })
    };
    match timeout(ASK_LIMIT, reached).await {
        Ok(reached) => Done::Reached(reached),
        Err(_) => Done::Reached(Err(LinkTrouble::TimeLimit)),
    }
}

pub(super) async fn connect<L: Link>(reached: Reached<L>, limit: Duration) -> Done<L> {
    let link = reached.link;
    // A device known from before: with its services at hand already, what it sends while it is being
    // connected to can be told apart. Where none are known yet this changes nothing.
    let _ = timeout(ASK_LIMIT, link.offers()).await;
    let mut offers = match timeout(limit, link.connect()).await {
        Ok(Ok(())) => Ok(BTreeSet::new()),
        Ok(Err(trouble)) => Err(trouble),
        Err(_) => {
            // BlueZ would go on trying by itself.
            let _ = timeout(ASK_LIMIT, link.disconnect()).await;
            Err(LinkTrouble::TimeLimit)
        }
    };
    drop(reached.permit);
    if offers.is_ok() {
        offers = match timeout(ASK_LIMIT, link.offers()).await {
            Ok(offers) => offers,
            Err(_) => Err(LinkTrouble::TimeLimit),
        };
    }
    let bonded = timeout(ASK_LIMIT, link.is_bonded()).await.unwrap_or(false);
    Done::Connected { offers, bonded }
}

/// The device left while it was being connected to.
pub(super) async fn left_early<L: Link>(link: L) -> Done<L> {
    Done::Connected {
        offers: Err(LinkTrouble::Refused { att: None }),
        bonded: timeout(ASK_LIMIT, link.is_bonded()).await.unwrap_or(false),
    }
}

pub(super) async fn read<L: Link>(link: L, characteristic: Characteristic) -> Done<L> {
    Done::Step(Event::Read {
        characteristic,
        value: link.read(characteristic).await.ok(),
    })
}

pub(super) async fn subscribe<L: Link>(link: L, characteristic: Characteristic) -> Done<L> {
    let mut ok = link.subscribe(characteristic).await.is_ok();
    // BlueZ renews subscriptions of earlier connections by itself, and says "in progress" to one more.
    if ok {
        ok = timeout(ASK_LIMIT, link.is_connected())
            .await
            .unwrap_or(true);
    }
    Done::Step(Event::Subscribed { ok })
}

pub(super) async fn write<L: Link>(
    link: L,
    characteristic: Characteristic,
    bytes: Vec<u8>,
) -> Done<L> {
    let result = link.write(characteristic, bytes).await.map_err(att_code);
    Done::Step(Event::Written { result })
}

pub(super) async fn write_vendor<L: Link>(link: L, uuid: String, bytes: Vec<u8>) -> Done<L> {
    let result = link.write_vendor(uuid, bytes).await.map_err(att_code);
    Done::Step(Event::Written { result })
}

fn att_code(trouble: LinkTrouble) -> Option<u8> {
    match trouble {
        LinkTrouble::Refused { att } => att,
        LinkTrouble::Unknown | LinkTrouble::TimeLimit => None,
    }
}

/// Leaves a device and, given the adapter, lets BlueZ forget it.
pub(super) async fn throw_away<A: Adapter>(
    link: A::Link,
    adapter: Option<A>,
    address: String,
) -> Done<A::Link> {
    let _ = timeout(ASK_LIMIT, link.disconnect()).await;
    if let Some(adapter) = adapter {
        let _ = timeout(ASK_LIMIT, adapter.forget(&address)).await;
    }
    Done::Nothing
}
