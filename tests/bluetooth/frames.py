"""Bytes as devices send them, written from the layouts of the GATT Specification Supplement and from nothing of
the hub's: a mistake in the one is not a mistake in the other."""
import struct
from datetime import datetime, timedelta, timezone
from decimal import Decimal

ZONE = timezone(timedelta(hours=8))  # of the place: Asia/Shanghai


def sfloat(text):
    """Exact decimal text as a medfloat16 word."""
    if text == "NaN":
        return 0x07FF
    sign, digits, exponent = Decimal(text).as_tuple()
    mantissa = int("".join(map(str, digits)))
    assert mantissa < 2046 and -8 <= exponent <= 7, text
    return (exponent & 0xF) << 12 | (-mantissa if sign else mantissa) & 0xFFF


def date_time(local):
    """`YYYY-MM-DD HH:MM:SS` as the seven bytes of Date Time."""
    at = datetime.fromisoformat(local)
    return struct.pack("<HBBBBB", at.year, at.month, at.day, at.hour, at.minute, at.second)


def pressure(systolic, diastolic, at, pulse="70", user=None, mean="NaN"):
    """2A35 in mmHg, with time and pulse, and the user where the device has buttons."""
    flags = 0x06 | (0x08 if user is not None else 0)
    frame = struct.pack("<BHHH", flags, sfloat(systolic), sfloat(diastolic), sfloat(mean))
    frame += date_time(at) + struct.pack("<H", sfloat(pulse))
    return frame + (bytes([user]) if user is not None else b"")


def glucose(sequence, at, mol_l=None, kg_l=None, offset_minutes=None, context=False):
    """2A18: capillary whole blood from the finger."""
    flags = 0x02 | (0x01 if offset_minutes is not None else 0) | (0x04 if mol_l else 0) | (0x10 if context else 0)
    frame = struct.pack("<BH", flags, sequence) + date_time(at)
    if offset_minutes is not None:
        frame += struct.pack("<h", offset_minutes)
    return frame + struct.pack("<HB", sfloat(mol_l or kg_l), 0x11)


def meal(sequence, code):
    """2A34 with nothing but the meal."""
    return struct.pack("<BHB", 0x02, sequence, code)


class DeviceClock:
    """A clock that runs, and may run years away from the true one."""

    def __init__(self, true_now, off_by=timedelta(0)):
        self._true_now, self.off_by = true_now, off_by

    def shown(self):
        return datetime.fromtimestamp(self._true_now(), ZONE).replace(tzinfo=None) + self.off_by

    def set_to(self, shown):
        self.off_by += shown - self.shown()

    def date_time(self):  # 2A08
        return date_time(self.shown().isoformat(" ", "seconds"))

    def current_time(self):  # 2A2B
        return self.date_time() + bytes([self.shown().isoweekday(), 0, 0])

    def written(self, value):
        self.set_to(datetime(*struct.unpack_from("<HBBBBB", value)))


# From the examples of the layouts, so that this file is itself held to something.
assert sfloat("120") == 0x0078 and sfloat("0.00108") == 0xB06C and sfloat("12.4") == 0xF07C
assert pressure("132", "82", "2026-11-23 09:05:00", "68", 2, "98").hex() == "0e840052006200ea070b17090500440002"
assert glucose(42, "2026-11-23 01:05:00", kg_l="0.00108", offset_minutes=480).hex() == "032a00ea070b17010500e0016cb011"
