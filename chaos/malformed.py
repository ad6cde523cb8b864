"""Ten thousand requests that no browser would send: does any of them break the program, or hold it up?

    python -m chaos.malformed [--count 10000] [--seed 5]

Every route of the program is asked, by everybody, with methods, addresses, headers, cookies and bodies that are broken
in ways that are known to break programs. Exit status 1 where an answer is 5xx, takes longer than three seconds, or a
traceback is logged.
"""

import argparse
import contextvars
import io
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from auth.guards import is_static
from auth.second_factor import code_at
from bench.building import PASSWORD
from chaos.grounds import empty_app
from core import clock
from core.database import db
from petitions.demo import demo_secrets, load_demo

LONGEST_SECONDS = 3.0
# So many are sent before everybody logs in anew: some will have been disabled by some form.
ROUND = 500
_NOT_SENT = 0
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW")
NUMBERS = ("0", "-1", "1", "9" * 9, "9" * 19, "9" * 400, "1e9", "0x1", "١٢", "NaN", "1.5", " 1", "+1")
TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\U0010ffff", "\u202eabc", "ạ́" * 50, "'", '"', "<script>alert(1)</script>",
    "' OR 1=1 --", "%", "%%", "%s%s%s", "{{7*7}}", "${7*7}", "../../etc/passwd", "..\\..\\x", "CON", "\r\nSet-Cookie: x=1",
    "a" * 10_000, "(" * 2_000, "NOT " * 500, "*" * 300, "[a TO z]", "~" * 50, "\\" * 99, "//evil.example", "javascript:1",
    "31/02/2026", "00/00/0000", "99/99/9999", "2026-13-45", "29/02/2027", "null", "undefined", "true", "[]", "{}", "=1+1",
)  # fmt: skip
NAMES = (
    "q", "page", "after", "before", "sort", "kind", "kind_parts", "state", "due", "due_from", "due_to", "unit", "unit_id",
    "officer", "officer_id", "number", "id", "version", "row", "do", "next", "title", "body", "received_on", "channel",
    "people_count", "ward_code", "petitioner_name", "petitioner_phone", "co_name", "rep_name", "intake_token", "matter_of",
    "disposition", "decision_number", "decision_on", "reason", "reply_by", "trigger", "escalated_to", "leading_number",
    "text", "remind_on", "username", "password", "code", "full_name", "role", "units", "head_of", "day", "from", "to",
    "field", "flags", "idle", "halted", "what", "band", "name", "sharing", "query", "cursor", "size", "event", "points",
    "first_day", "last_day", "user_id", "substitute_id", "cut_off_on", "target_on", "weight", "accused", "lang", "theme",
    "until", "mode", "map", "file", "attachments", "description", "pages", "history", "facet", "show", "handled",
)  # fmt: skip
TYPES = (
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x",
    "application/json", "text/plain", "", "a", "application/x-www-form-urlencoded; charset=utf-16", "multipart/mixed; boundary=x",
)  # fmt: skip


@dataclass
class Report:
    """What came of the requests."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    longest: float = 0.0

    def add(self, other: "Report") -> None:
        """Count the requests of ``other`` too."""
        self.asked += other.asked
        self.statuses += other.statuses
        self.faults += other.faults
        self.slow += other.slow
        self.longest = max(self.longest, other.longest)

    @property
    def good(self) -> bool:
        """Whether nothing broke and nothing took long."""
        return not self.faults and not self.slow


def torment(
    app: Flask, clients: Sequence[FlaskClient], numbers: Sequence[str], count: int, dice: random.Random
) -> Report:
    """Send ``count`` requests through ``clients``; ``numbers`` are petitions that there are."""
    report = Report()
    # Whoever has logged out asks nothing more.
    rules = [
        rule for rule in app.url_map.iter_rules() if not is_static(rule.endpoint) and rule.endpoint != "auth.logout"
    ]
    seen = _Tracebacks()
    logging.getLogger().addHandler(seen)
    try:
        while report.asked < count:
            rule = dice.choice(rules)
            method = dice.choice(METHODS) if dice.random() < 0.3 else dice.choice(sorted(rule.methods or {"GET"}))
            path = _path(rule.rule, numbers, dice)
            asked = _request(dice)
            what = f"{method} {path[:150]} {asked['headers']}"
            started = time.perf_counter()
            status = _send(dice.choice(clients), method, path, asked)
            spent = time.perf_counter() - started
            if status == _NOT_SENT:
                continue
            report.asked += 1
            report.statuses[status] += 1
            report.longest = max(report.longest, spent)
            if status >= 500 or seen.found:
                report.faults.append(f"{status} {what} {seen.found[:1]}")
                seen.found.clear()
            if spent > LONGEST_SECONDS:
                report.slow.append(f"{spent:.1f} s {what}")
    finally:
        logging.getLogger().removeHandler(seen)
    return report


class _Tracebacks(logging.Handler):
    """Notes what was logged with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.found.append(repr(record.exc_info[1])[:300])


def _path(rule: str, numbers: Sequence[str], dice: random.Random) -> str:
    pieces = (_piece(piece, numbers, dice) for piece in rule.split("/"))
    return "/".join(quote(piece.encode("utf-8", "surrogatepass"), safe=dice.choice(("", "%", "."))) for piece in pieces)


