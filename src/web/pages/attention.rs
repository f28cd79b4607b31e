//! What needs hands: a device's line, and everything about it that somebody should look at.

use super::when::{DayHour, When};
use crate::journal::{Bond, DeviceKind, DeviceLine};
use crate::words::Words;

/// A device whose battery is at or below this is on the list of what needs hands, percent. A local
/// operating value: a cuff at 15 % still does about 20 measurements.
const BATTERY_LOW_PERCENT: u8 = 15;
/// A device clock further off than this is on the list, milliseconds: five minutes. Nearer ones are put
/// right by the offset that is known of them.
const CLOCK_OFF_MS: u64 = 300_000;

/// On how many open days of its centre a device may be silent before somebody should look: a shared cuff
/// is used every open day, a meter may have few users. Local operating values.
fn silent_open_days(kind: DeviceKind) -> usize {
    match kind {
        DeviceKind::Cuff | DeviceKind::Kiosk => 3,
        DeviceKind::Meter => 6,
        DeviceKind::Typed => usize::MAX,
    }
}

/// A device of the list.
pub struct DeviceRow {
    pub id: i64,
    pub centre: String,
    pub label: String,
    pub name: String,
    pub heard: Option<DayHour>,
    pub clock: String,
    pub battery: String,
    /// What needs hands; empty: nothing.
    pub todo: Vec<String>,
}

/// Writes one device. `silent`: complete days on which its centre was open since it was last heard.
pub fn device_row(device: &DeviceLine, silent: usize, when: &When) -> DeviceRow {
    DeviceRow {
        id: device.id,
        centre: device.centre_name.clone(),
        label: device.label.clone(),
        name: device.name.clone(),
        heard: device.last_heard_at.map(|at| when.day_hour(at)),
        clock: device
            .clock_offset_ms
            .map_or_else(|| "—".to_owned(), |ms| clock(when.t, ms)),
        battery: device
            .battery_percent
            .map_or_else(|| "—".to_owned(), |p| format!("{p}%")),
        todo: todo(device, silent, when),
    }
}

fn todo(device: &DeviceLine, silent: usize, when: &When) -> Vec<String> {
    let t = when.t;
    let mut todo = Vec::new();
    match device.bond {
        Some(Bond::Lost) => todo.push(t.say("todo-bond")),
        _ if device.trouble.as_deref() == Some("services_missing") => {
            todo.push(t.say("todo-services"));
        }
        _ => {}
    }
    if device.records_lost > 0 {
        todo.push(t.with1("todo-lost", "n", device.records_lost));
    }
    if device.last_heard_at.is_none() {
        todo.push(t.say("todo-never-heard"));
    } else if silent >= silent_open_days(device.kind) {
        todo.push(t.with1("todo-silent-days", "n", silent));
    }
    let off = |ms: i64| ms.unsigned_abs() > CLOCK_OFF_MS;
    if device.clock_offset_ms.is_some_and(off) {
        todo.push(t.say("todo-clock"));
    }
    let low = |percent: u8| percent <= BATTERY_LOW_PERCENT;
    if device.battery_percent.is_some_and(low) {
        todo.push(t.say("todo-battery"));
    }
    todo
}

/// A clock offset (receipt minus device time): positive means the device is slow.
pub fn clock(t: Words, offset_ms: i64) -> String {
    let seconds = offset_ms.unsigned_abs().div_ceil(1_000);
    if seconds <= 2 {
        return t.with1("clock-right", "seconds", seconds);
    }
    t.with1(
        if offset_ms > 0 {
            "clock-slow"
        } else {
            "clock-fast"
        },
        "span",
        t.span(seconds),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vitals::Moment;
    use crate::words::Language;
    use jiff::tz::TimeZone;
    use rstest::rstest;

    fn line() -> DeviceLine {
        DeviceLine {
            id: 1,
            name: "cuff-1".into(),
            label: "1".into(),
            kind: DeviceKind::Cuff,
            centre_id: 1,
            centre_name: "c".into(),
            station_name: None,
            own_person_id: None,
            account: None,
            last_heard_at: Some(Moment::UNIX_EPOCH),
            battery_percent: Some(16),
            clock_offset_ms: Some(300_000),
            readings: 1,
            bond: Some(Bond::Bonded),
            trouble: None,
            records_lost: 0,
        }
    }

    fn todos(device: &DeviceLine, silent: usize) -> usize {
        let when = When {
            t: Words::of(Language::English),
            zone: TimeZone::UTC,
            now: Moment::UNIX_EPOCH,
        };
        device_row(device, silent, &when).todo.len()
    }

    #[test]
    fn limits_one_below_at_one_above() {
        assert_eq!(todos(&line(), 2), 0);
        assert_eq!(todos(&line(), 3), 1);
        assert_eq!(todos(&line(), 4), 1);
        let with = |change: &dyn Fn(&mut DeviceLine)| {
            let mut device = line();
            change(&mut device);
            todos(&device, 0)
        };
        assert_eq!(with(&|d| d.battery_percent = Some(15)), 1);
        assert_eq!(with(&|d| d.battery_percent = Some(14)), 1);
        for (offset_ms, expected) in [
            (299_999, 0),
            (300_000, 0),
            (300_001, 1),
            (-300_000, 0),
            (-300_001, 1),
        ] {
            assert_eq!(with(&|d| d.clock_offset_ms = Some(offset_ms)), expected);
        }
        assert_eq!(with(&|d| d.records_lost = 1), 1);
        assert_eq!(with(&|d| d.bond = Some(Bond::Lost)), 1);
        assert_eq!(with(&|d| d.trouble = Some("services_missing".into())), 1);
        let mut meter = line();
        meter.kind = DeviceKind::Meter;
        assert_eq!((todos(&meter, 5), todos(&meter, 6)), (0, 1));
    }

    #[rstest]
    #[case(0, "±0 秒")]
    #[case(-2_000, "±2 秒")]
    #[case(2_001, "慢 3 秒")]
    #[case(-2_001, "快 3 秒")]
    #[case(3_480_000, "慢 58 分")]
    #[case(i64::MIN, "快 106751991167 天")]
    fn a_clock_is_slow_or_fast(#[case] offset_ms: i64, #[case] said: &str) {
        assert_eq!(clock(Words::of(Language::Chinese), offset_ms), said);
    }
}
