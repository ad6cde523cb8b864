"""What the pages must show, asked from the database in plain SQL: apart from the program's queries on purpose."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from core import clock
from core.settings import OFFICE_ZONE
from core.text import fold
from petitions.wards import ward_label

_OPEN = "state <> 'resolved'"
_RUNNING = f"{_OPEN} AND halted_on IS NULL"
_AWAY = "SELECT user_id FROM absence WHERE cancelled_at IS NULL AND :today BETWEEN first_day AND last_day"
_LATE = f"{_RUNNING} AND due_on < :today"
# Queue: what stands in it, in which order. :today and :officer are bound.
QUEUES = {
    "open": (_OPEN, "due_on, id"),
    "priority": (f"{_OPEN} AND priority_tier > 0", "priority_key, id"),
    "unassigned": (f"{_OPEN} AND officer_id IS NULL", "priority_key, id"),
    "overdue": (_LATE, "due_on, id"),
    "mine": (f"{_OPEN} AND officer_id = :officer", "priority_key, id"),
    "all": ("1", "received_on DESC, id DESC"),
}
# The numbers of the morning page by the part of the address behind the lists' place. :acted is the end of the day on
# which the last act was too long ago, in UTC as stored; :halted and :sunday are days.
MORNING = {
    "overdue": _LATE,
    "open?due=today": f"{_RUNNING} AND due_on = :today",
    "open?due=week": f"{_RUNNING} AND due_on BETWEEN :today AND :sunday",
    "open?halted=30": f"{_OPEN} AND halted_on <= :halted",
    "unassigned": f"{_OPEN} AND officer_id IS NULL",
    "open?absent=1": f"{_OPEN} AND officer_id IN ({_AWAY})",
    "open?idle=15": f"{_OPEN} AND last_act_at < :acted",
    "escalated": "state = 'escalated'",
    "confirmation": "proposed_disposition IS NOT NULL",
    "open?finding=missing": f"{_OPEN} AND complex AND complexity_points = 0",
}
# Everything written about a petition that the made-up words can stand in; notes and reasons too.
_WRITTEN = """
SELECT title, body, against, resolution_note, petitioner_name,
    (SELECT group_concat(reason, ' / ') FROM petition_event WHERE petition_id = petition.id),
    (SELECT group_concat(reason, ' / ') FROM petition_flag WHERE petition_id = petition.id),
    ward_code
FROM petition
"""
_NOT_A_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Search:
    """A text for the search box, and how many petitions must be found."""

    typed: str
    total: int


@dataclass(frozen=True, slots=True)
class Truth:
    """Questions to one database file, each with a connection of its own: nothing is kept open."""

    database: Path

    def one(self, sql: str, **values: object) -> object:
        """The one value that ``sql`` gives."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchone()[0]

    def column(self, sql: str, **values: object) -> list[str]:
        """The first column of what ``sql`` gives."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute(sql, values)]

    def petitions(self) -> int:
        """How many petitions there are."""
        found = self.one("SELECT count(*) FROM petition")
        assert isinstance(found, int)
        return found

    def user(self, username: str) -> int:
        """The id of a user."""
        found = self.one("SELECT id FROM user_account WHERE username = :name", name=username)
        assert isinstance(found, int)
        return found

    def queue(self, name: str, officer: int, *, where: str = "1", skip: int = 0) -> tuple[list[str], int]:
        """The numbers on a page of fifty of a queue, and how many petitions the whole queue has."""
        stands, order = QUEUES[name]
        asked = {"today": clock.today().isoformat(), "officer": officer}
        source = f"FROM petition WHERE {stands} AND {where}"
        page = self.column(f"SELECT number {source} ORDER BY {order} LIMIT 50 OFFSET {skip}", **asked)
        total = self.one(f"SELECT count(*) {source}", **asked)
        assert isinstance(total, int)
        return page, total

    def morning(self) -> dict[str, int]:
        """What the morning page must say of each list of ``MORNING``."""
        today = clock.today()
        acted = datetime.combine(today - timedelta(days=14), time(), OFFICE_ZONE).astimezone(UTC)
        asked = {
            "today": today.isoformat(),
            "sunday": (today + timedelta(days=6 - today.weekday())).isoformat(),
            "halted": (today - timedelta(days=30)).isoformat(),
            "acted": f"{acted:%Y-%m-%d %H:%M:%S.%f}",
        }
        found = {}
        for name, stands in MORNING.items():
            source = f"FROM petition WHERE {stands}"
            found[name] = self.one(f"SELECT count(*) {source}", **asked)
        return {name: number for name, number in found.items() if isinstance(number, int)}

    def plain_cases(self, wanted: int) -> list[str]:
        """Numbers of petitions with a usual history, spread over all years and states."""
        return self.column(
            "SELECT number FROM petition WHERE id % (SELECT max(1, max(id) / :wanted) FROM petition) = 1 "
            "AND NOT sealed LIMIT :wanted",
            wanted=wanted,
        )


def searches(database: Path, typed: Sequence[str]) -> list[Search]:
    """How many petitions have each of ``typed``: words in quotation marks together on one line, else all anywhere.

    Reads every petition once.
    """
    wanted = [(text, text.startswith('"'), _words(text)) for text in typed]
    found = [0] * len(wanted)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for *told, ward in connection.execute(_WRITTEN):
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
