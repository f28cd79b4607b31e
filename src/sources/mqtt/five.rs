//! MQTT 5 through `rumqttc` (the package `rumqttc-v5-next`).
//!
//! Read in its source (0.34.0): a fresh client refuses a session that the broker still has, or takes it but then
//! rejects every SUBSCRIBE, unless a session store says what was in flight. The hub publishes nothing and
//! subscribes with an answer awaited, so that is always nothing: [`NothingInFlight`].

use std::sync::Arc;

use rumqttc::mqttbytes::QoS;
use rumqttc::{
    AckMode, AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions,
    Packet, PersistedAckMode, PersistedSession, RetainForwardRule, SessionMode, SessionStore,
    SessionStoreError, SessionStoreKey, StateError, SubscribeFilterInput, SubscribeReasonCode,
    TlsConfiguration, Transport,
};

use super::link::{ACKS_AT_ONCE, Arrived, Credentials, Heard, Lost, Receipt, network};
use super::settings::Settings;

const DAY_S: u32 = 24 * 3600;

pub(super) struct Link {
    client: AsyncClient,
    events: EventLoop,
}

impl Link {
    pub(super) fn open(settings: &Settings, credentials: &Credentials) -> Self {
        let port = settings.port.unwrap_or(if credentials.tls.is_some() {
            8883
        } else {
            1883
        });
        let mut options = MqttOptions::new(&settings.client_id, (settings.host.as_str(), port));
        options
            .set_keep_alive(settings.keep_alive_s)
            .set_session_mode(SessionMode::Persistent)
            .set_session_expiry_interval(Some(u32::from(settings.session_days) * DAY_S))
            .set_session_store(NothingInFlight)
            .set_receive_maximum(Some(settings.window))
            .set_max_packet_size(Some(settings.packet_limit_bytes))
            .set_max_request_batch(ACKS_AT_ONCE)
            .set_ack_mode(AckMode::Manual);
        if let (Some(user), Some(password)) = (&credentials.user, &credentials.password) {
            options.set_credentials(user, password.expose().to_owned());
        } else if let Some(user) = &credentials.user {
            options.set_username(user);
        }
        if let Some(tls) = &credentials.tls {
            let tls = TlsConfiguration::Rustls(Arc::clone(tls));
            options.set_transport(Transport::tls_with_config(tls));
        }
        let (client, events) = AsyncClient::builder(options).unbounded().build();
        Link { client, events }
    }

    pub(super) fn client(&self) -> AsyncClient {
        self.client.clone()
    }

    pub(super) fn subscribe(&self, filters: &[String]) {
        let wanted: Vec<_> = filters
            .iter()
            .map(|filter| {
                SubscribeFilterInput::new(filter, QoS::AtLeastOnce)
                    .retain_forward_rule(RetainForwardRule::OnNewSubscribe)
            })
            .collect();
        if self.client.try_subscribe_many(wanted).is_err() {
            tracing::warn!("a topic filter cannot be subscribed");
        }
    }

    pub(super) fn goodbye(&self) {
        let _ = self.client.try_disconnect();
    }

    pub(super) async fn next(&mut self) -> Result<Heard, Lost> {
        let event = self.events.poll().await.map_err(|error| lost(&error))?;
        Ok(match event {
            Event::Incoming(Packet::ConnAck(ack)) => Heard::Connected {
                session_present: ack.session_present,
            },
            Event::Incoming(Packet::SubAck(ack)) => {
                let granted =
                    |code: &&SubscribeReasonCode| !matches!(code, SubscribeReasonCode::Success(_));
                Heard::Subscribed {
                    refused: ack.return_codes.iter().filter(granted).count(),
                }
            }
            Event::Incoming(Packet::Publish(publish)) => Heard::Message(Arrived {
                receipt: self.client.prepare_ack(&publish).map(Receipt::Five),
                topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                payload: publish.payload.to_vec(),
                retained: publish.retain,
                again: publish.dup,
            }),
            _ => Heard::Nothing,
        })
    }
}

fn lost(error: &ConnectionError) -> Lost {
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => refused(*code),
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
            network(error)
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => Lost::Closed,
        ConnectionError::MqttState(StateError::ServerDisconnect { .. }) => Lost::Closed,
        ConnectionError::MqttState(StateError::AwaitPingResp) | ConnectionError::Timeout(_) => {
            Lost::Network("no answer in time".to_owned())
        }
        ConnectionError::MqttState(StateError::IncomingPacketTooLarge { .. }) => {
            Lost::Garbled("a packet above the limit")
        }
        ConnectionError::MqttState(StateError::Deserialization(_)) => {
            Lost::Garbled("not a packet of MQTT 5")
        }
        ConnectionError::NotConnAck(_) => Lost::Garbled("no CONNACK"),
        ConnectionError::Tls(error) => Lost::Network(format!("TLS: {error}")),
        ConnectionError::MqttState(_) => Lost::Garbled("against the rules of MQTT 5"),
        _ => Lost::Network("the client gave up".to_owned()),
    }
}

fn refused(code: ConnectReturnCode) -> Lost {
    match code {
        ConnectReturnCode::RefusedProtocolVersion
        | ConnectReturnCode::UnsupportedProtocolVersion => Lost::Version,
        ConnectReturnCode::BadUserNamePassword => Lost::Refused("wrong user name or password"),
        ConnectReturnCode::NotAuthorized => Lost::Refused("not authorised"),
        ConnectReturnCode::BadClientId | ConnectReturnCode::ClientIdentifierNotValid => {
            Lost::Refused("client id")
        }
        ConnectReturnCode::Banned => Lost::Refused("banned"),
        ConnectReturnCode::ServerBusy
        | ConnectReturnCode::ServerUnavailable
        | ConnectReturnCode::ServiceUnavailable => Lost::Refused("busy or unavailable"),
        _ => Lost::Refused("another reason"),
    }
}

/// A session store that remembers that nothing of ours was in flight.
#[derive(Debug)]
struct NothingInFlight;

type Stored<'a, T> =
    std::pin::Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

impl SessionStore for NothingInFlight {
    fn load<'a>(&'a self, key: &'a SessionStoreKey) -> Stored<'a, Option<PersistedSession>> {
        let session = PersistedSession {
            format_version: 1,
            client_id: key.client_id().to_owned(),
            clean_start: false,
            session_expiry_interval: None,
            outgoing_inflight_upper_limit: None,
            ack_mode: PersistedAckMode::Manual,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        };
        Box::pin(std::future::ready(Ok(Some(session))))
    }

    fn save<'a>(&'a self, _: &'a SessionStoreKey, _: &'a PersistedSession) -> Stored<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a SessionStoreKey) -> Stored<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
