//! The HTTP door: cuffs with a SIM, kiosks and clouds post what they measured to `POST /ingest/{source}`.
//! Invariant: a 2xx leaves only after the frame is on disk, and no answer repeats a value that came in, unless a profile's reply asks for it.
//!
//! A connection ([`listen`]) brings a request; [`admit`] says from its head alone whether this source may send it;
//! [`post`] reads the body in bounded time, keeps it, and answers what the profiles make of it. Every refusal is
//! a problem document of RFC 9457 ([`problem`]).
//!
//! A body that was admitted is always kept: what no profile understands is answered 422 with `kept: true`, so
//! that the sender's engineer sees what is wrong and nothing is lost. The answer follows from the body and the
//! profiles alone, so the same body gets the same answer; whether the device is enrolled is the roster's matter
//! and does not change it.

mod admit;
mod listen;
mod post;
mod problem;
mod settings;
mod source;
mod standing;

pub use listen::{Door, Parts, StartError};
pub use post::{Interpret, Said, respond};
pub use problem::Rule;
pub use settings::{Contradiction, Settings, SourceSettings};
pub use source::{Source, SourceError};
pub use standing::SourceStanding;

/// The description of this door in OpenAPI 3.1, served at `GET /openapi.json`.
pub const OPENAPI: &str = include_str!("../../../config/openapi-ingest.json");
