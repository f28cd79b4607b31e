//! The pictures as a page gets them.

mod picture;
mod read_back;
mod sample;
mod snapshot;
