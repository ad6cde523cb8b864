"""Which clocks run on a petition, from its legal events alone."""

from datetime import date

import pytest

from petitions.deadlines import RULE_IDS, Circumstance, ClockState, Happening, LegalEvent, Variant, petition_clocks
from petitions.deadlines.errors import NothingToActOn, NotPausable
from petitions.deadlines.legal_events import LEGAL_EVENT_LABELS, happened_first
from petitions.deadlines.own_limits import substance_rule
from petitions.deadlines.starts import NOT_ON_A_PETITION, STARTS, lines_for
from petitions.deadlines.twins import BothDays, acceptance_days
from petitions.vocabulary import Kind
from tests.petitions.deadlines.given import OFFICE, day

E = LegalEvent


def told(*events: tuple[str, LegalEvent] | Happening) -> list[Happening]:
    return [event if isinstance(event, Happening) else Happening(event[1], day(event[0])) for event in events]


def clocks(
    kind: Kind,
    *events: tuple[str, LegalEvent] | Happening,
    circumstances: tuple[Circumstance, ...] = (),
    remote: bool = False,
) -> dict[str, list[tuple[str, str]]]:
    """By rule: the last day and the day of the stop of each of its clocks, "-" for none."""
    found: dict[str, list[tuple[str, str]]] = {}
    for clock in petition_clocks(kind, told(*events), OFFICE, circumstances=circumstances, remote=remote):
        days = (clock.computation.due, clock.computation.stopped_on)
        ends = tuple(f"{known:%d/%m/%Y}" if known else "-" for known in days)
        found.setdefault(clock.rule.id, []).append((ends[0], ends[1]))
    return found


def test_every_rule_is_started_by_an_event_or_named_as_none_of_a_petition() -> None:
    started = {line.rule_id for line in STARTS}
    assert started | set(NOT_ON_A_PETITION) == set(RULE_IDS)
    assert started & set(NOT_ON_A_PETITION) == set()


def test_every_event_has_a_label_and_a_use() -> None:
    assert set(LEGAL_EVENT_LABELS) == set(LegalEvent)
    moves = {E.SUSPENDED, E.CONTINUED, E.EXTENDED, E.COMPLEXITY_FOUND, E.CHECK_WIDENED}
    used = {event for line in STARTS for event in line.starts | line.stops | line.opened_by}
    assert set(LegalEvent) - used - moves == set()


def test_a_complaint_from_receipt_to_the_order_to_carry_it_out() -> None:
    assert clocks(
        Kind.COMPLAINT,
        ("23/11/2026", E.RECEIVED),
        ("03/12/2026", E.ACCEPTED),
        ("04/01/2027", E.DECIDED),
        ("06/01/2027", E.DECISION_SENT),
        ("15/01/2027", E.PUBLISHED),
        ("08/02/2027", E.IN_FORCE),
        ("15/02/2027", E.ENFORCEMENT_ORDERED),
    ) == {
        "petition-unprocessed-line": [("07/01/2027", "03/12/2026")],
        "complaint-acceptance": [("03/12/2026", "03/12/2026")],
        "complaint-acceptance-law": [("03/12/2026", "03/12/2026")],
        "complaint-first-settlement": [("04/01/2027", "04/01/2027")],
        "complaint-first-decision-sending": [("07/01/2027", "06/01/2027")],
        "complaint-decision-publication": [("19/01/2027", "15/01/2027")],
        "complaint-decision-force": [("03/02/2027", "08/02/2027")],
        "complaint-second-lodging": [("11/02/2027", "-")],  # 30 days: 5/2, in Tết until the 10th
        "complaint-enforcement-order": [("17/02/2027", "15/02/2027")],
    }


def test_a_denunciation_from_receipt_to_publication() -> None:
    assert clocks(
        Kind.DENUNCIATION,
        ("23/11/2026", E.RECEIVED),
        Happening(E.CHECK_WIDENED, day("25/11/2026"), variant=Variant.DELEGATED),
        ("03/12/2026", E.ACCEPTED),
        ("07/12/2026", E.ACCEPTANCE_NOTIFIED),
        Happening(E.COMPLEXITY_FOUND, day("20/12/2026")),
        Happening(E.EXTENDED, day("28/12/2026"), days=30),
        ("01/02/2027", E.CONCLUDED),
        circumstances=(Circumstance.AT_RECEPTION, Circumstance.FORWARDED_BY_PRESS),
    ) == {
        "reception-reply": [("08/12/2026", "03/12/2026")],
        "petition-unprocessed-line": [("07/01/2027", "03/12/2026")],
        "denunciation-intake": [("08/12/2026", "03/12/2026")],
        "denunciation-acceptance-notice": [("10/12/2026", "07/12/2026")],
        "denunciation-settlement": [("01/02/2027", "01/02/2027")],
        "denunciation-conclusion-sending": [("15/02/2027", "-")],
        "denunciation-conclusion-action": [("17/02/2027", "-")],
        "denunciation-publication": [("17/02/2027", "-")],
        "denunciation-forwarder-notice": [("14/12/2026", "-")],
    }


