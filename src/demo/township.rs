//! The township as a whole: who lives there and which devices stand where, drawn from a seed.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::calendar::{day_after, last_open_day};
use super::cast::{CAST, Part};
use super::device::{Device, DeviceClock, DeviceIx, DeviceKind};
use super::dice::{Dice, For};
use super::draw::drawn_person;
use super::names::{VILLAGES, card_number, invented_name, telephone};
use super::person::{Person, PersonIx};

/// How large a township is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// 1 to 9.
    pub centres: usize,
    /// Elders in each centre, 4 to 80.
    pub elders: usize,
}

impl Size {
    /// Nine centres of 40 elders.
    pub const WHOLE: Size = Size {
        centres: 9,
        elders: 40,
    };
    /// Three centres of 12: enough for a look, and quick.
    pub const SMALL: Size = Size {
        centres: 3,
        elders: 12,
    };
}

/// One day-care centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Centre {
    /// Its name in topics, such as `jiazi`.
    pub key: &'static str,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    /// Places in the centre where one person is measured, such as `jiazi-seat-1`.
    pub stations: Vec<String>,
}

/// The township: the same for the same seed, size and end of history.
#[derive(Debug, Clone, PartialEq)]
pub struct Township {
    pub seed: u64,
    /// The last day of the history: troubles count back from here.
    pub end: Date,
    pub centres: Vec<Centre>,
    pub persons: Vec<Person>,
    pub devices: Vec<Device>,
}

impl Township {
    /// Draws the township. `size` is brought into its bounds; `end` becomes an open day.
    pub fn new(seed: u64, size: Size, end: Date) -> Self {
        let end = last_open_day(end);
        let centres: Vec<Centre> = VILLAGES
            .iter()
            .take(size.centres.clamp(1, VILLAGES.len()))
            .map(centre)
            .collect();
        let elders = size.elders.clamp(4, 80);
        let mut township = Township {
            seed,
            end,
            centres,
            persons: Vec::new(),
            devices: Vec::new(),
        };
        township.settle(elders);
        for centre in 0..township.centres.len() {
            township.equip(centre, elders);
        }
        township
    }

    /// The persons of one centre, in order of the roster.
    pub fn persons_of(&self, centre: usize) -> impl Iterator<Item = &Person> {
        self.persons
            .iter()
            .filter(move |person| person.centre == centre)
    }

    pub fn person(&self, ix: PersonIx) -> &Person {
        &self.persons[ix.0]
    }

    pub fn device(&self, ix: DeviceIx) -> &Device {
        &self.devices[ix.0]
    }

    /// The device with this name.
    pub fn device_named(&self, id: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }

    fn settle(&mut self, elders: usize) {
        let cast_names: BTreeSet<&str> = CAST.iter().map(|part| part.name).collect();
        let mut names = (0..)
            .map(invented_name)
            .filter(|name| !cast_names.contains(name.as_str()));
        for centre in 0..self.centres.len() {
            let parts: Vec<&Part> = CAST.iter().filter(|part| part.centre == centre).collect();
            for place in 0..elders {
                let ix = PersonIx(self.persons.len());
                let dice = Dice::keyed(self.seed, For::Person, &[centre as u64, place as u64]);
                let mut person = drawn_person(ix, centre, place, self.end, dice);
                match parts.get(place) {
                    Some(part) => part.play(&mut person, self.end),
                    None => person.name = names.next().unwrap_or_else(|| invented_name(ix.0)),
                }
                person.card = card_number(ix.0 * 7 + 11);
                person.telephone = telephone(ix.0);
                self.persons.push(person);
            }
        }
    }

    fn equip(&mut self, centre: usize, elders: usize) {
        let key = self.centres[centre].key;
        let station = |name: &str| Some(format!("{key}-{name}"));
        // The last of each centre's roster have devices of their own: nobody of the cast does.
        let from_last = |back: usize| PersonIx((centre + 1) * elders - back);
        self.add(centre, "kiosk", DeviceKind::Kiosk, station("seat-1"));
        self.add(centre, "cuff-1", DeviceKind::SharedCuff, station("seat-2"));
        let users = [from_last(1), from_last(2)];
        self.add(
            centre,
            "cuff-2",
            DeviceKind::SlotCuff { users },
            station("seat-3"),
        );
        self.add(
            centre,
            "meter-1",
            DeviceKind::SharedMeter,
            station("seat-2"),
        );
        self.add(
            centre,
            "home-1",
            DeviceKind::OwnCuff {
                owner: from_last(3),
            },
            None,
        );
        if elders >= 20 {
            self.add(
                centre,
                "home-2",
                DeviceKind::OwnCuff {
                    owner: from_last(4),
                },
                None,
            );
            self.add(
                centre,
                "home-3",
                DeviceKind::OwnMeter {
                    owner: from_last(5),
                },
                None,
            );
        }
    }

    fn add(&mut self, centre: usize, name: &str, kind: DeviceKind, station: Option<String>) {
        let ix = DeviceIx(self.devices.len());
        let mut dice = Dice::keyed(self.seed, For::Device, &[ix.0 as u64]);
        let mains = kind == DeviceKind::Kiosk;
        let drift_s_per_day = if mains { 0.0 } else { dice.range(-1.5, 1.5) };
        let offset_s = if mains { 0 } else { dice.between(-3, 3) };
        let clock = DeviceClock::Running {
            offset_s,
            drift_s_per_day,
            set_every_days: 28,
        };
        let mut device = Device {
            ix,
            id: format!("{}-{name}", self.centres[centre].key),
            kind,
            centre,
            station,
            clock,
            resends: if dice.chance(0.2) { 0.06 } else { 0.0 },
            battery_use_per_day: if mains { 0.0 } else { dice.range(0.3, 0.9) },
            battery_at_end: dice.range(35.0, 98.0),
        };
        quirk(&mut device, self.end);
        self.devices.push(device);
    }
}

/// The quirks that everybody will meet, on devices with fixed names.
fn quirk(device: &mut Device, end: Date) {
    match device.id.as_str() {
        "jiazi-cuff-1" => device.battery_at_end = 11.0,
        "jiazi-meter-1" => {
            // 58 minutes slow since somebody set it by hand.
            device.clock = DeviceClock::Running {
                offset_s: -58 * 60,
                drift_s_per_day: 0.0,
                set_every_days: 1,
            };
        }
        "yichou-cuff-1" => device.clock = DeviceClock::None,
        "yichou-kiosk" => device.resends = 0.08,
        "bingyin-cuff-2" => {
            device.clock = DeviceClock::LostBetween {
                from: day_after(end, -20),
                until: day_after(end, -16),
            };
        }
        _ => {}
    }
}

fn centre(village: &(&'static str, &'static str, &'static str)) -> Centre {
    let (key, name_zh, name_en) = *village;
    let stations = ["seat-1", "seat-2", "seat-3"]
        .map(|seat| format!("{key}-{seat}"))
        .to_vec();
    Centre {
        key,
        name_zh,
        name_en,
        stations,
    }
}

#[cfg(test)]
#[path = "township_tests.rs"]
mod tests;
