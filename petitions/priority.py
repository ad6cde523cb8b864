"""The order of the queue: a sum of few declared rules, shown in words beside each case. Pure.

What is stored is a static tier and a key; lateness comes in through the due day inside the key, so that no nightly
run has to rewrite every row.
"""

from dataclasses import dataclass
from datetime import date

from core.i18n import lazy_gettext as _l
from petitions.vocabulary import GROUP_FROM

COMPLEX_WEIGHT = 100
PROMINENT_WEIGHT = 100
ESCALATED_WEIGHT = 60
GROUP_WEIGHT = 30

_TOP = 1_000
_DAY_SPAN = 10_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules look at."""

    complex: bool
    prominent: bool
    escalated: bool
    people_count: int


def tier(standing: Standing) -> int:
    """Sum of the weights that apply; 0 keeps a petition out of the priority queue.

    Complex and prominent cases stand before everything else, whatever else adds up.
    """
    return (
        COMPLEX_WEIGHT * standing.complex
        + PROMINENT_WEIGHT * standing.prominent
        + ESCALATED_WEIGHT * standing.escalated
        + GROUP_WEIGHT * (standing.people_count >= GROUP_FROM)
    )


def key(priority_tier: int, due_on: date) -> int:
    """Sort key, smallest first: the higher tier, then the earlier due day."""
    return (_TOP - priority_tier) * _DAY_SPAN + due_on.toordinal()


def reasons(standing: Standing) -> list[object]:
    """Why a petition stands in the priority queue, in words."""
    words: list[object] = []
    if standing.complex:
        words.append(_l("complex"))
    if standing.prominent:
        words.append(_l("prominent"))
    if standing.escalated:
        words.append(_l("escalated"))
    if standing.people_count >= GROUP_FROM:
        words.append(_l("%(count)s people", count=standing.people_count))
    return words
