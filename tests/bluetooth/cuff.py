"""Blood pressure cuffs, by how they send: waiting to be subscribed to or not, forgetting or not."""
import asyncio

from peripheral import INDICATE, JUST_WORKS, READ, WRITE, LinkGone, Peripheral
from bumble.core import UUID
from bumble.gatt import Service

APPEARANCE_CUFF = 0x0380
MEASUREMENT, FEATURE, DATE_TIME, BATTERY = 0x2A35, 0x2A49, 0x2A08, 0x2A19
# A virtual link has no air time; a real cuff needs some connection intervals for a frame and its confirmation.
AIR_TIME_S = 0.1
# How long it stays after its last frame was confirmed. One with patience stays until its clock was read, and so much
# longer that a busy machine has taken the answer: BlueZ throws away what it finds together with the end of the link.
LINGERS_S = 0.5
PATIENCE_S = 12
ANSWERED_S = 2
# The machine is some twenty times slower than a real one: from a kill until nobody listens any more it takes half a second,
# in which a cuff at its own pace would have sent three frames more. So it holds its breath until the blow is felt.
FELT_LIMIT_S = 30


class Cuff(Peripheral):
    """Sends its memory and leaves.

    keeps: sends the whole memory again at every connection; else it forgets what was confirmed.
    waits: sends when it is subscribed to, and leaves when it has sent and was asked for its clock; else it sends as
    soon as the link is encrypted, to whom it once was subscribed by, and leaves whatever was asked.
    """

    def __init__(self, air, diary, name, address, model, keeps=False, waits=True, clock=None, vendor=None,
                 security=JUST_WORKS):
        super().__init__(air, diary, name, address, [0x1810], APPEARANCE_CUFF, security)
        self.model, self.keeps, self.waits, self.clock, self.vendor = model, keeps, waits, clock, vendor
        self.memory = []
        self.confirmed = []
        self.trouble = None  # asynchronous; called once, when the wanted frame is on its way
        self.trouble_at = None
        self._was_subscribed = False
        self._sending = None
        self._clock_was_read = asyncio.Event()
        self._unheard = asyncio.Event()

    def information(self):
        return {0x2A29: "LabWorks", 0x2A24: self.model, 0x2A25: self.address[-5:].replace(":", "")}

    def services(self):
        in_cuff = [self.characteristic(MEASUREMENT, INDICATE), self.characteristic(FEATURE, READ, bytes(2))]
        if self.clock:
            in_cuff.append(self.characteristic(DATE_TIME, READ | WRITE, self._clock_read, self._clock_written))
        services = [Service(UUID.from_16_bits(0x1810), in_cuff),
                    Service(UUID.from_16_bits(0x180F), [self.characteristic(BATTERY, READ, bytes([81]))])]
        if self.vendor:
            service, characteristic = self.vendor
            services.append(Service(UUID(service), [self.characteristic(
                characteristic, WRITE, written=lambda value: self.note("vendor", value.hex()))]))
        return services

    def _clock_read(self):
        self._clock_was_read.set()
        return self.clock.date_time()

    def _clock_written(self, value):
        self.clock.written(value)
        self.note("clock set", self.clock.shown().isoformat(" ", "seconds"))

    def measure(self, *frames):
        self.memory += frames

    def on_subscribed(self, number, on):
        if number == MEASUREMENT:
            self._was_subscribed |= on
            self._unheard.clear() if on else self._unheard.set()
            if on and self._sending is None:
                self._begin(unasked=False)

    def on_encrypted(self):
        if not self.waits and self._was_subscribed and self._sending is None:
            self._begin(unasked=True)

    async def _patience(self):
        """On a busy machine the hub asks late."""
        asked = asyncio.ensure_future(self._clock_was_read.wait())
        await asyncio.wait({asked, self._gone}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            await asyncio.wait({self._gone}, timeout=ANSWERED_S)
        asked.cancel()

    def on_disconnected(self):
        self._sending = None
        self._clock_was_read.clear()

    def _begin(self, unasked):
        self._sending = asyncio.ensure_future(self._send(unasked))

    async def _send(self, unasked):
        self.note("sending", len(self.memory))
        try:
            if not unasked:
                await asyncio.sleep(AIR_TIME_S)  # the answer to the subscription leaves first
            for place, frame in enumerate(list(self.memory)):
                indication = asyncio.ensure_future(self.indicate(MEASUREMENT, frame, unasked))
                if place == self.trouble_at:
                    trouble, self.trouble, self.trouble_at = self.trouble, None, None
                    # The frame leaves first; then, at once and beside it, what goes wrong.
                    await asyncio.sleep(0)
                    asyncio.ensure_future(trouble())
                else:
                    trouble = None
                await indication
                self.confirmed.append(frame)
                self.note("confirmed", frame.hex())
                if not self.keeps:
                    self.memory.remove(frame)
                if trouble:
                    await asyncio.wait_for(self.while_connected(self._unheard.wait()), FELT_LIMIT_S)
                await asyncio.sleep(AIR_TIME_S)
            self.note("sent")
            self.unfinished = False
            await asyncio.sleep(LINGERS_S)
            if self.waits:
                await self._patience()
            await self.leave()
        except LinkGone:
            self.cut_off(f"{len(self.memory)} left")
        finally:
            self._sending = None
