"""Choice lists of the forms, in the reader's language."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import get_locale
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from core import clock
from core.i18n import format_day
from core.i18n import gettext as _
from petitions.queries.absences import away_today
from petitions.queries.fields import fields_of
from petitions.views.words import FLAG_CHOICES
from petitions.vocabulary import CHANNEL_LABELS, FORWARDER_KIND_LABELS, KIND_LABELS, PLAIN_KINDS, TRIGGER_LABELS, Kind
from petitions.workflow import STATE_LABELS

Choices = list[tuple[str, str]]


def labelled(labels: Mapping[Any, object]) -> Choices:
    """Every code of ``labels`` with its word."""
    return [(str(code.value if isinstance(code, StrEnum) else code), str(label)) for code, label in labels.items()]


def kinds(*, unclassified: bool = False) -> Choices:
    """Kinds that can be chosen."""
    return [pair for pair in labelled(KIND_LABELS) if unclassified or pair[0] != Kind.UNCLASSIFIED]


def kind_parts() -> Choices:
    """Kinds that several in one may contain."""
    return [(kind.value, str(KIND_LABELS[kind])) for kind in PLAIN_KINDS]


def channels() -> Choices:
    """Ways in which a petition comes in."""
    return labelled(CHANNEL_LABELS)


def forwarder_kinds() -> Choices:
    """Kinds of bodies that forward petitions."""
    return labelled(FORWARDER_KIND_LABELS)


def triggers() -> Choices:
    """Reasons for escalation."""
    return labelled(TRIGGER_LABELS)


def states() -> Choices:
    """States."""
    return labelled(STATE_LABELS)


def flags() -> Choices:
    """Marks by which a list can be narrowed."""
    return [(code, str(label)) for code, label in FLAG_CHOICES]


def fields(session: Session, actor: Actor, *, active_only: bool = True) -> Choices:
    """Fields of matter."""
    language = str(get_locale())
    return [
        (str(field.id), field.name(language)) for field in fields_of(session, actor.office_id, active_only=active_only)
    ]


def units(session: Session, actor: Actor) -> Choices:
    """Active units."""
    return [(str(unit.id), unit.name) for unit in people.lookups(session, actor.office_id).units]


def officers(session: Session, actor: Actor) -> Choices:
    """Everybody who may be given work, with the unit."""
    known = people.lookups(session, actor.office_id)
    found = []
    for officer in known.officers:
        names = ", ".join(known.unit_names.get(unit_id, "") for unit_id in officer.unit_ids)
        found.append((str(officer.id), f"{officer.full_name} – {names}" if names else officer.full_name))
    return found


def assignees(session: Session, actor: Actor) -> Choices:
    """The same for whoever gives work: those who are away today say so."""
    away = away_today(session, actor.office_id, clock.today())
    return [
        (
            value,
            f"{label} – {_('away until %(day)s', day=format_day(away[int(value)]))}" if int(value) in away else label,
        )
        for value, label in officers(session, actor)
    ]


def who_may_be_accused(session: Session, actor: Actor) -> Choices:
    """Units and everybody who works in the office, as ``petitions.services.accused`` reads them."""
    known = people.lookups(session, actor.office_id)
    found = [(f"unit:{unit.id}", _("Unit: %(name)s", name=unit.name)) for unit in known.units]
    return found + [(f"user:{user_id}", name) for user_id, name in known.user_names.items()]


def supervisors(session: Session, actor: Actor) -> Choices:
    """Those to whom a petition can be escalated."""
    return [(str(user.id), user.full_name) for user in people.lookups(session, actor.office_id).distributors]


def with_blank(choices: Choices, word: str = "") -> Choices:
    """The same with an empty first line."""
    return [("", word or _("– choose –")), *choices]
