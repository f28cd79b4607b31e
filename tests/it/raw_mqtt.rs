//! An MQTT client in bytes, written from the specification: no library between a test and the wire.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fake_inlet::SOON;

/// Protocol level: 4 is MQTT 3.1.1, 5 is MQTT 5.
pub struct Connect<'a> {
    pub level: u8,
    pub client_id: &'a str,
    pub user: Option<&'a str>,
    pub password: Option<&'a str>,
    pub will: bool,
    pub clean: bool,
}

impl<'a> Connect<'a> {
    pub fn as_user(user: &'a str, password: &'a str) -> Self {
        Connect {
            level: 4,
            client_id: user,
            user: Some(user),
            password: Some(password),
            will: false,
            clean: true,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut flags = u8::from(self.clean) << 1;
        flags |= u8::from(self.will) << 2;
        flags |= u8::from(self.password.is_some()) << 6;
        flags |= u8::from(self.user.is_some()) << 7;
        let mut body = text("MQTT");
        body.extend([self.level, flags, 0, 60]);
        let properties: &[u8] = if self.level == 5 { &[0] } else { &[] };
        body.extend(properties);
        body.extend(text(self.client_id));
        if self.will {
            body.extend(properties);
            body.extend(text("c/gone"));
            body.extend(text("last words"));
        }
        for part in [self.user, self.password].into_iter().flatten() {
            body.extend(text(part));
        }
        packet(0x10, &body)
    }
}

/// A packet as it came: first byte and what follows the length.
pub type Packet = (u8, Vec<u8>);

pub struct Raw {
    stream: TcpStream,
    level: u8,
}

impl Raw {
    /// Sends CONNECT; returns the client and the CONNACK's (session present, code).
    pub async fn connect(to: SocketAddr, ask: &Connect<'_>) -> (Self, (bool, u8)) {
        let stream = TcpStream::connect(to).await.unwrap();
        let mut raw = Raw {
            stream,
            level: ask.level,
        };
        raw.send(&ask.bytes()).await;
        let (first, body) = raw.read().await.expect("a CONNACK");
        assert_eq!(first, 0x20, "CONNACK");
        (raw, (body[0] & 1 == 1, body[1]))
    }

    /// Connects and expects to be let in.
    pub async fn let_in(to: SocketAddr, ask: &Connect<'_>) -> Self {
        let (raw, (_, code)) = Raw::connect(to, ask).await;
        assert_eq!(code, 0, "let in");
        raw
    }

    /// Connects where the broker may be away or go away; `None` then.
    pub async fn try_let_in(to: SocketAddr, ask: &Connect<'_>) -> Option<Self> {
        let stream = TcpStream::connect(to).await.ok()?;
        let mut raw = Raw {
            stream,
            level: ask.level,
        };
        raw.try_send(&ask.bytes()).await.ok()?;
        let (first, body) = raw.read().await?;
        (first == 0x20 && body.get(1) == Some(&0)).then_some(raw)
    }

    /// Publishes where the broker may go away.
    pub async fn try_publish(
        &mut self,
        qos: u8,
        id: u16,
        topic: &str,
        payload: &[u8],
    ) -> std::io::Result<()> {
        let bytes = self.publish_bytes(qos, false, id, topic, payload);
        self.try_send(&bytes).await
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub async fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    pub fn publish_bytes(
        &self,
        qos: u8,
        retain: bool,
        id: u16,
        topic: &str,
        payload: &[u8],
    ) -> Vec<u8> {
        let mut body = text(topic);
        if qos > 0 {
            body.extend(id.to_be_bytes());
        }
        if self.level == 5 {
            body.push(0);
        }
        body.extend(payload);
        packet(0x30 | qos << 1 | u8::from(retain), &body)
    }

    pub async fn publish(&mut self, qos: u8, id: u16, topic: &str, payload: &[u8]) {
        let bytes = self.publish_bytes(qos, false, id, topic, payload);
        self.send(&bytes).await;
    }

    /// Sends PUBREL for a QoS 2 publish.
    pub async fn release(&mut self, id: u16) {
        self.send(&packet(0x62, &id.to_be_bytes())).await;
    }

    /// Subscribes to one filter; returns the SUBACK's code.
    pub async fn subscribe(&mut self, filter: &str) -> u8 {
        let mut body = vec![0, 1];
        if self.level == 5 {
            body.push(0);
        }
        body.extend(text(filter));
        body.push(1);
        self.send(&packet(0x82, &body)).await;
        let (first, body) = self.read().await.expect("a SUBACK");
        assert_eq!(first, 0x90, "SUBACK");
        *body.last().unwrap()
    }

    /// Whether no byte has come since the last packet that was read.
    pub async fn nothing_yet(&mut self) -> bool {
        let mut one = [0u8; 1];
        match self.stream.try_read(&mut one) {
            Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
            Ok(_) => false,
        }
    }

    /// One there and back, to let the broker do whatever it has to do.
    pub async fn ping(&mut self) {
        self.send(&[0xC0, 0]).await;
        assert_eq!(self.read().await, Some((0xD0, vec![])), "PINGRESP");
    }

    /// Expects an acknowledgement of this kind (0x40 PUBACK, 0x50 PUBREC, 0x70 PUBCOMP) for this id.
    /// Returns the MQTT 5 reason code (0 where none was sent).
    pub async fn expect(&mut self, kind: u8, id: u16) -> u8 {
        let (first, body) = self.read().await.expect("an acknowledgement");
        assert_eq!((first, &body[..2]), (kind, &id.to_be_bytes()[..]));
        body.get(2).copied().unwrap_or(0)
    }

    /// The next packet, or `None` when the connection was closed.
    pub async fn read(&mut self) -> Option<Packet> {
        timeout(SOON, read_packet(&mut self.stream))
            .await
            .expect("the broker says something or closes")
            .ok()
    }
}

/// The next packet of a connection.
pub async fn read_packet(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Packet> {
    let first = from.read_u8().await?;
    let mut length = 0usize;
    for shift in [0, 7, 14, 21] {
        let byte = from.read_u8().await?;
        length |= usize::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    Ok((first, body))
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

/// First byte, length, body.
pub fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut left = body.len();
    loop {
        let low = u8::try_from(left & 0x7F).unwrap();
        left >>= 7;
        bytes.push(low | if left > 0 { 0x80 } else { 0 });
        if left == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}
