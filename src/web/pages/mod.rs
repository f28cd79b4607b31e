//! The pages, one file each: a view of the journal in, words and a template out.

pub mod add_device;
mod attention;
pub mod bedside;
pub mod centre;
pub mod centres;
pub mod day;
pub mod desk;
pub mod device;
mod doors;
pub mod figures;
pub mod kind;
mod ledger;
pub mod notice;
pub mod numbers;
pub mod observation;
pub mod operator;
pub mod pairing;
pub mod people_table;
pub mod person;
pub mod persons;
pub mod picture;
mod radio;
mod sitting;
pub mod stations;
pub mod tray;
pub mod typed;
pub mod when;
