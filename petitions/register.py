"""The register of citizens received (sổ tiếp công dân): form 03/TCD of decree 154/2026/NĐ-CP, thirteen columns. Pure.

It holds visits without a petition and the petitions that were handed in at the desk or at the head's reception.
"""

from dataclasses import dataclass
from datetime import date, datetime

from core.i18n import format_count, format_day
from core.i18n import gettext as _
from petitions.vocabulary import DISPOSITION_LABELS, KIND_LABELS, Channel, Disposition, Kind
from petitions.workflow import STATE_LABELS, State

CHANNELS = (Channel.DESK, Channel.HEAD_RECEPTION)
"""The channels by which a petition belongs in the register."""

TITLE = "SỔ TIẾP CÔNG DÂN"
FORM = "Mẫu số 03/TCD"

HEADINGS = (
    "STT",
    "Ngày tiếp",
    "Họ tên, địa chỉ",
    "CCCD/Hộ chiếu của công dân",
    "Nội dung vụ việc",
    "Phân loại đơn",
    "Số công dân có đơn cùng một nội dung",
    "Cơ quan, tổ chức, đơn vị đã giải quyết",
    "Thuộc thẩm quyền",
    "Hướng dẫn (cơ quan, số văn bản)",
    "Cơ quan có thẩm quyền thụ lý, số văn bản chuyển đơn",
    "Theo dõi kết quả giải quyết",
    "Ghi chú",
)
"""The statutory headings. They stay Vietnamese whatever language the reader has chosen."""

# Taken as the office's own competence only once it has acted on the substance.
_SETTLED_HERE = (Disposition.DECIDED, Disposition.CONCLUDED, Disposition.ANSWERED)


@dataclass(frozen=True, slots=True)
class VisitEntry:
    """A visit without a petition, as it was entered."""

    id: int
    day: date
    registered_at: datetime
    registered_by: int | None
    kind: Kind
    name: str
    address: str
    id_number: str
    content: str
    people_count: int
    handled_before_by: str
    in_jurisdiction: bool
    guided_to: str
    transferred_to: str
    follow_up: str
    remark: str


@dataclass(frozen=True, slots=True)
class PetitionEntry:
    """A petition that was handed in at a reception; a sealed one names nobody."""

    id: int
    day: date
    registered_at: datetime
    kind: Kind
    number: str
    sealed: bool
    name: str
    address: str
    id_number: str
    title: str
    people_count: int
    state: State
    disposition: Disposition | None
    decision_number: str
    decision_on: date | None
    note: str
    paper_code: str


Entry = VisitEntry | PetitionEntry


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns 2 to 13 of the form, ready to read; column 1 is the place in the list.

    ``struck`` tells of a petition that was registered in error; ``petition`` is its number where there is one.
    """

    visited_on: str
    name_address: str
    id_number: str
    content: str
    kind: str
    people_count: str
    settled_by: str
    competent: str
    guided_to: str
    passed_to: str
    result: str
    note: str
    struck: bool = False
    petition: str = ""

    def texts(self) -> tuple[str, ...]:
        """The twelve columns in the order of the form."""
        return (
            self.visited_on,
            self.name_address,
            self.id_number,
            self.content,
            self.kind,
            self.people_count,
            self.settled_by,
            self.competent,
            self.guided_to,
            self.passed_to,
            self.result,
            self.note,
        )


def columns_of(entry: Entry) -> Columns:
    """``entry`` in the columns of the form, in the reader's language."""
    return _of_visit(entry) if isinstance(entry, VisitEntry) else _of_petition(entry)


def secret_name(paper_code: str = "") -> str:
    """What stands in place of the name of somebody who must stay secret."""
    if paper_code:
        return _("Kept secret (paper %(code)s)", code=paper_code)
    return _("Kept secret")


def _of_visit(entry: VisitEntry) -> Columns:
    return Columns(
        visited_on=format_day(entry.day),
        name_address=_joined(entry.name, entry.address) or secret_name(),
        id_number=entry.id_number,
        content=entry.content,
        kind=str(KIND_LABELS[entry.kind]),
        people_count=format_count(entry.people_count),
        settled_by=entry.handled_before_by,
        competent="x" if entry.in_jurisdiction else "",
        guided_to=entry.guided_to,
        passed_to=entry.transferred_to,
        result=entry.follow_up,
        note=entry.remark,
    )


def _of_petition(entry: PetitionEntry) -> Columns:
    document = _document(entry)
    guided = entry.disposition is Disposition.GUIDED
    forwarded = entry.disposition is Disposition.FORWARDED
    struck = entry.disposition is Disposition.ENTERED_IN_ERROR
    outcome = DISPOSITION_LABELS[entry.disposition] if entry.disposition else STATE_LABELS[entry.state]
    return Columns(
        visited_on=format_day(entry.day),
        name_address=secret_name(entry.paper_code) if entry.sealed else _joined(entry.name, entry.address),
        id_number="" if entry.sealed else entry.id_number,
        content=entry.title,
        kind=str(KIND_LABELS[entry.kind]),
        people_count=format_count(entry.people_count),
        settled_by="",
        competent="x" if entry.disposition in _SETTLED_HERE else "",
        guided_to=_joined(entry.note, document) if guided else "",
        passed_to=_joined(entry.note, document) if forwarded else "",
        result=str(outcome) if guided or forwarded else _joined(str(outcome), document),
        note=_joined(entry.number, entry.note if struck else "", separator=": "),
        struck=struck,
        petition=entry.number,
    )


def _document(entry: PetitionEntry) -> str:
    if not entry.decision_number:
        return ""
    if entry.decision_on is None:
        return _("No. %(number)s", number=entry.decision_number)
    return _("No. %(number)s, %(day)s", number=entry.decision_number, day=format_day(entry.decision_on))


def _joined(*parts: str, separator: str = ", ") -> str:
    return separator.join(part for part in parts if part)
