//! eldercare-hub: readings from shared cuffs and meters, given to the right person, kept for certain.
//!
//! The map, in order of travel. Imports go down this list only (`tests/it/layers.rs` holds the table).

/// The words: frame, reading, time, observation, and the door sources speak to. No IO, no clock.
pub mod vitals;
/// Chinese and English for people. No clock, no journal, no page.
pub mod words;

/// Pictures: values in, SVG out. Pure.
pub mod charts;
/// What was measured: bytes in, readings or a closed error out. Pure.
pub mod decode;
/// Whose it is: time taken, claims, attribution. Pure.
pub mod people;
/// When to worry. Pure and total.
pub mod rules;

/// The record: the only folder that speaks SQL.
pub mod journal;
/// Listening: brokers, HTTP, Bluetooth. Never acknowledges what is not on disk.
pub mod sources;

/// The road: keep, understand, command. The one writer.
pub mod pipeline;

/// Screens and API. Sees the journal through a view of what this visitor may see.
pub mod web;

/// A township that lives, for people to meet the product and for tests. Never part of `serve`.
pub mod demo;

/// Settings of every folder, read once, unknown keys refused with file and line.
pub mod config;
/// Builds everything, starts and stops it in order, owns the clock.
pub mod hub;
