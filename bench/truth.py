"""What the pages must show, asked from the database in plain SQL: apart from the program's queries on purpose."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg

from bench.postgresql import TRUTH
from core import clock
from core.settings import OFFICE_ZONE
from core.text import fold
from petitions.queries.filters import PROOF_OF_SENDING, end_of_week
from petitions.queries.morning import HALTED_DAYS, IDLE_DAYS
from petitions.wards import ward_label

_OPEN = "state <> 'resolved'"
_RUNNING = f"{_OPEN} AND halted_on IS NULL"
_UNASSIGNED = f"{_OPEN} AND officer_id IS NULL"
_AWAY = "SELECT user_id FROM absence WHERE cancelled_at IS NULL AND first_day <= :today AND last_day >= :today"
_UNSENT = "SELECT petition_id FROM petition_clock WHERE stopped_on IS NULL"
_SENDING = ", ".join(f"'{rule}'" for rule in PROOF_OF_SENDING)
# Queue: what stands in it, in which order. :today and :officer are bound.
QUEUES = {
    "open": (_OPEN, "due_on, id"),
    "priority": (f"{_OPEN} AND priority_tier > 0", "priority_key, id"),
    "unassigned": (_UNASSIGNED, "priority_key, id"),
    "overdue": (f"{_RUNNING} AND due_on < :today", "due_on, id"),
    "mine": (f"{_OPEN} AND officer_id = :officer", "priority_key, id"),
    "all": ("true", "received_on DESC, id DESC"),
}
# Each number of the morning page, in the order in which they stand there.
MORNING = {
    "late": f"{_RUNNING} AND due_on < :today",
    "today": f"{_RUNNING} AND due_on = :today",
    "week": f"{_RUNNING} AND due_on >= :today AND due_on <= :sunday",
    "halted": "halted_on <= :halted_since",
    "unassigned": _UNASSIGNED,
    "absent": f"{_OPEN} AND officer_id IN ({_AWAY})",
    "idle": f"{_OPEN} AND last_act_at < :idle_since",
    "escalated": "state = 'escalated'",
    "confirmation": "proposed_disposition IS NOT NULL",
    "finding": f"{_OPEN} AND complex AND complexity_points = 0",
    "unsent": f"state = 'resolved' AND id IN ({_UNSENT} AND rule_id IN ({_SENDING}))",
}
# What an officer may take: nobody works on it, nobody or one's own unit has it, and one may see it.
WAITING = (
    f"{_UNASSIGNED} AND (state = 'received' OR state = 'assigned' AND unit_id IN (:units))"
    " AND (NOT sealed OR unit_id IN (:units))"
).replace(":units", "SELECT unit_id FROM unit_member WHERE user_id = :officer")
_ACCEPTED = "SELECT petition_id FROM legal_event WHERE event = 'accepted'"
# Everything written about a petition that the made-up words can stand in; notes and reasons too.
_WRITTEN = """
SELECT title, body, against, resolution_note, petitioner_name,
    (SELECT string_agg(reason, ' / ') FROM petition_event WHERE petition_id = petition.id),
    (SELECT string_agg(reason, ' / ') FROM petition_flag WHERE petition_id = petition.id),
    ward_code
