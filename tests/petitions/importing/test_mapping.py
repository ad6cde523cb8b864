from datetime import date
from pathlib import Path

import pytest

from petitions.importing.cells import Line
from petitions.importing.charsets import Charset
from petitions.importing.dates import DateOrder
from petitions.importing.mapping import NATIVE, RepeatedKey, load_mapping, parse_mapping
from petitions.importing.plan import NativeRow, Plan
from petitions.importing.problems import ImportRefused
from petitions.importing.templates import Template

SMALL = """
name = "Sổ cũ"
source = "so-cu"
[columns]
received_on = "Ngày"
title = "Việc"
"""


def native(text: str, headings: list[str], cells: list[object]) -> NativeRow:
    line = Line(3, [cell if isinstance(cell, str | int | date) else None for cell in cells])
    return Plan(parse_mapping(text.encode()), headings).native(line)


def test_everything_a_mapping_may_say() -> None:
    mapping = parse_mapping(
        (
            'name = "Sổ"\nsource = "s"\nrepeated_key = "skip"\n'
            '[file]\nencoding = "tcvn3"\ndelimiter = ";"\nsheet = "Năm 2026"\nheading_row = 4\nheading_rows = 2\n'
            'date_order = "mdy"\nserial_dates = true\nmend_misread_utf8 = true\n'
            '[columns]\nreceived_on = "Ngày"\n'
            '[columns.petitioner_name]\nfrom = "Ai"\ntake = "before"\nseparators = [","]\n'
            '[templates]\nbody = "{Việc}"\n[when_missing]\ntitle = "{STT}"\n[constants]\nkind = "KN"\n'
            '[values.field]\n"Đất" = "land"\n"*" = "other"\n'
            '[[rules]]\nwhen = [{ column = "Xong", is = "filled" }, { column = "Loại", is = ["a"] }]\n'
            'set = { status = "resolved" }\n'
        ).encode()
    )
    assert mapping.layout.charset is Charset.TCVN3
    assert (mapping.layout.heading_row, mapping.layout.heading_rows, mapping.layout.mend) == (4, 2, True)
    assert (mapping.date_order, mapping.serial_dates) == (DateOrder.MDY, True)
    assert mapping.repeated_key is RepeatedKey.SKIP
    assert mapping.headings() == ["Ngày", "Ai", "Việc", "STT", "Xong", "Loại"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("name = ", "TOML"),
        ('source = "s"', "name"),
        (SMALL + 'x = "y"', "columns.x"),
        ("colour = 1\n" + SMALL, "colour"),
        (SMALL.replace("received_on", "body"), "received_on"),
        (SMALL.replace("title", "note"), "title or body"),
        (SMALL.replace('"Việc"', "7"), "columns.title"),
        (SMALL + '[file]\nencoding = "latin"', "file.encoding"),
        (SMALL + '[file]\ndelimiter = "#"', "file.delimiter"),
        (SMALL + "[file]\nheading_rows = 9", "file.heading_rows"),
        (SMALL + "[file]\nserial_dates = 1", "file.serial_dates"),
        (SMALL + '[columns.note]\nfrom = "a"\nseparators = []', "columns.note.separators"),
        (SMALL + '[columns.note]\nfrom = "a"\nabove = "b"', "columns.note.above"),
        (SMALL + "[constants]\nkind = 3", "constants.kind"),
        (SMALL + '[[rules]]\nset = { status = "x" }', "rules[1].when"),
        (SMALL + '[[rules]]\nwhen = { column = "a", is = "blue" }\nset = { status = "x" }', "rules[1].when[1].is"),
        (SMALL.replace("so-cu", "native"), "native"),
    ],
)
def test_a_mistake_in_a_mapping_is_named(text: str, where: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        parse_mapping(text.encode())
    assert where in str(refusal.value)


def test_a_mapping_in_another_encoding_or_too_large_is_refused(tmp_path: Path) -> None:
    for data in (SMALL.encode("utf-16"), b"#" * 300_000):
        with pytest.raises(ImportRefused):
            parse_mapping(data)
    with pytest.raises(ImportRefused):
        load_mapping(tmp_path / "none.toml")


def test_missing_columns_are_named_together() -> None:
    with pytest.raises(ImportRefused, match="Ngày, Việc"):
        Plan(parse_mapping(SMALL.encode()), ["STT", "Ai"])


def test_columns_are_read_by_heading_and_the_rest_is_left_out() -> None:
    plan = Plan(parse_mapping(SMALL.encode()), ["STT", "NGÀY", "việc"])
    row = plan.native(Line(3, [1, "04/03/2026", "Đèn đường"]))
    assert row.cells == {"received_on": "04/03/2026", "title": "Đèn đường"}
    assert plan.ignored == ("STT",)
    assert plan.heading_of("title") == "việc"
    assert plan.heading_of("note") == "note"


def test_problems_of_columns_that_nobody_reads_do_not_matter() -> None:
    plan = Plan(parse_mapping(SMALL.encode()), ["STT", "Ngày", "Việc"])
    row = plan.native(Line(3, [None, "04/03/2026", None], {0: "formula", 2: "formula"}))
    assert row.problems == [("Việc", "formula")]


def test_one_cell_parted_in_two() -> None:
    text = SMALL + (
        '[columns.petitioner_name]\nfrom = "Ai"\ntake = "before"\n'
        '[columns.petitioner_address]\nfrom = "Ai"\ntake = "after"\n'
    )
    headings = ["Ngày", "Việc", "Ai"]
    both = native(text, headings, ["x", "y", "Nguyễn Ví Dụ, số 1; ngõ 2"]).cells
    assert (both["petitioner_name"], both["petitioner_address"]) == ("Nguyễn Ví Dụ", "số 1; ngõ 2")
    alone = native(text, headings, ["x", "y", "Nguyễn Ví Dụ"]).cells
    assert alone["petitioner_name"] == "Nguyễn Ví Dụ"
    assert "petitioner_address" not in alone


def test_rules_fill_what_is_empty_and_hand_on_dates_as_dates() -> None:
    text = SMALL + (
        '[[rules]]\nwhen = { column = "Chuyển", is = "filled" }\n'
        'set = { status = "resolved", resolved_on = "{Ngày}", title = "no" }\n'
        '[[rules]]\nwhen = { column = "Chuyển", is = "empty" }\nset = { status = "received" }\n'
        '[[rules]]\nwhen = { column = "Loại", is = ["Khẩn!"] }\nset = { prominent = "1" }\n'
    )
    headings = ["Ngày", "Việc", "Chuyển", "Loại"]
    day = date(2026, 3, 4)
    assert native(text, headings, [day, "y", "P. Tư pháp", "khẩn"]).cells == {
        "received_on": day,
        "title": "y",
        "status": "resolved",
        "resolved_on": day,
        "prominent": "1",
    }
    assert native(text, headings, [day, "y", " ", "z"]).cells["status"] == "received"


def test_missing_values_constants_and_translations() -> None:
    text = SMALL + (
        '[when_missing]\ntitle = "{Nơi} {STT}"\n[constants]\nkind = "recommendation"\n'
        '[values.title]\n"Đèn" = "Đèn đường"\n'
    )
    headings = ["Ngày", "Việc", "Nơi", "STT"]
    made = native(text, headings, ["x", "", "P1", 7])
    assert (made.cells["title"], made.made) == ("P1 7", frozenset({"title"}))
    given = native(text, headings, ["x", "ĐÈN", "P1", 7])
    assert (given.cells["title"], given.made) == ("Đèn đường", frozenset())
    assert given.cells["kind"] == "recommendation"


def test_otherwise_stands_for_every_other_value_but_not_for_none() -> None:
    text = SMALL + '[columns.field]\nfrom = "Lĩnh vực"\n[values.field]\n"Đất" = "land"\n"*" = "other"\n'
    headings = ["Ngày", "Việc", "Lĩnh vực"]
    assert native(text, headings, ["x", "y", "đất"]).cells["field"] == "land"
    assert native(text, headings, ["x", "y", "nước"]).cells["field"] == "other"
    assert "field" not in native(text, headings, ["x", "y", ""]).cells


def test_lines_of_a_text_whose_places_are_empty_are_left_out() -> None:
    filled = Template("Chuyển: {A}\n\nGhi chú: {B}, {C}\ncố định").compiled({"A": 0, "B": 1, "C": 2}.__getitem__)
    assert filled.fill([None, "x", ""]) == "Ghi chú: x,\ncố định"
    assert Template("{A}").compiled({"A": 0}.__getitem__).fill([]) is None


def test_columns_that_tell_who_wrote_are_known_even_when_only_a_text_uses_them() -> None:
    text = SMALL + '[templates]\nnote = "{Họ và tên người gửi}"\n'
    headings = ["Ngày", "Việc", "Họ và tên người gửi"]
    assert native(text, headings, ["x", "y", "Nguyễn Ví Dụ"]).identity
    assert not native(text, headings, ["x", "y", ""]).identity


def test_native_headings_in_english_and_vietnamese() -> None:
    plan = Plan(NATIVE, ["Ngày nhận", "TITLE", "Received by"])
    assert plan.native(Line(2, ["x", "y", "z"])).cells == {"received_on": "x", "title": "y"}
    assert plan.ignored == ("Received by",)


@pytest.mark.parametrize(
    ("headings", "word"),
    [
        (["title"], "received_on"),
        (["received_on", "note"], "title and body"),
        (["received_on", "title", "resolvd_on"], "resolved_on"),
        (["received_on", "Ngày nhận", "title"], "Two columns"),
    ],
)
def test_native_headings_that_are_wrong(headings: list[str], word: str) -> None:
    with pytest.raises(ImportRefused, match=word):
        Plan(NATIVE, headings)


def test_a_heading_may_have_other_wordings() -> None:
    text = SMALL + '[other_headings]\n"Việc" = ["Nội dung", "Nội dung vụ việc"]\n'
    assert native(text, ["Ngày", "NOI DUNG VU VIEC"], ["02/03/2026", "Đèn"]).cells["title"] == "Đèn"
    assert native(text, ["Ngày", "Nội dung", "Việc"], ["02/03/2026", "khác", "Đèn"]).cells["title"] == "Đèn"
    assert "noi dung vu viec" in parse_mapping(text.encode()).expected()
    with pytest.raises(ImportRefused, match="Việc"):
        native(text, ["Ngày", "Chuyện"], ["02/03/2026", "Đèn"])
    with pytest.raises(ImportRefused, match="other_headings"):
        parse_mapping((SMALL + '[other_headings]\n"Việc" = "Nội dung"\n').encode())


def test_only_a_mapping_fills_what_was_written_at_the_end() -> None:
    text = SMALL + '[constants]\nresolution_note = "xong"\n'
    assert native(text, ["Ngày", "Việc"], ["02/03/2026", "Đèn"]).cells["resolution_note"] == "xong"
    assert "resolution_note" not in NATIVE.expected()
