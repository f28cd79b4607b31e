#!/usr/bin/env python3
"""Builds what the virtual machine boots: Debian's kernel, BlueZ and D-Bus, and the hub under test.

    image.py CACHE HUB_BINARY OUT        makes OUT/vmlinuz and OUT/initrd

No root is needed and nothing is installed: packages are downloaded by apt-get and unpacked by dpkg. What does
not change between runs (kernel, modules, BlueZ, its libraries) is kept in CACHE as one archive; the hub, the
guest's scripts and the settings are a second archive behind it. The kernel unpacks both, one after the other.
"""
import argparse
import hashlib
import io
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent

PACKAGES = ["bluez", "dbus", "kmod", "libgcc-s1", "busybox-static", "sqlite3", "tzdata"]
# Only their maintainer scripts need these, and no maintainer script is run.
NOT_NEEDED = {"adduser", "cdebconf", "coreutils", "debconf", "debianutils", "dpkg", "init-system-helpers",
              "libdebconfclient0", "passwd", "perl-base", "sensible-utils", "tar"}
PROGRAMS = ["/usr/libexec/bluetooth/bluetoothd", "/usr/bin/btattach", "/usr/bin/btmon", "/usr/bin/bluetoothctl",
            "/usr/bin/dbus-daemon", "/usr/bin/dbus-send", "/usr/bin/dbus-uuidgen", "/usr/bin/sqlite3",
            "/bin/kmod", "/bin/busybox"]
# HCI over a line; pairing (cmac, ecdh and the random numbers ecdh is tested with); the machine's shared folder and net.
MODULES = ["hci_uart", "uhid", "cmac", "ecb", "ctr", "hmac", "drbg", "jitterentropy_rng", "ansi_cprng",
           "sha256_generic", "sha512_generic", "ecdh_generic", "virtio_pci", "virtio_rng", "virtio_net",
           "virtio_console", "9pnet_virtio", "9p"]
LIBRARIES = "/lib/x86_64-linux-gnu"
LOADER = "ld-linux-x86-64.so.2"
FILES = ["usr/share/zoneinfo/Asia/Shanghai"]
FOLDERS = ["dev", "proc", "sys", "run", "run/dbus", "tmp", "out", "root", "sbin", "lib64", "etc", "var/lib/dbus",
           "var/lib/bluetooth", "usr/share/dbus-1", "lab"]
ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nmessagebus:x:100:100::/:/bin/false\n",
    "etc/group": "root:x:0:\nmessagebus:x:100:\nbluetooth:x:101:\nnetdev:x:102:\n",
}


class Missing(Exception):
    """Something that a person must install or repair; the message says what."""


