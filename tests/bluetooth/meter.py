"""Glucose meters: the Glucose Service with its Record Access Control Point."""
import asyncio
import struct

from peripheral import INDICATE, NOTIFY, READ, WRITE, LinkGone, Peripheral
from bumble import att
from bumble.core import UUID
from bumble.gatt import Service

APPEARANCE_METER = 0x0400
MEASUREMENT, CONTEXT, FEATURE, CONTROL_POINT = 0x2A18, 0x2A34, 0x2A51, 0x2A52
CURRENT_TIME, BATTERY = 0x2A2B, 0x2A19
# As on a real link, two or three to a connection interval; faster ones would overflow the machine's socket.
AIR_TIME_S = 0.015

REPORT, ABORT, COUNT = 1, 3, 4
ALL, SINCE = 1, 3
SUCCESS, NOT_SUPPORTED, OPERATOR_NOT_SUPPORTED, NO_RECORDS = 1, 2, 4, 6
ALREADY_RUNNING, NOT_SUBSCRIBED = 0x80, 0x81


class Meter(Peripheral):
    """Keeps its records; reports those asked for, and stays until the central leaves or it grows tired."""

    def __init__(self, air, diary, name, address, model, security, clock=None, knows_since=True):
        super().__init__(air, diary, name, address, [0x1808], APPEARANCE_METER, security)
        self.model, self.clock, self.knows_since = model, clock, knows_since
        self.records = []  # (sequence, measurement, context or None)
        self.trouble = None  # asynchronous; waited for, once, before the wanted record leaves
        self.trouble_at = None
        self._running = None

    def information(self):
        return {0x2A29: "LabWorks", 0x2A24: self.model, 0x2A25: self.address[-5:].replace(":", "")}

    def services(self):
        services = [
            Service(UUID.from_16_bits(0x1808), [
                self.characteristic(MEASUREMENT, NOTIFY), self.characteristic(CONTEXT, NOTIFY),
                self.characteristic(FEATURE, READ, bytes(2)),
                self.characteristic(CONTROL_POINT, WRITE | INDICATE, written=self._asked)]),
            Service(UUID.from_16_bits(0x180F), [self.characteristic(BATTERY, READ, bytes([64]))])]
        if self.clock:
            services.append(Service(UUID.from_16_bits(0x1805), [self.characteristic(
                CURRENT_TIME, READ | WRITE, self.clock.current_time, self._clock_written)]))
        return services

    def _clock_written(self, value):
        self.clock.written(value)
        self.note("clock set", self.clock.shown().isoformat(" ", "seconds"))

    def on_disconnected(self):
        self._running = None

    def _asked(self, value):
        self.note("asked", value.hex())
        self.spoken_to()
        if not {MEASUREMENT, CONTROL_POINT} <= self.subscribed:
            raise att.ATT_Error(NOT_SUBSCRIBED)
        if value[:2] == bytes([ABORT, 0]):
            if self._running:
                self._running.cancel()
            self._running = asyncio.ensure_future(self._abort())
        elif self._running:
            raise att.ATT_Error(ALREADY_RUNNING)
        else:
            self._running = asyncio.ensure_future(self._procedure(value))

    async def _abort(self):
        try:
            await self._answer(bytes([6, 0, ABORT, SUCCESS]))
        except LinkGone:
            self.cut_off("abort")
        finally:
            self._running = None

    async def _procedure(self, request):
        try:
            await asyncio.sleep(AIR_TIME_S)  # the answer to the write leaves first
            await self._answer(await self._carry_out(request))
        except LinkGone:
            self.cut_off(request.hex())
        finally:
            if self._running is asyncio.current_task():
                self._running = None

    async def _carry_out(self, request):
        op, operator = request[0], request[1]
        if op not in (REPORT, COUNT):
            return bytes([6, 0, op, NOT_SUPPORTED])
        if operator == SINCE and self.knows_since and request[2] == 1:
            first = struct.unpack_from("<H", request, 3)[0]
            wanted = [record for record in self.records if record[0] >= first]
        elif operator == ALL:
            wanted = list(self.records)
        else:
            return bytes([6, 0, op, OPERATOR_NOT_SUPPORTED])
        if op == COUNT:
            return bytes([5, 0]) + struct.pack("<H", len(wanted))
        for sequence, measurement, context in wanted:
            if sequence == self.trouble_at:
                trouble, self.trouble, self.trouble_at = self.trouble, None, None
                await trouble()
            await self.notify(MEASUREMENT, measurement)
            if context:
                await self.notify(CONTEXT, context)
            await asyncio.sleep(AIR_TIME_S)
        self.note("reported", len(wanted))
        return bytes([6, 0, REPORT, SUCCESS if wanted else NO_RECORDS])

    async def _answer(self, value):
        await self.indicate(CONTROL_POINT, value)
        self.note("answered", value.hex())
        if value[2:] in (bytes([REPORT, SUCCESS]), bytes([REPORT, NO_RECORDS])):
            self.unfinished = False
