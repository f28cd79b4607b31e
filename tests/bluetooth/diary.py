"""What happened in the lab, in order: the one list that steps wait on and assertions read.

Nothing in the lab waits for a length of time. A step waits for an entry, and gives up loudly after its limit.
"""
import asyncio
import time
from dataclasses import dataclass


class LabFailure(Exception):
    """Something that must happen did not, or the other way round."""


@dataclass(frozen=True)
class Entry:
    at: float  # seconds since the lab began
    who: str  # a device, 'radio', 'machine' or 'story'
    what: str  # a word from a closed list per speaker
    detail: object = ""


class Diary:
    def __init__(self, path):
        self.began = time.monotonic()
        self.entries = []
        self._file = open(path, "w", encoding="utf-8")
        self._more = asyncio.Event()

    def note(self, who, what, detail=""):
        entry = Entry(time.monotonic() - self.began, who, what, detail)
        self.entries.append(entry)
        self._file.write(f"{entry.at:8.3f} {who:14} {what}{f': {detail}' if detail != '' else ''}\n")
        self._file.flush()
        self._more.set()
        self._more = asyncio.Event()
        return entry

    def mark(self):
        """The present end, to wait or look from."""
        return len(self.entries)

    def since(self, mark, who, what, detail=None):
        return [e for e in self.entries[mark:]
                if e.who == who and e.what == what and (detail is None or e.detail == detail)]

    async def until(self, who, what, since, limit, detail=None, times=1):
        """The entry, once it stands `times` times behind `since`; fails after `limit` seconds."""
        wanted = f"{who}: {what}" + (f" ({detail})" if detail is not None else "") + (f", {times} times" if times > 1 else "")
        end = time.monotonic() + limit
        while True:
            found = self.since(since, who, what, detail)
            if len(found) >= times:
                return found[times - 1]
            more, left = self._more, end - time.monotonic()
            if left <= 0:
                raise LabFailure(f"waited {limit} s in vain for [{wanted}]; {len(found)} seen")
            try:
                await asyncio.wait_for(more.wait(), left)
            except asyncio.TimeoutError:
                pass

    def close(self):
        self._file.close()