def test_a_recommendation_has_the_reply_alone() -> None:
    assert clocks(Kind.RECOMMENDATION, ("23/11/2026", E.RECEIVED)) == {
        "reception-reply": [("08/12/2026", "-")],
        "petition-unprocessed-line": [("07/01/2027", "-")],
    }
    assert clocks(Kind.RECOMMENDATION, ("23/11/2026", E.RECEIVED), ("01/12/2026", E.ANSWERED)) == {
        "reception-reply": [("08/12/2026", "01/12/2026")],
        "petition-unprocessed-line": [("07/01/2027", "01/12/2026")],
    }


def test_an_office_may_set_itself_a_limit_for_the_substance_of_a_recommendation() -> None:
    rule = substance_rule(15)
    events = told(("23/11/2026", E.RECEIVED), ("17/12/2026", E.ANSWERED))
    found = {clock.rule.id: clock for clock in petition_clocks(Kind.RECOMMENDATION, events, OFFICE, substance=rule)}
    assert found["recommendation-substance"].computation.due == day("15/12/2026")
    assert found["recommendation-substance"].computation.late_by(day("01/01/2027")) == 2
    assert rule.id not in RULE_IDS
    complaints = petition_clocks(Kind.COMPLAINT, events, OFFICE, substance=rule)
    assert rule.id not in [clock.rule.id for clock in complaints]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_petition_has_a_clock_from_its_first_day_whatever_its_age(kind: Kind) -> None:
    for received in ("23/11/2026", "30/06/2026", "01/02/2017", "15/05/2011"):
        found = petition_clocks(kind, told((received, E.RECEIVED)), OFFICE)
        assert any(clock.computation.due for clock in found), (kind, received)


def test_a_line_added_in_2026_strikes_no_older_petition() -> None:
    assert "petition-unprocessed-line" not in clocks(Kind.COMPLAINT, ("30/06/2026", E.RECEIVED))


def test_a_transfer_counts_from_receipt_once_another_body_is_found_competent() -> None:
    received = ("23/11/2026", E.RECEIVED)
    assert "denunciation-transfer" not in clocks(Kind.DENUNCIATION, received)
    found = clocks(Kind.DENUNCIATION, received, ("25/11/2026", E.COMPETENCE_LACKING))
    assert found["denunciation-transfer"] == [("01/12/2026", "-")]
    found = clocks(Kind.DENUNCIATION, received, ("04/12/2026", E.TRANSFERRED))
    assert found["denunciation-transfer"] == [("01/12/2026", "04/12/2026")]


def test_entering_a_receipt_twice_gains_no_time() -> None:
    found = clocks(Kind.COMPLAINT, ("23/11/2026", E.RECEIVED), ("30/11/2026", E.RECEIVED))
    assert found["complaint-acceptance"] == [("03/12/2026", "-")]
    again = clocks(Kind.COMPLAINT, ("03/12/2026", E.ACCEPTED), ("20/12/2026", E.ACCEPTED))
    assert again["complaint-first-settlement"] == [("04/01/2027", "-")]


def test_a_reopened_case_gets_a_new_clock_beside_the_old() -> None:
    found = clocks(Kind.COMPLAINT, ("03/12/2026", E.ACCEPTED), ("04/01/2027", E.DECIDED), ("01/03/2027", E.ACCEPTED))
    assert found["complaint-first-settlement"] == [("04/01/2027", "04/01/2027"), ("31/03/2027", "-")]


def test_a_new_acceptance_on_the_day_of_the_decision_starts_nothing() -> None:
    """Events of one day have no order: what was decided by mistake is cancelled, not accepted anew."""
    found = clocks(Kind.COMPLAINT, ("03/12/2026", E.ACCEPTED), ("04/01/2027", E.DECIDED), ("04/01/2027", E.ACCEPTED))
    assert found["complaint-first-settlement"] == [("04/01/2027", "04/01/2027")]


