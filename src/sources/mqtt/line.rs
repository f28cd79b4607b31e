//! The line: connects, subscribes, hands messages to the inlet, acknowledges in order, connects again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::link::{Acks, Arrived, Credentials, Heard, Link, Lost, Receipt};
use super::settings::{Protocol, Settings, TlsSettings};
use super::standing::LineStanding;
use super::waits::Waits;
use crate::sources::refusal::{OVER_LONG, PayloadLimit, same_limit};
use crate::sources::secret::SecretError;
use crate::sources::topic;
use crate::vitals::{Clock, Frame, Inlet, Keeping, Transport};

/// What is kept of a message above the packet limit (MQTT 3.1.1 only), bytes.
const CUT_BYTES: usize = 4096;
/// After a connect to a session that waited, messages may be old until this long nothing came ...
const QUIET: Duration = Duration::from_millis(500);
/// ... or this long has passed.
const BACKLOG_AT_MOST: Duration = Duration::from_secs(300);
/// A connection that lasted this long was of use.
const OF_USE: Duration = Duration::from_secs(30);
/// So many unintelligible ends in a row, and the other version of MQTT is tried once: what one
/// cannot read (properties, sizes) the other may.
const GARBLED_AT_MOST: u32 = 3;
const GOODBYE: Duration = Duration::from_secs(1);

/// What the line is built on.
pub struct Parts {
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    /// Largest payload that may be interpreted, bytes, by topic.
    pub payload_limit: PayloadLimit,
}

impl Parts {
    /// The same payload limit (65 536 bytes) for every topic.
    pub fn new(inlet: Arc<dyn Inlet>, clock: Arc<dyn Clock>) -> Self {
        Parts {
            inlet,
            clock,
            payload_limit: same_limit(),
        }
    }
}

/// Why the line cannot even begin. A broker that is away is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("`client_id` is empty; the broker keeps the hub's session under it, so give it one")]
    ClientId,
    #[error("`topics` is empty or {0:?} is no topic filter; name what to subscribe to")]
    Topics(String),
    #[error("`window` is 0; use 1 to 65535")]
    Window,
    #[error("`packet_limit_bytes` is {0}; use 1024 to 268435460")]
    PacketLimit(u32),
    #[error("password: {0}")]
    Password(#[from] SecretError),
    #[error("cannot read {path}: {cause}; it must be a PEM file with what its setting names")]
    Pem {
        path: PathBuf,
        cause: rustls::pki_types::pem::Error,
    },
    #[error("`certificate` and `key` must be given together, or neither")]
    HalfCertificate,
    #[error("TLS: {0}; check `ca`, `certificate` and `key`")]
    Tls(#[from] rustls::Error),
}

/// The running line. Dropped without [`Line::stop`], it ends without a goodbye.
pub struct Line {
    stop: CancellationToken,
    task: JoinHandle<()>,
    standing: Standing,
}

type Standing = Arc<Mutex<LineStanding>>;

impl Line {
    /// Checks the settings, reads the secrets and begins to connect, in a task of its own.
    pub fn start(settings: &Settings, parts: Parts) -> Result<Self, StartError> {
        check(settings)?;
        let credentials = Credentials {
            user: settings.user.clone(),
            password: settings
                .password
                .as_ref()
                .map(|place| place.fetch())
                .transpose()?,
            tls: settings.tls.as_ref().map(tls).transpose()?,
        };
        let standing = Arc::new(Mutex::new(LineStanding {
            name: settings.name.clone(),
            since: Some(parts.clock.now()),
            ..LineStanding::default()
        }));
        let stop = CancellationToken::new();
        let run = Run {
            settings: settings.clone(),
            credentials,
            parts,
            standing: Arc::clone(&standing),
            stop: stop.clone(),
            subscribed: false,
            ever_connected: false,
        };
        Ok(Line {
            stop,
            task: tokio::spawn(run.run()),
            standing,
        })
    }

    /// How it stands now; cheap to hold and to call.
    pub fn standing(&self) -> impl Fn() -> LineStanding + Send + Sync + Clone + 'static {
        let standing = Arc::clone(&self.standing);
        move || lock(&standing).clone()
    }

    /// Takes no more messages, acknowledges what reaches the disk within `stop_grace_s`, says goodbye.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // A panic in the task was reported by tokio; there is nothing left to stop then.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn check(settings: &Settings) -> Result<(), StartError> {
    if settings.client_id.is_empty() {
        return Err(StartError::ClientId);
    }
    if let Some(wrong) = settings
        .topics
        .iter()
        .find(|filter| !topic::is_filter(filter))
    {
        return Err(StartError::Topics(wrong.clone()));
    }
    if settings.topics.is_empty() {
        return Err(StartError::Topics(String::new()));
    }
    if settings.window == 0 {
        return Err(StartError::Window);
    }
    if !(1024..=268_435_460).contains(&settings.packet_limit_bytes) {
        return Err(StartError::PacketLimit(settings.packet_limit_bytes));
    }
    Ok(())
}

