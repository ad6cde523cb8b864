from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petitions.importing.aliases import kinds_in
from petitions.importing.cells import FORMULA, Line
from petitions.importing.dates import DayReader
from petitions.importing.mapping import NATIVE
from petitions.importing.plan import Plan
from petitions.importing.rows import PetitionRow, Rejection
from petitions.importing.validation import RowChecker, shortened
from petitions.vocabulary import Channel, Disposition, Kind
from petitions.workflow import State
from tests.petitions.importing.files import LOOKUPS, TODAY, accepted, checked, reasons, refused

PERSON = {
    "petitioner_name": "Nguyễn Thị Ví Dụ",
    "petitioner_address": "số 1 ngõ Thí Dụ",
    "petitioner_id_number": "001000000001",
    "petitioner_phone": "0900000001",
    "ward_code": "00004",
}


def test_the_least_that_a_row_needs() -> None:
    row = accepted({"title": "Đèn đường hỏng"})
    assert row.received_on == date(2026, 3, 1)
    assert (row.kind, row.channel, row.state) == (Kind.UNCLASSIFIED, Channel.OTHER, State.RECEIVED)
    assert (row.people_count, row.sealed, row.title_made, row.external_ref) == (1, False, False, None)


def test_every_native_column() -> None:
    row = accepted(
        {
            "external_ref": "A-1",
            "channel": "Bưu điện",
            "kind": "KHIẾU NẠI",
            "field": "đất",
            "title": "Ranh giới",
            "body": "Dòng một\r\nDòng hai",
            **PERSON,
            "people_count": "1.200",
            "against": "UBND phường",
            "unit": "địa chính",
            "officer": "Do Van Mot",
            "status": "đã giải quyết",
            "resolved_on": "05/03/2026",
            "disposition": "Quyết định giải quyết",
            "complex": "Có",
            "prominent": "0",
            "note": "Sổ cũ, trang 5",
        }
    )
    assert (row.external_ref, row.channel, row.kind, row.field_id) == ("A-1", Channel.POST, Kind.COMPLAINT, 1)
    assert row.body == "Dòng một\nDòng hai"
    assert (row.name, row.address, row.id_number) == ("Nguyễn Thị Ví Dụ", "số 1 ngõ Thí Dụ", "001000000001")
    assert (row.phone, row.ward_code, row.people_count) == ("0900000001", "00004", 1200)
    assert (row.unit_id, row.officer_id, row.state) == (1, 11, State.RESOLVED)
    assert (row.resolved_on, row.disposition) == (date(2026, 3, 5), Disposition.DECIDED)
    assert (row.complex, row.prominent, row.note) == (True, False, "Sổ cũ, trang 5")


def test_text_is_composed_and_cleaned() -> None:
    assert accepted({"title": "  Khiê\u0301u\u200b  na\u0323i "}).title == "Khiếu nại"


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("KN", Kind.COMPLAINT, ()),
        ("Đơn tố cáo", Kind.DENUNCIATION, ()),
        ("to cao", Kind.DENUNCIATION, ()),
        ("kiến nghị, phản ánh", Kind.RECOMMENDATION, ()),
        ("Kiến nghị và phản ánh", Kind.RECOMMENDATION, ()),
        ("KNPA", Kind.RECOMMENDATION, ()),
        ("recommendation", Kind.RECOMMENDATION, ()),
        ("denunciation", Kind.DENUNCIATION, ()),
        ("KN; TC", Kind.MIXED, (Kind.COMPLAINT, Kind.DENUNCIATION)),
        ("đơn khiếu nại, kiến nghị", Kind.MIXED, (Kind.COMPLAINT, Kind.RECOMMENDATION)),
        ("mixed", Kind.MIXED, ()),
        ("nhiều nội dung", Kind.MIXED, ()),
    ],
)
def test_kinds(text: str, kind: Kind, parts: tuple[Kind, ...]) -> None:
    assert kinds_in(text) == (kind, parts)