def test_each_order_has_a_sending_of_its_own() -> None:
    found = clocks(
        Kind.COMPLAINT,
        ("03/12/2026", E.ACCEPTED),
        ("10/12/2026", E.SUSPENDED),
        ("11/12/2026", E.ORDER_SENT),
        ("21/12/2026", E.CONTINUED),
    )
    assert found["complaint-suspension-sending"] == [("15/12/2026", "11/12/2026"), ("24/12/2026", "-")]
    assert found["complaint-first-settlement"] == [("13/01/2027", "-")]


def test_a_dialogue_counts_back_from_the_day_that_was_set() -> None:
    found = clocks(
        Kind.COMPLAINT,
        ("03/12/2026", E.ACCEPTED),
        Happening(E.DIALOGUE_SET, day("04/12/2026"), for_day=day("14/12/2026")),
        ("07/12/2026", E.DIALOGUE_NOTIFIED),
    )
    assert found["complaint-dialogue-notice"] == [("09/12/2026", "07/12/2026")]


def test_a_dialogue_after_june_2026_needs_notice_also_for_an_older_case() -> None:
    found = clocks(
        Kind.COMPLAINT,
        ("15/06/2026", E.ACCEPTED),
        Happening(E.DIALOGUE_SET, day("25/06/2026"), for_day=day("06/07/2026")),
    )
    assert found["complaint-dialogue-notice"] == [("01/07/2026", "-")]


def test_withdrawal_alone_ends_no_settlement() -> None:
    """A denunciation may have to go on, and for a group the settler goes on for the rest."""
    withdrawn = (("03/12/2026", E.ACCEPTED), ("10/12/2026", E.WITHDRAWN))
    assert clocks(Kind.DENUNCIATION, *withdrawn)["denunciation-settlement"] == [("04/01/2027", "-")]
    ended = clocks(Kind.DENUNCIATION, *withdrawn, ("11/12/2026", E.ENDED))
    assert ended["denunciation-settlement"] == [("04/01/2027", "11/12/2026")]


def test_a_stay_of_execution_lasts_as_long_as_the_settlement() -> None:
    events = [("03/12/2026", E.ACCEPTED), ("10/12/2026", E.STAYED)]
    assert clocks(Kind.COMPLAINT, *events)["complaint-execution-stay"] == [("04/01/2027", "-")]
    longer = Happening(E.COMPLEXITY_FOUND, day("20/12/2026"))
    assert clocks(Kind.COMPLAINT, *events, longer)["complaint-execution-stay"] == [("18/01/2027", "-")]
    lifted = clocks(Kind.COMPLAINT, *events, ("12/12/2026", E.STAY_LIFTED))
    assert lifted["complaint-execution-stay"] == [("04/01/2027", "12/12/2026")]
    assert clocks(Kind.COMPLAINT, ("10/12/2026", E.STAYED))["complaint-execution-stay"] == [("-", "-")]


def test_a_remote_office_has_the_longer_limits() -> None:
    accepted = ("03/12/2026", E.ACCEPTED)
    far = clocks(Kind.COMPLAINT, accepted, remote=True)
    assert far["complaint-first-settlement"] == [("18/01/2027", "-")]
    complex_too = clocks(Kind.COMPLAINT, accepted, Happening(E.COMPLEXITY_FOUND, day("20/12/2026")), remote=True)
    assert complex_too["complaint-first-settlement"] == [("01/02/2027", "-")]
    # Denunciations know no longer limit of that kind.
    assert clocks(Kind.DENUNCIATION, accepted, remote=True)["denunciation-settlement"] == [("04/01/2027", "-")]


def test_complexity_found_before_the_acceptance_holds_from_the_start() -> None:
    found = clocks(
        Kind.COMPLAINT,
        ("23/11/2026", E.RECEIVED),
        Happening(E.COMPLEXITY_FOUND, day("01/12/2026")),
        ("03/12/2026", E.ACCEPTED),
    )
    assert found["complaint-first-settlement"] == [("18/01/2027", "-")]
    assert found["complaint-acceptance"] == [("03/12/2026", "03/12/2026")]


def test_a_suspension_leaves_the_time_to_go_on_alone() -> None:
    found = clocks(
        Kind.COMPLAINT,
        ("03/12/2026", E.ACCEPTED),
        ("07/12/2026", E.ENDED),
    )
    assert found["complaint-resumption-bar"] == [("06/01/2027", "-")]


@pytest.mark.parametrize(
    "events",
    [
        [("23/11/2026", E.RECEIVED), ("25/11/2026", E.SUSPENDED)],
        [("23/11/2026", E.RECEIVED), Happening(E.EXTENDED, date(2026, 11, 25), days=10)],
        [("03/12/2026", E.ACCEPTED), ("10/12/2026", E.DECIDED), ("11/12/2026", E.SUSPENDED)],
    ],
)
def test_an_order_that_falls_on_no_clock_is_refused(events: list[tuple[str, LegalEvent] | Happening]) -> None:
    with pytest.raises(NothingToActOn):
        clocks(Kind.COMPLAINT, *events)