FROM petition
"""
_NOT_A_WORD = re.compile(r"[^\w]+")
_BOUND = re.compile(r":([a-z_]+)")
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Search:
    """A text for the search box, and how many petitions must be found."""

    typed: str
    total: int


class Truth:
    """Questions to one database: a SQLite file, or an address of PostgreSQL.

    A file is opened for each question; to PostgreSQL one connection stays open, so that its process is known and left
    out of the figures. What was asked is remembered until ``forget``: pages are read far more often than changed.
    """

    def __init__(self, database: Path | str) -> None:
        self._database = database
        self._server: psycopg.Connection[tuple[Any, ...]] | None = None
        self._known: dict[tuple[object, ...], list[tuple[Any, ...]]] = {}

    def forget(self) -> None:
        """Something was written."""
        self._known.clear()

    def close(self) -> None:
        """Let go of the server, if it is one."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """What ``sql`` gives."""
        asked = (sql, *sorted(values.items()))
        if asked not in self._known:
            self._known[asked] = self._rows(sql, values)
        return self._known[asked]

    def number(self, sql: str, **values: object) -> int:
        """The one number that ``sql`` gives."""
        return int(self.rows(sql, **values)[0][0])

    def column(self, sql: str, **values: object) -> list[str]:
        """The first column of what ``sql`` gives."""
        return [row[0] for row in self.rows(sql, **values)]

    def petitions(self) -> int:
        """How many petitions there are."""
        return self.number("SELECT count(*) FROM petition")

    def user(self, username: str) -> int:
        """The id of a user."""
        return self.number("SELECT id FROM user_account WHERE username = :name", name=username)

    def queue(self, name: str, officer: int, *, where: str = "true") -> tuple[list[str], int]:
        """The numbers on a page of fifty of a queue, and how many petitions the whole queue has."""
        stands, order = QUEUES[name]
        source, asked = f"FROM petition WHERE {stands} AND {where}", {"today": _day(clock.today()), "officer": officer}
        page = self.column(f"SELECT number {source} ORDER BY {order} LIMIT 50", **_of(source, asked))
        return page, self.number(f"SELECT count(*) {source}", **_of(source, asked))

    def beyond(self, number: str) -> str:
        """What is true of petitions that stand behind ``number`` in the order of due days."""
        due_on, petition_id = self.rows("SELECT due_on, id FROM petition WHERE number = :number", number=number)[0]
        return f"(due_on, id) > ('{due_on}', {petition_id})"

    def morning(self) -> list[int]:
        """The numbers of the morning page."""
        today = clock.today()
        idle_since = datetime.combine(today - timedelta(days=IDLE_DAYS - 1), time(), OFFICE_ZONE)
        asked = {
            "today": _day(today),
            "sunday": _day(end_of_week(today)),
            "halted_since": _day(today - timedelta(days=HALTED_DAYS)),
            # SQLite keeps moments as texts in UTC, without the zone.
            "idle_since": f"{idle_since.astimezone(UTC):%Y-%m-%d %H:%M:%S}" + self._zone(),
        }
        return [self._count(stands, **_of(stands, asked)) for stands in MORNING.values()]

    def top(self, officer: int) -> str:
        """The number of the petition that the officer is given next; empty where nothing waits."""
        source = f"FROM petition WHERE {WAITING} ORDER BY priority_key, id LIMIT 1"
        return next(iter(self.column(f"SELECT number {source}", officer=officer)), "")

    def waiting(self, officer: int) -> int:
        """How many petitions the officer can be given."""
        return self._count(WAITING, officer=officer)

    def acceptable(self) -> list[str]:
        """Numbers of open complaints that were not accepted yet, the newest first."""
        never = f"id NOT IN ({_ACCEPTED})"
        where = f"kind = 'complaint' AND {_OPEN} AND {never}"
        source = f"FROM petition WHERE {where} ORDER BY id DESC LIMIT 1000"
        return self.column(f"SELECT number {source}")

    def accepted(self, number: str) -> bool:
        """Whether a complaint was accepted."""
        return self._count(f"number = :number AND id IN ({_ACCEPTED})", number=number) > 0

    def limits(self, number: str) -> list[str]:
        """The last day of each clock of a petition as pages write it; empty for one that has none now."""
        query = "SELECT due_on FROM petition_clock WHERE petition_id = (SELECT id FROM petition WHERE number = :number)"
        days = [row[0] for row in self.rows(query, number=number)]
        return [f"{date.fromisoformat(str(day)):%d/%m/%Y}" if day else "" for day in days]

    def plain_cases(self, wanted: int) -> list[str]:
        """Numbers of petitions with a usual history, spread over all years and states."""
        step = max(1, self.number("SELECT max(id) FROM petition") // wanted)
        query = "SELECT number FROM petition WHERE id % :step = 0 AND NOT sealed ORDER BY id LIMIT :wanted"
        return self.column(query, step=step, wanted=wanted)

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """What ``sql`` gives, in bounded memory."""
        if isinstance(self._database, Path):
            with closing(self._file()) as file:
                # Older SQLite knows the function by its other name only.
                yield from file.execute(sql.replace("string_agg", "group_concat"))
            return
        server = self._connected()
        with server.transaction(), server.cursor("stream") as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            yield from cursor.execute(sql.encode())

    def _count(self, where: str, **values: object) -> int:
        source = f"FROM petition WHERE {where}"
        return self.number(f"SELECT count(*) {source}", **values)

    def _rows(self, sql: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        if isinstance(self._database, Path):
            with closing(self._file()) as file:
                return file.execute(sql, values).fetchall()
        return self._connected().execute(_BOUND.sub(r"%(\1)s", sql.replace("%", "%%")).encode(), values).fetchall()

    def _file(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)

    def _connected(self) -> "psycopg.Connection[tuple[Any, ...]]":
        if self._server is None:
            self._server = psycopg.connect(str(self._database), autocommit=True, application_name=TRUTH)
        return self._server

    def _zone(self) -> str:
        return "" if isinstance(self._database, Path) else "+00"


def _of(sql: str, values: Mapping[str, object]) -> dict[str, object]:
    """Of ``values`` those that ``sql`` names."""
    named = set(_BOUND.findall(sql))
    return {name: value for name, value in values.items() if name in named}


def _day(day: date) -> str:
    return day.isoformat()


def searches(truth: Truth, typed: Sequence[str]) -> list[Search]:
    """How many petitions have each of ``typed``: words in quotation marks together on one line, else all anywhere.

    Reads every petition once.
    """
    wanted = [(text, text.startswith('"'), _words(text)) for text in typed]
    found = [0] * len(wanted)
    for *told, ward in truth.stream(_WRITTEN):
        lines = [line for text in (*told, ward_label(ward)) if text for line in text.split("\n")]
        read = [f" {' '.join(_words(line))} " for line in lines]
        words = set(" ".join(read).split())
        for at, (_, together, asked) in enumerate(wanted):
            if words.issuperset(asked):
                found[at] += not together or any(f" {' '.join(asked)} " in line for line in read)
    return [Search(text, total) for (text, _, _), total in zip(wanted, found, strict=True)]


def _words(text: str) -> list[str]:
    return _NOT_A_WORD.sub(" ", fold(text)).split()


def quoted(texts: Iterable[str]) -> list[str]:
    """Each text in quotation marks, as somebody types who wants the words together."""
    return [f'"{text}"' for text in texts]
