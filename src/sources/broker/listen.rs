//! Accepting connections, with and without TLS; starting and stopping the broker.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::accounts::{Account, AccountError, Accounts};
use super::device::{Device, House, Roll};
use super::settings::{Settings, TlsSettings};
use super::standing::{BrokerStanding, Notices, Standing};
use super::wire::{Stream, Wire};
use crate::sources::refusal::{PayloadLimit, same_limit};
use crate::sources::secret::Secret;
use crate::sources::tls::{self, TlsError};
use crate::vitals::{Clock, Inlet};

const TLS_HANDSHAKE: Duration = Duration::from_secs(10);
const SWEEP: Duration = Duration::from_secs(3600);
/// After an accept error (no file descriptors left) wait before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What the broker is built on.
pub struct Parts {
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    /// The accounts; [`Settings::accounts`] is not read by the broker itself.
    pub accounts: Vec<Account>,
    /// Largest payload that may be interpreted, bytes, by topic.
    pub payload_limit: PayloadLimit,
    pub notices: Notices,
}

impl Parts {
    /// The same payload limit (65 536 bytes) for every topic, and nobody to notify.
    pub fn new(inlet: Arc<dyn Inlet>, clock: Arc<dyn Clock>, accounts: Vec<Account>) -> Self {
        Parts {
            inlet,
            clock,
            accounts,
            payload_limit: same_limit(),
            notices: Arc::new(|_| ()),
        }
    }
}

/// Why the broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("cannot listen on {address}: {cause}; free the port or change `listen`")]
    Listen {
        address: SocketAddr,
        cause: std::io::Error,
    },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("`reply_topics` is {0:?}; it must hold {{client_id}} as a whole level and end in /#")]
    ReplyTopics(String),
    #[error("`packet_limit_bytes` is {0}; use 1024 to 268435460")]
    PacketLimit(usize),
    #[error("`max_connections` is 0, so no device could connect; use at least 1")]
    NoConnections,
    #[error("cannot open the MQTT session store: {0}; make `session_dir` writable, or empty it")]
    Sessions(String),
}

/// The running broker. Dropped without [`Broker::stop`], it ends without waiting for anything.
pub struct Broker {
    house: Arc<House>,
    wire: Arc<Wire>,
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    stop: CancellationToken,
    grace: Duration,
    tasks: TaskTracker,
}

impl Broker {
    /// Binds, then accepts in tasks of its own.
    pub async fn start(settings: &Settings, parts: Parts) -> Result<Self, StartError> {
        let reply_prefix = reply_prefix(&settings.reply_topics)?;
        check_limits(settings)?;
        let accounts = Accounts::new(parts.accounts, Instant::now())?;
        let tls = match &settings.tls {
            Some(tls) => Some((tls_acceptor(tls)?, bind(tls.listen).await?)),
            None => None,
        };
        let plain = bind(settings.listen).await?;
        let wire = Arc::new(Wire::open(settings).await.map_err(StartError::Sessions)?);
        let house = Arc::new(House {
            inlet: parts.inlet,
            clock: parts.clock,
            standing: Standing::new(accounts.users()),
            accounts,
            payload_limit: parts.payload_limit,
            notices: parts.notices,
            reply_prefix,
            hard_stop: CancellationToken::new(),
            roll: Roll::default(),
        });
        let broker = Broker {
            address: plain.local_addr().unwrap_or(settings.listen),
            tls_address: tls
                .as_ref()
                .and_then(|(_, listener)| listener.local_addr().ok()),
            house,
            wire,
            stop: CancellationToken::new(),
            grace: Duration::from_secs(settings.stop_grace_s),
            tasks: TaskTracker::new(),
        };
        let places = Arc::new(Semaphore::new(settings.max_connections));
        broker.accept(plain, None, &places);
        if let Some((acceptor, listener)) = tls {
            broker.accept(listener, Some(acceptor), &places);
        }
        broker.sweep();
        tracing::info!(address = %broker.address, tls = ?broker.tls_address, "MQTT broker listens");
        Ok(broker)
    }

