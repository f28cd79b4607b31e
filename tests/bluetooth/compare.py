"""The journal against what was expected: the same readings, each once, of the right person, at the right time.

Reads the file with Python's own SQLite, not with the hub.
"""
import sqlite3
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from frames import ZONE

# The lab knows the machine's clock to a second, a device's clock shows whole seconds, and so does the hub's correction.
TOLERANCE = timedelta(seconds=6)

READINGS = """
SELECT substr(frame.topic, 1, 17), reading.kind, reading.systolic_mmhg, reading.diastolic_mmhg, reading.pulse_bpm,
       reading.mmol_l, reading.value_flag, reading.meal, reading.device_time_sent,
       observation.taken_at_ms, observation.time_method, person.name, observation.basis, observation.unclaimed_reason
FROM reading JOIN observation ON observation.reading_id = reading.id
     JOIN frame ON frame.id = reading.frame_id
     LEFT JOIN person ON person.id = observation.person_id
ORDER BY reading.id
"""


def plain(number):
    """A number as a person would write it: two places, no needless zeros."""
    if number is None:
        return "-"
    text = format(Decimal(number).quantize(Decimal("0.01"), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".")


class Found:
    def __init__(self, row, names):
        (self.device, kind, systolic, diastolic, pulse, mmol_l, flag, meal, self.sent, taken_ms, self.method,
         person, basis, reason) = row
        if kind == "blood_pressure":
            self.values = f"{plain(systolic)}/{plain(diastolic)} {plain(pulse)}"
        else:
            self.values = f"{flag or plain(mmol_l)} {meal}"
        self.taken = datetime.fromtimestamp(taken_ms / 1000, timezone.utc).astimezone(ZONE).replace(tzinfo=None)
        self.subject = f"{names.get(person, person)} {basis}" if person else f"unclaimed {reason}"

    @property
    def key(self):
        return (self.device, self.values, self.sent)


def compare(path, expected, names):
    """What differs, in sentences; how many of those that may be missing are; and what is there, without the
    times that every run has of its own."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as journal:
        found = [Found(row, names) for row in journal.execute(READINGS)]
    wanted = {(one.device, one.values, one.sent): one for one in expected}
    assert len(wanted) == len(expected), "the cast itself holds a reading twice"
    wrong, missing = [], Counter()
    counts = Counter(one.key for one in found)
    for key, one in wanted.items():
        if counts[key] == 0 and one.may_be_missing:
            missing[one.may_be_missing] += 1
        elif counts[key] != 1:
            wrong.append(f"{' '.join(key)}: {counts[key]} times in the journal instead of once")
    for fault, count in missing.items():
        if count > 1:
            wrong.append(f"{fault}: {count} readings are missing; at most the one in flight may be")
    for one in found:
        expectation = wanted.get(one.key)
        if expectation is None:
            wrong.append(f"{' '.join(map(str, one.key))}: in the journal, and nobody measured it")
            continue
        if one.subject != expectation.subject:
            wrong.append(f"{' '.join(one.key)}: is [{one.subject}] instead of [{expectation.subject}]")
        if one.method not in expectation.methods or abs(one.taken - expectation.taken) > TOLERANCE:
            wrong.append(f"{' '.join(one.key)}: taken {one.taken} by {one.method} instead of {expectation.taken}"
                         f" by {' or '.join(expectation.methods)}")
    told = sorted((one.device, one.values, one.subject) for one in found)
    return wrong, missing, told
