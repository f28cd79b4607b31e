//! Accepting connections; starting and stopping the door.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::OPENAPI;
use super::post::{House, Interpret, post};
use super::problem::{Problem, Rule};
use super::settings::Settings;
use super::source::{Source, SourceError, Sources};
use super::standing::{SourceStanding, Standing};
use crate::sources::tls::{self, TlsError};
use crate::vitals::{Clock, Inlet};

/// After an accept error (no file descriptors left) wait before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections above `max_connections` that are told so; further ones are closed without a word.
const TOLD_BUSY: usize = 32;
/// Largest head of a request, bytes.
const HEAD_BYTES: usize = 16_384;

/// What the door is built on.
pub struct Parts {
    pub inlet: Arc<dyn Inlet>,
    pub clock: Arc<dyn Clock>,
    /// The senders; [`Settings::sources`] is not read by the door itself.
    pub sources: Vec<Source>,
    pub interpret: Interpret,
}

/// Why the door did not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("ingest.tls: {0}")]
    Tls(#[from] TlsError),
    #[error("cannot listen on {address}: {cause}; free the port or change `ingest.listen`")]
    Listen {
        address: SocketAddr,
        cause: std::io::Error,
    },
}

/// The running door. Dropped without [`Door::stop`], it ends without waiting for anything.
pub struct Door {
    house: Arc<House>,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    stop: CancellationToken,
    hard_stop: CancellationToken,
    grace: Duration,
    tasks: TaskTracker,
}

/// How connections are served, and when they end.
#[derive(Clone)]
struct Serving {
    head_time: Duration,
    stop: CancellationToken,
    hard_stop: CancellationToken,
}

impl Door {
    /// Binds, then accepts in tasks of its own.
    pub async fn start(settings: &Settings, parts: Parts) -> Result<Self, StartError> {
        let sources = Sources::new(parts.sources, Instant::now())?;
        let tls = match &settings.tls {
            Some(tls) => Some(TlsAcceptor::from(tls::server_config(
                &tls.certificate,
                &tls.key,
                &["http/1.1"],
            )?)),
            None => None,
        };
        let listener =
            TcpListener::bind(settings.listen)
                .await
                .map_err(|cause| StartError::Listen {
                    address: settings.listen,
                    cause,
                })?;
        let house = Arc::new(House {
            standing: Standing::new(sources.names()),
            sources,
            inlet: parts.inlet,
            clock: parts.clock,
            interpret: parts.interpret,
            body_time: Duration::from_secs(settings.body_s),
        });
        let door = Door {
            address: listener.local_addr().unwrap_or(settings.listen),
            house,
            tls,
            stop: CancellationToken::new(),
            hard_stop: CancellationToken::new(),
            grace: Duration::from_secs(settings.stop_grace_s),
            tasks: TaskTracker::new(),
        };
        door.accept(listener, settings);
        tracing::info!(address = %door.address, "HTTP ingest listens");
        Ok(door)
    }

    /// Where it listens, with the port the system gave for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, as a sender asks for it.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// How its sources stand now; cheap to hold and to call.
    pub fn standing(&self) -> impl Fn() -> Vec<SourceStanding> + Send + Sync + Clone + 'static {
        let house = Arc::clone(&self.house);
        move || house.standing.snapshot()
    }

    /// Takes no more connections, lets bodies in hand reach the disk (at most `stop_grace_s`), closes the rest
    /// without an answer. Stop the door before whatever stands behind its inlet.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(self.grace, self.tasks.wait()).await.is_err() {
            self.hard_stop.cancel();
            self.tasks.wait().await;
        }
        tracing::info!("HTTP ingest stopped");
    }

    fn accept(&self, listener: TcpListener, settings: &Settings) {
        let places = Arc::new(Semaphore::new(settings.max_connections));
        let busy_places = Arc::new(Semaphore::new(TOLD_BUSY));
        let (open, busy) = (router(Arc::clone(&self.house)), busy_router());
        let serving = Serving {
            head_time: Duration::from_secs(settings.head_s),
            stop: self.stop.clone(),
            hard_stop: self.hard_stop.clone(),
        };
        let (tasks, tls) = (self.tasks.clone(), self.tls.clone());
        self.tasks.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = serving.stop.cancelled() => return,
                };
                let tcp = match accepted {
                    Ok((tcp, _)) => tcp,
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    }
                };
                let (place, pages) = match Arc::clone(&places).try_acquire_owned() {
                    Ok(place) => (place, &open),
                    Err(_) => {
                        metrics::counter!("ingest_full_total").increment(1);
                        match Arc::clone(&busy_places).try_acquire_owned() {
                            Ok(place) => (place, &busy),
                            Err(_) => continue,
                        }
                    }
                };
                let (serving, pages, tls) = (serving.clone(), pages.clone(), tls.clone());
                tasks.spawn(async move {
                    // A short answer must not wait for more to send.
                    let _ = tcp.set_nodelay(true);
                    match tls {
                        None => serving.serve(tcp, pages).await,
                        Some(tls) => {
                            if let Some(stream) = serving.greet(tcp, tls).await {
                                serving.serve(stream, pages).await;
                            }
                        }
                    }
                    drop(place);
                });
            }
        });
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.cancel();
        self.hard_stop.cancel();
    }
}

impl Serving {
    /// The TLS handshake, within the time of a head and in the connection's own task: a slow one holds up
    /// nobody.
    async fn greet(&self, tcp: TcpStream, tls: TlsAcceptor) -> Option<TlsStream<TcpStream>> {
        tokio::select! {
            greeted = timeout(self.head_time, tls.accept(tcp)) => match greeted {
                Ok(Ok(stream)) => Some(stream),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "TLS handshake failed");
                    None
                }
                Err(_) => None,
            },
            () = self.stop.cancelled() => None,
        }
    }

    /// One connection to its end. HTTP/1.1 alone: no device asks for more, and its time limits hold from the
    /// first byte.
    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin, pages: Router) {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head_time)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(pages));
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            // What goes wrong on a connection was answered, or the other side is gone.
            _ = connection.as_mut() => return,
            () = self.stop.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            () = self.hard_stop.cancelled() => {}
        }
    }
}

fn router(house: Arc<House>) -> Router {
    Router::new()
        .route("/ingest/{source}", routing::post(post))
        .route("/openapi.json", routing::get(openapi))
        .route("/problems/{rule}", routing::get(about))
        .fallback(async || Problem::from(Rule::NoSuchPath))
        .method_not_allowed_fallback(async || Problem::from(Rule::Method))
        .with_state(house)
}

fn busy_router() -> Router {
    Router::new().fallback(async || Problem::from(Rule::Busy))
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// What a problem's `type` leads to.
async fn about(Path(word): Path<String>) -> Response {
    match Rule::from_word(&word) {
        Some(rule) => (
            StatusCode::OK,
            format!("{}\n{}\n", rule.title(), rule.remedy()),
        )
            .into_response(),
        None => Problem::from(Rule::NoSuchPath).into_response(),
    }
}
