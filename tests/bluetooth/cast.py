"""Who is on the air, what each device holds, and what the journal must hold of it afterwards: written down here,
number by number, not worked out by anything of the hub's.

Times are the place's (Asia/Shanghai). The story begins on 2026-11-23 at 08:30.
"""
from dataclasses import dataclass
from datetime import datetime, timedelta

from cuff import Cuff
from frames import DeviceClock, glucose, meal, pressure
from meter import Meter
from peripheral import JUST_WORKS, PASSKEY

# Of readings older than this the roster knows nothing: it was told of the devices in it on this day.
BEFORE_ENROLMENT = "unclaimed before_enrolment"
NO_CLAIM = "unclaimed no_claim"


def known(person, basis):
    return f"{person} {basis}"


@dataclass(frozen=True)
class Expected:
    """One reading as it must stand in the journal."""

    device: str  # identity address
    values: str  # '131/82 68' or '6.1 fasting'
    sent: str  # device time as it was sent
    taken: datetime  # when it truly was, local time
    subject: str  # 'zhao own_device', 'unclaimed no_claim', ...
    methods: tuple = ("offset_read",)  # how that is known
    may_be_missing: str = ""  # of all readings with this word at most one may be missing


def clock_off_by(shown, true):
    return datetime.fromisoformat(shown) - datetime.fromisoformat(true)