@pytest.mark.parametrize(
    ("cells", "column", "word"),
    [
        ({}, "title", "title or the content"),
        ({"title": "x", "received_on": "25/11/2026"}, "received_on", "future"),
        ({"title": "x", "received_on": "01/09/1945"}, "received_on", "too long ago"),
        ({"title": "x", "received_on": ""}, "received_on", "missing"),
        ({"title": "x", "kind": "đơn lạ"}, "kind", "not known"),
        ({"title": "x", "channel": "bồ câu"}, "channel", "not known"),
        ({"title": "x", "field": "thiên văn"}, "field", "no such field"),
        ({"title": "x", "people_count": "0"}, "people_count", "1 to 100,000"),
        ({"title": "x", "people_count": "100001"}, "people_count", "1 to 100,000"),
        ({"title": "x", "people_count": "năm"}, "people_count", "1 to 100,000"),
        ({"title": "x", "ward_code": "99999"}, "ward_code", "no commune"),
        ({"title": "x", "unit": "Không có"}, "unit", "no such unit"),
        ({"title": "x", "officer": "Ai Đó"}, "officer", "Nobody"),
        ({"title": "x", "officer": "Trùng Tên"}, "officer", "Several"),
        ({"title": "x", "officer": "officer1", "unit": "Văn hóa"}, "officer", "does not belong"),
        ({"title": "x", "status": "mơ hồ"}, "status", "not known"),
        ({"title": "x", "status": "received", "unit": "Địa chính"}, "status", "only received"),
        ({"title": "x", "status": "assigned"}, "status", "to which"),
        ({"title": "x", "status": "assigned", "unit": "Địa chính", "resolved_on": "02/03/2026"}, "status", "open"),
        ({"title": "x", "status": "resolved"}, "resolved_on", "which day"),
        ({"title": "x", "resolved_on": "28/02/2026"}, "resolved_on", "before"),
        ({"title": "x", "resolved_on": "25/12/2026"}, "resolved_on", "future"),
        ({"title": "x", "resolved_on": "02/03/2026", "disposition": "??"}, "disposition", "not known"),
        ({"title": "x", "resolved_on": "02/03/2026", "disposition": "joined"}, "disposition", "cannot be imported"),
        ({"title": "x", "kind": "KN", "resolved_on": "02/03/2026", "disposition": "answered"}, "disposition", "fit"),
        ({"title": "x", "complex": "có lẽ"}, "complex", "yes or no"),
        ({"title": "x", "petitioner_phone": "gọi sau"}, "petitioner_phone", "telephone"),
        ({"title": "x", "petitioner_id_number": "12"}, "petitioner_id_number", "identity"),
        ({"title": "x", "petitioner_id_number": "1099000001"}, "petitioner_id_number", "Zeros"),
        ({"title": "x", "external_ref": "y" * 121}, "external_ref", "120"),
        ({"title": "x", "against": "y" * 501}, "against", "500"),
    ],
)
def test_bad_cells_are_named(cells: dict[str, object], column: str, word: str) -> None:
    found = refused(cells)
    assert list(found) == [column]
    assert word in found[column]


def test_all_bad_cells_of_a_row_are_named_at_once() -> None:
    assert set(refused({"received_on": "x", "kind": "y", "people_count": "z"})) == {
        "received_on",
        "kind",
        "people_count",
        "title",
    }


def test_numbers_from_number_cells_get_their_zeros_back() -> None:
    row = accepted({"title": "x", "petitioner_phone": 912345678, "petitioner_id_number": 1099000001, "ward_code": 4})
    assert (row.phone, row.id_number, row.ward_code) == ("0912345678", "001099000001", "00004")


@pytest.mark.parametrize("phone", ["0912 345 678", "+84 912 345 678", "(024) 3825-1234", "0912345678; 0987654321"])
def test_ways_to_write_a_telephone_number(phone: str) -> None:
    assert accepted({"title": "x", "petitioner_phone": phone}).phone == phone


def test_a_missing_title_is_the_beginning_of_the_text() -> None:
    row = accepted({"body": "Kính gửi Ủy ban nhân dân phường. " * 20})
    assert row.title_made
    assert row.title.startswith("Kính gửi Ủy ban")
    assert row.title.endswith("…")
    assert len(row.title) <= 120


def test_a_long_title_is_cut_and_nothing_of_it_is_lost() -> None:
    title = "rất dài " * 60
    row = accepted({"title": title, "body": "nội dung"})
    assert len(row.title) <= 300
    assert row.body == f"{title.strip()}\n\nnội dung"


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ({}, State.RECEIVED),
        ({"unit": "Địa chính"}, State.ASSIGNED),
        ({"officer": "officer1"}, State.ASSIGNED),
        ({"resolved_on": "02/03/2026"}, State.RESOLVED),
        ({"status": "đang xử lý", "officer": "officer1"}, State.ASSIGNED),
        ({"status": "escalated", "officer": "supervisor1"}, State.ESCALATED),
    ],
)
def test_the_state_follows_from_what_is_given(cells: dict[str, object], state: State) -> None:
    assert accepted({"title": "x", **cells}).state is state


