//! The task of a line: one connection after the other, each message acknowledged after its commit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::backlog::Backlog;
use super::line::Parts;
use super::link::{Acks, Arrived, Credentials, Heard, Link, Lost, Receipt};
use super::settings::{Protocol, Settings};
use super::standing::LineStanding;
use super::version::Version;
use super::waits::Waits;
use crate::sources::refusal::OVER_LONG;
use crate::vitals::{Frame, Keeping, Transport};

/// What is kept of a message above the packet limit (MQTT 3.1.1 only), bytes.
const CUT_BYTES: usize = 4096;
/// A connection that lasted this long was of use.
const OF_USE: Duration = Duration::from_secs(30);
const GOODBYE: Duration = Duration::from_secs(1);

pub(super) type Standing = Arc<Mutex<LineStanding>>;

pub(super) fn lock(standing: &Standing) -> MutexGuard<'_, LineStanding> {
    // A panic elsewhere cannot leave the counters half-changed in a way that matters.
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a connection is over.
enum Over {
    /// The hub stops, or the journal does.
    Stopped,
    Lost {
        why: Lost,
        connected: bool,
    },
}

/// A message handed to the inlet.
struct Handed {
    keeping: Keeping,
    receipt: Option<Receipt>,
    over_long: bool,
}

pub(super) struct Run {
    settings: Settings,
    credentials: Credentials,
    parts: Parts,
    standing: Standing,
    stop: CancellationToken,
    /// The broker's session holds these subscriptions, as far as this process knows.
    subscribed: bool,
    ever_connected: bool,
}

impl Run {
    pub(super) fn new(
        settings: &Settings,
        credentials: Credentials,
        parts: Parts,
        standing: &Standing,
        stop: &CancellationToken,
    ) -> Self {
        Run {
            settings: settings.clone(),
            credentials,
            parts,
            standing: Arc::clone(standing),
            stop: stop.clone(),
            subscribed: false,
            ever_connected: false,
        }
    }