def test_a_suspension_pauses_no_citizens_right() -> None:
    events = (("04/01/2027", E.DECIDED), ("05/01/2027", E.DECISION_SENT), ("06/01/2027", E.SUSPENDED))
    with pytest.raises(NothingToActOn):
        clocks(Kind.COMPLAINT, *events, circumstances=(Circumstance.DISCIPLINE,))


def test_a_complaint_could_not_be_suspended_before_july_2026() -> None:
    with pytest.raises(NotPausable):
        clocks(Kind.COMPLAINT, ("01/06/2026", E.ACCEPTED), ("10/06/2026", E.SUSPENDED))


def test_second_time_and_discipline_have_limits_of_their_own() -> None:
    events = [("03/12/2026", E.ACCEPTED), ("04/01/2027", E.DECIDED), ("05/01/2027", E.DECISION_SENT)]
    second = clocks(Kind.COMPLAINT, *events, circumstances=(Circumstance.SECOND_INSTANCE,))
    assert second["complaint-second-settlement"] == [("18/01/2027", "04/01/2027")]
    assert "complaint-first-settlement" not in second
    assert "complaint-second-lodging" not in second
    discipline = clocks(Kind.COMPLAINT, *events, circumstances=(Circumstance.DISCIPLINE,))
    assert discipline["discipline-complaint-settlement"] == [("04/01/2027", "04/01/2027")]
    assert discipline["discipline-complaint-second-lodging"] == [("15/01/2027", "-")]
    assert "complaint-first-settlement" not in discipline


def test_forwarded_by_a_deputy_the_result_goes_back() -> None:
    events = [("03/12/2026", E.ACCEPTED), ("04/01/2027", E.DECIDED)]
    found = clocks(Kind.COMPLAINT, *events, circumstances=(Circumstance.FORWARDED_BY_DEPUTY,))
    assert found["forwarded-result-notice"] == [("13/01/2027", "-")]
    assert "forwarded-result-notice" not in clocks(Kind.COMPLAINT, *events)


def test_a_clock_tells_what_started_and_stopped_it() -> None:
    found = petition_clocks(Kind.COMPLAINT, told(("23/11/2026", E.RECEIVED), ("01/12/2026", E.NOT_ACCEPTED)), OFFICE)
    clock = next(clock for clock in found if clock.rule.id == "complaint-acceptance")
    assert clock.started_by.event is E.RECEIVED
    assert clock.stopped_by is not None
    assert clock.stopped_by.event is E.NOT_ACCEPTED
    assert clock.computation.state is ClockState.STOPPED


def test_lines_of_the_table_by_circumstance() -> None:
    names = [line.rule_id for line in lines_for(Kind.COMPLAINT)]
    assert "reception-reply" not in names
    assert "reception-reply" in [
        line.rule_id for line in lines_for(Kind.COMPLAINT, frozenset({Circumstance.AT_RECEPTION}))
    ]


def test_happened_first() -> None:
    events = told(("04/12/2026", E.ACCEPTED), ("03/12/2026", E.ACCEPTED))
    assert happened_first(events, E.ACCEPTED) == date(2026, 12, 3)
    assert happened_first(events, E.DECIDED) is None


@pytest.mark.parametrize(
    ("received", "decree", "law", "warn"),
    [
        ("23/11/2026", "03/12/2026", "03/12/2026", "03/12/2026"),
        ("01/07/2026", "10/07/2026", "13/07/2026", "10/07/2026"),
        ("30/06/2026", "14/07/2026", "10/07/2026", "10/07/2026"),
        ("10/02/2027", "19/02/2027", "22/02/2027", "19/02/2027"),  # by law Saturday 20/2
        ("27/08/2026", "10/09/2026", "07/09/2026", "07/09/2026"),  # the National Day lies between
    ],
)
def test_where_decree_and_law_differ_both_days_are_known_and_the_earlier_warns(
    received: str, decree: str, law: str, warn: str
) -> None:
    found = acceptance_days(day(received), OFFICE)
    assert found == BothDays(decree=day(decree), law=day(law))
    assert found.warn_on == day(warn)


def test_before_the_circular_the_law_alone_sets_a_day() -> None:
    assert acceptance_days(day("01/10/2012"), OFFICE) == BothDays(decree=None, law=day("11/10/2012"))
