//! How a connection ends: it did not come about, the device left, the adapter was lost, the hub stops.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout};

use super::{Conversation, ended, next, work};
use crate::decode::session::{Event, Report};
use crate::sources::bluetooth::place::{Ended, What};
use crate::sources::bluetooth::radio::{Adapter, Link, LinkTrouble};
use crate::sources::bluetooth::standing::Doing;

/// A bonded device that ends a connection faster than this, so many times in a row, has lost its bond.
const REFUSED_WITHIN: Duration = Duration::from_secs(5);
const REFUSALS: u32 = 3;

impl<A: Adapter> Conversation<A> {
    /// BlueZ remembers other services than the device has, or it has them no more. Without a bond its
    /// memory is simply thrown away; a bond is a person's to give up.
    pub(super) fn stale(&mut self, bonded: bool) {
        tracing::warn!(device = %self.address, bonded, "the wanted service is missing");
        self.trouble("services_missing");
        let adapter = self.common.adapter.borrow().clone();
        if let (Some(link), Some(adapter)) = (self.link.take(), adapter) {
            let address = self.address.clone();
            self.work = Some(Box::pin(work::throw_away(
                link,
                (!bonded).then_some(adapter),
                address,
            )));
        }
        self.unlink();
        self.failed();
        self.feed(Event::ConnectFailed);
    }

    pub(super) fn not_connected(&mut self, trouble: LinkTrouble, bonded: bool) {
        let Some(open) = &mut self.open else { return };
        open.bonded = Some(bonded);
        let silent = open.new + open.again == 0;
        let quick = silent && open.began.elapsed() < REFUSED_WITHIN;
        if trouble == LinkTrouble::Unknown {
            self.unlink();
        }
        if matches!(trouble, LinkTrouble::Refused { .. }) && bonded && quick {
            self.failures += 1;
            if self.failures >= REFUSALS {
                self.trouble("bond_lost");
            }
        }
        self.failed();
        self.feed(Event::ConnectFailed);
    }

    fn failed(&mut self) {
        metrics::counter!("bluetooth_connections_total", "result" => "failed").increment(1);
        self.tell(|device| {
            device.failures += 1;
            device.failed_in_a_row += 1;
        });
    }

    fn trouble(&mut self, word: &'static str) {
        if let Some(open) = &mut self.open {
            open.trouble = Some(word);
        }
    }

    /// The device left, or was left: values on their way are still taken, then the connection is over.
    /// `ask`: an old piece of news may be meant, so it is asked whether the device is there.
    pub(super) fn leave(&mut self, ask: bool) {
        if self.open.is_none() || self.leaving.is_some() {
            return;
        }
        let drain = self.common.inside.settings.drain();
        let link = self.link.clone().filter(|_| ask);
        self.leaving = Some(Box::pin(async move {
            sleep(drain).await;
            match link {
                Some(link) => timeout(Duration::from_secs(1), link.is_connected())
                    .await
                    .unwrap_or(false),
                None => false,
            }
        }));
    }

    pub(super) fn gone(&mut self) {
        let connected = self.open.as_ref().is_some_and(|open| open.connected);
        self.work = match self.link.clone() {
            // `connect` would hang for half a minute; that it left is known now.
            Some(link) if !connected => Some(Box::pin(work::left_early(link))),
            _ => None,
        };
        if self.work.is_none() {
            self.feed(Event::Disconnected);
        }
    }

    pub(super) fn end(&mut self, report: &Report) {
        let Some(open) = self.open.take() else { return };
        self.leaving = None;
        let ended = Ended {
            connected: open.connected,
            new: open.new,
            again: open.again,
            broken: report.decode_errors,
            missing: report.missing,
            complete: report.complete && report.missing == 0 && open.connected && !open.cut,
            bonded: open.bonded,
            trouble: open.trouble.map(str::to_owned),
            warnings: report
                .warnings
                .iter()
                .map(|warning| warning.word().to_owned())
                .collect(),
        };
        // An attempt that came to nothing is told once: a device that fails does so at every advertisement.
        let news = open.trouble.is_some() && open.trouble != self.told;
        if open.connected && open.trouble.is_none() || news || open.new + open.again > 0 {
            let bytes = serde_json::to_vec(&ended).unwrap_or_default();
            self.keeping.keep(&What::Ended, &bytes);
        }
        self.told = open.trouble;
        if open.connected {
            metrics::counter!("bluetooth_connections_total", "result" => "ended").increment(1);
        }
        if report.missing > 0 {
            metrics::counter!("bluetooth_records_missing_total")
                .increment(u64::from(report.missing));
        }
        self.tell(|device| {
            device.doing = Doing::Waiting;
            device.records_missing += u64::from(report.missing);
        });
        self.wait_before_next(open.new > 0);
        self.release();
        self.subscribe_ahead();
    }

    /// It left before it could be subscribed to: it will be heard at its next connection.
    fn subscribe_ahead(&mut self) {
        let wanted = self.profile.sends_at_once && !self.subscribed && self.work.is_none();
        if let Some(link) = self.link.clone().filter(|_| wanted) {
            self.work = Some(Box::pin(work::subscribe_ahead(link, self.wanted())));
        }
    }

    /// After something new the device may come back at once; else it is left alone, longer each time.
    pub(super) fn wait_before_next(&mut self, of_use: bool) {
        let settings = &self.common.inside.settings;
        let first = Duration::from_secs(settings.rest_s);
        let rest = if of_use {
            self.rest = first;
            Duration::from_secs(1)
        } else {
            let rest = self.rest;
            self.rest = (rest * 2).min(Duration::from_secs(settings.rest_at_most_s));
            rest
        };
        self.rest_until = Instant::now() + rest;
    }

    pub(super) fn adapter_changed(&mut self) {
        let there = self.common.adapter.borrow_and_update().is_some();
        self.unlink();
        self.work = None;
        self.leaving = None;
        if let Some(open) = &mut self.open {
            open.cut = true;
            self.feed(Event::Disconnected);
        }
        self.release();
        if there {
            self.rest_until = Instant::now();
            self.rest = Duration::from_secs(self.common.inside.settings.rest_s);
            self.look();
        }
    }

    /// The stop in order: the device is left, what it still sends is kept.
    pub(super) async fn finish(mut self) {
        let grace = Duration::from_secs(self.common.inside.settings.stop_grace_s);
        let until = Instant::now() + grace;
        if let Some(open) = &mut self.open {
            open.cut = true;
            if let Some(link) = self.link.clone() {
                let mut leaving: Option<BoxFuture<'static, ()>> =
                    Some(Box::pin(async move { link.disconnect().await }));
                loop {
                    tokio::select! {
                        biased;
                        value = next(&mut self.values) => self.value(value),
                        () = ended(&mut leaving) => break,
                        () = tokio::time::sleep_until(until) => break,
                    }
                }
            }
            self.work = None;
            self.feed(Event::Disconnected);
        }
        let _ = tokio::time::timeout_at(until, self.keeping.on_disk()).await;
    }
}
