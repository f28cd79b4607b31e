//! One connection, whichever MQTT it speaks.
//!
//! A new client is made for every connection and thrown away with it: an acknowledgement that was meant for
//! one connection can then never reach the next, and the library's own queue never holds anything of worth.

use std::sync::Arc;

use super::settings::Settings;
use super::{five, four};

/// Acknowledgements written to the socket in one go; the library's default is one.
pub(super) const ACKS_AT_ONCE: usize = 256;

/// What a connection needs besides the settings.
#[derive(Clone)]
pub(super) struct Credentials {
    pub user: Option<String>,
    pub password: Option<crate::sources::secret::Secret>,
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

/// A message as it came.
#[derive(Debug)]
pub(super) struct Arrived {
    pub topic: String,
    pub payload: Vec<u8>,
    pub retained: bool,
    /// The broker says it has sent this before.
    pub again: bool,
    /// None for QoS 0: nobody waits for an answer.
    pub receipt: Option<Receipt>,
}

/// What must be given back to acknowledge a message.
#[derive(Debug)]
pub(super) enum Receipt {
    Five(rumqttc::ManualAck),
    Four(rumqttc_v4::ManualAck),
}

/// What happened on the connection.
#[derive(Debug)]
pub(super) enum Heard {
    Connected {
        session_present: bool,
    },
    Subscribed {
        refused: usize,
    },
    Message(Arrived),
    /// Something the library took care of.
    Nothing,
}

/// Why there is no connection any more. Texts are ours: a library's text may hold what was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    /// The broker does not speak this version of MQTT.
    Version,
    /// The broker refused the hub, for this reason.
    Refused(&'static str),
    /// What came cannot be understood by the library.
    Garbled(&'static str),
    /// The broker closed the connection.
    Closed,
    /// TCP, TLS, or silence.
    Network(String),
}

impl Lost {
    pub(super) fn text(&self) -> String {
        match self {
            Lost::Version => "the broker refused this version of MQTT".to_owned(),
            Lost::Refused(reason) => format!("the broker refused the hub: {reason}"),
            Lost::Garbled(what) => format!("what the broker sent cannot be understood: {what}"),
            Lost::Closed => "the broker closed the connection".to_owned(),
            Lost::Network(what) => format!("no connection: {what}"),
        }
    }
}

/// One connection and its client.
pub(super) enum Link {
    Five(five::Link),
    Four(four::Link),
}

/// The half of a link that acknowledges; may be used from another task.
#[derive(Clone)]
pub(super) enum Acks {
    Five(rumqttc::AsyncClient),
    Four(rumqttc_v4::AsyncClient),
}

impl Link {
    pub(super) fn five(settings: &Settings, credentials: &Credentials) -> Self {
        Link::Five(five::Link::open(settings, credentials))
    }

    pub(super) fn four(settings: &Settings, credentials: &Credentials) -> Self {
        Link::Four(four::Link::open(settings, credentials))
    }

    /// `5` or `3.1.1`.
    pub(super) fn protocol(&self) -> &'static str {
        match self {
            Link::Five(_) => "5",
            Link::Four(_) => "3.1.1",
        }
    }

    /// The next event. Drives the connection: must be called again and again.
    pub(super) async fn next(&mut self) -> Result<Heard, Lost> {
        match self {
            Link::Five(link) => link.next().await,
            Link::Four(link) => link.next().await,
        }
    }

    /// Queues a subscription; the answer comes as [`Heard::Subscribed`].
    pub(super) fn subscribe(&self, filters: &[String]) {
        match self {
            Link::Five(link) => link.subscribe(filters),
            Link::Four(link) => link.subscribe(filters),
        }
    }

    /// Queues a DISCONNECT; the session stays with the broker.
    pub(super) fn goodbye(&self) {
        match self {
            Link::Five(link) => link.goodbye(),
            Link::Four(link) => link.goodbye(),
        }
    }

    pub(super) fn acks(&self) -> Acks {
        match self {
            Link::Five(link) => Acks::Five(link.client()),
            Link::Four(link) => Acks::Four(link.client()),
        }
    }
}

impl Acks {
    /// Queues the acknowledgement. The queue has no bound, so this cannot block the task that polls, and
    /// it fails only when the connection is gone: then the broker sends the message again.
    pub(super) fn acknowledge(&self, receipt: Receipt) {
        let queued = match (self, receipt) {
            (Acks::Five(client), Receipt::Five(ack)) => client.try_manual_ack(ack).is_ok(),
            (Acks::Four(client), Receipt::Four(ack)) => client.try_manual_ack(ack).is_ok(),
            // A receipt is made by the link whose acks this is.
            _ => false,
        };
        if !queued {
            tracing::debug!("connection gone before an acknowledgement");
        }
    }
}

/// The words for a network error: its kind, never its text.
pub(super) fn network(error: &std::io::Error) -> Lost {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof
        | std::io::ErrorKind::ConnectionReset
        | std::io::ErrorKind::ConnectionAborted
        | std::io::ErrorKind::BrokenPipe => Lost::Closed,
        kind => Lost::Network(kind.to_string()),
    }
}
