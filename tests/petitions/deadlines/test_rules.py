"""Every rule of the law by its id: what it says, from when to when, and the day that it gives."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest

from petitions.deadlines import (
    ALL_RULES,
    RULE_IDS,
    Direction,
    Rule,
    Variant,
    WorkingCalendar,
    in_force,
    of_version,
    rule_for,
    rule_in_force,
)
from petitions.deadlines.errors import NoRuleInForce, UnknownRule
from petitions.deadlines.readings import READINGS, Reading
from petitions.deadlines.rule import Limit, ReadStatus
from petitions.vocabulary import Kind
from tests.petitions.deadlines.given import OFFICE, clock, day, due
from tests.petitions.deadlines.law_table import ROWS, Row


def test_the_data_holds_exactly_the_rules_of_the_table() -> None:
    assert [(rule.id, rule.version) for rule in sorted(ALL_RULES, key=_key)] == sorted(
        (row.id, row.valid_from) for row in ROWS
    )
    assert len(RULE_IDS) == 46


def _key(rule: Rule) -> tuple[str, str]:
    return rule.id, rule.version


def _amount(limit: Limit) -> tuple[int, str]:
    return limit.amount * (-1 if limit.direction is Direction.BEFORE else 1), limit.unit.value


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.id}@{row.valid_from}" for row in ROWS])
def test_a_rule_says_what_the_table_says(row: Row) -> None:
    rule = of_version(row.id, row.valid_from)
    assert _amount(rule.limit) == (row.amount, row.unit)
    assert (rule.valid_to.isoformat() if rule.valid_to else "") == row.valid_to
    assert [status.value for status in rule.read] == row.read.split()
    words = re.findall(r"[\w/]+", rule.source)
    assert [word for word in row.source.split() if not any(word == w or w.startswith(word + "/") for w in words)] == []
    variants = {variant.value: "{} {}".format(*_amount(limit)) for variant, limit in rule.variants.items()}
    assert variants == row.variants
    extensions = {variant.value: f"{found.most}x{found.longest}" for variant, found in rule.extensions.items()}
    assert extensions == row.extensions


def test_versions_of_a_rule_follow_each_other_without_gap_or_overlap() -> None:
    for name in RULE_IDS:
        known = [rule for rule in ALL_RULES if rule.id == name]
        for older, newer in pairwise(known):
            assert older.valid_to is not None
            assert newer.valid_from == older.valid_to + timedelta(days=1)


def test_every_rule_tells_what_it_is() -> None:
    for rule in ALL_RULES:
        assert str(rule.label), rule.id
        assert str(rule.start), rule.id
        assert rule.source, rule.id
        assert rule.stops or rule.note, rule.id
        assert rule.read, rule.id


def test_only_what_was_read_in_a_decree_of_2026_is_verified() -> None:
    verified = {rule.id for rule in ALL_RULES if rule.verified}
    assert verified == {row.id for row in ROWS if row.read == "decree-2026"}
    assert rule_in_force("ineligible-petition-retention", date(2026, 1, 1)).weakest is ReadStatus.SECONDARY


NOT_A_WARDS = {
    "complaint-lodging": "complainant",
    "complaint-second-lodging": "complainant",
    "complaint-second-settlement": "superior",
    "complaint-resumption-bar": "complainant",
    "complaint-second-decision-sending": "first decisions only",
    "complaint-decision-publication": "second time",
    "discipline-complaint-lodging": "official",
    "discipline-complaint-second-lodging": "official",
    "denunciation-further-review": "superior",
    "denunciation-overdue-demand": "superior",
    "field-report-acceptance": "city",
}


def test_a_rule_that_is_no_limit_of_a_wards_own_says_why() -> None:
    said = {rule.id: str(rule.not_ward) for rule in ALL_RULES if rule.not_ward is not None}
    assert said.keys() == NOT_A_WARDS.keys()
    for name, word in NOT_A_WARDS.items():
        assert word in said[name]


# Rule, start, last day, variant. Monday 23/11/2026 and its days are the vectors of the report on the law; the others
# were counted on the office's calendar by hand.
ANSWERS = (
    ("reception-reply", "23/11/2026", "08/12/2026", "standard"),
    ("reception-reply", "23/11/2020", "07/12/2020", "standard"),
    ("reception-refusal-notice", "23/11/2026", "27/11/2026", "standard"),
    ("reception-refusal-notice", "30/06/2026", "-", "standard"),
    ("forwarded-result-notice", "23/11/2026", "03/12/2026", "standard"),
    ("forwarded-result-notice", "23/11/2026", "23/11/2026", "settled-before"),
    ("reception-schedule-posting", "30/11/2026", "20/11/2026", "standard"),
    ("online-reception-notice", "30/11/2026", "20/11/2026", "standard"),
    ("online-reception-notice", "30/11/2026", "27/11/2026", "line-test"),
    ("head-reception-duty", "16/06/2026", "19/06/2026", "standard"),
    ("head-reception-duty", "18/02/2026", "23/02/2026", "standard"),  # all of this week is Tết
    ("head-reception-duty", "15/11/2026", "30/11/2026", "standard"),
    ("head-reception-duty", "01/10/2026", "30/10/2026", "standard"),  # the 31st is a Saturday
    ("petition-unprocessed-line", "23/11/2026", "07/01/2027", "standard"),
    ("petition-unprocessed-line", "19/11/2026", "04/01/2027", "standard"),  # from Sunday 3/1
    ("ineligible-petition-retention", "23/11/2026", "23/11/2027", "standard"),
    ("ineligible-petition-retention", "31/12/2025", "31/12/2026", "standard"),
    ("ineligible-petition-retention", "29/02/2024", "28/02/2025", "standard"),
    ("complaint-lodging", "23/11/2026", "22/02/2027", "standard"),  # from Sunday 21/2
    ("complaint-acceptance", "23/11/2026", "03/12/2026", "standard"),
    ("complaint-acceptance", "30/06/2026", "14/07/2026", "standard"),
    ("complaint-acceptance", "01/07/2026", "10/07/2026", "standard"),
    ("complaint-acceptance-law", "23/11/2026", "03/12/2026", "standard"),
    ("complaint-acceptance-law", "01/07/2026", "13/07/2026", "standard"),  # from Saturday 11/7
    ("complaint-first-settlement", "03/12/2026", "04/01/2027", "standard"),
    ("complaint-first-settlement", "03/12/2026", "18/01/2027", "complex"),
    ("complaint-first-settlement", "03/12/2026", "18/01/2027", "remote"),
    ("complaint-first-settlement", "03/12/2026", "01/02/2027", "remote-complex"),
    ("complaint-complexity-finding", "23/11/2026", "-", "standard"),
    ("complaint-second-lodging", "03/12/2026", "04/01/2027", "standard"),
    ("complaint-second-lodging", "03/12/2026", "18/01/2027", "remote"),
    ("complaint-second-settlement", "03/12/2026", "18/01/2027", "standard"),
    ("complaint-second-settlement", "03/12/2026", "01/02/2027", "complex"),
    ("complaint-second-settlement", "03/12/2026", "01/02/2027", "remote"),
    ("complaint-second-settlement", "03/12/2026", "11/02/2027", "remote-complex"),
    ("complaint-dialogue-notice", "14/12/2026", "09/12/2026", "standard"),
    ("complaint-dialogue-notice", "11/12/2026", "04/12/2026", "standard"),  # from Sunday 6/12, back to Friday
    ("complaint-dialogue-notice", "30/06/2026", "-", "standard"),
    ("complaint-execution-stay", "23/11/2026", "-", "standard"),  # its end is the settlement's, to be given
    ("complaint-suspension-order", "30/06/2026", "-", "standard"),
    ("complaint-suspension-order", "01/07/2026", "01/07/2026", "standard"),
    ("complaint-suspension-order", "04/07/2026", "06/07/2026", "standard"),  # a Saturday
    ("complaint-suspension-sending", "23/11/2026", "27/11/2026", "standard"),
    ("complaint-resumption-bar", "03/12/2026", "04/01/2027", "standard"),
    ("complaint-evidence-supply", "23/11/2026", "30/11/2026", "standard"),
    ("complaint-first-decision-sending", "23/11/2026", "27/11/2026", "standard"),
    ("complaint-second-decision-sending", "23/11/2026", "30/11/2026", "standard"),
    ("complaint-decision-publication", "23/11/2026", "08/12/2026", "standard"),
    ("complaint-decision-publication", "23/11/2026", "08/12/2026", "posted"),
    ("complaint-decision-publication", "30/11/2026", "25/11/2026", "meeting-notice"),
    ("complaint-decision-force", "03/12/2026", "04/01/2027", "standard"),
    ("complaint-decision-force", "03/12/2026", "18/01/2027", "remote"),
    ("complaint-enforcement-order", "23/11/2026", "01/12/2026", "standard"),
    ("complaint-file-handover", "04/12/2020", "04/01/2021", "standard"),  # from Sunday 3/1
    ("discipline-complaint-lodging", "23/11/2026", "08/12/2026", "standard"),
    ("discipline-complaint-second-lodging", "23/11/2026", "03/12/2026", "standard"),
    ("discipline-complaint-second-lodging", "03/12/2026", "04/01/2027", "dismissal"),
    ("discipline-complaint-settlement", "03/12/2026", "04/01/2027", "standard"),
    ("discipline-complaint-settlement", "03/12/2026", "18/01/2027", "complex"),
    ("denunciation-intake", "23/11/2026", "03/12/2026", "standard"),
    ("denunciation-intake", "23/11/2026", "08/12/2026", "several-places"),
    ("denunciation-intake", "23/11/2026", "08/12/2026", "delegated"),
    ("denunciation-refusal-notice", "23/11/2026", "23/11/2026", "standard"),
    ("denunciation-transfer", "23/11/2026", "01/12/2026", "standard"),
    ("denunciation-crime-transfer", "23/11/2026", "23/11/2026", "standard"),
    ("denunciation-acceptance-notice", "23/11/2026", "01/12/2026", "standard"),
    ("denunciation-settlement", "03/12/2026", "04/01/2027", "standard"),
    ("denunciation-settlement", "03/12/2026", "04/01/2027", "complex"),  # longer only with a decision to extend
    ("denunciation-settlement", "03/12/2026", "04/01/2027", "especially-complex"),
    ("denunciation-suspension-sending", "23/11/2026", "01/12/2026", "standard"),
    ("denunciation-conclusion-sending", "23/11/2026", "01/12/2026", "standard"),
    ("denunciation-conclusion-action", "23/11/2026", "03/12/2026", "standard"),
    ("denunciation-action-report", "23/11/2026", "01/12/2026", "standard"),
    ("denunciation-publication", "23/11/2026", "03/12/2026", "standard"),
    ("denunciation-publication", "23/11/2026", "08/12/2026", "posted"),
    ("denunciation-forwarder-notice", "23/11/2026", "14/12/2026", "standard"),  # from Sunday 13/12
    ("denunciation-further-review", "23/11/2026", "14/12/2026", "standard"),
    ("denunciation-overdue-demand", "23/11/2026", "01/12/2026", "standard"),
    ("denunciation-overdue-report", "23/11/2026", "01/12/2026", "standard"),
    ("field-report-acceptance", "23/11/2026", "25/11/2026", "standard"),
    ("field-report-acceptance", "23/11/2026", "25/11/2026", "urgent"),
)


@pytest.mark.parametrize(("name", "start", "last", "variant"), ANSWERS)
def test_every_rule_gives_its_day(name: str, start: str, last: str, variant: str) -> None:
    assert due(name, start, variant=variant) == last


def test_every_version_and_every_variant_of_every_rule_is_answered() -> None:
    answered = {(name, rule_in_force(name, day(start)).version, variant) for name, start, _last, variant in ANSWERS}
    assert answered == set(_versions_and_variants())


def _versions_and_variants() -> Iterator[tuple[str, str, str]]:
    for rule in ALL_RULES:
        for variant in rule.known_variants:
            yield rule.id, rule.version, variant.value


# The days of the report on the law, in one place.
@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("reception-refusal-notice", "27/11/2026"),  # 3 working days
        ("denunciation-transfer", "01/12/2026"),  # 5 working days
        ("complaint-acceptance", "03/12/2026"),  # 7 working days
        ("reception-reply", "08/12/2026"),  # 10 working days
        ("complaint-acceptance-law", "03/12/2026"),  # 10 days
    ],
)
def test_vectors_of_a_petition_received_on_monday_23_november_2026(name: str, last: str) -> None:
    assert due(name, "23/11/2026") == last


@pytest.mark.parametrize(
    ("variant", "unmoved", "last"),
    [
        ("standard", "02/01/2027", "04/01/2027"),
        ("complex", "17/01/2027", "18/01/2027"),
        ("remote-complex", "01/02/2027", "01/02/2027"),
    ],
)
def test_vectors_of_a_complaint_accepted_on_3_december_2026(variant: str, unmoved: str, last: str) -> None:
    found = clock("complaint-first-settlement", "03/12/2026", variant=variant)
    assert (found.unmoved, found.due) == (day(unmoved), day(last))


@pytest.mark.parametrize(
    ("name", "before", "first"),
    [
        ("reception-reply", "30/06/2014", "01/07/2014"),
        ("complaint-acceptance", "15/12/2013", "16/12/2013"),
        ("complaint-acceptance-law", "30/06/2012", "01/07/2012"),
        ("denunciation-intake", "31/12/2018", "01/01/2019"),
        ("petition-unprocessed-line", "30/06/2026", "01/07/2026"),
        ("online-reception-notice", "30/06/2026", "01/07/2026"),
        ("complaint-suspension-sending", "30/06/2026", "01/07/2026"),
    ],
)
def test_the_day_of_the_starting_event_decides_whether_a_rule_is_in_force(name: str, before: str, first: str) -> None:
    assert in_force(name, day(before)) is None
    with pytest.raises(NoRuleInForce) as refused:
        rule_in_force(name, day(before))
    assert name in str(refused.value)
    assert rule_in_force(name, day(first)).is_valid_on(day(first))


def test_a_rule_that_lapsed_is_in_force_no_more() -> None:
    assert in_force("complaint-file-handover", date(2020, 12, 4)) is not None
    assert in_force("complaint-file-handover", date(2020, 12, 5)) is None


def test_unknown_rules_and_versions() -> None:
    with pytest.raises(UnknownRule):
        rule_in_force("no-such-rule", date(2026, 1, 1))
    with pytest.raises(UnknownRule):
        of_version("reception-reply", "2000-01-01")


def test_reading_1_receipt_before_july_2026_keeps_ten_working_days() -> None:
    """Received on the last day of the old text and accepted under the new one."""
    old = clock("complaint-acceptance", "30/06/2026")
    assert (old.rule.amount, old.due) == (10, day("14/07/2026"))
    assert Reading.RECEIPT_DECIDES in old.readings
    assert Reading.RECEIPT_DECIDES not in clock("complaint-acceptance", "01/07/2026").readings


def test_readings_are_named_and_the_open_questions_have_their_numbers() -> None:
    assert set(READINGS) == set(Reading)
    assert {name: text.number for name, text in READINGS.items() if text.number} == {
        Reading.RECEIPT_DECIDES: 1,
        Reading.PAUSE_EDGES: 2,
        Reading.EXTENSION_ON_UNMOVED: 3,
        Reading.FORCE_AND_LINE_MOVE: 4,
    }
    assert {rule.id for rule in ALL_RULES if Reading.FORCE_AND_LINE_MOVE in rule.readings} == {
        "petition-unprocessed-line",
        "complaint-decision-force",
    }


def test_a_text_that_the_law_of_2025_may_have_changed_says_so() -> None:
    open_and_old = {rule.id for rule in ALL_RULES if Reading.LAW_AS_IT_STOOD in rule.readings_of(Variant.STANDARD)}
    assert open_and_old == {row.id for row in ROWS if "older-text" in row.read and not row.valid_to}


@pytest.mark.parametrize(
    ("kind", "received", "name", "version", "last"),
    [
        (Kind.COMPLAINT, "23/11/2026", "complaint-acceptance", "2026-07-01", "03/12/2026"),
        (Kind.COMPLAINT, "30/06/2026", "complaint-acceptance", "2013-12-16", "14/07/2026"),
        (Kind.COMPLAINT, "05/03/2012", "complaint-acceptance", "2013-12-16", "19/03/2012"),
        (Kind.DENUNCIATION, "23/11/2026", "denunciation-intake", "2019-01-01", "03/12/2026"),
        (Kind.RECOMMENDATION, "23/11/2026", "reception-reply", "2014-07-01", "08/12/2026"),
        (Kind.MIXED, "23/11/2026", "reception-reply", "2014-07-01", "08/12/2026"),
        (Kind.UNCLASSIFIED, "23/11/2026", "reception-reply", "2014-07-01", "08/12/2026"),
    ],
)
def test_the_first_limit_of_a_petition(kind: Kind, received: str, name: str, version: str, last: str) -> None:
    """Older than every version, as backlogs hold them: counted by the oldest, so that it has a day at all."""
    rule = rule_for(kind, day(received))
    assert (rule.id, rule.version) == (name, version)
    assert rule.due(day(received), OFFICE) == day(last)


def test_the_only_working_day_of_a_week_is_its_last() -> None:
    monday = date(2026, 3, 2)
    calendar = WorkingCalendar(off=frozenset(monday + timedelta(days=number) for number in range(1, 7)))
    assert rule_in_force("head-reception-duty", monday).due(monday + timedelta(days=3), calendar) == monday


def test_a_rule_without_a_day_refuses_to_give_one() -> None:
    with pytest.raises(ValueError, match="complaint-complexity-finding"):
        rule_in_force("complaint-complexity-finding", date(2026, 7, 1)).due(date(2026, 7, 1), OFFICE)
