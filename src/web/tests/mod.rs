//! The router over real HTTP: what is closed stays closed, what is shown is right.

mod bluetooth;
mod doors;
mod kind;
mod live;
mod odd;
mod pages;
mod roles;
mod roster;
mod screen;
mod sign_in;
mod staff;
mod world;
