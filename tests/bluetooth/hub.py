"""The hub in the machine: started, killed, asked on its pages as staff's browser asks, and in its journal."""
import asyncio
import http.client
import os
import re
import urllib.parse

from diary import LabFailure

LOGIN, PASSWORD = "lab", "correct horse battery staple"
START_LIMIT = 60


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

    # --- journal ------------------------------------------------------------------------------------------

    async def readings_of(self, address):
        printed = await self.machine.ask(
            "journal \"SELECT count(*) FROM reading JOIN device_radio USING (device_id)"
            f" WHERE address = '{address}'\"", may_fail=True, quietly=True)
        return int(printed) if printed.strip().isdigit() else 0
