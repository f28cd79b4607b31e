"""The hub in the machine: started, killed, asked on its pages as staff's browser asks, and in its journal."""
import asyncio
import http.client
import os
import re
import urllib.parse

from diary import LabFailure

LOGIN, PASSWORD = "lab", "correct horse battery staple"
START_LIMIT = 60
PAIR_LIMIT = 60
PERSONS = {"zhao": "赵一", "qian": "钱二"}  # of guest/roster.toml


class Hub:
    def __init__(self, machine, diary):
        self.machine, self.diary = machine, diary
        self._cookies = {}

    async def install(self):
        """Who and what is there before the hub first runs."""
        await self.machine.ask("hub roster load /lab/roster.toml")
        await self.machine.ask(f"echo '{PASSWORD}' | hub account set {LOGIN}")

    async def start(self):
        await self.machine.ask(f"HUB_LOG='{os.environ.get('LAB_HUB_LOG', '')}' begin_hub")
        end = asyncio.get_running_loop().time() + START_LIMIT
        while True:
            try:
                await self._request("GET", "/sign-in")
                break
            except OSError as error:
                if asyncio.get_running_loop().time() > end:
                    raise LabFailure(f"the hub's pages are not there after {START_LIMIT} s: {error}") from error
                await asyncio.sleep(0.3)
        self.diary.note("hub", "running")

    async def kill(self):
        await self.machine.ask("kill_hub")
        self.diary.note("hub", "killed")

    async def stop(self):
        await self.machine.ask("stop_hub")
        self.diary.note("hub", "stopped")

    # --- pages --------------------------------------------------------------------------------------------

    def _plainly(self, method, path, body, headers):
        """One request, as the proxy with TLS would hand it on."""
        line = http.client.HTTPConnection("127.0.0.1", self.machine.web_port, timeout=20)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read().decode(errors="replace")
        finally:
            line.close()

    async def _request(self, method, path, form=None):
        headers = {"Host": "hub.lab", "X-Forwarded-Proto": "https", "Origin": "https://hub.lab",
                   "Sec-Fetch-Site": "same-origin",
                   "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            status, said, text = await asyncio.to_thread(self._plainly, method, path, body, headers)
        except http.client.HTTPException as error:  # the forwarded port takes a connection before the hub does
            raise OSError(str(error)) from error
        for cookie in said.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self._cookies[name] = value
        return status, said, text

    async def get(self, path):
        status, _, text = await self._request("GET", path)
        if status != 200:
            raise LabFailure(f"GET {path}: {status}")
        return text

    async def post(self, path, **form):
        status, said, text = await self._request("POST", path, form)
        if status >= 400:
            raise LabFailure(f"POST {path}: {status}: {re.sub(r'<[^>]*>', ' ', text)[:300]}")
        return said.get("Location", "")

    async def sign_in(self):
        await self.post("/sign-in", login=LOGIN, password=PASSWORD, next="/")

    # --- what staff do ------------------------------------------------------------------------------------

    async def pair(self, device, profile, own=None, digits=False):
        """Staff add a device on the page: it stands in the list, the form is sent, the six digits are typed."""
        mark = self.diary.mark()
        await device.wake(pairing=True)
        await self._page_shows("/devices/add", device.address)
        await self.post("/devices/add/pair", address=device.address, label=device.name, profile=profile, centre=1,
                        station="", own=await self.person(own) if own else "")
        if digits:
            shown = await self.diary.until(device.name, "display", mark, PAIR_LIMIT)
            await self._page_shows("/devices/add", 'name="digits"')
            await self.post("/devices/add/digits", digits=shown.detail)
        await self.diary.until(device.name, "paired", mark, PAIR_LIMIT)
        await self._until(self._device, "1", f"{device.name} in the journal", device.address, "count(*)")
        self.diary.note("hub", "added", device.name)

    async def forget(self, device):
        number = await self._device(device.address, "device_id")
        await self.post(f"/devices/{number}/forget")
        await self._until(self._device, "0", f"{device.name} out of the journal", device.address, "count(*)")
        self.diary.note("hub", "forgot", device.name)

    async def _page_shows(self, path, what):
        async def shows():
            return what in await self.get(path)

        await self._until(shows, True, f"{what} on {path}")

    async def _until(self, ask, wanted, what, *arguments):
        end = asyncio.get_running_loop().time() + PAIR_LIMIT
        while (found := await ask(*arguments)) != wanted:
            if asyncio.get_running_loop().time() > end:
                raise LabFailure(f"waited {PAIR_LIMIT} s in vain for {what}; last: {found}")
            await asyncio.sleep(0.3)

    # --- journal ------------------------------------------------------------------------------------------

    async def _journal(self, sql):
        return (await self.machine.ask(f'journal "{sql}"', may_fail=True, quietly=True)).strip()

    async def person(self, key):
        return await self._journal(f"SELECT id FROM person WHERE name = '{PERSONS[key]}'")

    async def _device(self, address, column):
        return await self._journal(f"SELECT {column} FROM device_radio WHERE address = '{address}'")

    async def readings_of(self, address):
        found = await self._journal("SELECT count(*) FROM reading JOIN frame ON frame.id = reading.frame_id"
                                    f" WHERE frame.topic LIKE '{address}/%'")
        return int(found) if found.isdigit() else 0
