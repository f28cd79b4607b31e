//! MQTT on the wire, spoken by the `mqtt5` crate. The only file that names it.
//!
//! Read in its source (0.49.0) and relied on here:
//! - `ClientHandler` awaits `on_client_publish` before it answers, and reads nothing else meanwhile.
//! - It does not ask for a publish that it refuses by its own rules (permission, highest QoS, limits of
//!   retained messages, rate, bandwidth), yet answers an MQTT 3.1.1 client with a PUBACK. So all of these
//!   stay open below, and `authorize_publish` says yes: the rules are ours, and they keep what they refuse.
//! - `PublishAction::Handled` acknowledges and routes nothing. To say nothing at all there is only
//!   `Transform`: we hand back an empty QoS 0 message for a topic nobody may subscribe to.
//! - Its own accept loop does TLS handshakes one after another and hides why a connection ended;
//!   [`super::listen`] has its own, and gives each connection a handler with its own [`Session`].

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use mqtt5::MqttError;
use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::config::BrokerConfig;
use mqtt5::broker::events::{
    BrokerEventHandler, ClientConnectEvent, ClientPublishEvent, PublishAction,
};
use mqtt5::broker::resource_monitor::{ResourceLimits, ResourceMonitor};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::{
    DynamicStorage, FileBackend, MemoryBackend, QueueLimits, StorageBackend,
};
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::transport::{BrokerTransport, WebSocketTransport};
use mqtt5::types::ReasonCode;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::time::{Duration, timeout};
use tokio_util::sync::CancellationToken;

use super::accounts::{Refused, SignIn};
use super::overheard::{Overheard, SentBefore};
use super::session::{Answer, Ending, Publish, Session};
use super::settings::Settings;

/// A session of a device that stays away longer is forgotten.
const SESSION_EXPIRY: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// A wrong password is answered this late, so that guessing is slow.
const SIGN_IN_REFUSED_AFTER: Duration = Duration::from_millis(300);
/// What may wait for a client's reply topics while it is away.
const REPLY_QUEUE: QueueLimits = QueueLimits {
    max_messages: 100,
    max_bytes: 1_048_576,
};
/// Where a withheld publish goes: nobody can subscribe to it.
const NOWHERE: &str = "withheld";

/// A connection as it was accepted.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

/// What the library shares between connections.
pub(super) struct Wire {
    config: BrokerConfig,
    router: Arc<MessageRouter>,
    storage: Arc<DynamicStorage>,
    stats: Arc<BrokerStats>,
    monitor: Arc<ResourceMonitor>,
}

impl Wire {
    /// Opens the session store and brings back its subscriptions. The error is the library's text.
    pub(super) async fn open(settings: &Settings) -> Result<Self, String> {
        let storage = Arc::new(match &settings.session_dir {
            None => DynamicStorage::Memory(MemoryBackend::with_queue_limits(REPLY_QUEUE)),
            Some(dir) => DynamicStorage::File(
                FileBackend::with_queue_limits(dir, REPLY_QUEUE)
                    .await
                    .map_err(|e| e.to_string())?,
            ),
        });
        let router = Arc::new(MessageRouter::with_storage(Arc::clone(&storage)));
        let expiry_s = u32::try_from(SESSION_EXPIRY.as_secs()).unwrap_or(u32::MAX);
        router
            .recover_sessions(expiry_s)
            .await
            .map_err(|e| e.to_string())?;
        router.initialize().await.map_err(|e| e.to_string())?;
        let config = BrokerConfig {
            bind_addresses: Vec::new(),
            session_expiry_interval: SESSION_EXPIRY,
            max_packet_size: settings.packet_limit_bytes,
            maximum_qos: 2,
            retain_available: true,
            shared_subscription_available: false,
            max_subscriptions_per_client: 16,
            max_retained_messages: 0,
            max_retained_message_size: 0,
            max_message_rate_per_client: 0,
            max_bandwidth_per_client: 0,
            client_channel_capacity: 100,
            ..BrokerConfig::default()
        };
        let monitor = Arc::new(ResourceMonitor::new(ResourceLimits {
            max_connections: usize::MAX,
            max_connections_per_ip: usize::MAX,
            max_message_rate_per_client: 0,
            max_bandwidth_per_client: 0,
            max_connection_rate: u32::MAX,
            rate_limit_window: Duration::from_secs(1),
        }));
        Ok(Wire {
            config,
            router,
            storage,
            stats: Arc::new(BrokerStats::new()),
            monitor,
        })
    }

