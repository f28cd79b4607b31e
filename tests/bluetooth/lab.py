#!/usr/bin/env python3
"""The Bluetooth lab: the hub in a virtual machine with BlueZ, among cuffs and meters on a virtual air.

    lab.py --image DIR --folder DIR [--boots N]

Exit code 0: every boot brought exactly the expected readings, and all boots the same.
"""
import argparse
import asyncio
import logging
import re
import shutil
import sys
import time
import traceback
from pathlib import Path

from air import Air, HubRadio
from cast import Cast
from compare import compare
from diary import Diary, LabFailure
from hub import PERSONS, Hub
from machine import Machine
from story import Story

BOOT_LIMIT = 470  # seconds, from the machine's start to its end; with its image it stays under nine minutes


async def boot(image, folder):
    """One whole run: what is wrong, in sentences, and what was counted."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    diary = Diary(folder / "diary.log")
    air = Air()
    radio = HubRadio(air, diary)
    await radio.serve(folder / "hci.socket")
    machine = Machine(image, folder, diary)
    hub = Hub(machine, diary)
    cast = Cast(air, diary, machine.now)
    story = Story(diary, radio, machine, hub, cast)

    async def whole():
        await machine.boot()
        await story.play()

    try:
        playing = asyncio.ensure_future(whole())
        done, _ = await asyncio.wait({playing}, timeout=BOOT_LIMIT)
        if not done:
            playing.cancel()
            return [f"not over after {BOOT_LIMIT} s"], {}, []
        playing.result()
    except LabFailure as failure:
        return [str(failure)], {}, []
    except Exception:
        return [traceback.format_exc()], {}, []
    finally:
        await machine.power_off()
        diary.close()
    wrong, missing, found = compare(folder / "out/journal.sqlite", cast.expected, {name: key for key, name in PERSONS.items()})
    return wrong, missing, found


def tell_failure(folder, wrong):
    for sentence in wrong[:40]:
        print(f"  WRONG: {sentence}")
    for name, lines in (("diary.log", 60), ("out/hub.log", 40), ("out/bluetoothd.log", 15), ("console.log", 12)):
        path = folder / name
        if path.exists():
            print(f"  --- last lines of {path}")
            for line in path.read_text(errors="replace").splitlines()[-lines:]:
                print("  " + re.sub(r"\x1b\[[0-9;]*m", "", line)[:240])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--image", type=Path, required=True)
    arguments.add_argument("--folder", type=Path, required=True)
    arguments.add_argument("--boots", type=int, default=1)
    wished = arguments.parse_args()
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")
    journals = []
    for number in range(1, wished.boots + 1):
        began, folder = time.monotonic(), wished.folder / f"boot-{number}"
        wrong, missing, found = asyncio.run(boot(wished.image.resolve(), folder.resolve()))
        took = f"{time.monotonic() - began:.0f} s"
        if wrong:
            print(f"boot {number}: FAILED after {took}")
            tell_failure(folder, wrong)
            return 1
        print(f"boot {number}: {len(found)} readings, each once, as expected ({took})")
        for fault, count in sorted(missing.items()):
            print(f"  lost, as may be: {count} ({fault})")
        journals.append(found)
    if len(journals) > 1:
        same = len({tuple(found) for found in journals}) == 1
        print("the boots are all the same" if same else "the boots differ in nothing but what a fault had in the air")
    return 0


if __name__ == "__main__":
    sys.exit(main())
