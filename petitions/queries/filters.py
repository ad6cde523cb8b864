"""What narrows a list: the filters that an address can name, each as a condition; search uses the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, false, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from auth.models import Office
from core import clock
from core.settings import OFFICE_ZONE
from petitions.models import Absence, Petition, PetitionClock, Programme
from petitions.queries.absences import in_force
from petitions.queries.membership import member_of
from petitions.vocabulary import GROUP_FROM
from petitions.workflow import State

NONE = 0
"""As a unit, an officer or a field: petitions that have none."""
MISSING = "missing"
DUE_LATE, DUE_TODAY, DUE_WEEK = "late", "today", "week"

# Whatever is marked or of many people stands in the priority queue. To say so where only one mark is asked for lets the
# index of that queue answer, which holds few petitions.
IN_PRIORITY_QUEUE = Petition.priority_tier > 0

PROOF_OF_SENDING = (
    "reception-refusal-notice",
    "forwarded-result-notice",
    "complaint-suspension-sending",
    "complaint-first-decision-sending",
    "complaint-second-decision-sending",
    "denunciation-refusal-notice",
    "denunciation-suspension-sending",
    "denunciation-acceptance-notice",
    "denunciation-conclusion-sending",
    "denunciation-forwarder-notice",
)
"""Limits that end when somebody was sent or told something: while one runs, nothing proves that it was done."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a list; fields left as they are narrow nothing.

    ``unit_id``, ``officer_id`` and ``field_id`` may be ``NONE``. ``idle`` and ``halted`` count days. ``due`` is one of
    the three words; ``due_from`` and ``due_to`` are days, both included. Whatever is asked about due days is asked
    about open petitions with a running limit.
    """

    kind: str = ""
    field_id: int | None = None
    ward_code: str = ""
    unit_id: int | None = None
    officer_id: int | None = None
    state: str = ""
    received_from: date | None = None
    received_to: date | None = None
    flags: tuple[str, ...] = ()
    due: str = ""
    due_from: date | None = None
    due_to: date | None = None
    idle: int | None = None
    halted: int | None = None
    finding: str = ""
    unsent: bool = False
    absent: bool = False
    programme_id: int | None = None

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return self != NO_FILTERS

    @property
    def by_due_day(self) -> bool:
        """Whether the due day narrows the list."""
        return bool(self.due) or self.due_from is not None or self.due_to is not None


NO_FILTERS = Filters()


def end_of_week(today: date) -> date:
    """The Sunday of the week in which ``today`` lies."""
    return today + timedelta(days=6 - today.weekday())


def due_days(filters: Filters, today: date) -> tuple[date | None, date | None]:
    """The first and the last due day that the filters let through; None: no bound on that side."""
    match filters.due:
        case "late":
            return None, today - timedelta(days=1)
        case "today":
            return today, today
        case "week":
            return today, end_of_week(today)
        case _:
            return filters.due_from, filters.due_to


def filter_conditions(
    filters: Filters, today: date | None = None, *, away: Sequence[int] | None = None
) -> list[ColumnElement[bool]]:
    """The filters as conditions, as they are understood on ``today``.

    ``away`` are the ids of those who are absent, where they are known: the databases then find the work of these few by
    its index, and do not look through that of all.
    """
    if not filters.any:
        return []
    day = today or clock.today()
    return [*_of_the_case(filters), *_of_its_time(filters, day), *_of_its_keeping(filters, day, away)]


def _of_the_case(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.kind:
        found.append(Petition.kind == filters.kind)
    if filters.field_id is not None:
        found.append(Petition.field_id == filters.field_id if filters.field_id != NONE else Petition.field_id.is_(None))
    if filters.ward_code:
        found.append(Petition.ward_code == filters.ward_code)
    if filters.unit_id is not None:
        found.append(Petition.unit_id == filters.unit_id if filters.unit_id != NONE else Petition.unit_id.is_(None))
    if filters.officer_id is not None:
        whose = Petition.officer_id
        found.append(whose == filters.officer_id if filters.officer_id != NONE else whose.is_(None))
    if filters.state:
        found.append(Petition.state == filters.state)
    if filters.flags:
        found.append(IN_PRIORITY_QUEUE)
    found.extend(_FLAGS[flag] for flag in filters.flags)
    return found


_FLAGS: Mapping[str, ColumnElement[bool]] = MappingProxyType(
    {
        "complex": Petition.complex.is_(True),
        "prominent": Petition.prominent.is_(True),
        "major": or_(Petition.complex.is_(True), Petition.prominent.is_(True)),
        "group": Petition.people_count >= GROUP_FROM,
    }
)


def is_open() -> ColumnElement[bool]:
    """The petition is not resolved."""
    return Petition.state != State.RESOLVED.value


def _of_its_time(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.received_from is not None:
        found.append(Petition.received_on >= filters.received_from)
    if filters.received_to is not None:
        found.append(Petition.received_on <= filters.received_to)
    if filters.by_due_day:
        first, last = due_days(filters, today)
        found += [is_open(), Petition.halted_on.is_(None)]
        found += [Petition.due_on >= first] if first is not None else []
        found += [Petition.due_on <= last] if last is not None else []
    if filters.idle is not None:
        # No act for one day: the last was yesterday at the latest.
        found += [is_open(), Petition.last_act_at < _midnight(today - timedelta(days=filters.idle - 1))]
    if filters.halted is not None:
        found.append(Petition.halted_on <= today - timedelta(days=filters.halted))
    if filters.programme_id is not None:
        found += _in_programme(filters.programme_id)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OFFICE_ZONE)


def _in_programme(programme_id: int) -> list[ColumnElement[bool]]:
    def of(column: InstrumentedAttribute[date]) -> ScalarSelect[date]:
        of_office = and_(Programme.id == programme_id, Programme.office_id == Petition.office_id)
        return select(column).where(of_office).correlate(Petition).scalar_subquery()

    return [member_of(of(Programme.cut_off_on), of(Programme.starts_on))]


def _of_its_keeping(filters: Filters, today: date, away: Sequence[int] | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.finding == MISSING:
        # Written as the index is, or the databases do not know it again.
        found += [is_open(), *_WITHOUT_FINDING]
    if filters.unsent:
        found += [Petition.state == State.RESOLVED.value, Petition.id.in_(_UNSENT)]
    if filters.absent:
        nobody = away is not None and not away
        found.append(false() if nobody else Petition.officer_id.in_(absent_on(today) if away is None else away))
    return found


_WITHOUT_FINDING: tuple[ColumnElement[bool], ...] = (
    literal_column("petition.complex"),
    Petition.complexity_points == literal_column("0"),
)
# The index of running clocks begins with the office; which one, the petition says.
_UNSENT = select(PetitionClock.petition_id).where(
    PetitionClock.office_id.in_(select(Office.id)),
    PetitionClock.rule_id.in_(PROOF_OF_SENDING),
    PetitionClock.stopped_on.is_(None),
)


COUNTED_FROM_INDEX: ColumnElement[bool] = literal_column("petition.office_id") > literal_column("0")
"""Holds for every petition. A question that says it may be answered from the index of everybody's work alone."""


def absent_on(day: date) -> Select[int]:
    """The ids of those who are absent on ``day``."""
    return select(Absence.user_id).where(in_force(day))


def programme_name(session: Session, office_id: int, programme_id: int) -> str:
    """The name of the office's programme; empty where there is none."""
    query = select(Programme.name).where(Programme.id == programme_id, Programme.office_id == office_id)
    return session.scalars(query).one_or_none() or ""
