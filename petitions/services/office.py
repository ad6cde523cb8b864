"""Setting up an office and keeping its lists: fields of matter, calendar, settings."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.models import Office
from auth.permissions import Permission
from core import audit
from core.errors import InvalidInput, NotAllowed, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line, fold
from petitions import deadlines
from petitions.calendars import seed_days
from petitions.deadlines.calendar import DayKind, NamedDay
from petitions.deadlines.case_clocks import CLOCKS_EDITION
from petitions.models import CalendarDay, MatterField
from petitions.services.recounting import follow_days, follow_settings

FIRST_FIELDS = (
    ("land", "Đất đai", "Land"),
    ("construction-order", "Trật tự xây dựng", "Construction order"),
    ("environment", "Môi trường", "Environment"),
    ("policy", "Chế độ, chính sách", "Policy and benefits"),
    ("officials", "Cán bộ, công chức", "Officials"),
    ("other", "Lĩnh vực khác", "Other"),
)

DAY_KINDS = ("holiday", "lieu", "swap-off", "worked")


def furnish(session: Session, office_id: int) -> None:
    """Give a new office its fields of matter and its calendar."""
    session.execute(
        insert(MatterField),
        [
            {
                "office_id": office_id,
                "code": field,
                "name_vi": vi,
                "name_en": en,
                "position": position,
                "active": True,
            }
            for position, (field, vi, en) in enumerate(FIRST_FIELDS, start=1)
        ],
    )
    session.execute(
        insert(CalendarDay),
        [
            {"office_id": office_id, "day": seed.day, "kind": seed.kind, "name": seed.name, "source": seed.source}
            for seed in seed_days()
        ],
    )

    session.execute(
        update(Office)
        .where(Office.id == office_id)
        .values(clocks_edition=CLOCKS_EDITION)
        .execution_options(synchronize_session=False)
    )


def require_confirmation(session: Session, *, required: bool, by: Actor) -> None:
    """Set whether a supervisor must confirm a resolution before it counts."""
    if not by.may(Permission.OFFICE_SETTINGS):
        raise NotAllowed("office settings")
    session.execute(
        update(Office)
        .where(Office.id == by.office_id)
        .values(require_confirmation=required)
        .execution_options(synchronize_session=False)
    )
    _note(session, by, "office.require-confirmation", {"required": required})


MOST_OWN_DAYS = 365


def set_counting(
    session: Session, *, remote: bool, recommendation_days: int | None, escalate_late: bool = True, by: Actor
) -> int:
    """Say whether the office lies in a remote area, and its own limit for recommendations in working days.

    ``escalate_late``: whether the program puts late cases before a supervisor by itself. Every clock that runs is
    counted anew; return on how many petitions a day moved. Raises ``InvalidInput`` for a limit that is none.
    """
    if not by.may(Permission.OFFICE_SETTINGS):
        raise NotAllowed("office settings")
    if recommendation_days is not None and not 1 <= recommendation_days <= MOST_OWN_DAYS:
        raise InvalidInput(
            {"recommendation_days": _l("Give a whole number from 1 to %(most)s, or nothing.", most=MOST_OWN_DAYS)}
        )
    session.execute(
        update(Office)
        .where(Office.id == by.office_id)
        .values(remote=remote, recommendation_days=recommendation_days, escalate_late=escalate_late)
        .execution_options(synchronize_session=False)
    )
    moved = follow_settings(session, by=by)
    payload: dict[str, object] = {
        "remote": remote,
        "recommendation_days": recommendation_days,
        "escalate_late": escalate_late,
    }
    _note(session, by, "office.counting", payload)
    return moved


def add_field(session: Session, *, name_vi: str, name_en: str, by: Actor) -> None:
    """Add a field of matter to the office's list."""
    if not by.may(Permission.OFFICE_SETTINGS):
        raise NotAllowed("fields")
    vi, en = clean_line(name_vi), clean_line(name_en)
    if not vi or len(vi) > 120 or len(en) > 120:
        raise InvalidInput({"name_vi": _l("Give a name of at most 120 characters.")})
    code = "-".join(fold(vi).replace(",", " ").split())[:30]
    taken = select(MatterField.id).where(MatterField.office_id == by.office_id, MatterField.code == code)
    if session.execute(taken).first() is not None:
        raise InvalidInput({"name_vi": _l("There is a field with this name already.")})
    last = session.scalars(
        select(MatterField.position)
        .where(MatterField.office_id == by.office_id)
        .order_by(MatterField.position.desc())
        .limit(1)
    ).first()
    session.execute(
        insert(MatterField),
        [
            {
                "office_id": by.office_id,
                "code": code,
                "name_vi": vi,
                "name_en": en or vi,
                "position": (last or 0) + 1,
            }
        ],
    )
    _note(session, by, "field.add", {"code": code})