class Cast:
    def __init__(self, air, diary, true_now):
        self.true_now = true_now
        self.expected = []

        def clock(off_by=timedelta(0)):
            return DeviceClock(true_now, off_by)

        # Forgets what it has sent; its owner is known.
        self.leaver = Cuff(air, diary, "X4 Smart 01", "C0:26:DA:00:00:01", "HEM-7155T-EBK", clock=clock())
        # Sends its whole memory at every connection; two buttons for two persons.
        self.resender = Cuff(air, diary, "Yuwell BP-YE680B", "C0:26:DA:00:00:02", "YE680B", keeps=True, clock=clock())
        # Does not wait to be subscribed to, and wants its clock and a command of its maker first.
        self.hasty = Cuff(air, diary, "A&D_UA-651BLE_03", "C0:26:DA:00:00:03", "UA-651BLE", waits=False, clock=clock(),
                          vendor=("233bf000-5a34-1b6d-975c-000d5690abe4", "233bf001-5a34-1b6d-975c-000d5690abe4"))
        # Forty records at a time; shows six digits to be paired.
        self.forty = Meter(air, diary, "meter+00000004", "C0:26:DA:00:00:04", "925", PASSKEY, clock())
        # Knows nothing of "from this number on".
        self.plain = Meter(air, diary, "Glucose 05", "C0:26:DA:00:00:05", "G5", JUST_WORKS, clock(), knows_since=False)
        # Its battery was changed: it believes that it is 2018.
        self.years_off = Meter(air, diary, "Glucose 06", "C0:26:DA:00:00:06", "G6", JUST_WORKS, clock(
            clock_off_by("2018-01-01 00:05:00", "2026-11-23 08:30:00")))
        # A visitor's own cuff, of the same make as one of ours, ready to be paired by anybody.
        self.stranger = Cuff(air, diary, "X4 Smart 99", "C0:26:DA:00:00:99", "HEM-7155T-EBK")
        self.stranger.measure(pressure("188", "104", "2026-11-23 08:12:00", "91"))
        self.devices = [self.leaver, self.resender, self.hasty, self.forty, self.plain, self.years_off, self.stranger]

    # --- cuffs --------------------------------------------------------------------------------------------

    def cuff_holds(self, cuff, values, at, subject, user=None, may_be_missing=""):
        """A measurement of some time ago."""
        self._cuff(cuff, values, datetime.fromisoformat(at), subject, user, may_be_missing)

    def cuff_measures(self, cuff, values, subject, user=None, may_be_missing=""):
        """A measurement of this moment."""
        self._cuff(cuff, values, cuff.clock.shown() - cuff.clock.off_by, subject, user, may_be_missing)

    def _cuff(self, cuff, values, true, subject, user, may_be_missing):
        systolic, diastolic, pulse = values.replace("/", " ").split()
        shown = (true + cuff.clock.off_by).replace(microsecond=0)
        cuff.measure(pressure(systolic, diastolic, shown.isoformat(" "), pulse, user))
        # One that does not wait may have sent and gone before its clock could be read.
        methods = ("offset_read",) if cuff.waits else ("offset_read", "offset_known")
        self.expected.append(Expected(cuff.address, values, shown.isoformat(), true, subject, methods, may_be_missing))

    def cuff_fails(self, cuff):
        """Err on the display: no numbers, a right time. It is no reading."""
        shown = cuff.clock.shown().isoformat(" ", "seconds")
        cuff.measure(pressure("NaN", "NaN", shown, "NaN"))

    def leaver_held_before(self):
        self.cuff_holds(self.leaver, "143/88 71", "2026-11-22 07:40:00", BEFORE_ENROLMENT)

    def leaver_holds_six(self, hour, base, may_be_missing):
        """Six of another day, all different: of these one may be lost in a fault."""
        for number in range(6):
            self.cuff_holds(self.leaver, f"{base + number}/{70 + number} {60 + number}",
                            f"2026-11-22 {hour:02}:0{number}:00", BEFORE_ENROLMENT, may_be_missing=may_be_missing)

    def resender_holds(self):
        self.cuff_holds(self.resender, "127/79 64", "2026-11-22 16:10:00", known("zhao", "device_slot"), user=0)
        self.cuff_holds(self.resender, "139/85 73", "2026-11-22 16:20:00", known("qian", "device_slot"), user=1)
        self.cuff_holds(self.resender, "118/74 80", "2026-11-22 16:30:00", NO_CLAIM, user=255)

    # --- meters -------------------------------------------------------------------------------------------

    def forty_holds(self, batch):
        """Records 1 to 40, 41 to 80, 81 to 120: every fifth with its meal. This meter's base time is UTC and its
        offset the zone's; its values are in mol/L."""
        for number in range(40 * batch + 1, 40 * batch + 41):
            base = datetime(2026, 11, 18 + batch, 0, 0, 0) + timedelta(minutes=30 * number)
            tenths = 40 + number % 37
            code = (1, 2, 3, 4, 5)[number // 5 % 5] if number % 5 == 0 else None
            self.forty.records.append((
                number,
                glucose(number, base.isoformat(" "), mol_l=f"0.00{tenths}", offset_minutes=480, context=code is not None),
                meal(number, code) if code else None))
            word = {None: "unknown", 1: "before_meal", 2: "after_meal", 3: "fasting", 4: "casual", 5: "bedtime"}[code]
            value = f"{tenths // 10}.{tenths % 10}" if tenths % 10 else f"{tenths // 10}"
            self.expected.append(Expected(self.forty.address, f"{value} {word}", f"{base.isoformat()}+480min",
                                          base + timedelta(hours=8), BEFORE_ENROLMENT))

    def meter_holds(self, meter, number, mol_l, mmol_l, true, subject):
        true = datetime.fromisoformat(true)
        shown = (true + meter.clock.off_by).replace(microsecond=0)
        meter.records.append((number, glucose(number, shown.isoformat(" "), mol_l=mol_l), None))
        self.expected.append(Expected(meter.address, f"{mmol_l} unknown", shown.isoformat(), true, subject))

    def meter_measures(self, meter, number, mol_l, mmol_l, subject):
        true = (meter.clock.shown() - meter.clock.off_by).isoformat(" ", "seconds")
        self.meter_holds(meter, number, mol_l, mmol_l, true, subject)

    def plain_holds(self):
        """In kg/L: what 100 000 x the number is in mg/dL, divided by 18.016 and rounded half up to two places."""
        for number, kg_l, mmol_l, at in ((1, "0.00108", "5.99", "2026-11-21 07:05:00"),
                                         (2, "0.00090", "5", "2026-11-22 07:02:00"),
                                         (3, "0.00220", "12.21", "2026-11-22 09:31:00")):
            self.plain.records.append((number, glucose(number, at, kg_l=kg_l), None))
            self.expected.append(Expected(self.plain.address, f"{mmol_l} unknown", at.replace(" ", "T"),
                                          datetime.fromisoformat(at), known("qian", "own_device")))

    def years_off_holds(self):
        """What it shows is 2017-12-31 23:05:00 and 2018-01-01 00:00:00."""
        self.meter_holds(self.years_off, 7, "0.0058", "5.8", "2026-11-23 07:30:00", known("zhao", "own_device"))
        self.meter_holds(self.years_off, 8, "0.0101", "10.1", "2026-11-23 08:25:00", known("zhao", "own_device"))
        assert [one.sent for one in self.expected[-2:]] == ["2017-12-31T23:05:00", "2018-01-01T00:00:00"]
