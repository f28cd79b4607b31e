//! Everything a bad device can do, by name, each switchable while the township runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::device::DeviceIx;

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Every message is sent twice, three seconds apart.
    Duplicate,
    /// Every message is sent 45 minutes after it was measured.
    Late,
    /// Of every two messages of a device the second is sent first.
    OutOfOrder,
    /// The device's clock starts again at 2018-01-01 00:00.
    ClockReset,
    /// The device's clock loses 3 s from one message to the next: a quarter of an hour in a day.
    ClockDrift,
    /// Bytes that are no text at all.
    Garbage,
    /// The second half of the payload is missing.
    Truncated,
    /// kPa where mmHg belongs, mg/dL where mmol/L belongs.
    WrongUnit,
    /// No values, an error word as on the display.
    FailedMeasurement,
    /// Measured, shown on the display, never sent.
    DeviceSilent,
    /// 4 % left.
    BatteryLow,
    /// The device cannot reach the broker; what it measures waits in its memory.
    BrokerAway,
    /// The reader takes the last digit of the card for the next one: nobody has that card.
    CardMisread,
    /// Somebody else sits in the chair (or uses the device) than the claim says.
    WrongPerson,
    /// The line is down; when it is up again, everything is sent at once.
    BurstAfterOutage,
}

impl Fault {
    pub const ALL: [Fault; 15] = [
        Fault::Duplicate,
        Fault::Late,
        Fault::OutOfOrder,
        Fault::ClockReset,
        Fault::ClockDrift,
        Fault::Garbage,
        Fault::Truncated,
        Fault::WrongUnit,
        Fault::FailedMeasurement,
        Fault::DeviceSilent,
        Fault::BatteryLow,
        Fault::BrokerAway,
        Fault::CardMisread,
        Fault::WrongPerson,
        Fault::BurstAfterOutage,
    ];

    /// The word in the truth file, on the command line and in tests.
    pub fn word(self) -> &'static str {
        match self {
            Fault::Duplicate => "duplicate",
            Fault::Late => "late",
            Fault::OutOfOrder => "out_of_order",
            Fault::ClockReset => "clock_reset",
            Fault::ClockDrift => "clock_drift",
            Fault::Garbage => "garbage",
            Fault::Truncated => "truncated",
            Fault::WrongUnit => "wrong_unit",
            Fault::FailedMeasurement => "failed_measurement",
            Fault::DeviceSilent => "device_silent",
            Fault::BatteryLow => "battery_low",
            Fault::BrokerAway => "broker_away",
            Fault::CardMisread => "card_misread",
            Fault::WrongPerson => "wrong_person",
            Fault::BurstAfterOutage => "burst_after_outage",
        }
    }

    /// The reverse of [`Fault::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Fault::ALL.into_iter().find(|fault| fault.word() == word)
    }
}

/// The devices a fault has befallen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Everywhere,
    Devices(BTreeSet<DeviceIx>),
}

impl Reach {
    fn covers(&self, device: DeviceIx) -> bool {
        match self {
            Reach::Everywhere => true,
            Reach::Devices(some) => some.contains(&device),
        }
    }
}

/// The switchboard: shared between whoever throws the switches and the devices.
#[derive(Debug, Default)]
pub struct FaultSwitch {
    on: Mutex<BTreeMap<Fault, Reach>>,
}

impl FaultSwitch {
    /// Switches a fault on; a fault that is on gets the new reach.
    pub fn on(&self, fault: Fault, reach: Reach) {
        self.lock().insert(fault, reach);
    }

    pub fn off(&self, fault: Fault) {
        self.lock().remove(&fault);
    }

    /// Switches on exactly these.
    pub fn set(&self, on: BTreeMap<Fault, Reach>) {
        *self.lock() = on;
    }

    /// What is on, for a page or a test.
    pub fn standing(&self) -> BTreeMap<Fault, Reach> {
        self.lock().clone()
    }

    /// The faults of one device at this moment.
    pub fn of(&self, device: DeviceIx) -> BTreeSet<Fault> {
        let on = self.lock();
        on.iter()
            .filter(|(_, reach)| reach.covers(device))
            .map(|(fault, _)| *fault)
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Fault, Reach>> {
        // A map of plain values is whole after any panic of a holder.
        self.on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_one_fault() {
        let words: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.word()).collect();
        assert_eq!(words.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            assert_eq!(Fault::from_word(fault.word()), Some(fault));
        }
    }

    #[test]
    fn a_fault_reaches_whom_it_is_switched_on_for() {
        let switch = FaultSwitch::default();
        switch.on(Fault::Late, Reach::Devices(BTreeSet::from([DeviceIx(2)])));
        switch.on(Fault::Garbage, Reach::Everywhere);
        assert_eq!(
            switch.of(DeviceIx(2)),
            BTreeSet::from([Fault::Late, Fault::Garbage])
        );
        assert_eq!(switch.of(DeviceIx(3)), BTreeSet::from([Fault::Garbage]));
        switch.off(Fault::Garbage);
        assert_eq!(switch.of(DeviceIx(3)), BTreeSet::new());
    }
}
