"""The virtual machine with Debian's kernel and BlueZ, and what is asked of it.

Without hardware virtualisation on purpose: in some virtual machines /dev/kvm opens and yet boots nothing.
"""
import asyncio
import shutil
import socket
import time

from diary import LabFailure

# What the machine's clock shows when it starts, so that the devices can speak of dates that are written down.
STARTS_AT = "2026-11-23T00:30:00"
BOOT_LIMIT = 120


class Machine:
    def __init__(self, image, folder, diary):
        self.image, self.folder, self.diary = image, folder, diary
        self.out = folder / "out"
        self.web_port = free_port()
        self._acts = {}
        self._next = 0
        self._ready = asyncio.get_running_loop().create_future()
        self._writer = None
        self._process = None
        self._ahead = 0.0

    async def boot(self, options=""):
        """Starts it and waits until it answers. The radio's socket must be there already."""
        self.out.mkdir(parents=True)
        await asyncio.start_unix_server(self._hear, self.folder / "acts.socket")
        program = shutil.which("qemu-system-x86_64")
        console = open(self.folder / "console.log", "wb")
        self._process = await asyncio.create_subprocess_exec(
            program, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "640", "-nodefaults",
            "-display", "none", "-monitor", "none", "-no-reboot", "-rtc", f"base={STARTS_AT}",
            "-device", "virtio-rng-pci",
            "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.web_port}-10.0.2.15:8081",
            "-device", "virtio-net-pci,netdev=net,romfile=",
            "-serial", "stdio", "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=hci,path={self.folder / 'hci.socket'}", "-device", "virtconsole,nr=1,chardev=hci",
            "-chardev", f"socket,id=acts,path={self.folder / 'acts.socket'}",
            "-device", "virtserialport,nr=2,chardev=acts,name=acts",
            "-virtfs", f"local,path={self.out},mount_tag=out,security_model=none",
            "-kernel", self.image / "vmlinuz", "-initrd", self.image / "initrd",
            # A bug of the machine's kernel ends the run instead of making strange failures later.
            "-append", f"console=ttyS0 quiet panic=-1 oops=panic mitigations=off {options}",
            stdin=asyncio.subprocess.DEVNULL, stdout=console, stderr=asyncio.subprocess.STDOUT)
        self.diary.note("machine", "started")
        gone = asyncio.ensure_future(self._process.wait())
        await asyncio.wait({gone, self._ready}, timeout=BOOT_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if not self._ready.done():
            raise LabFailure("the machine did not boot; see console.log")
        self.diary.note("machine", "booted")

    async def _hear(self, reader, writer):
        self._writer = writer
        while line := await self._line(reader):
            words = line.decode(errors="replace").split()
            if words[:1] == ["ready"]:
                self._ahead = float(words[1]) + 0.5 - time.time()  # it says whole seconds
                self._ready.set_result(None)
            elif len(words) == 2 and words[0] in self._acts:
                self._acts.pop(words[0]).set_result(int(words[1]))

    async def _line(self, reader):
        try:
            return await reader.readline()
        except ConnectionError:  # the machine ended
            return b""

    def now(self):
        """The machine's clock, seconds since 1970, as true time in the lab."""
        return time.time() + self._ahead

    async def ask(self, words, limit=60, may_fail=False, quietly=False):
        """Runs shell words in the machine; what they printed, once they ended."""
        self._next += 1
        number = str(self._next)
        answer = self._acts[number] = asyncio.get_running_loop().create_future()
        if not quietly:
            self.diary.note("machine", "asked", f"{number} {words}")
        self._writer.write(f"{number} {words}\n".encode())
        gone = asyncio.ensure_future(self._process.wait())
        await asyncio.wait({gone, answer}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            why = f"the machine ended ({gone.result()})" if gone.done() else f"no answer in {limit} s"
            raise LabFailure(f"[{words}]: {why}")
        gone.cancel()
        printed = (self.out / f"act.{number}").read_text(errors="replace")
        (self.out / f"act.{number}").unlink()
        if answer.result() != 0 and not may_fail:
            raise LabFailure(f"[{words}] ended with {answer.result()}: {printed.strip()[-600:]}")
        return printed

    async def power_off(self):
        if self._process and self._process.returncode is None:
            if self._writer:
                self._writer.write(b"0 sync; poweroff -f\n")
            try:
                await asyncio.wait_for(self._process.wait(), 20)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._process.wait()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