def run(*words, **options):
    try:
        return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True, **options).stdout
    except FileNotFoundError as error:
        raise Missing(f"{words[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise Missing(f"`{' '.join(map(str, words))}` failed: {error.stderr.strip()[-800:]}") from error


# --- packages -----------------------------------------------------------------------------------------------


def with_dependencies(roots):
    """The packages and all they depend on, from one call of apt-cache; of alternatives the first real one."""
    listing = run("apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts",
                  "--no-breaks", "--no-replaces", "--no-enhances", *roots)
    needs, package, alternative = {}, None, False
    for line in listing.splitlines():
        if not line.startswith(" "):
            package, alternative = line.strip(), False
            needs.setdefault(package, [])
        elif found := re.match(r"\s*(\|?)(?:Pre)?Depends: (\S+)$", line):
            if not alternative and not found[2].startswith("<"):
                needs[package].append(found[2])
            alternative = bool(found[1])
    wanted, waiting = set(), list(roots)
    while waiting:
        package = waiting.pop()
        if package not in wanted and package not in NOT_NEEDED:
            wanted.add(package)
            waiting += needs.get(package, [])
    return sorted(wanted)


def kernel_package():
    found = re.search(r"Depends: (linux-image-\S+)", run("apt-cache", "depends", "linux-image-amd64"))
    if not found:
        raise Missing("apt knows no linux-image-amd64: `apt-get update` first")
    return found[1]


def unpack(packages, debs, into):
    into.mkdir(parents=True)
    have = {path.name.split("_")[0]: path for path in debs.glob("*.deb")}
    absent = [package for package in packages if package not in have]
    if absent:
        run("apt-get", "download", *absent, cwd=debs)
        have = {path.name.split("_")[0]: path for path in debs.glob("*.deb")}
    for package in packages:
        run("dpkg", "-x", have[package], into)
    return sorted(have[package].name for package in packages)


def fetch(debs, packages, kernel):
    names = unpack(with_dependencies(PACKAGES), debs, packages)
    return names + unpack([kernel_package()], debs, kernel)


# --- what of them goes in -----------------------------------------------------------------------------------


def needed_libraries(program):
    return re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", program))


class Tree:
    """The root folder being built."""

    def __init__(self, packages, root):
        self.root = root
        self.libraries = [packages / place for place in
                          ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64")]
        for folder in FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)

    def library(self, name):
        for folder in self.libraries:
            if (folder / name).exists():
                return folder / name
        raise Missing(f"the library {name} is in none of the unpacked packages")

    def add_program(self, source, at):
        target = self.root / at.lstrip("/")
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source.resolve(), target)
        target.chmod(0o755)
        for name in needed_libraries(source):
            if name != LOADER:
                self.add_program(self.library(name), f"{LIBRARIES}/{name}")

    def add_modules(self, kernel, version, kmod):
        """The wanted modules, what they need, and the index that modprobe reads."""
        kmod("depmod", "-b", kernel, version)
        source, target = kernel / "lib/modules" / version, self.root / "lib/modules" / version
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target / name)
        for module in MODULES:
            for path in re.findall(r"^insmod (\S+)", kmod("modprobe", "-d", kernel, "-S", version,
                                                           "--show-depends", module), re.M):
                place = target / Path(path).relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                if place.suffix == ".xz":  # unpacked here, where it is quick
                    place.with_suffix("").write_bytes(lzma.open(path).read())
                else:
                    shutil.copy(path, place)
        kmod("depmod", "-b", self.root, version)


