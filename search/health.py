"""How worker and index are doing: what the banner tells staff."""

import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.database import db
from core.i18n import format_count
from core.i18n import gettext as _
from core.outbox import Outbox
from core.worker import SILENT_AFTER, WORKER_NAME, last_heartbeat
from petitions.importing.runs import is_saving
from petitions.queries.indexing import petition_total
from search.engines import IndexState, IndexUnavailable
from search.feeds import CASES
from search.installed import Installed, installed

# Behind for longer than this, staff are told.
LATE_AFTER = timedelta(seconds=10)
COUNTED_TO = 10_000
# The figures stand around every page; asking once in this many seconds is enough.
REMEMBERED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """State of worker and index.

    ``pending`` is counted up to ``COUNTED_TO``; ``refilled`` and ``refill_total`` say how far an index that was lost
    has come (both 0 otherwise). ``import_saving``: a large file is being saved, and others who save have to wait, the
    worker's own sign of life among them.
    """

    worker_alive: bool
    lag_seconds: int
    pending: int
    index_present: bool
    state: IndexState = IndexState.READY
    refilled: int = 0
    refill_total: int = 0
    import_saving: bool = False

    @property
    def level(self) -> str:
        """Empty when all is well, else ``warning`` or ``danger``."""
        if self.import_saving:
            return "warning"
        if not self.worker_alive or not self.index_present:
            return "danger"
        return "warning" if self.refill_total or self.lag_seconds > LATE_AFTER.total_seconds() else ""

    @property
    def text(self) -> str:
        """One sentence for staff; empty when all is well."""
        if self.import_saving:
            return _("An import is being saved. Until it is done, usually within a minute, nothing else can be saved.")
        if not self.worker_alive:
            return self._worker_down()
        if not self.index_present:
            return _(
                "The search index is absent; it is being made anew. Search looks through the newest petitions only."
            )
        if self.refill_total:
            return _(
                "The search index is being made anew: %(done)s of %(total)s petitions. Search finds only those so far.",
                done=format_count(self.refilled),
                total=format_count(self.refill_total),
            )
        if self.level:
            return _(
                "Search is behind by %(lag)s: %(count)s changes are not in the index yet.",
                lag=_duration(self.lag_seconds),
                count=self._count(),
            )
        return ""

    def _worker_down(self) -> str:
        if not self.pending:
            return _(
                "The background worker is not running. New petitions will not be found by search until it runs again."
            )
        return _(
            "The background worker is not running: search is behind by %(lag)s, %(count)s changes wait.",
            lag=_duration(self.lag_seconds),
            count=self._count(),
        )

    def _count(self) -> str:
        shown = format_count(min(self.pending, COUNTED_TO))
        return _("more than %(count)s", count=shown) if self.pending > COUNTED_TO else shown


def index_health() -> IndexHealth:
    """How worker and index are doing, at most two seconds old. Needs an application context."""
    parts = installed()
    now = time.monotonic()
    remembered: tuple[float, IndexHealth] | None = parts.remembered.get("health")
    if remembered is None or now - remembered[0] > REMEMBERED_SECONDS:
        remembered = parts.remembered["health"] = now, measure(db.session(), parts)
    return remembered[1]


def measure(session: Session, parts: Installed) -> IndexHealth:
    """How worker and index are doing now."""
    waiting = select(Outbox.id).where(Outbox.consumer == CASES.consumer).limit(COUNTED_TO + 1)
    pending: int = session.execute(select(func.count()).select_from(waiting.subquery())).scalar_one()
    seen = last_heartbeat(WORKER_NAME)
    alive = seen is not None and clock.now() - seen < SILENT_AFTER
    state, refilled, total = _index(session, parts)
    return IndexHealth(
        worker_alive=alive,
        lag_seconds=_lag(session) if pending else 0,
        pending=pending,
        index_present=state is IndexState.READY,
        state=state,
        refilled=refilled,
        refill_total=total,
        import_saving=is_saving(session),
    )


def _lag(session: Session) -> int:
    # The first of each lane is its oldest; to search for the least moment would read every row.
    firsts = []
    for lane in session.scalars(select(Outbox.lane).where(Outbox.consumer == CASES.consumer).distinct()):
        first = select(Outbox.created_at).where(Outbox.consumer == CASES.consumer, Outbox.lane == lane)
        firsts.append(session.execute(first.order_by(Outbox.id).limit(1)).scalar_one_or_none())
    moments = [moment for moment in firsts if moment is not None]
    return max(0, int((clock.now() - min(moments)).total_seconds())) if moments else 0


def _index(session: Session, parts: Installed) -> tuple[IndexState, int, int]:
    try:
        snapshot = parts.engine.snapshot()
    except IndexUnavailable as error:
        return error.state, 0, 0
    if snapshot.complete:
        return IndexState.READY, 0, 0
    held = snapshot.held.bit_count()
    return IndexState.READY, held, max(held, petition_total(session))


def _duration(seconds: int) -> str:
    if seconds < 120:
        return _("%(count)s seconds", count=seconds)
    if seconds < 7_200:
        return _("%(count)s minutes", count=seconds // 60)
    return _("%(count)s hours", count=seconds // 3600)
