"""The air and the machine's radio: Bumble's virtual link and controller, made to behave as a real one does.

Bumble 0.0.236 is built for its own host; Linux asks more of a controller. What is put right here stands beside
the line that does it.
"""
import asyncio
import itertools

from bumble import hci
from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport.common import PacketParser

HUB_ADDRESS = "00:1B:DC:0A:0B:0C"
# One way; the shortest connection interval of Bluetooth is 7.5 ms, cuffs take 15 ms and more.
LATENCY_S = 0.015
LINK_LOST = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR


class Air(LocalLink):
    """Every packet takes its time, in both directions, and none overtakes another.

    A link without any delay answers inside the very turn of bluetoothd's loop that asked, which no radio can; BlueZ 5.66
    then loses a request that must be repeated encrypted (src/shared/att.c, can_write_data).
    """

    def _later(self, what, *arguments):
        asyncio.get_running_loop().call_later(LATENCY_S, what, *arguments)

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        """Bumble names the sender by its present random address. Linux changes that while it scans, and is connected
        by its public one: the receiver would not know the connection. The connection's own address is right."""
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection and receiver:
            self._later(self._deliver, receiver, connection.self_address, transport, data)

    def _deliver(self, receiver, sender_address, transport, data):
        if sender_address in receiver.le_connections:  # else the link was lost meanwhile
            receiver.on_link_acl_data(sender_address, transport, data)

    def send_ll_control_pdu(self, sender_address, receiver_address, packet):
        """The end of a connection must not come before what was sent in it."""
        receiver = self.find_le_controller(receiver_address)
        if receiver:
            self._later(self._control, receiver, sender_address, packet)

    def _control(self, receiver, sender_address, packet):
        if sender_address in receiver.le_connections:
            receiver.on_ll_control_pdu(sender_address, packet)

    def lose(self, controller):
        """Radio silence: both ends of every connection of this controller learn of it by their time limit."""
        for connection in list(controller.le_connections.values()):
            peer = self.find_le_controller(connection.peer_address)
            for side, other in ((controller, connection.peer_address), (peer, connection.self_address)):
                if side and other in side.le_connections:
                    side.on_le_disconnected(side.le_connections[other], LINK_LOST)


class HubRadio(Controller):
    """The controller behind the machine's serial line. It can be pulled out and put back."""

    # With these bits Linux uses commands whose answers this controller gives in the old form, and waits in vain.
    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
        | hci.LeFeatureMask.LL_PRIVACY)

    def __init__(self, air, diary):
        super().__init__("hub", link=air, public_address=HUB_ADDRESS + "/P")
        self.air, self.diary = air, diary
        self.plugged = True
        self.set_packet_sink(self)
        self._line = None
        self._parser = PacketParser(self.from_host())
        # A real signal is never twice the same; that is how BlueZ tells that a known device speaks again.
        self._strength = itertools.cycle((-58, -61, -57, -63, -60))

    def from_host(radio):
        class FromHost:
            def on_packet(self, packet):
                if radio.plugged:
                    Controller.on_packet(radio, packet)

        return FromHost()

    async def serve(self, path):
        """Listens where the machine's serial line connects to."""
        radio = self

        class Line(asyncio.Protocol):
            def connection_made(self, transport):
                radio._line = transport

            def data_received(self, data):
                if radio.plugged:
                    radio._parser.feed_data(data)

        await asyncio.get_running_loop().create_unix_server(Line, path)

    def send_hci_packet(self, packet):
        if not self.plugged or self._line is None:
            return
        if isinstance(packet, hci.HCI_LE_Advertising_Report_Event):
            for report in packet.reports:
                report.rssi = next(self._strength)
        self._line.write(bytes(packet))

    def pull_out(self):
        self.air.lose(self)
        self.plugged = False
        self.diary.note("radio", "pulled out")

    def put_in(self):
        """Comes back as after power-on, also if the line was cut inside a packet."""
        self._parser.reset()
        self.forget_everything()
        self.plugged = True
        self.diary.note("radio", "put in")

    def forget_everything(self):
        self.le_scan_enable = False
        self.pending_le_connection = None

    def on_hci_reset_command(self, command):
        """Bumble keeps its connections over a reset."""
        self.air.lose(self)
        self.forget_everything()
        return super().on_hci_reset_command(command)

    def on_hci_le_create_connection_cancel_command(self, command):
        """Bumble says yes and goes on trying; Core specification, volume 4, part E, 7.8.13 wants the attempt ended,
        with an event that says so."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        ended = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, connection_handle=0,
            role=hci.Role.CENTRAL, peer_address_type=pending.peer_address_type, peer_address=pending.peer_address,
            connection_interval=0, peripheral_latency=0, supervision_timeout=0, central_clock_accuracy=0)
        asyncio.get_running_loop().call_soon(self.send_hci_packet, ended)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)
