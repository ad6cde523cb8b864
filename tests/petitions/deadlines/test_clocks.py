"""What legal events do to a clock, and which histories the law does not know."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from petitions.deadlines import (
    ClockError,
    ClockEvent,
    ClockState,
    Rule,
    Variant,
    WorkingCalendar,
    compute,
    rule_in_force,
)
from petitions.deadlines.clock_events import extend, resume, start, stop, suspend, vary
from petitions.deadlines.clocks import Remark
from petitions.deadlines.errors import (
    EventAfterStop,
    EventBeforeStart,
    ExtensionNotAllowed,
    ExtensionTooLong,
    NotPausable,
    NotStartedOnce,
    NotSuspended,
    SuspendedTwice,
    TooManyExtensions,
    UnknownVariant,
)
from petitions.deadlines.readings import Reading
from tests.petitions.deadlines.given import OFFICE, clock, day, due

KN = "complaint-first-settlement"
TC = "denunciation-settlement"
KN_START = "03/12/2026"  # 30 days: Saturday 2/1/2027, so Monday 4/1/2027


def test_reading_2_a_pause_moves_the_last_day_by_the_days_between_the_orders() -> None:
    found = clock(KN, KN_START, suspend(day("10/12/2026")), resume(day("15/12/2026")))
    assert (found.unmoved, found.due) == (day("07/01/2027"), day("07/01/2027"))
    assert [(pause.since, pause.until, pause.units) for pause in found.pauses] == [
        (day("10/12/2026"), day("15/12/2026"), 5)
    ]
    assert Reading.PAUSE_EDGES in found.readings


def test_reading_2_suspended_on_the_last_day_it_falls_on_the_continuation_day() -> None:
    # Day 30 of 30 without a day off in the way.
    assert due(KN, "01/12/2026") == "31/12/2026"
    assert due(KN, "01/12/2026", suspend(day("31/12/2026")), resume(day("21/01/2027"))) == "21/01/2027"


def test_suspended_after_the_sum_and_before_the_last_day_it_falls_on_the_continuation_day() -> None:
    """The sum is Saturday 2/1; the limit still runs until Monday 4/1, and only that day is left."""
    for suspended in ("02/01/2027", "03/01/2027", "04/01/2027"):
        assert due(KN, KN_START, suspend(day(suspended)), resume(day("14/01/2027"))) == "14/01/2027"
    # A continuation on a day off: the last day moves on as ever.
    assert due(KN, KN_START, suspend(day("04/01/2027")), resume(day("16/01/2027"))) == "18/01/2027"


def test_suspended_on_the_starting_day_it_moves_by_the_days_between_too() -> None:
    assert due(KN, "01/12/2026", suspend(day("01/12/2026")), resume(day("05/12/2026"))) == "04/01/2027"


def test_suspended_when_already_late_the_lateness_stays() -> None:
    found = clock(KN, "01/12/2026", suspend(day("05/01/2027")), resume(day("15/01/2027")))
    assert found.due == day("11/01/2027")  # 31/12 and ten days: Sunday 10/1
    assert found.remarks == (Remark.SUSPENDED_LATE,)
    paused = clock(KN, "01/12/2026", suspend(day("05/01/2027")))
    assert paused.late_by(day("01/06/2027")) == 5


def test_no_last_day_while_suspended() -> None:
    found = clock(KN, KN_START, suspend(day("10/12/2026")))
    assert found.due is None
    assert found.state is ClockState.SUSPENDED
    assert found.suspended_on == day("10/12/2026")
    assert found.late_by(day("01/01/2030")) == 0


def test_suspended_and_continued_on_one_day_changes_nothing() -> None:
    orders = [suspend(day("10/12/2026")), resume(day("10/12/2026"))]
    assert due(KN, KN_START, *orders) == due(KN, KN_START, *reversed(orders)) == due(KN, KN_START)


def test_continued_and_suspended_anew_on_one_day() -> None:
    events = [suspend(day("10/12/2026")), resume(day("15/12/2026")), suspend(day("15/12/2026"))]
    assert due(KN, KN_START, *events) == "-"
    assert due(KN, KN_START, *events, resume(day("20/12/2026"))) == due(
        KN, KN_START, suspend(day("10/12/2026")), resume(day("20/12/2026"))
    )


def test_reading_3_an_extension_is_added_to_the_sum_before_any_move() -> None:
    found = clock(TC, KN_START, extend(day("28/12/2026"), 30), variant="complex")
    # 30 + 30 days from 3/12/2026: 1/2/2027, not 3/2 (counted from the moved Monday 4/1).
    assert found.due == day("01/02/2027")
    assert Reading.EXTENSION_ON_UNMOVED in found.readings


def test_an_especially_complex_denunciation_is_extended_twice() -> None:
    events = [extend(day("28/12/2026"), 30), extend(day("25/01/2027"), 30)]
    assert due(TC, KN_START, *events, variant="especially-complex") == "03/03/2027"
    assert clock(TC, KN_START, *events, variant="especially-complex").total == 90


def test_complexity_found_later_opens_the_extension() -> None:
    found = clock(TC, KN_START, vary(day("20/12/2026"), Variant.COMPLEX), extend(day("20/12/2026"), 15))
    assert found.due == day("18/01/2027")  # 45 days: Sunday 17/1


def test_a_finding_of_complexity_gives_a_complaint_the_longer_total() -> None:
    found = clock(KN, KN_START, vary(day("20/12/2026"), Variant.COMPLEX))
    assert found.due == day("18/01/2027")
    assert [(step.before, step.after) for step in found.steps] == [(day("04/01/2027"), day("18/01/2027"))]


def test_of_two_findings_of_one_day_the_graver_holds() -> None:
    found = [vary(day("20/12/2026"), variant) for variant in (Variant.ESPECIALLY_COMPLEX, Variant.COMPLEX)]
    assert clock(TC, KN_START, *found).variant is Variant.ESPECIALLY_COMPLEX
    assert clock(TC, KN_START, *reversed(found)).variant is Variant.ESPECIALLY_COMPLEX


def test_a_widened_check_of_a_denunciation() -> None:
    found = clock("denunciation-intake", "23/11/2026", vary(day("25/11/2026"), Variant.SEVERAL_PLACES))
    assert found.due == day("08/12/2026")


def test_what_is_done_late_is_said() -> None:
    late = vary(day("10/01/2027"), Variant.COMPLEX)
    assert clock(KN, KN_START, late).remarks == (Remark.VARIED_LATE,)
    assert clock(TC, KN_START, extend(day("05/01/2027"), 5), variant="complex").remarks == (Remark.EXTENDED_LATE,)
    assert clock(TC, KN_START, extend(day("04/01/2027"), 5), variant="complex").remarks == ()


def test_a_stop_ends_the_clock_and_tells_how_late_it_was() -> None:
    found = clock(KN, KN_START, stop(day("06/01/2027")))
    assert (found.state, found.stopped_on, found.due) == (ClockState.STOPPED, day("06/01/2027"), day("04/01/2027"))
    assert found.late_by(day("01/01/2030")) == 2
    assert clock(KN, KN_START, stop(day("04/01/2027"))).late_by(day("01/01/2030")) == 0


def test_a_case_that_ends_while_suspended_is_in_time() -> None:
    found = clock(KN, KN_START, suspend(day("10/12/2026")), stop(day("10/03/2027")))
    assert found.state is ClockState.STOPPED
    assert found.late_by(day("01/01/2030")) == 0


def test_running_late_is_counted_in_days() -> None:
    found = clock(KN, KN_START)
    assert [found.late_by(day(text)) for text in ("03/01/2027", "04/01/2027", "05/01/2027", "14/01/2027")] == [
        0,
        0,
        1,
        10,
    ]


def test_a_notice_before_an_event_may_be_given_before_it() -> None:
    found = clock("complaint-dialogue-notice", "14/12/2026", stop(day("10/12/2026")))
    assert found.due == day("09/12/2026")
    assert found.late_by(day("14/12/2026")) == 1


def test_an_effect_begins_on_the_day_after() -> None:
    found = clock("complaint-decision-force", "03/12/2026")
    assert (found.unmoved, found.due, found.effect_on) == (day("02/01/2027"), day("04/01/2027"), day("05/01/2027"))


def test_reading_4_the_45_day_line_warns_before_its_move() -> None:
    found = clock("petition-unprocessed-line", "19/11/2026")
    assert (found.warn_on, found.due) == (day("03/01/2027"), day("04/01/2027"))
    assert Reading.FORCE_AND_LINE_MOVE in found.readings


def test_a_stay_lasts_as_long_as_the_settlements_limit() -> None:
    started = day("10/12/2026")
    rule = rule_in_force("complaint-execution-stay", started)
    settlement = clock(KN, KN_START).due
    assert compute(rule, [start(started)], OFFICE, settlement_due=settlement).due == settlement
    assert compute(rule, [start(started)], OFFICE).due is None


def test_an_obstacle_is_not_counted_into_the_time_to_complain() -> None:
    assert due("complaint-lodging", "01/03/2026") == "01/06/2026"
    assert due("complaint-lodging", "01/03/2026", suspend(day("10/03/2026")), resume(day("20/03/2026"))) == "09/06/2026"


def test_the_order_in_which_events_are_given_does_not_matter() -> None:
    events = (
        start(day(KN_START)),
        vary(day("05/12/2026"), Variant.COMPLEX),
        suspend(day("10/12/2026")),
        resume(day("20/12/2026")),
        suspend(day("20/12/2026")),
        resume(day("21/12/2026")),
        stop(day("21/12/2026")),
    )
    rule = rule_in_force(KN, day(KN_START))
    once = compute(rule, events, OFFICE)
    assert all(compute(rule, given, OFFICE) == once for given in permutations(events))


S, C, X, V, E = suspend, resume, extend, vary, stop
D10, D12, D15, D20 = (day(f"{number}/12/2026") for number in (10, 12, 15, 20))
COMPLEX, ESPECIALLY = "complex", "especially-complex"


@pytest.mark.parametrize(
    ("rule_id", "variant", "events", "error"),
    [
        (KN, "standard", [S(day("02/12/2026"))], EventBeforeStart),
        (KN, "standard", [E(day("02/12/2026"))], EventBeforeStart),
        (KN, "standard", [C(D10)], NotSuspended),
        (KN, "standard", [S(D10), C(D12), C(D15)], NotSuspended),
        (KN, "standard", [C(D10), S(D12)], NotSuspended),
        (KN, "standard", [S(D10), S(D12)], SuspendedTwice),
        (KN, "standard", [S(D10), S(D10), C(D10)], None),
        (KN, "standard", [S(D10), S(D10)], SuspendedTwice),
        (KN, "standard", [E(D10), S(D12)], EventAfterStop),
        (KN, "standard", [E(D10), E(D10)], EventAfterStop),
        (KN, "standard", [X(D10, 15)], ExtensionNotAllowed),
        (KN, COMPLEX, [X(D10, 15)], ExtensionNotAllowed),
        (TC, "standard", [X(D10, 30)], ExtensionNotAllowed),
        (TC, COMPLEX, [X(D10, 31)], ExtensionTooLong),
        (TC, COMPLEX, [X(D10, 0)], ExtensionTooLong),
        (TC, COMPLEX, [X(D10, 30), X(D12, 30)], TooManyExtensions),
        (TC, ESPECIALLY, [X(D10, 30), X(D12, 30)], None),
        (TC, ESPECIALLY, [X(D10, 30), X(D12, 30), X(D15, 1)], TooManyExtensions),
        (TC, "remote", [], UnknownVariant),
        (KN, ESPECIALLY, [], UnknownVariant),
        (KN, "standard", [V(D10, Variant.ESPECIALLY_COMPLEX)], UnknownVariant),
        ("complaint-decision-publication", "standard", [V(D10, Variant.POSTED)], UnknownVariant),
        ("complaint-acceptance", "standard", [S(D10)], NotPausable),
        ("denunciation-intake", "standard", [S(D10)], NotPausable),
        ("reception-reply", "standard", [X(D10, 1)], ExtensionNotAllowed),
    ],
)
def test_histories(rule_id: str, variant: str, events: list[ClockEvent], error: type[ClockError] | None) -> None:
    if error is None:
        clock(rule_id, KN_START, *events, variant=variant)
        return
    with pytest.raises(error) as refused:
        clock(rule_id, KN_START, *events, variant=variant)
    assert str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_complaint_accepted_earlier_may_be_suspended_from_july_2026_on() -> None:
    """Nghị định 155/2026/NĐ-CP, article 22.1; before that day there was no suspension."""
    assert due(KN, "15/06/2026") == "15/07/2026"
    assert due(KN, "15/06/2026", suspend(day("01/07/2026")), resume(day("11/07/2026"))) == "27/07/2026"
    with pytest.raises(NotPausable) as refused:
        clock(KN, "15/06/2026", suspend(day("30/06/2026")))
    assert "01/07/2026" in str(refused.value)


def test_a_denunciation_could_always_be_suspended() -> None:
    assert due(TC, "15/06/2026", suspend(day("20/06/2026")), resume(day("25/06/2026"))) == "20/07/2026"


@pytest.mark.parametrize("events", [[], [start(D10), start(D12)], [start(D10), start(D10)], [stop(D10)]])
def test_exactly_one_start(events: list[ClockEvent]) -> None:
    with pytest.raises(NotStartedOnce):
        compute(rule_in_force(KN, D10), events, OFFICE)


@pytest.mark.parametrize("calendar", [WorkingCalendar(), OFFICE])
def test_a_pause_in_working_days_leaves_out_the_working_days_between_the_orders(calendar: WorkingCalendar) -> None:
    """No rule in force pauses a count of working days; the clock keeps the same edges for one that will."""
    rule = _pausable_in_working_days()
    wednesday = date(2026, 12, 2)

    def paused(since: int, until: int) -> date | None:
        orders = [suspend(date(2026, 12, since)), resume(date(2026, 12, until))]
        return compute(rule, [start(wednesday), *orders], calendar).due

    # Seven working days after 2/12 end on Friday 11/12.
    assert compute(rule, [start(wednesday)], calendar).due == date(2026, 12, 11)
    assert paused(7, 9) == date(2026, 12, 15)
    assert paused(5, 7) == date(2026, 12, 11)  # only a weekend lies between
    assert paused(11, 16) == date(2026, 12, 16)  # suspended on the last day


def _pausable_in_working_days() -> Rule:
    intake = rule_in_force("denunciation-intake", date(2026, 12, 2))
    return replace(intake, pause=rule_in_force(TC, date(2026, 12, 2)).pause)
