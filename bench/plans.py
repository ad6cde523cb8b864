"""How the database answers what the pages ask: every statement once, with its plan and the pages that send it.

    .venv/bin/python -m bench.plans [--petitions 20000] [--database both] [--no-index] [--keep]

Runs in one process, over a copy of the data that ``bench.pages`` builds. ``--keep`` writes
``bench/plans/DATABASE-N.txt`` instead of printing. On SQLite plans do not depend on the size (``docs/adr/0010``);
PostgreSQL chooses by what it measured (``ANALYZE`` was run), so its plans are those of that size, with the rows and
buffers that each step really took.
"""

import argparse
import re
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from bench.building import PASSWORD, Built, built
from bench.stores import KINDS, Store, Stores, add_arguments, opened_stores
from bench.tasks import INTAKE, addresses
from core import clock
from core.database import db
from core.settings import CHECKOUT, load_settings
from wsgi import create_app

_KEY = re.compile(r'name="csrf_token" value="([^"]+)"')
# Lists of columns and of bound values say nothing about a plan.
_COLUMNS = re.compile(r"^SELECT (?!count)(\w+)\..+? FROM ", re.DOTALL)
_VALUES = re.compile(r"\((?:\?|%\(\w+\)s(?:::\w+)?)(?:, (?:\?|%\(\w+\)s(?:::\w+)?))+\)")
# What is planned the same for everybody.
_TELLING = ("SELECT", "UPDATE", "DELETE")

Values = Sequence[Any] | Mapping[str, Any]
Sent = list[tuple[str, Values]]


class Explained(Protocol):
    """A database that tells its plans."""

    def plan(self, statement: str, values: Values) -> list[str]:
        """The steps of the plan, and on PostgreSQL what each took."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class SqlitePlans:
    """Plans of a SQLite file."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)

    def plan(self, statement: str, values: Values) -> list[str]:
        """The steps, without running the statement."""
        return [row[3] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class PostgresqlPlans:
    """Plans of a database on PostgreSQL. The statement is run, and what it wrote is taken back."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)

    def plan(self, statement: str, values: Values) -> list[str]:
        """The steps with the rows, times and buffers that they took."""
        explain = f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}".encode()
        try:
            return [row[0] for row in self._connection.execute(explain, values)]
        finally:
            self._connection.rollback()

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()


class Plans:
    """Statements in the order in which they were first sent, with their plans and pages."""

    def __init__(self, database: Explained) -> None:
        self._database = database
        self._found: dict[str, tuple[list[str], list[str]]] = {}

    def add(self, page: str, sent: Sent) -> None:
        """Note what a page sent."""
        for statement, values in sent:
            if not statement.startswith(_TELLING):
                continue
            short = _short(statement)
            if short not in self._found:
                self._found[short] = (self._database.plan(statement, values), [])
            pages = self._found[short][1]
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

    def note(_c: object, _cursor: object, statement: str, values: Values, _context: object, many: bool) -> None:
        # Of rows written together the first stands for all.
        sent.append((statement, values[0] if many and isinstance(values, list) else values))

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


def plans(one: Built, store: Store) -> str:
    """The plans of all pages of ``bench.tasks``, and how many statements each sends."""
    app = create_app(load_settings(store.environment()))
    explained: Explained = PostgresqlPlans(store.url) if store.url else SqlitePlans(Path(store.address))
    with closing(explained), closing(store.truth()) as truth:
        found, counts = Plans(explained), []

        def note(page: str, sent: Sent) -> None:
            found.add(page, sent)
            counts.append(f"| {page} | {_asked(sent)} |")

        people: dict[str, FlaskClient] = {}
        for page, (username, path) in addresses(one, truth).items():
            client = people.get(username) or people.setdefault(username, _log_in(app, username))
            client.get(path)
            with _listening(app) as sent:
                answer = client.get(path)
            assert answer.status_code == 200, f"{page}: {answer.status_code}"
            note(page, sent)
        desk, officer = people["reception1"], people["officer1"]
        with _listening(app) as sent:
            answer = desk.post("/petitions/new", data=_typed(_key(desk.get("/petitions/new").text)))
        assert answer.status_code == 302, f"intake post: {answer.status_code}"
        note("intake post", _since_form(sent))
        key = _key(officer.get("/").text)
        with _listening(app) as sent:
            answer = officer.post("/queues/next", data={"csrf_token": key})
        assert answer.location.startswith("/petitions/"), f"next case: {answer.location}"
        note("next case", sent)
        with _listening(app) as sent:
            assert officer.get(answer.location).status_code == 200
        note("next case, its page", sent)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    return "\n".join(["| page | statements |", "|---|---:|", *counts, "", str(found)])


def _since_form(sent: Sent) -> Sent:
    """Of what form and post sent, the part of the post: from the second question for the session of the log-in."""
    asks = [at for at, (statement, _) in enumerate(sent) if "FROM login_session" in statement]
    return sent[asks[-1] :] if asks else sent


def _typed(key: str) -> dict[str, str]:
    return {**INTAKE, "csrf_token": key, "received_on": f"{clock.today():%d/%m/%Y}", "intake_token": str(uuid.uuid4())}


def _asked(sent: Sent) -> int:
    return sum(not statement.startswith("BEGIN") for statement, _ in sent)


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, default=20_000)
    add_arguments(parser)
    parser.add_argument("--keep", action="store_true", help="write to bench/plans/")
    chosen = parser.parse_args()
    folder: Path = chosen.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS[chosen.database]:
        with opened_stores(kind, folder, chosen.postgresql_folder) as stores:
            _tell(stores, chosen, folder)


def _tell(stores: Stores, chosen: argparse.Namespace, folder: Path) -> None:
    one = built(stores, chosen.petitions, say=lambda line: print(line, file=sys.stderr), index=not chosen.no_index)
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as work:
        told = plans(one, stores.copied(one.store, Path(work)))
    size = f"{one.petitions:,} petitions"
    text = f"Statements of the pages and their plans, {stores.kind}, {size}; by python -m bench.plans\n\n{told}\n"
    if not chosen.keep:
        print(text)
        return
    kept = CHECKOUT / "bench" / "plans"
    kept.mkdir(exist_ok=True)
    (kept / f"{stores.kind}-{one.petitions}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
