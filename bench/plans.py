"""How SQLite answers what the pages ask: every statement once, with its plan and the pages that send it.

    .venv/bin/python -m bench.plans [--petitions 20000] [--folder DIR] > bench/plans.md

Runs in one process, over a copy of the data folder that ``bench.pages`` builds. Plans do not depend on the size: see
``docs/adr/0010``.
"""

import argparse
import re
import shutil
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from bench.building import DATABASE, PASSWORD, Built, built, environment, flask
from bench.tasks import INTAKE, addresses
from bench.truth import Truth
from core import clock
from core.database import db
from core.settings import CHECKOUT, load_settings
from wsgi import create_app

_KEY = re.compile(r'name="csrf_token" value="([^"]+)"')
# Lists of columns and of bound values say nothing about a plan.
_COLUMNS = re.compile(r"^SELECT (?!count)(\w+)\..+? FROM ", re.DOTALL)
_VALUES = re.compile(r"\(\?(?:, \?)+\)")
# What SQLite plans the same for everybody.
_TELLING = ("SELECT", "UPDATE", "DELETE")

Sent = list[tuple[str, tuple[object, ...]]]


class Plans:
    """Statements in the order in which they were first sent, with their plans and pages."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(database)
        self._found: dict[str, tuple[list[str], list[str]]] = {}

    def add(self, page: str, sent: Sent) -> None:
        """Note what a page sent."""
        for statement, values in sent:
            if not statement.startswith(_TELLING):
                continue
            steps = [row[3] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            pages = self._found.setdefault(_short(statement), (steps, []))[1]
            if page not in pages:
                pages.append(page)

    def __str__(self) -> str:
        parts = []
        for statement, (steps, pages) in self._found.items():
            plan = "\n".join(f"    {step}" for step in steps)
            parts.append(f"{', '.join(pages)}\n\n    {statement}\n\n{plan}\n")
        return "\n".join(parts)


def _short(statement: str) -> str:
    one_line = " ".join(statement.split())
    return _VALUES.sub("(…)", _COLUMNS.sub(r"SELECT \1.… FROM ", one_line))


@contextmanager
def _listening(app: Flask) -> Iterator[Sent]:
    sent: Sent = []

    def note(_c: object, _cursor: object, statement: str, values: tuple[object, ...], *_more: object) -> None:
        sent.append((statement, values))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _log_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    client.post(
        "/login",
        data={"csrf_token": _key(client.get("/login").text), "username": username, "password": PASSWORD, "next": "/"},
    )
    return client


def _key(page: str) -> str:
    found = _KEY.search(page)
    assert found, page[:200]
    return found[1]


def plans(one: Built, folder: Path) -> str:
    """The plans of all pages of ``bench.tasks``, and how many statements each sends."""
    flask(folder, "db", "upgrade")
    app = create_app(load_settings(environment(folder)))
    truth = Truth(folder / DATABASE)
    found, counts = Plans(folder / DATABASE), []
    people: dict[str, FlaskClient] = {}
    for page, (username, path) in addresses(one, truth).items():
        client = people.get(username) or people.setdefault(username, _log_in(app, username))
        client.get(path)
        with _listening(app) as sent:
            answer = client.get(path)
        assert answer.status_code == 200, f"{page}: {answer.status_code}"
        found.add(page, sent)
        counts.append(f"| {page} | {_asked(sent)} |")
    desk = people["reception1"]
    with _listening(app) as sent:
        answer = desk.post("/petitions/new", data=_typed(_key(desk.get("/petitions/new").text)))
    assert answer.status_code == 302, f"intake post: {answer.status_code}"
    form = next(at for at, (statement, _) in enumerate(sent) if statement == "BEGIN IMMEDIATE")
    found.add("intake post", sent[form:])
    counts.append(f"| intake post | {_asked(sent[form:])} |")
    return "\n".join(["| page | statements |", "|---|---:|", *counts, "", str(found)])


def _typed(key: str) -> dict[str, str]:
    return {**INTAKE, "csrf_token": key, "received_on": f"{clock.today():%d/%m/%Y}", "intake_token": str(uuid.uuid4())}


def _asked(sent: Sent) -> int:
    return sum(not statement.startswith("BEGIN") for statement, _ in sent)


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "instance" / "bench")
    chosen = parser.parse_args()
    folder: Path = chosen.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    one = built(folder, chosen.petitions, say=lambda line: print(line, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as work:
        copy = Path(work) / str(one.petitions)
        shutil.copytree(one.folder, copy)
        print("# Statements of the pages and their plans\n\nWritten by `python -m bench.plans`; SQLite.\n")
        print(plans(one, copy))


if __name__ == "__main__":
    main()