    pub(super) async fn run(mut self) {
        let longest = Duration::from_secs(self.settings.longest_wait_s);
        let mut waits = Waits::new(Duration::from_millis(self.settings.first_wait_ms), longest);
        let mut version = Version::new(self.settings.protocol);
        loop {
            let began = Instant::now();
            let link = match version.next() {
                Protocol::Four => Link::four(&self.settings, &self.credentials),
                Protocol::Auto | Protocol::Five => Link::five(&self.settings, &self.credentials),
            };
            let kept_before = lock(&self.standing).kept;
            let Over::Lost { why, connected } = self.connection(link).await else {
                break;
            };
            version.lost(&why, connected);
            if began.elapsed() >= OF_USE || lock(&self.standing).kept > kept_before {
                waits.begin_again();
            }
            self.note_lost(&why, connected);
            let wait = waits.next(rand::random());
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => break,
            }
        }
        let now = self.parts.clock.now();
        let mut standing = lock(&self.standing);
        standing.connected = false;
        standing.since = Some(now);
    }

    fn note_lost(&self, why: &Lost, connected: bool) {
        let text = why.text();
        metrics::counter!("mqtt_line_lost_total").increment(1);
        metrics::gauge!("mqtt_line_connected").set(0.0);
        tracing::warn!(line = %self.settings.name, connected, why = %text, "no line to the broker");
        let now = self.parts.clock.now();
        let mut standing = lock(&self.standing);
        if standing.connected {
            standing.since = Some(now);
        }
        standing.connected = false;
        standing.last_trouble = Some(text);
    }

    /// One connection, from CONNECT to its end. Returns only when everything handed in is on disk (or the hub stops):
    /// a stalled disk must not be answered with ever more copies of the same messages.
    async fn connection(&mut self, mut link: Link) -> Over {
        let (handed, waiting) = mpsc::channel(usize::from(self.settings.window).max(1024));
        let mut acks = tokio::spawn(acknowledge(
            waiting,
            link.acks(),
            Arc::clone(&self.standing),
        ));
        let mut backlog = Backlog::none();
        let mut connected = false;
        let why = loop {
            // `next` is left unfinished only where the connection ends anyway.
            let heard = tokio::select! {
                heard = link.next() => heard,
                _ = &mut acks => return Over::Stopped,
                () = self.stop.cancelled() => {
                    drop(handed);
                    self.finish(link, acks).await;
                    return Over::Stopped;
                }
            };
            match heard {
                Err(why) => break why,
                Ok(Heard::Nothing) => {}
                Ok(Heard::Connected { session_present }) => {
                    connected = true;
                    backlog = Backlog::after_connect(session_present, Instant::now());
                    self.connected(&link, session_present);
                }
                Ok(Heard::Subscribed { refused }) => self.subscribed(refused),
                Ok(Heard::Message(arrived)) => {
                    let unacknowledged = lock(&self.standing).waiting;
                    let late = backlog.may_be_late(Instant::now(), unacknowledged == 0);
                    let message = self.hand_in(arrived, late);
                    if handed.send(message).await.is_err() {
                        return Over::Stopped;
                    }
                }
            }
        };
        drop(link);
        drop(handed);
        tokio::select! {
            kept = acks => match kept {
                Ok(Kept::All) => Over::Lost { why, connected },
                Ok(Kept::Stopping) | Err(_) => Over::Stopped,
            },
            () = self.stop.cancelled() => Over::Stopped,
        }
    }

    fn connected(&mut self, link: &Link, session_present: bool) {
        if !session_present {
            self.subscribed = false;
            lock(&self.standing).subscribed = false;
        }
        if !self.subscribed {
            link.subscribe(&self.settings.topics);
        }
        let now = self.parts.clock.now();
        let protocol = link.protocol();
        metrics::gauge!("mqtt_line_connected").set(1.0);
        tracing::info!(line = %self.settings.name, protocol, session_present, "line to the broker");
        let mut standing = lock(&self.standing);
        if self.ever_connected {
            standing.reconnects += 1;
            if !session_present {
                standing.sessions_lost += 1;
                metrics::counter!("mqtt_line_sessions_lost_total").increment(1);
                tracing::warn!(line = %self.settings.name, "the broker lost the hub's session");
            }
        }
        self.ever_connected = true;
        standing.connected = true;
        standing.since = Some(now);
        standing.protocol = Some(protocol);
        standing.session_resumed = session_present;
        standing.last_trouble = None;
    }

    fn subscribed(&mut self, refused: usize) {
        self.subscribed = refused == 0;
        {
            let mut standing = lock(&self.standing);
            standing.filters_refused = refused;
            standing.subscribed = true;
        }
        if refused > 0 {
            tracing::error!(line = %self.settings.name, refused, "the broker refused topic filters");
        }
    }

    fn hand_in(&self, arrived: Arrived, late: bool) -> Handed {
        let Arrived {
            topic,
            mut payload,
            retained,
            again,
            receipt,
        } = arrived;
        let packet_limit = usize::try_from(self.settings.packet_limit_bytes).unwrap_or(usize::MAX);
        let over_long = payload.len() > (self.parts.payload_limit)(&topic);
        if payload.len() > packet_limit {
            tracing::warn!(line = %self.settings.name, bytes = payload.len(), "message cut: above the packet limit");
            payload.truncate(CUT_BYTES);
            payload.shrink_to_fit();
        }
        let received_at = self.parts.clock.now();
        {
            let mut standing = lock(&self.standing);
            standing.last_message = Some(received_at);
            standing.waiting += 1;
            standing.redelivered += u64::from(again);
        }
        let keeping = self.parts.inlet.keep(Frame {
            transport: Transport::ExternalMqtt,
            source: self.settings.name.clone(),
            topic,
            payload,
            received_at,
            retained,
            may_be_late: again || late,
            refused: over_long.then_some(OVER_LONG),
        });
        Handed {
            keeping,
            receipt,
            over_long,
        }
    }

    /// The stop in order: what reaches the disk in time is acknowledged, then goodbye.
    async fn finish(&self, mut link: Link, mut acks: JoinHandle<Kept>) {
        let until = Instant::now() + Duration::from_secs(self.settings.stop_grace_s);
        loop {
            tokio::select! {
                // Messages that come now are not handed in, so the broker keeps them.
                heard = link.next() => if heard.is_err() { break },
                _ = &mut acks => break,
                () = tokio::time::sleep_until(until) => break,
            }
        }
        acks.abort();
        link.goodbye();
        // Until the connection ends: acknowledgements queued before the goodbye go out first.
        let _ = timeout(GOODBYE, async { while link.next().await.is_ok() {} }).await;
    }
}

/// How the acknowledging task ended.
enum Kept {
    All,
    Stopping,
}

/// Waits for each message's commit in the order they came, and acknowledges it then.
async fn acknowledge(mut waiting: mpsc::Receiver<Handed>, acks: Acks, standing: Standing) -> Kept {
    // Also when this task is aborted: what it no longer counts, nobody does.
    let _count = WaitingEndsWith(Arc::clone(&standing));
    while let Some(Handed {
        keeping,
        receipt,
        over_long,
    }) = waiting.recv().await
    {
        if keeping.await.is_err() {
            return Kept::Stopping;
        }
        if let Some(receipt) = receipt {
            acks.acknowledge(receipt);
        }
        let refused = if over_long { OVER_LONG } else { "no" };
        metrics::counter!("mqtt_line_frames_kept_total", "refused" => refused).increment(1);
        let mut standing = lock(&standing);
        standing.kept += 1;
        standing.waiting = standing.waiting.saturating_sub(1);
        standing.over_long += u64::from(over_long);
    }
    Kept::All
}

struct WaitingEndsWith(Standing);

impl Drop for WaitingEndsWith {
    fn drop(&mut self) {
        lock(&self.0).waiting = 0;
    }
}