fn lock(standing: &Standing) -> MutexGuard<'_, LineStanding> {
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

struct Run {
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
    async fn run(mut self) {
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

/// Which version of MQTT to speak next.
struct Version {
    wanted: Protocol,
    /// The broker said it does not speak MQTT 5.
    five_refused: bool,
    /// Tried once, because the last attempt ended before the broker said anything clear.
    four_once: bool,
    garbled: u32,
}

impl Version {
    fn new(wanted: Protocol) -> Self {
        Version {
            wanted,
            five_refused: false,
            four_once: false,
            garbled: 0,
        }
    }

    fn next(&self) -> Protocol {
        match self.wanted {
            Protocol::Auto if self.five_refused || self.four_once => Protocol::Four,
            Protocol::Auto => Protocol::Five,
            fixed => fixed,
        }
    }

    fn lost(&mut self, why: &Lost, connected: bool) {
        let spoke_five = self.next() == Protocol::Five;
        self.garbled = if matches!(why, Lost::Garbled(_)) {
            self.garbled + 1
        } else {
            0
        };
        self.five_refused = match why {
            Lost::Version => spoke_five,
            _ => self.five_refused,
        };
        let unclear = !connected && matches!(why, Lost::Garbled(_) | Lost::Closed);
        self.four_once = spoke_five && (unclear || self.garbled >= GARBLED_AT_MOST);
        if self.garbled >= GARBLED_AT_MOST {
            self.garbled = 0;
        }
    }
}

/// Whether a message may have waited in the broker's session.
struct Backlog {
    until: Option<Instant>,
    last_arrival: Instant,
}

impl Backlog {
    fn none() -> Self {
        Backlog {
            until: None,
            last_arrival: Instant::now(),
        }
    }

    fn after_connect(session_present: bool, now: Instant) -> Self {
        Backlog {
            until: session_present.then(|| now + BACKLOG_AT_MOST),
            last_arrival: now,
        }
    }

    /// Counts an arrival. The broker sends what waited without a pause, as long as its window is open.
    fn may_be_late(&mut self, now: Instant, all_acknowledged: bool) -> bool {
        let quiet = all_acknowledged && now.saturating_duration_since(self.last_arrival) >= QUIET;
        self.last_arrival = now;
        if quiet || self.until.is_some_and(|until| now >= until) {
            self.until = None;
        }
        self.until.is_some()
    }
}

fn tls(settings: &TlsSettings) -> Result<Arc<rustls::ClientConfig>, StartError> {
    let pem = |path: &Path, cause| StartError::Pem {
        path: path.to_owned(),
        cause,
    };
    let certificates = |path: &Path| {
        CertificateDer::pem_file_iter(path)
            .and_then(|found| found.collect::<Result<Vec<_>, _>>())
            .map_err(|cause| pem(path, cause))
    };
    let mut roots = rustls::RootCertStore::empty();
    for authority in certificates(&settings.ca)? {
        roots.add(authority)?;
    }
    // Named, because two providers are linked and rustls would not choose between them.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let config = match (&settings.certificate, &settings.key) {
        (None, None) => config.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let own = certificates(certificate)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|cause| pem(key, cause))?;
            config.with_client_auth_cert(own, key)?
        }
        _ => return Err(StartError::HalfCertificate),
    };
    Ok(Arc::new(config))
}
