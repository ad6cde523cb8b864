"""A small browser: one connection that stays open, cookies, the key of the forms."""

import html
import http.client
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from auth.second_factor import STEP_SECONDS, code_at

# Of every user of a bench whose role needs a second factor.
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of invented people
_KEY = re.compile(r'name="csrf_token" value="([^"]+)"')


class Untrue(Exception):
    """An answer that is not what it must be: figures about it would be worth nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long that took on the wall, in seconds."""

    status: int
    text: str
    location: str
    seconds: float

    def expect(self, status: int) -> "Answer":
        """The answer itself. Raises ``Untrue`` when its status is another."""
        if self.status != status:
            raise Untrue(f"status {self.status} instead of {status}: {self.text[:300]}")
        return self


@dataclass(slots=True)
class Client:
    """Somebody at a desk."""

    port: int
    username: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    key: str = ""
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path, b"", {})

    def post(self, path: str, values: Mapping[str, str], *, multipart: bool = False) -> Answer:
        """Send a form, with the key of the last page that had one."""
        values = {"csrf_token": self.key, **values}
        if not multipart:
            return self._ask("POST", path, urlencode(values).encode(), {"Content-Type": _URLENCODED})
        limit = uuid.uuid4().hex
        parts = [
            f'--{limit}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in values.items()
        ]
        body = "".join([*parts, f"--{limit}--\r\n"]).encode()
        return self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={limit}"})

    def log_in(self, username: str, password: str) -> "Client":
        """Log in; the language stays Vietnamese."""
        self.username = username
        self.read_key(self.get("/login").expect(200))
        answer = self.post("/login", {"username": username, "password": password, "next": "/"}).expect(302)
        if "/login/code" in answer.location:
            self._type_code()
        return self

    def _type_code(self) -> None:
        """Type the code of the second factor; one that somebody used a moment ago counts no more: wait for the next."""
        for _try in range(3):
            self.read_key(self.get("/login/code").expect(200))
            if self.post("/login/code", {"code": code_at(TOTP_SECRET, datetime.now(UTC)), "next": "/"}).status == 302:
                return
            time.sleep(STEP_SECONDS - time.time() % STEP_SECONDS + 0.1)
        raise Untrue("no code was taken")

    def read_key(self, answer: Answer) -> Answer:
        """Remember the key of the forms on this page."""
        found = _KEY.search(answer.text)
        if found is None:
            raise Untrue("the page has no form")
        self.key = html.unescape(found[1])
        return answer

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            self._connection.connect()
        sent = {"Accept": "text/html", "Accept-Language": "vi", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        started = time.perf_counter()
        self._connection.request(method, path, body or None, sent)
        response = self._connection.getresponse()
        data = response.read()
        seconds = time.perf_counter() - started
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        return Answer(response.status, data.decode(), response.headers.get("Location", ""), seconds)


_URLENCODED = "application/x-www-form-urlencoded"