def test_an_officer_brings_the_own_unit_along() -> None:
    assert accepted({"title": "x", "officer": "officer1"}).unit_id == 1
    assert accepted({"title": "x", "officer": "supervisor1", "unit": "Văn hóa"}).unit_id == 2


def test_a_resolved_row_without_a_disposition_is_resolved_in_an_unknown_way() -> None:
    assert accepted({"title": "x", "resolved_on": TODAY}).disposition is Disposition.UNKNOWN_IMPORTED


# Denunciations


def test_a_denunciation_without_a_name_is_taken_sealed() -> None:
    row = accepted({"kind": "tố cáo", "title": "Thu tiền ngoài quy định", "body": "Tóm tắt.", "external_ref": "TC-7"})
    assert row.sealed
    assert not row.names_somebody


@pytest.mark.parametrize("kind", ["tố cáo", "denunciation", "KN, TC", "mixed", "nhiều nội dung"])
@pytest.mark.parametrize("column", list(PERSON))
def test_what_is_or_may_be_a_denunciation_may_not_tell_who_wrote(kind: str, column: str) -> None:
    secret = PERSON[column]
    verdict = checked({"external_ref": "TC-7", "kind": kind, "title": "x", column: secret})
    assert isinstance(verdict, Rejection)
    assert verdict.guarded
    assert verdict.external_ref == "TC-7"
    assert "kind" in reasons(verdict)
    assert secret not in repr([(str(error.message), error.excerpt, error.column) for error in verdict.errors])


@pytest.mark.parametrize(
    "text",
    [
        "Liên hệ 0912 345 678",
        "CCCD 001099000001",
        "CMND 012345678",
        "gửi về ai.do@example.vn",
        "Tôi tên là Nguyễn Ví Dụ",
        "Họ và tên: Nguyễn Ví Dụ",
        "Người tố cáo: bà Nguyễn Ví Dụ",
        "người làm đơn là ông Ví Dụ",
    ],
)
@pytest.mark.parametrize("column", ["title", "body", "note"])
def test_a_text_that_tells_who_denounced_is_refused_and_not_repeated(column: str, text: str) -> None:
    verdict = checked({"kind": "TC", "title": "x", column: text})
    assert isinstance(verdict, Rejection)
    assert list(reasons(verdict)) == [column]
    assert text not in repr(verdict)


def test_a_summary_may_name_whom_it_is_against_and_where_the_paper_lies() -> None:
    body = "Ông Trần Văn Mẫu thu 500.000 đồng ngày 12/03/2026. Người tố cáo đề nghị giữ bí mật. Bản giấy: tủ 2, bìa 15."
    assert accepted({"kind": "TC", "title": "Thu tiền", "body": body}).sealed


def test_several_kinds_without_a_denunciation_may_be_signed() -> None:
    row = accepted({"kind": "KN, KNPA", "title": "x", **PERSON})
    assert (row.kind, row.sealed, row.name) == (Kind.MIXED, False, "Nguyễn Thị Ví Dụ")


def test_an_unclassified_row_that_speaks_of_a_denunciation_must_be_classified_first() -> None:
    verdict = checked({"title": "Đơn tố cáo cán bộ", **PERSON})
    assert isinstance(verdict, Rejection)
    assert verdict.guarded
    assert list(reasons(verdict)) == ["kind"]
    assert isinstance(checked({"title": "Đơn tố cáo cán bộ"}), PetitionRow)
    assert isinstance(checked({"title": "Đơn đề nghị", **PERSON}), PetitionRow)


def test_a_row_whose_kind_cannot_be_read_is_guarded_like_a_denunciation() -> None:
    verdict = checked({"kind": "t.cáo?", "title": "x", "people_count": "nhiều", **PERSON})
    assert isinstance(verdict, Rejection)
    assert verdict.guarded
    assert all(not error.excerpt for error in verdict.errors)


def test_errors_show_the_beginning_of_a_cell_but_never_of_one_that_names_people() -> None:
    verdict = checked({"title": "x", "channel": "bồ câu", "petitioner_phone": "gọi cô Ví Dụ"})
    assert isinstance(verdict, Rejection)
    assert {error.column: error.excerpt for error in verdict.errors} == {"channel": "bồ câu", "petitioner_phone": ""}


