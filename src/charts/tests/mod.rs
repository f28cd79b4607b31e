//! The pictures as a page gets them. PNG, which needs the machine's fonts, is tested in
//! `tests/it/charts.rs` with the same sample.

use crate::{charts, vitals};

mod read_back;
mod sample;
mod snapshot;
