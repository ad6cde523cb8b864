"""Who held a petition for how long: from acts as the services write them."""

import itertools
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.settings import OFFICE_ZONE
from petitions.holding import Held, Span, days_paused, spans, times_reassigned

RECEIVED = date(2026, 11, 2)
TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Act:
    id: int
    action: str
    recorded_at: datetime
    data: str
    cancels_id: int | None = None


def act(number: int, action: str, day: date, before: dict[str, object], after: dict[str, object], **more: int) -> Act:
    moment = datetime(day.year, day.month, day.day, 10, tzinfo=OFFICE_ZONE)
    return Act(number, action, moment, json.dumps({"before": before, "after": after}), **more)


def on(day: int) -> date:
    return date(2026, 11, day)


def test_a_case_goes_from_hand_to_hand_until_it_is_closed() -> None:
    acts = [
        Act(1, "receive", datetime(2026, 11, 2, 9, tzinfo=OFFICE_ZONE), "{}"),
        act(
            2,
            "assign",
            on(4),
            {"officer_id": None, "unit_id": None, "state": "received"},
            {"officer_id": 5, "unit_id": 1, "state": "assigned"},
        ),
        act(3, "reassign", on(10), {"officer_id": 5, "unit_id": 1}, {"officer_id": 6, "unit_id": 1}),
        act(4, "resolve", on(20), {"state": "assigned"}, {"state": "resolved", "resolved_on": "2026-11-18"}),
    ]
    held = Held(RECEIVED, 6, 1, on(18))
    assert spans(acts, held, TODAY) == (
        Span(None, None, on(2), on(4), 2),
        Span(5, 1, on(4), on(10), 6),
        Span(6, 1, on(10), on(18), 8),
    )
    assert times_reassigned(acts) == 1


def test_a_reopened_case_is_held_again() -> None:
    acts = [
        act(
            2,
            "take",
            on(3),
            {"officer_id": None, "unit_id": None, "state": "received"},
            {"officer_id": 5, "unit_id": 1, "state": "assigned"},
        ),
        act(3, "resolve", on(9), {"state": "assigned"}, {"state": "resolved", "resolved_on": "2026-11-09"}),
        act(
            4,
            "reopen",
            on(16),
            {"state": "resolved", "resolved_on": "2026-11-09", "officer_id": 5},
            {"state": "assigned", "resolved_on": None, "officer_id": 7},
        ),
    ]
    assert spans(acts, Held(RECEIVED, 7, 1, None), TODAY) == (
        Span(None, None, on(2), on(3), 1),
        Span(5, 1, on(3), on(9), 6),
        Span(7, 1, on(16), None, 8),
    )


def test_what_was_taken_back_the_same_day_leaves_no_trace() -> None:
    acts = [
        act(
            1,
            "assign",
            on(2),
            {"officer_id": None, "unit_id": None, "state": "received"},
            {"officer_id": 5, "unit_id": 1, "state": "assigned"},
        ),
        act(2, "reassign", on(8), {"officer_id": 5, "unit_id": 1}, {"officer_id": 6, "unit_id": 1}),
        act(3, "undo", on(8), {"officer_id": 6, "unit_id": 1}, {"officer_id": 5, "unit_id": 1}, cancels_id=2),
    ]
    assert spans(acts, Held(RECEIVED, 5, 1, None), TODAY) == (Span(5, 1, on(2), None, 22),)
    assert times_reassigned(acts) == 0


def test_an_imported_case_was_held_by_whoever_had_it_when_it_came() -> None:
    imported = Act(1, "imported", datetime(2026, 11, 20, 9, tzinfo=OFFICE_ZONE), "{}")
    assert spans([imported], Held(RECEIVED, 5, 1, None), TODAY) == (Span(5, 1, on(2), None, 22),)
    assert spans([imported], Held(RECEIVED, 5, 1, on(12)), TODAY) == (Span(5, 1, on(2), on(12), 10),)
    reopened = act(
        2,
        "reopen",
        on(22),
        {"state": "resolved", "resolved_on": "2026-11-12", "officer_id": 5, "unit_id": 1},
        {"state": "assigned", "resolved_on": None, "officer_id": 8, "unit_id": 1},
    )
    assert spans([imported, reopened], Held(RECEIVED, 8, 1, None), TODAY) == (
        Span(5, 1, on(2), on(12), 10),
        Span(8, 1, on(22), None, 2),
    )


@given(st.lists(st.tuples(st.integers(0, 22), st.integers(1, 3)), max_size=8))
def test_the_days_of_an_open_case_are_all_somebodys(moves: list[tuple[int, int]]) -> None:
    acts, holder = [], 1
    for number, (offset, officer) in enumerate(sorted(moves), start=1):
        acts.append(
            act(number, "reassign", RECEIVED + timedelta(days=offset), {"officer_id": holder}, {"officer_id": officer})
        )
        holder = officer
    found = spans(acts, Held(RECEIVED, holder, 1, None), TODAY)
    assert sum(span.days for span in found) == (TODAY - RECEIVED).days
    assert all(one.last == two.first for one, two in itertools.pairwise(found))
    assert found[-1].officer_id == holder


def test_pauses_add_up_and_the_open_one_counts_until_now() -> None:
    orders = [("suspended", on(3)), ("continued", on(7)), ("suspended", on(10)), ("suspended", on(11))]
    assert days_paused(orders, on(20)) == 14
    assert days_paused([], on(20)) == 0
    assert days_paused([("continued", on(3))], on(20)) == 0
