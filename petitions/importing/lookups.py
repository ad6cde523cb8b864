"""Reads what the rows of a backlog refer to: the office's units, officers and fields, and what was imported before."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from auth.models import Unit, UnitMember, User
from auth.permissions import ASSIGNABLE_ROLES, Permission, Role, permissions_of
from core import clock
from petitions.importing.aliases import value_key
from petitions.importing.rows import Lookups, Officer
from petitions.models import ImportRun, Petition
from petitions.queries.fields import fields_of
from petitions.services.intake_input import EARLIEST_RECEIPT
from petitions.wards import wards


def lookups_of(session: Session, office_id: int) -> Lookups:
    """The lists of the office as rows may name them: by code or name, in either language, marks or none."""
    fields: dict[str, int] = {}
    for entry in fields_of(session, office_id):
        for name in (entry.name_en, entry.name_vi, entry.code):
            fields[value_key(name)] = entry.id
    units = session.execute(select(Unit.id, Unit.name).where(Unit.office_id == office_id, Unit.active))
    return Lookups(
        today=clock.today(),
        earliest=EARLIEST_RECEIPT,
        fields=fields,
        units={value_key(row.name): row.id for row in units},
        officers=_officers(session, office_id),
        ward_codes=wards(),
    )


def _officers(session: Session, office_id: int) -> dict[str, Officer | None]:
    units: dict[int, list[int]] = {}
    for user_id, unit_id in session.execute(
        select(UnitMember.user_id, UnitMember.unit_id).order_by(UnitMember.user_id, UnitMember.unit_id)
    ):
        units.setdefault(user_id, []).append(unit_id)
    by_name: dict[str, Officer | None] = {}
    by_username: dict[str, Officer | None] = {}
    for row in session.execute(
        select(User.id, User.username, User.full_name, User.role).where(User.office_id == office_id, User.active)
    ):
        role = Role(row.role)
        if role not in ASSIGNABLE_ROLES:
            continue
        officer = Officer(row.id, tuple(units.get(row.id, ())), Permission.SEALED_VIEW_ALL in permissions_of(role))
        name = value_key(row.full_name)
        by_name[name] = None if name in by_name else officer
        by_username[value_key(row.username)] = officer
    return by_name | by_username


def days_imported(session: Session, office_id: int, source: str, references: Sequence[str]) -> dict[str, list[date]]:
    """The days of receipt of the office's petitions of ``source`` under each of ``references``, where there are any."""
    days: dict[str, list[date]] = {}
    if references:
        query = select(Petition.external_ref, Petition.received_on).where(
            Petition.source == source,
            Petition.external_ref.in_(references),
            Petition.office_id == office_id,
        )
        for reference, received_on in session.execute(query):
            days.setdefault(str(reference), []).append(received_on)
    return days


def imports_made(session: Session, office_id: int) -> int:
    """How many imports brought petitions into the office; when it changes, one came in between."""
    query = select(func.count()).where(ImportRun.office_id == office_id, _brought_petitions())
    return session.execute(query).scalar_one()


def imported_before(session: Session, office_id: int, file_hash: str) -> bool:
    """Whether petitions came from the very same file already."""
    query = select(ImportRun.id).where(
        ImportRun.office_id == office_id, ImportRun.file_hash == file_hash, _brought_petitions()
    )
    return session.execute(query.limit(1)).first() is not None


def _brought_petitions() -> ColumnElement[bool]:
    return exists().where(Petition.import_run_id == ImportRun.id)
