//! What came of a step, and what follows.

use tokio::time::Instant;

use super::work::{self, Done};
use super::{Conversation, Open, Signal};
use crate::decode::gatt::Characteristic;
use crate::decode::session::Event;
use crate::sources::bluetooth::place::What;
use crate::sources::bluetooth::radio::Adapter;
use crate::sources::bluetooth::standing::Doing;

impl<A: Adapter> Conversation<A> {
    pub(super) fn done(&mut self, done: Done<A::Link>) {
        match done {
            Done::Reached(Ok(mut reached)) => {
                if let Some(values) = reached.values.take() {
                    self.values = Some(values);
                }
                self.link = Some(reached.link.clone());
                self.keeping.begin();
                self.last_tick = Instant::now();
                self.open = Some(Open {
                    began: Instant::now(),
                    connected: false,
                    arrived: false,
                    cut: false,
                    bonded: None,
                    trouble: None,
                    again: 0,
                    new: 0,
                });
                self.tell(|device| device.doing = Doing::Connecting);
                self.feed(Event::Advertised);
                let limit = self.common.inside.settings.connect_limit();
                self.work = Some(Box::pin(work::connect(reached, limit)));
            }
            Done::Reached(Err(_)) => {
                self.unlink();
                self.wait_before_next(false);
                self.release();
            }
            Done::Connected {
                offers: Ok(offers),
                bonded,
            } => {
                if let Some(open) = &mut self.open {
                    open.connected = true;
                    open.arrived = true;
                    open.bonded = Some(bonded);
                }
                if !offers.contains(&self.wanted()) {
                    self.stale(bonded);
                    return;
                }
                self.failures = 0;
                self.tell(|device| {
                    device.doing = Doing::Talking;
                    device.connections += 1;
                    device.failed_in_a_row = 0;
                });
                self.feed(Event::Connected { offers });
            }
            Done::Connected {
                offers: Err(trouble),
                bonded,
            } => self.not_connected(trouble, bonded),
            Done::Step(event) => self.step(event),
            Done::Left => self.leave(false),
            Done::There(true) => self.signal(Signal::Arrived),
            Done::Ahead { link, values } => {
                self.link = Some(link);
                self.values = Some(values);
                self.subscribed = true;
            }
            Done::SubscribedAhead(subscribed) => self.subscribed = subscribed,
            Done::There(false) | Done::Nothing => {}
        }
    }

    /// What was known of it at BlueZ holds no more.
    pub(super) fn unlink(&mut self) {
        self.link = None;
        self.values = None;
        self.subscribed = false;
    }

    fn step(&mut self, event: Event) {
        self.subscribed |= event == Event::Subscribed { ok: true };
        if let Event::Read {
            characteristic,
            value: Some(bytes),
        } = &event
            && self.is_news(*characteristic, bytes)
        {
            self.keeping.keep(&What::Value(*characteristic), bytes);
        }
        self.feed(event);
    }

    fn is_news(&mut self, characteristic: Characteristic, bytes: &[u8]) -> bool {
        let changes = matches!(
            characteristic,
            Characteristic::CurrentTime | Characteristic::DateTime | Characteristic::BatteryLevel
        );
        changes
            || self
                .known
                .insert(characteristic, bytes.to_vec())
                .is_none_or(|before| before != bytes)
    }
}
