"""How much work somebody has, and how waiting cases would be shared out evenly. Pure.

Work is counted plainly, so that anybody can check it: a case counts one, a complex or prominent one three. Cases are
given out one by one in the order of the queue, each to whoever has least at that moment among those who may get it: who
belongs to the unit that holds the case (any officer where no unit holds it) and is not absent. Among equals it goes to
who got fewer now, then to who was registered first; so the same cases and people always make the same suggestion.
"""

from collections.abc import Iterable
from typing import NamedTuple

PLAIN_WEIGHT = 1
MAJOR_WEIGHT = 3


class Hand(NamedTuple):
    """Somebody who could get cases, with the weighted work at hand."""

    officer_id: int
    unit_ids: frozenset[int]
    load: int
    absent: bool = False


class Case(NamedTuple):
    """A case to give out; ``unit_id`` is the unit that holds it, None for none."""

    petition_id: int
    unit_id: int | None
    weight: int = PLAIN_WEIGHT


class Share(NamedTuple):
    """What becomes of a case: who would get it (None: nobody may), and that person's work before."""

    case: Case
    officer_id: int | None
    load_before: int


def weight(*, major: bool) -> int:
    """What a case counts; ``major`` is one that is complex or prominent."""
    return MAJOR_WEIGHT if major else PLAIN_WEIGHT


def weighted(cases: int, major: int) -> int:
    """What ``cases`` count of which ``major`` are complex or prominent."""
    return cases * PLAIN_WEIGHT + major * (MAJOR_WEIGHT - PLAIN_WEIGHT)


def may_get(hand: Hand, case: Case) -> bool:
    """Whether somebody may be given the case."""
    return not hand.absent and (case.unit_id is None or case.unit_id in hand.unit_ids)


def share_out(cases: Iterable[Case], hands: Iterable[Hand]) -> list[Share]:
    """Who would get each case, in the order of ``cases``."""
    people = list(hands)
    loads = {hand.officer_id: hand.load for hand in people}
    got = dict.fromkeys(loads, 0)
    shares = []
    for case in cases:
        able = [hand.officer_id for hand in people if may_get(hand, case)]
        if not able:
            shares.append(Share(case, None, 0))
            continue
        chosen = min(able, key=lambda officer_id: (loads[officer_id], got[officer_id], officer_id))
        shares.append(Share(case, chosen, loads[chosen]))
        loads[chosen] += case.weight
        got[chosen] += 1
    return shares