    /// Where it listens, with the port the system gave for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens with TLS.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// How it stands now; cheap to hold and to call.
    pub fn standing(&self) -> impl Fn() -> BrokerStanding + Send + Sync + Clone + 'static {
        let house = Arc::clone(&self.house);
        move || house.standing.snapshot()
    }

    /// Takes no more connections, lets publishes in hand reach the disk (at most `stop_grace_s`), closes the rest
    /// without an answer. Stop the broker before whatever stands behind its inlet.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(self.grace, self.tasks.wait()).await.is_err() {
            self.house.hard_stop.cancel();
            self.tasks.wait().await;
        }
        self.wire.close().await;
        tracing::info!("MQTT broker stopped");
    }

    fn accept(&self, listener: TcpListener, tls: Option<TlsAcceptor>, places: &Arc<Semaphore>) {
        let (house, wire) = (Arc::clone(&self.house), Arc::clone(&self.wire));
        let (stop, tasks, places) = (self.stop.clone(), self.tasks.clone(), Arc::clone(places));
        self.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stop.cancelled() => return,
                };
                let (tcp, peer) = match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                };
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    metrics::counter!("broker_full_total").increment(1);
                    tracing::warn!("all `max_connections` are taken: connection refused");
                    continue;
                };
                let (house, wire) = (Arc::clone(&house), Arc::clone(&wire));
                let (stop, tls) = (stop.clone(), tls.clone());
                tasks.spawn(async move {
                    // An answer of four bytes must not wait for more to send.
                    let _ = tcp.set_nodelay(true);
                    let greeted = tokio::select! {
                        greeted = greet(tcp, tls) => greeted,
                        () = stop.cancelled() => None,
                    };
                    if let Some(stream) = greeted {
                        let let_go = house.hard_stop.clone();
                        let device = Arc::new(Device::new(house));
                        let ending = wire.serve(stream, peer, device.clone(), stop, let_go).await;
                        device.ended(ending);
                    }
                    drop(place);
                });
            }
        });
    }

    fn sweep(&self) {
        let (wire, stop) = (Arc::clone(&self.wire), self.stop.clone());
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = tokio::time::sleep(SWEEP) => wire.sweep().await,
                    () = stop.cancelled() => return,
                }
            }
        });
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop.cancel();
        self.house.hard_stop.cancel();
    }
}

/// The TLS handshake, in the connection's own task: a slow one holds up nobody.
async fn greet(tcp: TcpStream, tls: Option<TlsAcceptor>) -> Option<Stream> {
    let Some(acceptor) = tls else {
        return Some(Stream::Plain(tcp));
    };
    match timeout(TLS_HANDSHAKE, acceptor.accept(tcp)).await {
        Ok(Ok(stream)) => Some(Stream::Tls(Box::new(stream))),
        Ok(Err(error)) => {
            tracing::warn!(%error, "TLS handshake failed");
            None
        }
        Err(_) => None,
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|cause| StartError::Listen { address, cause })
}

/// Whether a broker can start with these settings: everything but the ports and the secrets, which are
/// looked at when it starts.
pub fn check(settings: &Settings) -> Result<(), StartError> {
    reply_prefix(&settings.reply_topics)?;
    check_limits(settings)?;
    if let Some(tls) = &settings.tls {
        tls_acceptor(tls)?;
    }
    let named = settings.accounts.iter().map(|account| Account {
        user: account.user.clone(),
        password: Secret::new(""),
        topics: account.topics.clone(),
        rate_per_s: account.rate_per_s,
    });
    Accounts::new(named.collect(), Instant::now())?;
    Ok(())
}

fn check_limits(settings: &Settings) -> Result<(), StartError> {
    if !(1024..=268_435_460).contains(&settings.packet_limit_bytes) {
        return Err(StartError::PacketLimit(settings.packet_limit_bytes));
    }
    if settings.max_connections == 0 {
        return Err(StartError::NoConnections);
    }
    Ok(())
}

/// The fixed part before `#`.
fn reply_prefix(reply_topics: &str) -> Result<String, StartError> {
    let wrong = || StartError::ReplyTopics(reply_topics.to_owned());
    let prefix = reply_topics
        .strip_suffix('#')
        .filter(|p| p.ends_with('/'))
        .ok_or_else(wrong)?;
    let fixed = !prefix.contains(['+', '#', '\0']) && !prefix.starts_with('$');
    if fixed && prefix.split('/').any(|level| level == "{client_id}") {
        Ok(prefix.to_owned())
    } else {
        Err(wrong())
    }
}

fn tls_acceptor(tls: &TlsSettings) -> Result<TlsAcceptor, StartError> {
    let config = tls::server_config(&tls.certificate, &tls.key, &[])?;
    Ok(TlsAcceptor::from(config))
}
