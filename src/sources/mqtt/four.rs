//! MQTT 3.1.1 through `rumqttc_v4` (the package `rumqttc-v4-next`), for brokers that speak nothing newer.
//!
//! 3.1.1 has no way to tell the broker what is too large. A packet above the library's limit would end the connection,
//! and the broker would send it again for ever; so the limit is MQTT's own, and [`super::line`] cuts.

use std::sync::Arc;

use rumqttc_v4::mqttbytes::QoS;
use rumqttc_v4::{
    AckMode, AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions,
    Packet, StateError, SubscribeFilter, SubscribeReasonCode, TlsConfiguration, Transport,
};

use super::link::{ACKS_AT_ONCE, Arrived, Credentials, Heard, Lost, Receipt, network};
use super::settings::Settings;

/// The largest packet MQTT knows: 1 byte, 4 length bytes, 268 435 455 (MQTT 3.1.1, section 2.2.3).
const LARGEST_PACKET_BYTES: usize = 268_435_460;
/// The hub sends nothing but CONNECT, SUBSCRIBE, PUBACK and PINGREQ.
const LARGEST_SENT_BYTES: usize = 1_048_576;

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
            .set_clean_session(false)
            .set_max_packet_size(LARGEST_PACKET_BYTES, LARGEST_SENT_BYTES)
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
            .map(|filter| SubscribeFilter::new(filter.clone(), QoS::AtLeastOnce))
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
                let failed = |code: &&SubscribeReasonCode| **code == SubscribeReasonCode::Failure;
                Heard::Subscribed {
                    refused: ack.return_codes.iter().filter(failed).count(),
                }
            }
            Event::Incoming(Packet::Publish(publish)) => Heard::Message(Arrived {
                receipt: self.client.prepare_ack(&publish).map(Receipt::Four),
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
        ConnectionError::ConnectionRefused(code) => match code {
            ConnectReturnCode::RefusedProtocolVersion => Lost::Version,
            ConnectReturnCode::BadUserNamePassword => Lost::Refused("wrong user name or password"),
            ConnectReturnCode::NotAuthorized => Lost::Refused("not authorised"),
            ConnectReturnCode::BadClientId => Lost::Refused("client id"),
            ConnectReturnCode::ServiceUnavailable => Lost::Refused("busy or unavailable"),
            ConnectReturnCode::Success => Lost::Refused("another reason"),
        },
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
            network(error)
        }
        ConnectionError::MqttState(StateError::ConnectionAborted) => Lost::Closed,
        ConnectionError::MqttState(StateError::AwaitPingResp)
        | ConnectionError::NetworkTimeout
        | ConnectionError::FlushTimeout => Lost::Network("no answer in time".to_owned()),
        ConnectionError::MqttState(StateError::Deserialization(_)) => {
            Lost::Garbled("not a packet of MQTT 3.1.1")
        }
        ConnectionError::NotConnAck(_) => Lost::Garbled("no CONNACK"),
        ConnectionError::Tls(error) => Lost::Network(format!("TLS: {error}")),
        ConnectionError::MqttState(_) => Lost::Garbled("against the rules of MQTT 3.1.1"),
        _ => Lost::Network("the client gave up".to_owned()),
    }
}