    /// Speaks MQTT on one connection until it ends.
    ///
    /// `stop`: finish the publish in hand, say goodbye. `let_go`: end now, whatever is in hand.
    pub(super) async fn serve(
        &self,
        stream: Stream,
        peer: SocketAddr,
        session: Arc<dyn Session>,
        stop: CancellationToken,
        let_go: CancellationToken,
    ) -> Ending {
        let (goodbye, goodbye_rx) = broadcast::channel(1);
        let sent_before = SentBefore::default();
        let adapter = Arc::new(Adapter {
            session,
            goodbye: goodbye.clone(),
            sent_before: sent_before.clone(),
        });
        let mut config = self.config.clone();
        config.event_handler = Some(adapter.clone());
        // The one transport of the library that takes any stream; nothing of a web socket is spoken.
        let transport = BrokerTransport::WebSocket(match stream {
            Stream::Plain(tcp) => Box::new(Overheard::new(tcp, sent_before)),
            Stream::Tls(tls) => Box::new(Overheard::new(tls, sent_before)),
        });
        let run = ClientHandler::new(
            transport,
            peer,
            Arc::new(config),
            Arc::clone(&self.router),
            adapter,
            Some(Arc::clone(&self.storage)),
            Arc::clone(&self.stats),
            Arc::clone(&self.monitor),
            goodbye_rx,
        )
        .run();
        tokio::pin!(run);
        let ended = tokio::select! {
            ended = &mut run => return ending(ended),
            () = stop.cancelled() => {
                let _ = goodbye.send(());
                tokio::select! {
                    ended = &mut run => Some(ended),
                    () = let_go.cancelled() => None,
                }
            }
            () = let_go.cancelled() => None,
        };
        let ended = match ended {
            Some(ended) => Some(ended),
            None => {
                let _ = goodbye.send(());
                // Dropping `run` closes the socket; nothing it holds was acknowledged.
                timeout(GOODBYE, run).await.ok()
            }
        };
        ended.map_or(Ending::Closed, ending)
    }

    /// Forgets sessions that stayed away too long.
    pub(super) async fn sweep(&self) {
        if let Err(error) = self.storage.cleanup_expired().await {
            tracing::warn!(%error, "cannot clean up MQTT sessions");
        }
        self.router.sweep_sessions().await;
    }

    /// Writes what the session store holds back.
    pub(super) async fn close(&self) {
        if let Err(error) = self.storage.shutdown().await {
            tracing::warn!(%error, "cannot close the MQTT session store");
        }
    }
}

fn ending(ended: Result<(), MqttError>) -> Ending {
    match ended {
        Err(MqttError::PacketTooLarge { size, .. }) => Ending::Oversize { bytes: size },
        Err(
            MqttError::MalformedPacket(_)
            | MqttError::ProtocolError(_)
            | MqttError::InvalidTopicName(_)
            | MqttError::InvalidPacketType(_),
        ) => Ending::Malformed,
        Ok(()) | Err(_) => Ending::Closed,
    }
}

/// The library's two traits, answered by a [`Session`].
struct Adapter {
    session: Arc<dyn Session>,
    goodbye: broadcast::Sender<()>,
    sent_before: SentBefore,
}

impl<S> WebSocketTransport for Overheard<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin,
{
    fn peer_addr(&self) -> mqtt5::error::Result<SocketAddr> {
        // Not asked by the broker; the address is given to the handler.
        Err(MqttError::InvalidState("no address".to_owned()))
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AuthProvider for Adapter {
    fn authenticate<'a>(
        &'a self,
        connect: &'a mqtt5::packet::connect::ConnectPacket,
        _client_addr: SocketAddr,
    ) -> Boxed<'a, mqtt5::error::Result<AuthResult>> {
        Box::pin(async move {
            let ask = SignIn {
                client_id: &connect.client_id,
                user: connect.username.as_deref(),
                password: connect.password.as_deref(),
                has_will: connect.will.is_some(),
            };
            Ok(match self.session.sign_in(ask) {
                Ok(user) => AuthResult::success_with_user(user),
                Err(refused) => {
                    tokio::time::sleep(SIGN_IN_REFUSED_AFTER).await;
                    AuthResult::fail(reason_code(refused))
                }
            })
        })
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        _user: Option<&'a str>,
        _topic: &'a str,
    ) -> Boxed<'a, bool> {
        Box::pin(std::future::ready(true))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        client_id: &str,
        _user: Option<&'a str>,
        filter: &'a str,
    ) -> Boxed<'a, bool> {
        Box::pin(std::future::ready(
            self.session.may_subscribe(client_id, filter),
        ))
    }
}

impl BrokerEventHandler for Adapter {
    fn on_client_connect<'a>(&'a self, event: ClientConnectEvent) -> Boxed<'a, ()> {
        self.session.connected(&event.client_id);
        Box::pin(std::future::ready(()))
    }

    fn on_client_publish<'a>(&'a self, event: ClientPublishEvent) -> Boxed<'a, PublishAction> {
        let publish = Publish {
            topic: event.topic.as_ref().to_owned(),
            payload: event.payload.to_vec(),
            retained: event.retain,
            sent_before: self.sent_before.next(),
        };
        Box::pin(async move {
            match self.session.publish(publish).await {
                Answer::Acknowledge => PublishAction::Handled,
                Answer::Withhold => {
                    let _ = self.goodbye.send(());
                    PublishAction::Transform(nothing())
                }
            }
        })
    }
}

fn nothing() -> mqtt5::packet::publish::PublishPacket {
    mqtt5::packet::publish::PublishPacket::new(NOWHERE, Vec::new(), mqtt5::QoS::AtMostOnce)
}

fn reason_code(refused: Refused) -> ReasonCode {
    match refused {
        Refused::Password => ReasonCode::BadUsernameOrPassword,
        Refused::ClientId => ReasonCode::ClientIdentifierNotValid,
        Refused::Anonymous | Refused::Will => ReasonCode::NotAuthorized,
    }
}
