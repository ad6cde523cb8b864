"""Proof that the index holds what the database holds, as the integrity check asks it."""

from sqlalchemy.orm import Session

from core.integrity import Result
from search import services
from search.engines import IndexState
from search.feeds import CASES, FILES
from search.installed import installed

SAMPLE = 100


def index_check(session: Session) -> Result:
    """Both indexes agree with the database; one that is being made is no fault, and said."""
    parts = installed()
    result = Result("index")
    for engine, feed in ((parts.engine, CASES), (parts.files, FILES)):
        found = services.compare(session, engine, feed, sample=SAMPLE)
        result.checked += found.petitions
        growing = found.state is IndexState.MISSING or not found.complete
        if growing:
            # A new installation, or one that was restored a moment ago: the worker makes it.
            result.note = "an index is being made"
        if found.outdated or found.surplus or found.wrong if growing else not found.agrees:
            result.faults.append(
                f"{feed.consumer}: {found.missing} missing, {found.outdated} outdated, {found.surplus} surplus,"
                f" {found.wrong} wrong, {found.waiting} waiting for {found.late_seconds} s ({found.state.value})"
            )
    return result