def change_field(session: Session, field_id: int, *, name_vi: str, name_en: str, active: bool, by: Actor) -> None:
    """Rename a field of matter, or take it out of use; petitions keep it."""
    if not by.may(Permission.OFFICE_SETTINGS):
        raise NotAllowed("fields")
    field = session.get(MatterField, field_id)
    if field is None or field.office_id != by.office_id:
        raise NotVisible(f"field {field_id}")
    vi = clean_line(name_vi)
    if not vi or len(vi) > 120:
        raise InvalidInput({"name_vi": _l("Give a name of at most 120 characters.")})
    field.name_vi, field.name_en, field.active = vi, clean_line(name_en)[:120] or vi, active
    session.flush()
    _note(session, by, "field.change", {"code": field.code, "active": active})


def set_day(session: Session, day: date, *, kind: str, name: str, source: str, by: Actor) -> int:
    """Enter a day off or a worked Saturday with its notice as source; return how many due days moved."""
    if not by.may(Permission.CALENDAR_EDIT):
        raise NotAllowed("calendar")
    errors: dict[str, object] = {}
    if kind not in DAY_KINDS:
        errors["kind"] = _l("Choose from the list.")
    if not clean_line(name) or len(clean_line(name)) > 120:
        errors["name"] = _l("Give a name of at most 120 characters.")
    if not clean_line(source) or len(clean_line(source)) > 200:
        errors["source"] = _l("Name the notice, in at most 200 characters.")
    if kind == "worked" and day.weekday() < deadlines.SATURDAY:
        errors["day"] = _l("Only a Saturday or Sunday can be made a working day.")
    if errors:
        raise InvalidInput(errors)
    return _enter(
        session,
        [NamedDay(day, DayKind(kind), clean_line(name))],
        source=clean_line(source),
        by=by,
        note=("calendar.set", {"day": day, "kind": kind, "name": name, "source": source}),
    )


def set_days(session: Session, days: Sequence[NamedDay], *, source: str, by: Actor) -> int:
    """Enter many days at once, all from one notice; return how many due days moved.

    The days are already in shape (``importing.calendar_file``); ``source`` names the notice, at most 200 characters.
    """
    if not by.may(Permission.CALENDAR_EDIT):
        raise NotAllowed("calendar")
    entered = [{"day": named.day, "kind": named.kind.value, "name": named.name} for named in days]
    return _enter(
        session,
        days,
        source=clean_line(source)[:200],
        by=by,
        note=("calendar.import", {"days": entered, "source": source}),
    )


def _enter(
    session: Session, days: Sequence[NamedDay], *, source: str, by: Actor, note: tuple[str, dict[str, object]]
) -> int:
    _new_calendar(session, by)
    for named in days:
        session.execute(delete(CalendarDay).where(CalendarDay.office_id == by.office_id, CalendarDay.day == named.day))
    session.execute(
        insert(CalendarDay),
        [
            {
                "office_id": by.office_id,
                "day": named.day,
                "kind": named.kind.value,
                "name": named.name,
                "source": source,
            }
            for named in days
        ],
    )
    moved = follow_days(session, [named.day for named in days], by=by)
    _note(session, by, *note)
    return moved


def remove_day(session: Session, day: date, *, by: Actor) -> int:
    """Make a day plain again; return how many due days moved."""
    if not by.may(Permission.CALENDAR_EDIT):
        raise NotAllowed("calendar")
    _new_calendar(session, by)
    session.execute(delete(CalendarDay).where(CalendarDay.office_id == by.office_id, CalendarDay.day == day))
    moved = follow_days(session, [day], by=by)
    _note(session, by, "calendar.remove", {"day": day})
    return moved


def _new_calendar(session: Session, by: Actor) -> None:
    """Give the calendar its next version; whoever counts by the old one finishes first, whoever comes now waits."""
    session.execute(
        update(Office)
        .where(Office.id == by.office_id)
        .values(calendar_version=Office.calendar_version + 1)
        .execution_options(synchronize_session=False)
    )


def _note(session: Session, by: Actor, action: str, payload: dict[str, object]) -> None:
    audit.record(
        session, by.office_id, actor=by.username, action=action, subject=f"office:{by.office_id}", payload=payload
    )
