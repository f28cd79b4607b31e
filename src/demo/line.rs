//! One device's connection to a broker: what it has to say waits in its memory until the PUBACK.
//!
//! The library's own queue is never an outbox: after a lost session it drops unacknowledged publishes without
//! a word. So each connection is a new client that has one message in flight, and a message leaves the
//! memory only when its acknowledgement came.

use std::collections::VecDeque;
use std::time::Duration;

use rumqttc_v4::{AsyncClient, Event, EventLoop, MqttOptions, Packet, PublishOptions, QoS};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::afflict::Outgoing;

/// Where a broker is and as whom a device signs in.
#[derive(Debug, Clone)]
pub struct Dial {
    pub host: String,
    pub port: u16,
    /// User name and client id.
    pub user: String,
    /// `None` for a broker without accounts.
    pub password: Option<String>,
}

/// A device's end of the line.
pub struct Line {
    dial: Dial,
    /// What the device measured and has to say.
    inbox: mpsc::UnboundedReceiver<Outgoing>,
    memory: VecDeque<Outgoing>,
    /// While true the broker cannot be reached.
    away: watch::Receiver<bool>,
    /// Told of every acknowledged message.
    acknowledged: mpsc::UnboundedSender<Outgoing>,
    stop: CancellationToken,
}

/// Why a connection ended.
enum Ended {
    /// Nothing more to say, or told to stop.
    Stopped,
    /// Broken, refused or cut: try again.
    Lost,
}

const LONGEST_WAIT: Duration = Duration::from_secs(8);

impl Line {
    pub fn new(
        dial: Dial,
        inbox: mpsc::UnboundedReceiver<Outgoing>,
        away: watch::Receiver<bool>,
        acknowledged: mpsc::UnboundedSender<Outgoing>,
        stop: CancellationToken,
    ) -> Self {
        Line {
            dial,
            inbox,
            memory: VecDeque::new(),
            away,
            acknowledged,
            stop,
        }
    }

    /// Connects, sends, reconnects with growing waits, until `stop`. Gives back what was not acknowledged.
    pub async fn run(mut self) -> usize {
        let mut wait = Duration::from_millis(200);
        loop {
            if !self.until_reachable().await {
                break;
            }
            let before = self.memory.len();
            match self.connection().await {
                Ended::Stopped => break,
                Ended::Lost if self.memory.len() < before => wait = Duration::from_millis(200),
                Ended::Lost => wait = (wait * 2).min(LONGEST_WAIT),
            }
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.take_inbox();
        self.memory.len()
    }

    /// Waits out an outage, listening; false when told to stop.
    async fn until_reachable(&mut self) -> bool {
        while *self.away.borrow_and_update() {
            tokio::select! {
                () = self.stop.cancelled() => return false,
                changed = self.away.changed() => if changed.is_err() { return false },
                Some(outgoing) = self.inbox.recv() => self.memory.push_back(outgoing),
            }
        }
        !self.stop.is_cancelled()
    }

    fn take_inbox(&mut self) {
        while let Ok(outgoing) = self.inbox.try_recv() {
            self.memory.push_back(outgoing);
        }
    }

    /// One connection, from CONNECT to its end.
    async fn connection(&mut self) -> Ended {
        let mut options = MqttOptions::new(
            self.dial.user.clone(),
            (self.dial.host.clone(), self.dial.port),
        );
        options.set_keep_alive(30);
        if let Some(password) = &self.dial.password {
            options.set_credentials(self.dial.user.clone(), password.clone());
        }
        let (client, event_loop) = AsyncClient::builder(options).capacity(4).build();
        let (connected, mut is_connected) = watch::channel(false);
        let poller = Poller(tokio::spawn(poll(event_loop, connected)));
        let stop = self.stop.clone();
        let ended = tokio::select! {
            ended = self.converse(&client, &mut is_connected) => ended,
            () = stop.cancelled() => Ended::Stopped,
        };
        if matches!(ended, Ended::Stopped) && client.try_disconnect().is_ok() {
            // The DISCONNECT goes out, or the broker notices by itself.
            let _ = tokio::time::timeout(Duration::from_millis(300), poller.finished()).await;
        }
        ended
    }

    /// Sends the memory, one message at a time, while the connection lives.
    async fn converse(
        &mut self,
        client: &AsyncClient,
        is_connected: &mut watch::Receiver<bool>,
    ) -> Ended {
        if is_connected.wait_for(|connected| *connected).await.is_err() {
            return Ended::Lost;
        }
        loop {
            while let Some(next) = self.memory.front() {
                let options = PublishOptions::new(QoS::AtLeastOnce);
                let publish =
                    client.publish_tracked(next.topic.clone(), next.payload.clone(), options);
                tokio::select! {
                    sent = async { publish.await.ok()?.wait_async().await.ok() } => {
                        if sent.is_none() {
                            return Ended::Lost;
                        }
                    }
                    // The poller ends with the connection.
                    _ = is_connected.changed() => return Ended::Lost,
                    () = becomes_true(&mut self.away) => return Ended::Lost,
                }
                if let Some(done) = self.memory.pop_front() {
                    let _ = self.acknowledged.send(done);
                }
            }
            tokio::select! {
                outgoing = self.inbox.recv() => match outgoing {
                    Some(outgoing) => self.memory.push_back(outgoing),
                    None => return Ended::Stopped,
                },
                _ = is_connected.changed() => return Ended::Lost,
                () = becomes_true(&mut self.away) => return Ended::Lost,
            }
        }
    }
}

/// Ends its task with itself.
struct Poller(JoinHandle<()>);

impl Poller {
    async fn finished(mut self) {
        let _ = (&mut self.0).await;
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Turns the library's wheel until the connection breaks; dropping `connected` says so.
async fn poll(mut event_loop: EventLoop, connected: watch::Sender<bool>) {
    while let Ok(event) = event_loop.poll().await {
        if matches!(event, Event::Incoming(Packet::ConnAck(_))) {
            connected.send_replace(true);
        }
    }
}

/// Returns when the value is true; never when the sender is gone.
async fn becomes_true(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|value| *value).await.is_err() {
        std::future::pending::<()>().await;
    }
}
