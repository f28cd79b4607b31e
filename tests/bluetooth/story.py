"""What happens in one boot, in chapters. Every step waits for an event and has its own limit."""
import asyncio
import os
from datetime import timedelta

from cast import NO_CLAIM, known
from diary import LabFailure
from meter import REPORT, SUCCESS

STEP = 60  # seconds; a busy machine is ten times slower than a free one
REPORTED = bytes([6, 0, REPORT, SUCCESS]).hex()


class Story:
    def __init__(self, diary, radio, machine, hub, cast):
        self.diary, self.radio, self.machine, self.hub, self.cast = diary, radio, machine, hub, cast

    async def play(self):
        for chapter in (self.the_room_opens, self.a_cuff_that_resends, self.a_meter_without_since,
                        self.a_clock_years_off, self.a_cuff_that_leaves, self.a_cuff_that_does_not_wait,
                        self.forty_records_and_a_passkey, self.bluetoothd_is_killed, self.the_radio_is_pulled,
                        self.the_hub_is_killed, self.a_device_is_forgotten, self.by_hand, self.the_room_closes):
            self.diary.note("story", "chapter", chapter.__name__.replace("_", " "))
            await chapter()

    # --- steps --------------------------------------------------------------------------------------------

    async def visit(self, device, pairing=False):
        """The device wakes, the hub comes, and it is left alone again."""
        mark = self.diary.mark()
        await device.wake(pairing)
        await self.diary.until(device.name, "connected", mark, STEP)
        await self.diary.until(device.name, "disconnected", mark, STEP)
        return mark

    async def added(self, device, profile, **wishes):
        """Staff add the device; what it held before comes at once, or at its first visit."""
        mark = self.diary.mark()
        await self.hub.pair(device, profile, **wishes)
        await self.diary.until(device.name, "paired", mark, STEP)
        await self.diary.until(device.name, "disconnected", mark, STEP)
        if not self.diary.since(mark, device.name, "subscribed"):
            await self.visit(device)
        await self.arrived(device)

    async def arrived(self, device):
        """What this device must have brought by now stands in the journal."""
        mine = [one for one in self.cast.expected if one.device == device.address]
        wanted = len(mine) - len({one.may_be_missing for one in mine} - {""})
        end = self.machine.now() + STEP
        while (found := await self.hub.readings_of(device.address)) < wanted:
            if self.machine.now() > end:
                raise LabFailure(f"{device.name}: {found} readings in the journal, {wanted} expected")
            await asyncio.sleep(0.5)  # the machine has one more thing to do than to be asked
        self.diary.note("story", "arrived", f"{device.name}: {found} of {len(mine)}")

    async def begin_bluetoothd(self):
        options = os.environ.get("LAB_BLUETOOTHD_OPTIONS", "")
        await self.machine.ask(f"BLUETOOTHD_OPTIONS='{options}' begin_bluetoothd")

    def must(self, holds, what):
        if not holds:
            raise LabFailure(what)

    # --- chapters -----------------------------------------------------------------------------------------

    async def the_room_opens(self):
        if os.environ.get("LAB_BTMON"):
            await self.machine.ask("begin btmon btmon -w /out/btmon.snoop")
        await self.begin_bluetoothd()
        await self.machine.ask("plug_radio")
        for device in self.cast.devices:
            await device.power_on()
        await self.cast.stranger.wake(pairing=True)
        await self.hub.install()
        await self.hub.start()
        await self.hub.sign_in()

    async def a_cuff_that_resends(self):
        """Enrolled by the roster: it makes its bond by itself, without digits, at its first visit."""
        cuff = self.cast.resender
        self.cast.resender_holds()
        await self.visit(cuff, pairing=True)
        await self.arrived(cuff)
        await self.visit(cuff)
        self.cast.cuff_holds(cuff, "131/82 66", "2026-11-23 08:05:00", known("zhao", "device_slot"), user=0)
        mark = await self.visit(cuff)
        sent = self.diary.since(mark, cuff.name, "confirmed")
        self.must(len(sent) == 4, f"{cuff.name} sent {len(sent)} instead of its whole memory of 4")
        await self.arrived(cuff)

    async def a_meter_without_since(self):
        meter = self.cast.plain
        self.cast.plain_holds()
        await self.visit(meter, pairing=True)
        await self.arrived(meter)
        self.cast.meter_holds(meter, 4, "0.0067", "6.7", "2026-11-23 08:20:00", known("qian", "own_device"))
        mark = await self.visit(meter)
        refused = [e for e in self.diary.since(mark, meter.name, "answered") if e.detail[-2:] == "04"]
        self.must(refused, f"{meter.name} was never asked from a number on: the fall-back was not tried")
        await self.arrived(meter)

    async def a_clock_years_off(self):
        meter = self.cast.years_off
        self.cast.years_off_holds()
        mark = await self.visit(meter, pairing=True)
        await self.arrived(meter)
        order = [e.what for e in self.diary.entries[mark:] if e.who == meter.name and e.what in ("reported", "clock set")]
        self.must(order == ["reported", "clock set"], f"{meter.name}: the clock is set after the download, not {order}")
        self.must(abs(meter.clock.off_by) < timedelta(seconds=5), f"{meter.name}: its clock is off by {meter.clock.off_by}")
        self.cast.meter_measures(meter, 9, "0.0049", "4.9", known("zhao", "own_device"))
        await self.visit(meter)
        await self.arrived(meter)

    async def a_cuff_that_leaves(self):
        cuff = self.cast.leaver
        self.cast.leaver_held_before()
        await self.added(cuff, "omron-x4", own="zhao")
        for _ in range(2):  # equal numbers, another time: two measurements
            self.cast.cuff_measures(cuff, "131/82 68", known("zhao", "own_device"))
            await self.visit(cuff)
            await self.arrived(cuff)
        self.cast.cuff_fails(cuff)
        await self.visit(cuff)

    async def a_cuff_that_does_not_wait(self):
        cuff = self.cast.hasty
        await self.added(cuff, "and-ua651")
        for values in ("118/71 62", "119/72 63", "117/70 61"):
            await self.hasty_measures(values, "")

    async def hasty_measures(self, values, may_be_missing):
        cuff = self.cast.hasty
        self.cast.cuff_measures(cuff, values, NO_CLAIM, may_be_missing=may_be_missing)
        await self.visit(cuff)
        await self.arrived(cuff)

    async def forty_records_and_a_passkey(self):
        await self.added(self.cast.forty, "accu-chek", digits=True)

    # --- faults, each during a download -------------------------------------------------------------------

    async def bluetoothd_is_killed(self):
        await self.both_in(BluetoothdKilled(self), batch=0)

    async def the_radio_is_pulled(self):
        await self.both_in(RadioPulled(self), batch=1)

    async def the_hub_is_killed(self):
        await self.both_in(HubKilled(self), batch=2)

    async def both_in(self, fault, batch):
        await self.meter_in(fault, batch)
        await self.cuff_in(fault, batch)
        # One that sends at once is not listened to when the hub has not met it since its start.
        may_be_missing = f"{fault.name}, a cuff that does not wait" if fault.forgets_sessions else ""
        await self.hasty_measures(f"{121 + batch}/73 64", may_be_missing)
        await self.hasty_measures(f"{121 + batch}/74 65", "")

    async def meter_in(self, fault, batch):
        """Forty more records; it strikes before the twentieth; the next connection brings them all."""
        meter = self.cast.forty
        self.cast.forty_holds(batch)
        mark = self.diary.mark()
        meter.trouble, meter.trouble_at = fault.strike, 40 * batch + 20
        await meter.wake()
        await self.diary.until(meter.name, "cut off", mark, STEP)
        await fault.mend()
        await self.diary.until(meter.name, "answered", mark, 2 * STEP, detail=REPORTED)
        await self.arrived(meter)
        await self.left_alone(meter)

    async def cuff_in(self, fault, batch):
        """Six readings; it strikes while the third is in the air; that one may be lost."""
        cuff = self.cast.leaver
        self.cast.leaver_holds_six(9 + batch, 120 + 10 * batch, f"{fault.name}, a cuff that waits and forgets")
        struck = asyncio.Event()

        async def strike():
            await fault.strike()
            struck.set()

        mark = self.diary.mark()
        cuff.trouble, cuff.trouble_at = strike, 2
        await cuff.wake()
        await self.diary.until(cuff.name, "sending", mark, STEP)
        await asyncio.wait_for(struck.wait(), STEP)
        await fault.mend()
        await self.diary.until(cuff.name, "sent", mark, 2 * STEP)
        await self.arrived(cuff)
        await self.left_alone(cuff)

    async def left_alone(self, device):
        mark = self.diary.mark()
        if device.connection is not None:
            await self.diary.until(device.name, "disconnected", mark, STEP)

    # --- the end ------------------------------------------------------------------------------------------

    async def a_device_is_forgotten(self):
        """From then on it is a stranger like any other."""
        meter = self.cast.plain
        await self.hub.forget(meter)
        bonds = await self.machine.ask("ls /var/lib/bluetooth/*/")
        self.must(meter.address not in bonds, f"{meter.name} was forgotten, and BlueZ still has its bond")
        mark = self.diary.mark()
        await meter.wake(pairing=True)
        # The hub hears it and comes to the other: the one is proof that it was listening to both.
        await self.visit(self.cast.resender)
        self.must(not self.diary.since(mark, meter.name, "connected"), f"{meter.name} was forgotten, and connected to")
        await meter.sleep()

    async def by_hand(self):
        """The same by commands: who is near, out of service, and in again with its six digits."""
        command = self.machine.ask
        said = await command("hub device scan", may_fail=True)
        self.must("the hub is running" in said, f"the radio was not refused to a command: {said}")
        await self.hub.stop()
        said = await command("hub device list")
        enrolled = {self.cast.leaver, self.cast.resender, self.cast.hasty, self.cast.forty, self.cast.years_off}
        listed = {device for device in self.cast.devices if device.address in said}
        self.must(listed == enrolled, f"`device list` says: {said}")
        meter, mark = self.cast.forty, self.diary.mark()
        await meter.wake(pairing=True)
        said = await command("hub device scan --seconds 5")
        for device in (meter, self.cast.stranger):
            self.must(device.address in said, f"{device.name} is not in: {said}")
        await command(f"hub device forget {meter.address}")
        pairing = asyncio.ensure_future(command(
            f"mkfifo /tmp/digits; hub device pair {meter.address} --profile accu-chek --label hand --centre c1 <>/tmp/digits"))
        shown = await self.diary.until(meter.name, "display", mark, STEP)
        await command(f"echo {shown.detail} >/tmp/digits")
        self.must("is enrolled" in await pairing, "`device pair` did not enrol")
        await self.diary.until(meter.name, "paired", mark, STEP)

    async def the_room_closes(self):
        stranger = self.cast.stranger.name
        self.must(not self.diary.since(0, stranger, "connected"), "the stranger's cuff was connected to")
        for meter in (self.cast.forty, self.cast.plain, self.cast.years_off):
            deletes = [e.detail for e in self.diary.since(0, meter.name, "asked") if e.detail.startswith("02")]
            self.must(not deletes, f"{meter.name} was asked to delete: {deletes}")
        for device in self.cast.devices[:-1]:
            pairings = self.diary.since(0, device.name, "paired")
            wanted = 2 if device is self.cast.forty else 1  # once more by hand
            self.must(len(pairings) == wanted, f"{device.name} was paired {len(pairings)} times")
        said = await self.machine.ask("hub check && cp /journal/journal.sqlite* /out/", limit=STEP)
        self.diary.note("hub", "checked", said.strip())


class BluetoothdKilled:
    name = "bluetoothd killed"
    forgets_sessions = True

    def __init__(self, story):
        self.story = story

    async def strike(self):
        await self.story.machine.ask("kill_bluetoothd")

    async def mend(self):
        await self.story.begin_bluetoothd()


class RadioPulled:
    name = "radio pulled out"
    forgets_sessions = True

    def __init__(self, story):
        self.story = story

    async def strike(self):
        self.story.radio.pull_out()
        await self.story.machine.ask("unplug_radio")

    async def mend(self):
        self.story.radio.put_in()
        await self.story.machine.ask("plug_radio")


class HubKilled:
    name = "hub killed"
    forgets_sessions = True

    def __init__(self, story):
        self.story = story

    async def strike(self):
        await self.story.hub.kill()

    async def mend(self):
        await self.story.hub.start()
