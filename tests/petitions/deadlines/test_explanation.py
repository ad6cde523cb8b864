"""A day explains itself."""

import json
from dataclasses import replace

from petitions.deadlines import ALL_RULES, Variant, compute_from
from petitions.deadlines.clock_events import extend, resume, stop, suspend, vary
from petitions.deadlines.explanation import explain
from petitions.deadlines.rule_data import rule_data
from petitions.deadlines.sentences import sentences
from tests.petitions.deadlines.given import OFFICE, clock, day


def test_working_days_name_each_day_that_was_skipped_and_each_saturday_that_counted() -> None:
    found = explain(clock("complaint-acceptance", "19/08/2026"))
    assert [(known.day, known.kind.value) for known in found.skipped] == [(day("23/08/2026"), "weekend")]
    assert [(known.day, known.name) for known in found.worked] == [(day("22/08/2026"), "Làm bù cho thứ Hai 31/08/2026")]
    assert found.counted == 7
    data = explain(clock("complaint-acceptance", "23/11/2026")).as_json()
    assert data["due"] == "2026-12-03"
    assert data["skipped"] == [
        {"day": "2026-11-24", "kind": "holiday", "name": "Ngày Văn hóa Việt Nam"},
        {"day": "2026-11-28", "kind": "weekend", "name": ""},
        {"day": "2026-11-29", "kind": "weekend", "name": ""},
    ]


def test_calendar_days_name_only_the_days_over_which_the_last_one_moved() -> None:
    found = explain(clock("complaint-first-settlement", "03/12/2026"))
    assert found.skipped == ()
    assert [known.day for known in found.moved_over] == [day("02/01/2027"), day("03/01/2027")]
    # Back from a Sunday.
    back = explain(clock("complaint-dialogue-notice", "11/12/2026"))
    assert [known.day for known in back.moved_over] == [day("05/12/2026"), day("06/12/2026")]


def test_what_is_counted_while_suspended() -> None:
    found = explain(clock("complaint-first-settlement", "03/12/2026", suspend(day("10/12/2026"))))
    assert found.counted == 6  # 4/12 to 9/12
    data = found.as_json()
    assert data["due"] is None
    assert data["state"] == "suspended"
    assert data["suspended_on"] == "2026-12-10"


def test_the_data_is_plain_and_whole() -> None:
    events = [
        vary(day("20/12/2026"), Variant.COMPLEX),
        extend(day("21/12/2026"), 10),
        suspend(day("22/12/2026")),
        resume(day("24/12/2026")),
        stop(day("10/01/2027")),
    ]
    data = json.loads(json.dumps(explain(clock("denunciation-settlement", "03/12/2026", *events)).as_json()))
    assert data["due"] == "2027-01-14"
    assert data["pauses"] == [{"since": "2026-12-22", "until": "2026-12-24", "taken_out": 2}]
    assert data["extensions"] == [{"on": "2026-12-21", "days": 10}]
    assert data["steps"][0] == {
        "on": "2026-12-20",
        "act": "vary",
        "variant": "complex",
        "before": "2027-01-04",
        "after": "2027-01-04",
    }
    assert data["stopped_on"] == "2027-01-10"
    assert data["source"] == "Luật Tố cáo, Điều 30; Nghị định 31/2019/NĐ-CP, Điều 3"
    assert data["read"] == ["older-text"]
    assert data["verified"] is False
    assert [reading["number"] for reading in data["readings"]] == [None, None, 2, 3]
    assert data["law"]["extensions"] == {
        "complex": {"most": 1, "longest": 30},
        "especially-complex": {"most": 2, "longest": 30},
    }


def test_where_decree_and_law_differ_both_are_shown_and_the_earlier_warns() -> None:
    found = explain(clock("complaint-acceptance", "27/08/2026"))
    data = found.as_json()
    assert (data["due"], data["warn_on"]) == ("2026-09-10", "2026-09-07")
    assert isinstance(data["other_text"], dict)
    assert data["other_text"]["rule"] == "complaint-acceptance-law"
    assert data["other_text"]["due"] == "2026-09-07"
    mirrored = explain(clock("complaint-acceptance-law", "27/08/2026")).as_json()
    assert (mirrored["due"], mirrored["warn_on"]) == ("2026-09-07", "2026-09-07")
    assert explain(clock("denunciation-intake", "27/08/2026")).twin is None


def test_every_rule_can_be_told_in_sentences_and_as_data() -> None:
    for rule in ALL_RULES:
        for variant in rule.known_variants:
            started_on = rule.valid_to or max(rule.valid_from, day("23/11/2026"))
            found = explain(compute_from(rule, started_on, OFFICE, variant=variant))
            words = sentences(found)
            assert all(words), rule.id
            assert any(rule.source in sentence for sentence in words), rule.id
            due = found.computation.due
            if due is not None:
                assert any(f"{due:%d/%m/%Y}" in sentence for sentence in words), rule.id
            json.dumps(found.as_json())
            json.dumps(rule_data(rule))


def test_the_sentences_of_a_case_with_everything() -> None:
    found = clock(
        "complaint-first-settlement",
        "03/12/2026",
        vary(day("20/12/2026"), Variant.COMPLEX),
        suspend(day("22/12/2026")),
        resume(day("24/12/2026")),
    )
    assert sentences(explain(found))[:6] == [
        "Complaint accepted on 03/12/2026; that day is not counted.",
        "Limit: 45 days (complex).",
        "Found on 20/12/2026: complex.",
        "Suspended from 22/12/2026 to 24/12/2026: 2 days taken out.",
        "Last day: 19/01/2027.",
        "Luật Khiếu nại, Điều 28, valid since 01/07/2012 (read in an older text).",
    ]
    assert "Suspended since 22/12/2026: no last day until it is continued." in sentences(
        explain(clock("complaint-first-settlement", "03/12/2026", suspend(day("22/12/2026"))))
    )


def test_a_rule_without_a_day_says_so() -> None:
    assert "This rule sets no last day." in sentences(explain(clock("complaint-complexity-finding", "23/11/2026")))


def test_an_effect_and_a_minimum_are_told_as_such() -> None:
    force = sentences(explain(clock("complaint-decision-force", "03/12/2026")))
    assert "Last day: 04/01/2027; it takes effect on 05/01/2027." in force
    posted = sentences(explain(clock("denunciation-publication", "23/11/2026", variant="posted")))
    assert "At least until 08/12/2026." in posted
    assert "Posted on the board or online on 23/11/2026; that day is not counted." in posted


def test_a_calendar_that_changes_changes_the_explanation() -> None:
    computation = clock("reception-reply", "23/11/2026")
    plain = replace(OFFICE, off=OFFICE.off - {day("24/11/2026")}, cache={})
    moved = compute_from(computation.rule, day("23/11/2026"), plain)
    assert moved.due == day("07/12/2026")
    assert day("24/11/2026") not in [known.day for known in explain(moved).skipped]