def build_base(cache, say):
    """The part that stays: CACHE/base.cpio, CACHE/vmlinuz, CACHE/packages.txt."""
    debs = cache.parent / "debs"
    cache.mkdir(parents=True, exist_ok=True)
    debs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as place:
        place = Path(place)
        packages, kernel = place / "packages", place / "kernel"
        try:
            names = fetch(debs, packages, kernel)
        except Missing:
            if os.getuid() != 0:
                raise
            # Its lists are old, or were thrown away after the image of this machine was made.
            run("apt-get", "update", "-qq")
            for folder in (packages, kernel):
                shutil.rmtree(folder, ignore_errors=True)
            names = fetch(debs, packages, kernel)
        say(f"{len(names)} packages unpacked")
        tree = Tree(packages, place / "root")
        for program in PROGRAMS:
            tree.add_program(packages / program.lstrip("/"), program)
        shutil.copy(tree.library(LOADER).resolve(), tree.root / "lib64" / LOADER)
        for name in ("libgcc_s.so.1", "libm.so.6"):  # of the hub
            tree.add_program(tree.library(name), f"{LIBRARIES}/{name}")

        def kmod(*words):  # the unpacked one: this machine may have none
            paths = ":".join(str(folder) for folder in tree.libraries)
            return run(tree.library(LOADER), "--argv0", words[0], "--library-path", paths, packages / "bin/kmod",
                       *words[1:])

        version = next((kernel / "lib/modules").iterdir()).name
        tree.add_modules(kernel, version, kmod)
        for folder in ("etc/dbus-1", "usr/share/dbus-1", "etc/bluetooth"):
            shutil.copytree(packages / folder, tree.root / folder, dirs_exist_ok=True)
        for name in FILES:
            (tree.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(packages / name, tree.root / name)
        for name, text in ACCOUNTS.items():
            (tree.root / name).write_text(text)
        (tree.root / "var/run").symlink_to("/run")
        (tree.root / "sbin/modprobe").symlink_to("/bin/kmod")  # the kernel itself calls it, for cmac
        shutil.copy(kernel / f"boot/vmlinuz-{version}", cache / "vmlinuz")
        (cache / "packages.txt").write_text("\n".join(names) + "\n")
        (cache / "libraries.txt").write_text("\n".join(os.listdir(tree.root / LIBRARIES.lstrip("/"))) + "\n")
        (cache / "base.cpio.new").write_bytes(archive(tree.root))
    (cache / "base.cpio.new").rename(cache / "base.cpio")
    say(f"base archive {(cache / 'base.cpio').stat().st_size >> 20} MiB, kernel {version}")


# --- archives -----------------------------------------------------------------------------------------------


def archive(root):
    """A folder as a newc archive (kernel: Documentation/driver-api/early-userspace/buffer-format.rst), owned by
    root, entries in order of name, times zero: equal folders give equal bytes."""
    out = io.BytesIO()

    def entry(number, name, mode, content):
        name = name.encode() + b"\0"
        fields = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0]
        out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name)
        out.write(b"\0" * (-out.tell() % 4) + content)
        out.write(b"\0" * (-out.tell() % 4))

    for number, path in enumerate(sorted(root.rglob("*")), start=1):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            content = os.readlink(path).encode()
        elif stat.S_ISREG(mode):
            content = path.read_bytes()
        else:
            content = b""
        entry(number, str(path.relative_to(root)), mode, content)
    entry(0, "TRAILER!!!", 0, b"")
    out.write(b"\0" * (-out.tell() % 512))
    return out.getvalue()


def build_hub(cache, hub, place):
    """The part of this run: the hub, its profiles, the guest's scripts and settings."""
    known = set((cache / "libraries.txt").read_text().split()) | {LOADER}
    for name in needed_libraries(hub):
        if name not in known:
            raise Missing(f"the hub needs {name}, which is not in the image: add its package to PACKAGES in image.py")
    root = place / "root"
    shutil.copytree(PROJECT / "config/devices", root / "lab/config/devices")
    for source in sorted((HERE / "guest").iterdir()):
        shutil.copy(source, root / "lab" / source.name)
    shutil.move(root / "lab/init", root / "init")
    (root / "init").chmod(0o755)
    run("strip", "-o", root / "lab/eldercare-hub", hub)
    return archive(root)


def build(cache, hub, out, say=lambda text: None):
    # What is in the archive follows from this file and from the release of Debian around it.
    seed = Path(__file__).read_bytes() + Path("/etc/os-release").read_bytes()
    cache = Path(cache).resolve() / hashlib.sha256(seed).hexdigest()[:12]
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    if not (cache / "base.cpio").exists():
        build_base(cache, say)
    with tempfile.TemporaryDirectory(dir=cache) as place:
        mine = build_hub(cache, Path(hub), Path(place))
    with open(out / "initrd", "wb") as initrd:
        initrd.write((cache / "base.cpio").read_bytes())
        initrd.write(mine)
    shutil.copy(cache / "vmlinuz", out / "vmlinuz")
    shutil.copy(cache / "packages.txt", out / "packages.txt")
    say(f"initrd {(out / 'initrd').stat().st_size >> 20} MiB")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("cache", "hub", "out"):
        arguments.add_argument(name, type=Path)
    wished = arguments.parse_args()
    began = time.monotonic()
    try:
        build(wished.cache, wished.hub, wished.out, lambda text: print(f"image {time.monotonic() - began:5.1f} s: {text}"))
    except Missing as error:
        sys.exit(f"the image of the Bluetooth lab: {error}")


if __name__ == "__main__":
    main()