@pytest.mark.parametrize(
    ("reference", "shown"),
    [("TC-2026/15", "TC-2026/15"), ("Nguyễn Ví Dụ", ""), ("0912345678", ""), ("001099000001", ""), ("x" * 80, "")],
)
def test_a_reference_of_a_denunciation_is_shown_only_when_it_is_one(reference: str, shown: str) -> None:
    verdict = checked({"external_ref": reference, "kind": "TC", "title": "x", "petitioner_name": "Ví Dụ"})
    assert isinstance(verdict, Rejection)
    assert verdict.external_ref == shown


any_cell = st.one_of(st.none(), st.integers(-5, 10**12), st.floats(), st.dates(), st.text(max_size=30))


@given(
    cells=st.dictionaries(
        st.sampled_from(["kind", "title", "body", "status", "resolved_on", "unit", "officer", "disposition", *PERSON]),
        any_cell,
    ),
    kind=st.sampled_from([None, "TC", "KN", "mixed", "KN, TC"]),
)
def test_no_row_breaks_the_check_and_no_sealed_one_names_anybody(cells: dict[str, object], kind: str | None) -> None:
    verdict = checked({**cells, "kind": kind, "title": cells.get("title") or "x"})
    if isinstance(verdict, PetitionRow):
        assert not (verdict.sealed and verdict.names_somebody)
        assert (verdict.state is State.RESOLVED) == (verdict.disposition is not None)
    else:
        assert verdict.errors


@given(st.text(max_size=400), st.integers(20, 120))
def test_shortened_text_fits(text: str, longest: int) -> None:
    assert len(shortened(text, longest)) <= longest


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (912345678, "0912345678"),
        ("912345678", "0912345678"),
        ("912 345 678", "0912345678"),
        ("2438251234", "02438251234"),
        ("0912 345 678", "0912 345 678"),
        ("+84912345678", "+84912345678"),
        ("38251234", "38251234"),
    ],
)
def test_a_telephone_number_gets_back_the_zero_that_a_spreadsheet_dropped(typed: object, kept: str) -> None:
    assert accepted({"title": "Đơn", "petitioner_phone": typed}).phone == kept


@pytest.mark.parametrize("typed", ["1.23457E+11", "1,23457E+11", "9E+08"])
def test_a_number_that_a_spreadsheet_rounded_is_refused_with_the_reason(typed: str) -> None:
    for column in ("petitioner_id_number", "petitioner_phone"):
        assert "rounded" in refused({"title": "Đơn", column: typed})[column]


def test_a_number_cell_that_kept_a_rounded_number_is_refused() -> None:
    assert "rounded" in refused({"title": "Đơn", "petitioner_id_number": 123457000000})["petitioner_id_number"]
    assert accepted({"title": "Đơn", "petitioner_id_number": "123457000000"}).id_number == "123457000000"


def test_a_cell_that_could_not_be_read_has_one_reason_only() -> None:
    plan = Plan(NATIVE, ["received_on", "title"])
    line = Line(7, [None, None], {0: FORMULA, 1: FORMULA})
    verdict = RowChecker(plan, DayReader(NATIVE.date_order), LOOKUPS).check(plan.native(line))
    assert isinstance(verdict, Rejection)
    assert [(error.column, str(error.message)) for error in verdict.errors] == [
        ("received_on", str(FORMULA)),
        ("title", str(FORMULA)),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Giữ bí mật",
        "giữ bí mật.",
        "Bí mật",
        "Kept secret (paper TC-2026-000001)",
        "Giữ bí mật (hồ sơ giấy 12 03/07/2026)",
    ],
)
def test_a_denunciation_may_say_that_the_name_is_kept_secret(name: str) -> None:
    row = accepted({"title": "Thu tiền sai", "kind": "tố cáo", "petitioner_name": name})
    assert (row.sealed, row.name) == (True, "")


@pytest.mark.parametrize(
    "name",
    ["Giữ bí mật: Nguyễn Thị Ẩn", "Giữ bí mật (Nguyễn Thị Ẩn)", "Giữ bí mật (hồ sơ giấy TC 1, bà Ẩn)", "Bí Mật Văn"],
)
def test_but_nothing_may_follow(name: str) -> None:
    assert "kind" in refused({"title": "Thu tiền sai", "kind": "tố cáo", "petitioner_name": name})
