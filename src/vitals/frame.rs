//! What a device (or a card reader) said, before anybody knows what it means.

use super::time::Moment;

/// How a frame reached the hub. Stored as the word of [`Transport::word`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// The broker inside the hub: the device was answered by us.
    EmbeddedMqtt,
    /// A broker somewhere else, through the client line.
    ExternalMqtt,
    /// `POST /ingest/{source}`.
    Http,
    /// A GATT characteristic value heard through BlueZ.
    Bluetooth,
    /// A card reader or a page of a station.
    Station,
    /// Staff's hands.
    Typed,
}

impl Transport {
    /// The stored and logged word.
    pub fn word(self) -> &'static str {
        match self {
            Transport::EmbeddedMqtt => "embedded_mqtt",
            Transport::ExternalMqtt => "external_mqtt",
            Transport::Http => "http",
            Transport::Bluetooth => "bluetooth",
            Transport::Station => "station",
            Transport::Typed => "typed",
        }
    }

    /// The reverse of [`Transport::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Transport::EmbeddedMqtt,
            Transport::ExternalMqtt,
            Transport::Http,
            Transport::Bluetooth,
            Transport::Station,
            Transport::Typed,
        ]
        .into_iter()
        .find(|t| t.word() == word)
    }
}

/// What a source heard: bytes and their circumstances, nobody's opinion about them.
///
/// `source` names the door (a broker account, an HTTP source, an adapter), `topic` the MQTT topic,
/// HTTP path or GATT characteristic UUID, `payload` the bytes exactly as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub transport: Transport,
    pub source: String,
    pub topic: String,
    pub payload: Vec<u8>,
    pub received_at: Moment,
    /// The broker kept this message for late subscribers: it says nothing about *now*.
    pub retained: bool,
    /// The source cannot say that this was sent just now: it was delivered again, or waited in a
    /// broker's session while the hub was away. Retained messages are late by themselves.
    pub may_be_late: bool,
    /// The source already knows this frame may not be interpreted (foreign topic, over-long, over-rate).
    /// It is kept as quarantined with this word as its reason.
    pub refused: Option<&'static str>,
}
