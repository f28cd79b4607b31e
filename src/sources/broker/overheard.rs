//! A connection that notes, while the library reads it, which publishes say that they were sent before.
//!
//! `mqtt5` does not pass the DUP flag on (MQTT 3.1.1, section 3.3.1.1), and it matters: a reading without a time of
//! its own that is sent again minutes later must not be taken for the next person's. So the fixed headers
//! are read here as the bytes go by. Every PUBLISH among them comes to the publish hook, in this order, or
//! ends the connection; so the two can be put together again by counting.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const PUBLISH: u8 = 3;
const DUP: u8 = 0b1000;

/// The DUP flags of the publishes that were read and not yet asked about.
#[derive(Debug, Clone, Default)]
pub(super) struct SentBefore(Arc<Mutex<VecDeque<bool>>>);

impl SentBefore {
    /// Of the next publish in the order they came. True when nobody knows: then it may be late.
    pub(super) fn next(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
            .unwrap_or(true)
    }

    fn note(&self, dup: bool) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(dup);
    }
}

/// Follows packets from header to header (MQTT 3.1.1 section 2.2, the same in 5).
#[derive(Debug, Default)]
struct Headers {
    /// Bytes of the present packet still to come.
    body_left: usize,
    /// The first byte of a packet whose length is being read, and the length so far.
    header: Option<(u8, usize, u32)>,
}

impl Headers {
    fn read(&mut self, mut bytes: &[u8], mut publish: impl FnMut(bool)) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.body_left > 0 {
                let skipped = self.body_left.min(bytes.len());
                self.body_left -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            bytes = rest;
            self.header = match self.header {
                None => {
                    if byte >> 4 == PUBLISH {
                        publish(byte & DUP != 0);
                    }
                    Some((byte, 0, 0))
                }
                // A length of more than four bytes is malformed; the library closes on it.
                Some((first, length, shift)) => {
                    let length = length | usize::from(byte & 0x7F) << shift;
                    if byte & 0x80 == 0 || shift >= 21 {
                        self.body_left = length;
                        None
                    } else {
                        Some((first, length, shift + 7))
                    }
                }
            };
        }
    }
}

/// The connection itself.
#[derive(Debug)]
pub(super) struct Overheard<S> {
    inner: S,
    headers: Headers,
    sent_before: SentBefore,
}

impl<S> Overheard<S> {
    pub(super) fn new(inner: S, sent_before: SentBefore) -> Self {
        Overheard {
            inner,
            headers: Headers::default(),
            sent_before,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Overheard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(cx, into);
        let sent_before = &this.sent_before;
        this.headers
            .read(&into.filled()[before..], |dup| sent_before.note(dup));
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Overheard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// First byte, remaining length, as many bytes.
    fn packet(first: u8, body: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        let mut left = body;
        loop {
            let more = left > 0x7F;
            bytes.push(u8::try_from(left & 0x7F).unwrap() | if more { 0x80 } else { 0 });
            left >>= 7;
            if !more {
                break;
            }
        }
        // Bodies that look like headers of publishes sent again.
        bytes.extend(std::iter::repeat_n(0x3A, body));
        bytes
    }

    proptest! {
        #[test]
        fn every_publish_is_noted_once_however_the_bytes_are_cut(
            packets in prop::collection::vec((any::<u8>(), prop::sample::select(vec![0, 1, 2, 126, 127, 128, 129, 5000, 16_383, 16_384])), 0..12),
            cut in 1usize..700,
        ) {
            let stream: Vec<u8> =
                packets.iter().flat_map(|(first, body)| packet(*first, *body)).collect();
            let mut headers = Headers::default();
            let mut noted = Vec::new();
            for piece in stream.chunks(cut) {
                headers.read(piece, |dup| noted.push(dup));
            }
            let want: Vec<bool> = packets
                .iter()
                .filter(|(first, _)| first >> 4 == PUBLISH)
                .map(|(first, _)| first & DUP != 0)
                .collect();
            prop_assert_eq!(noted, want);
        }

        #[test]
        fn nothing_that_can_be_sent_stops_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            Headers::default().read(&bytes, |_| ());
        }
    }

    #[test]
    fn a_publish_nobody_noted_may_be_late() {
        assert!(SentBefore::default().next());
    }
}
