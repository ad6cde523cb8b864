"""Queries that found nothing, or took long, noted for the administrator without the names of persons.

A word is kept only where it cannot name somebody: at least five petitions have it, nobody's name ends with it, and it
does not stand in the place of a name; or it has no vowel, as short forms have. All others become "…", figures "#".
Notes are gathered in memory and written by a thread of their own, so that no search waits for the database, and a
database that cannot be written costs some notes and nothing else.
"""

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.database import db, unit_of_work
from core.text import clean_line
from search.analysis import Token, given_name, split_marks, tokens
from search.engines import Snapshot
from search.models import QueryNote

log = logging.getLogger(__name__)

SLOW_MS = 500
MOST = 500
_KNOWN_FROM = 5
_AFTER_SURNAME = 3
_WAIT_SECONDS = 2.0
_VOWELS = set("aeiouy")
# What a name follows: surnames, and how people are addressed. Without marks, any word of these letters may be one.
_LEADING = (
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh đoàn trịnh trương lương mai tô tạ cao"
    " hà lưu thái châu quách kiều la lại nghiêm đào chu tống khổng vương phùng tăng từ doãn thạch sơn ông bà anh chị"
).split()
_LEADING_MARKED = frozenset(split_marks(word) for word in _LEADING)
_LEADING_PLAIN = frozenset(plain for plain, _ in _LEADING_MARKED)


@dataclass(frozen=True, slots=True)
class Noted:
    """A query worth noting."""

    office_id: int
    why: str
    words: str
    milliseconds: int


def masked(typed: str, snapshot: Snapshot) -> str:
    """``typed`` without what may name a person."""
    vocabulary = snapshot.vocabulary()
    text = clean_line(typed)[:200]
    kept: list[str] = []
    hidden = 0
    for token in tokens(text):
        plain = token.plain
        if any(map(str.isdigit, plain)):
            kept.append("#")
            hidden = max(0, hidden - 1)
        elif _leads(token):
            kept.append("…")
            hidden = _AFTER_SURNAME
        elif hidden:
            kept.append("…")
            hidden -= 1
        elif not _VOWELS & set(plain) or (vocabulary.get(plain, 0) >= _KNOWN_FROM and not _is_name(plain, snapshot)):
            kept.append(text[token.start : token.end].lower())
        else:
            kept.append("…")
    return " ".join(kept)[:200]


def _leads(token: Token) -> bool:
    return (token.plain, token.marks) in _LEADING_MARKED if token.marks else token.plain in _LEADING_PLAIN


def _is_name(plain: str, snapshot: Snapshot) -> bool:
    return bool(snapshot.codes_starting(given_name(plain, ""), 1))


class Notebook:
    """Notes of one process on their way to the database."""

    def __init__(self) -> None:
        self._waiting: deque[Noted] = deque(maxlen=200)
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, note: Noted, app: Flask) -> None:
        """Take a note; it is written within some seconds."""
        self._waiting.append(note)
        if app.testing:
            return  # tests write when they want to look
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_forever, args=(app,), daemon=True)
            self._thread.start()
        self._wake.set()

    def write(self) -> int:
        """Write what waits, now; return how many."""
        notes: list[Noted] = []
        while self._waiting:
            notes.append(self._waiting.popleft())
        if notes:
            with unit_of_work() as session:
                for note in notes:
                    _write(session, note)
                for office_id in {note.office_id for note in notes}:
                    _forget_oldest(session, office_id)
        return len(notes)

    def _write_forever(self, app: Flask) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            time.sleep(_WAIT_SECONDS)  # others may come meanwhile
            try:
                with app.app_context():
                    self.write()
                    db.session.remove()
            except Exception:
                log.warning("queries could not be noted", exc_info=True)


def _write(session: Session, note: Noted) -> None:
    same = (QueryNote.office_id == note.office_id, QueryNote.why == note.why, QueryNote.words == note.words)
    known = session.execute(select(QueryNote.id, QueryNote.longest_ms).where(*same)).one_or_none()
    if known is None:
        session.add(
            QueryNote(
                office_id=note.office_id, why=note.why, words=note.words, times=1, longest_ms=note.milliseconds,
                last_at=clock.now(),
            )
        )  # fmt: skip
        session.flush()
        return
    session.execute(
        update(QueryNote)
        .where(QueryNote.id == known.id)
        .values(times=QueryNote.times + 1, longest_ms=max(known.longest_ms, note.milliseconds), last_at=clock.now())
    )


def _forget_oldest(session: Session, office_id: int) -> None:
    mine = QueryNote.office_id == office_id
    more = session.execute(select(func.count()).where(mine)).scalar_one() - MOST
    if more > 0:
        oldest = select(QueryNote.id).where(mine).order_by(QueryNote.last_at, QueryNote.id).limit(more)
        session.execute(delete(QueryNote).where(QueryNote.id.in_(session.scalars(oldest).all())))
