"""A Bluetooth device on the virtual air: one Bumble controller and host, its GATT table, its bond, its manners."""
import asyncio
import struct

from bumble import att, hci
from bumble.controller import Controller
from bumble.core import AdvertisingData, UUID
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import (GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, Characteristic, CharacteristicValue,
                         Descriptor, Service)
from bumble.hci import Address
from bumble.host import Host
from bumble.pairing import PairingConfig, PairingDelegate

READ = Characteristic.Properties.READ
WRITE = Characteristic.Properties.WRITE
NOTIFY = Characteristic.Properties.NOTIFY
INDICATE = Characteristic.Properties.INDICATE
Needs = att.Attribute.Permissions

OPEN, JUST_WORKS, PASSKEY = "open", "just works", "passkey"
ADVERTISING_MS = 100
IDLE_S = 40  # a device that nobody speaks to leaves; a starved machine is silent for longer than one would think


class LinkGone(Exception):
    """The central went away in the middle, or stopped listening."""


class Peripheral:
    """Asleep until `wake`; then it advertises until somebody connects, and sleeps again when left alone."""

    def __init__(self, air, diary, name, address, services, appearance, security=JUST_WORKS):
        self.air, self.diary = air, diary
        self.name, self.address, self.security = name, address, security
        self.advertised, self.appearance = services, appearance
        self.pairing_mode = False
        self.unfinished = False  # cut off in the middle: it will try again by itself
        self.connection = None
        self.characteristics = {}
        self.subscribed = set()
        self._gone = None
        self._tired = None
        self._device = None

    def note(self, what, detail=""):
        return self.diary.note(self.name, what, detail)

    # --- GATT table ---------------------------------------------------------------------------------------

    def services(self):
        """Overridden: what the device offers beside its Device Information."""
        return []

    def information(self):
        """Overridden: Device Information, characteristic number to text."""
        return {}

    def _guard(self, reading, writing):
        if self.security == OPEN:
            return (Needs.READABLE if reading else 0) | (Needs.WRITEABLE if writing else 0)
        needs = Needs(0)
        if reading:
            needs |= Needs.READABLE | Needs.READ_REQUIRES_ENCRYPTION
        if writing:
            needs |= Needs.WRITEABLE | Needs.WRITE_REQUIRES_ENCRYPTION
        if self.security == PASSKEY:
            needs |= (Needs.READ_REQUIRES_AUTHENTICATION if reading else 0)
            needs |= (Needs.WRITE_REQUIRES_AUTHENTICATION if writing else 0)
        return needs

    def characteristic(self, number, properties, read=None, written=None):
        """`read`: bytes, or a function that gives them. `written`: a function of the bytes."""
        uuid = UUID(number) if isinstance(number, str) else UUID.from_16_bits(number)
        value = read if isinstance(read, bytes) else CharacteristicValue(
            read=(lambda connection: read()) if read else None,
            write=(lambda connection, value: written(bytes(value))) if written else None)
        guard = self._guard(bool(properties & READ), bool(properties & WRITE))
        made = Characteristic(uuid, properties, guard, value if value is not None else b"")
        if properties & (NOTIFY | INDICATE):
            # Of its own, and before the service is added: only so can subscribing demand encryption.
            made.descriptors = [Descriptor(
                GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, self._guard(True, True),
                self._device.gatt_server.make_descriptor_value(made))]
            made.on("subscription", lambda bearer, notify, indicate: self._subscribed(number, notify or indicate))
        self.characteristics[number] = made
        return made

    def _subscribed(self, number, on):
        self.note("subscribed" if on else "unsubscribed", f"{number:04x}")
        self.subscribed.add(number) if on else self.subscribed.discard(number)
        self.spoken_to()
        self.on_subscribed(number, on)

    def on_subscribed(self, number, on):
        """Overridden by devices that send when they are listened to."""

    # --- life ---------------------------------------------------------------------------------------------

    async def power_on(self):
        controller = Controller(self.name, link=self.air)
        host = Host()
        host.controller = controller
        self._device = Device(host=host, config=DeviceConfiguration(
            name=self.name, address=Address(self.address), irk=struct.pack("<Q8x", hash_of(self.address))))
        information = Service(UUID.from_16_bits(0x180A), [
            self.characteristic(number, READ, text.encode()) for number, text in self.information().items()])
        self._device.add_services([information, *self.services()])
        self._device.pairing_config_factory = lambda connection: PairingConfig(
            sc=True, mitm=self.security == PASSKEY, bonding=True, delegate=Manners(self),
            # Linux refuses an identity of the other kind.
            identity_address_type=PairingConfig.AddressType.RANDOM)
        self._device.on("connection", self._connected)
        await self._device.power_on()
        self._device.advertising_data = bytes(AdvertisingData([
            (AdvertisingData.FLAGS, bytes([0x06])),
            (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
             b"".join(struct.pack("<H", number) for number in self.advertised)),
            (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode()),
            (AdvertisingData.APPEARANCE, struct.pack("<H", self.appearance)),
        ]))

    async def wake(self, pairing=False):
        """As after a measurement, or with the pairing button held."""
        self.pairing_mode = pairing
        if self.connection is None:
            await self._device.start_advertising(
                own_address_type=hci.OwnAddressType.RANDOM, auto_restart=False,
                advertising_interval_min=ADVERTISING_MS, advertising_interval_max=ADVERTISING_MS)
        self.note("awake", "pairing" if pairing else "")

    async def sleep(self):
        await self._device.stop_advertising()
        self.note("asleep")

    def _connected(self, connection):
        self.connection = connection
        self._gone = asyncio.get_running_loop().create_future()
        self.note("connected", str(connection.peer_address))
        self.spoken_to()
        connection.on("disconnection", self._disconnected)
        connection.on("connection_encryption_change", lambda *_: self._encrypted(connection))
        connection.on("pairing", lambda keys: self._paired())
        connection.on("pairing_failure", lambda reason: self.note("pairing failed", reason))

    def _disconnected(self, reason):
        self.connection = None
        self.subscribed.clear()
        if not self._gone.done():
            self._gone.set_result(reason)
        self._tired.cancel()
        self.note("disconnected", f"0x{int(reason):02x}")
        self.on_disconnected()
        if self.unfinished:
            asyncio.ensure_future(self.wake())

    def on_disconnected(self):
        """Overridden: what a device forgets when it is left."""

    def spoken_to(self):
        """Begins the time anew after which it leaves by itself."""
        if self._tired:
            self._tired.cancel()
        self._tired = asyncio.get_running_loop().call_later(
            IDLE_S, lambda: asyncio.ensure_future(self._leave_tired()))

    async def _leave_tired(self):
        self.note("tired")
        self.unfinished |= self.has_more()
        await self.leave()

    def has_more(self):
        """Overridden: it holds what nobody took, and tries again by itself."""
        return False

    def cut_off(self, what=""):
        self.note("cut off", what)
        if not self.unfinished:
            self.unfinished = True
            if self.connection is None:
                asyncio.ensure_future(self.wake())

    def _encrypted(self, connection):
        if connection.encryption:
            self.note("encrypted")
            self.on_encrypted()

    def on_encrypted(self):
        """Overridden by devices that do not wait to be subscribed to."""

    def _paired(self):
        self.pairing_mode = False
        self.note("paired")

    # --- sending ------------------------------------------------------------------------------------------

    async def while_connected(self, work):
        """The result of the work, or `LinkGone` as soon as the central is gone."""
        if self.connection is None:
            work.close()
            raise LinkGone
        task, gone = asyncio.ensure_future(work), self._gone
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        raise LinkGone

    async def indicate(self, number, value, unasked=False):
        """Ends when the central has confirmed."""
        self._must_be_heard(number, unasked)
        self.spoken_to()
        await self.while_connected(self._device.indicate_subscriber(
            self.connection, self.characteristics[number], value, force=unasked))

    async def notify(self, number, value):
        self._must_be_heard(number)
        self.spoken_to()
        await self.while_connected(self._device.notify_subscriber(
            self.connection, self.characteristics[number], value))

    def _must_be_heard(self, number, unasked=False):
        """Bumble drops in silence what nobody has subscribed to; a device keeps it for the next time."""
        if not unasked and number not in self.subscribed:
            raise LinkGone

    async def leave(self):
        if self.connection is not None:
            await self.connection.disconnect()


class Manners(PairingDelegate):
    """How a device pairs: only with its button held, with the six digits on its display where it has one."""

    def __init__(self, peripheral):
        super().__init__(PairingDelegate.DISPLAY_OUTPUT_ONLY if peripheral.security == PASSKEY
                         else PairingDelegate.NO_OUTPUT_NO_INPUT)
        self.peripheral = peripheral

    async def accept(self):
        self.peripheral.note("pairing asked", "taken" if self.peripheral.pairing_mode else "refused")
        return self.peripheral.pairing_mode

    async def display_number(self, number, digits):
        self.peripheral.note("display", f"{number:0{digits}}")


def hash_of(address):
    return int(address.replace(":", ""), 16)
