"""What the tables of likeness answer: who has a mark, which fingerprints are kept, how rare pairs are."""

import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Engine, TextClause, bindparam, select, text
from sqlalchemy.orm import Session

from core.outbox import SINGLE, Outbox
from petitions.models import Petition
from search.likeness.letters import StoredLetter, letters
from search.likeness.thresholds import HOLDERS
from search.likeness.weights import Weights
from search.models import LikenessCount, LikenessPrint

CONSUMER = "likeness"
# Letters saved a moment ago that are compared although the worker has not come to them yet.
FRESH = 20
_REMEMBERED = 200
_CUT_OFF = 0.25

# For each mark the newest petitions that have it; one statement for any number of marks.
_HOLDERS: dict[str, TextClause] = {
    "sqlite": text(
        "SELECT wanted.value, (SELECT group_concat(petition_id) FROM (SELECT petition_id FROM likeness_mark"
        " WHERE mark = wanted.value ORDER BY petition_id DESC LIMIT :most)) FROM json_each(:marks) AS wanted"
    ),
    "postgresql": text(
        "SELECT wanted.value, (SELECT string_agg(CAST(petition_id AS text), ',') FROM (SELECT petition_id"
        " FROM likeness_mark WHERE mark = wanted.value ORDER BY petition_id DESC LIMIT :most) AS newest)"
        " FROM (SELECT CAST(value AS bigint) AS value FROM jsonb_array_elements_text(CAST(:marks AS jsonb))) AS wanted"
    ),
}
_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_PAIRS = select(LikenessPrint.petition_id, LikenessPrint.pairs).where(LikenessPrint.petition_id.in_(_IDS))
_VERSIONS = select(Petition.id, Petition.version).where(Petition.id.in_(_IDS))
# The table of counts has one row.
THE_ROW = 1
_EDITION = select(LikenessCount.edition).where(LikenessCount.id == THE_ROW)
_COUNTS = select(LikenessCount.letters, LikenessCount.counts).where(LikenessCount.id == THE_ROW)
_WAITING = (
    select(Outbox.subject_id)
    .where(Outbox.consumer == CONSUMER, Outbox.lane == SINGLE)
    .order_by(Outbox.id.desc())
    .limit(FRESH)
)


class _Kept:
    """What one process remembers of one database."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.edition = 0
        self.weights = Weights()
        self.fresh: OrderedDict[tuple[int, int], StoredLetter] = OrderedDict()


_kept: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()
_kept_lock = threading.Lock()


def _kept_of(session: Session) -> _Kept:
    engine: Any = session.get_bind()
    with _kept_lock:
        return _kept.setdefault(engine, _Kept())


def weights_now(session: Session) -> Weights:
    """The weights of the backlog; not to be changed, they are everybody's."""
    edition = session.execute(_EDITION).scalar_one_or_none() or 0
    kept = _kept_of(session)
    with kept.lock:
        if edition != kept.edition:
            row = session.execute(_COUNTS).one()
            kept.weights, kept.edition = Weights(row.letters, row.counts), edition
        return kept.weights


def holders(session: Session, marks: Iterable[int], *, most: int = HOLDERS) -> dict[int, list[int]]:
    """For each of ``marks`` the newest petitions that have it, at most ``most`` of each."""
    asked = json.dumps(list(marks))
    rows = session.execute(_HOLDERS[session.get_bind().dialect.name], {"marks": asked, "most": most})
    return {int(mark): list(map(int, ids.split(","))) for mark, ids in rows if ids}


def most_promising(having: Mapping[int, Sequence[int]], *, most: int, cap: int) -> list[int]:
    """Of the petitions that ``holders`` found, asked for ``cap`` of each, those with the most telling marks in common.

    The fewer have a mark, the more it counts. One that has been cut off at the cap may be everybody's: many of these
    together count less than one that few have.
    """
    score: dict[int, float] = defaultdict(float)
    for ids in having.values():
        weight = log(2 * cap / len(ids)) if len(ids) < cap else _CUT_OFF
        for petition_id in ids:
            score[petition_id] += weight
    return sorted(score, key=lambda one: (score[one], one), reverse=True)[:most]


def kept_pairs(session: Session, ids: Sequence[int]) -> dict[int, bytes]:
    """The stored pairs of the petitions ``ids``, as far as they have a fingerprint."""
    return dict(session.execute(_PAIRS, {"ids": ids}).all())


def fresh_letters(session: Session) -> list[StoredLetter]:
    """The letters saved a moment ago that have no fingerprint in the table yet, or an older one."""
    ids = session.scalars(_WAITING).all()
    if not ids:
        return []
    kept = _kept_of(session)
    found = []
    for version in session.execute(_VERSIONS, {"ids": ids}):
        with kept.lock:
            known = kept.fresh.get(version)
        if known is not None:
            found.append(known)
    missing = set(ids) - {letter.petition_id for letter in found}
    for made in letters(session, sorted(missing)):
        found.append(made)
        with kept.lock:
            kept.fresh[made.petition_id, made.version] = made
            while len(kept.fresh) > _REMEMBERED:
                kept.fresh.popitem(last=False)
    return found