def _piece(piece: str, numbers: Sequence[str], dice: random.Random) -> str:
    if "<int" in piece:
        return dice.choice(NUMBERS)
    if "<number>" in piece and dice.random() < 0.8 and numbers:
        return dice.choice(numbers)
    if "<" in piece:
        return dice.choice((*TEXTS, *["open", "csv", "xlsx", "assign", "resolve", "notes", "escalate", "void"] * 4))
    return piece


def _value(dice: random.Random) -> str:
    if dice.random() < 0.4:
        return dice.choice(NUMBERS)
    return dice.choice(TEXTS)


def _request(dice: random.Random) -> dict[str, Any]:
    headers = {"Content-Type": dice.choice(TYPES)} if dice.random() < 0.5 else {}
    for name, values in (
        ("Accept-Language", ("vi", "xx-yy;q=z", "é", "a" * 5_000)),
        ("Cookie", ("donthu=x", "donthu=.eJx.y.z", "lang=\udcff".encode("utf-8", "replace").decode(), "theme=" + "x" * 4_000)),
        ("Accept", ("application/json", "*/*;q=2", "text/html;q=x", "\t")),
        ("Range", ("bytes=0-", "bytes=9-1", "bytes=-1", "x")),
        ("If-None-Match", ('"x"', "*", "W/")),
        ("If-Modified-Since", ("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT")),
        ("X-Requested-With", ("x",)),
        ("Content-Length", ("-1", "999999999", "x")),
        ("Referer", ("http://[", "javascript:x", "http://localhost/petitions/new")),
        ("X-Forwarded-For", ("::::", "1.2.3.4" * 50)),
    ):  # fmt: skip
        if dice.random() < 0.08:
            headers[name] = dice.choice(values)
    query = "&".join(
        f"{dice.choice(NAMES)}{dice.choice(('=', '=', '[]=', ''))}{quote(_value(dice).encode('utf-8', 'surrogatepass'))}"
        for _each in range(dice.randrange(4))
    )
    if dice.random() < 0.05:
        query += "&%ff=%c3%28&%"
    return {"headers": headers, "query_string": query, "body": _body(dice)}


def _body(dice: random.Random) -> bytes | dict[str, Any]:
    chance = dice.random()
    if chance < 0.25:
        return dice.choice(
            (
                b"",
                b"\xff\xfe\x00",
                b"--x\r\n",
                b'--x\r\nContent-Disposition: form-data; name="',
                b"{",
                b"&" * 3000,
                b"=" * 99,
            )
        )
    form: dict[str, Any] = {}
    for _each in range(dice.randrange(12)):
        name = dice.choice(NAMES)
        form[name] = [_value(dice) for _more in range(dice.choice((1, 1, 1, 2, 30)))]
    if chance > 0.85:
        content = dice.choice((b"", b"%PDF-1.4", b"PK\x03\x04", b"\x89PNG\r\n", b"<svg/>", b"a;b\n1;2", b"\x00" * 999))
        form[dice.choice(("attachments", "file"))] = (io.BytesIO(content), dice.choice(TEXTS) or "x")
    return form


def _send(client: FlaskClient, method: str, path: str, asked: dict[str, Any]) -> int:
    body = asked["body"]
    try:
        with client.open(
            path, method=method, headers=asked["headers"], query_string=asked["query_string"], data=body
        ) as answer:
            answer.get_data()
            return answer.status_code
    except (UnicodeError, ValueError):
        # The client of the tests itself could not write such a request: it never reached the program.
        return _NOT_SENT


class Apart(FlaskClient):
    """A client whose requests share no context with each other, as in production."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request."""
        return contextvars.Context().run(super().open, *args, **kwargs)


def enter(app: Flask) -> list[FlaskClient]:
    """Nobody, and somebody of each role; codes are given to those who need one."""
    app.test_client_class = Apart
    secrets = dict(demo_secrets())
    clients = [app.test_client()]
    for name in ("reception1", "officer1", "supervisor1", "admin1", "custodian1"):
        client = app.test_client()
        client.post("/login", data={"username": name, "password": PASSWORD})
        if name in secrets:
            client.post("/login/code", data={"code": code_at(secrets[name], clock.now())})
        clients.append(client)
    return clients


def main(make: Callable[..., Any] = empty_app) -> int:
    """Run what the command line asks for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, make(Path(scratch)) as app:
        app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        load_demo(petitions=30, seed=1, password=PASSWORD)
        numbers = list(db.session.scalars(text("SELECT number FROM petition")))
        db.session.rollback()
        logging.getLogger().setLevel(logging.ERROR)
        dice = random.Random(asked.seed)
        report = Report()
        while report.asked < asked.count:
            report.add(torment(app, enter(app), numbers, min(ROUND, asked.count - report.asked), dice))
    print(f"{report.asked} requests, answers {dict(sorted(report.statuses.items()))}")
    print(
        f"5xx or traceback {len(report.faults)}, over {LONGEST_SECONDS} s {len(report.slow)}, longest {report.longest:.2f} s"
    )
    for line in (*report.faults[:20], *report.slow[:20]):
        print(f"  {line}")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
