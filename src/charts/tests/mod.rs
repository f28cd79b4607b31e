//! The pictures as a page gets them.

mod read_back;
mod sample;
mod snapshot;
