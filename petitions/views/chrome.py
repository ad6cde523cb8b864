"""What stands around every page: who is logged in, the queues with their counts, the banner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from flask import Flask, current_app, g, request
from flask_babel import get_locale
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from auth.guards import current_actor
from auth.permissions import ROLE_LABELS, Permission
from core import clock
from core.database import db
from core.i18n import format_count
from core.i18n import gettext as _
from petitions import deadlines
from petitions.deadlines import WorkingCalendar
from petitions.queries.calendar import calendar_of
from petitions.queries.counts import Counts, queue_counts
from petitions.queries.lists import QUEUE_LABELS, Queue
from petitions.queries.oversight import oversees

THEMES = ("auto", "light", "dark")


class Health(Protocol):
    """State of the worker and the index, as the search floor tells it."""

    @property
    def level(self) -> str:
        """``""`` when all is well, else warning or danger."""
        ...

    @property
    def text(self) -> str:
        """One sentence for staff."""
        ...


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the navigation."""

    label: str
    url: str
    count: str = ""
    current: bool = False
    tone: str = ""


class Me(NamedTuple):
    """The person at the keyboard, as the frame shows them."""

    name: str
    username: str
    role_label: str
    unit_label: str
    can_receive: bool
    can_see_cases: bool
    can_admin: bool


class Today(NamedTuple):
    """The day's bounds that lists and counts share within a request."""

    day: date
    soon_until: date
    calendar: WorkingCalendar


def init_app(app: Flask, *, health: Callable[[], Health]) -> None:
    """Give every template the frame's values; ``health`` tells of worker and index."""

    def frame() -> dict[str, Any]:
        return _frame(health)

    app.context_processor(frame)


def today_of(session: Session, actor: Actor) -> Today:
    """The present day and the last day that counts as due soon, once a request."""
    known: Today | None = g.get("today")
    if known is None:
        day = clock.today()
        calendar = calendar_of(session, actor.office_id)
        known = g.today = Today(day, deadlines.due_soon_until(day, calendar), calendar)
    return known


def counts_of(session: Session, actor: Actor) -> Counts:
    """The counts of the named queues, once a request."""
    known: Counts | None = g.get("queue_counts")
    if known is None:
        now = today_of(session, actor)
        known = g.queue_counts = queue_counts(session, actor, today=now.day, soon_until=now.soon_until)
    return known


def office_name(session: Session, office_id: int) -> str:
    """The office's name."""
    return people.lookups(session, office_id).office_name


def _frame(health: Callable[[], Health]) -> dict[str, Any]:
    theme = request.cookies.get("theme", "auto")
    base: dict[str, Any] = {
        "lang": str(get_locale()),
        "theme": theme if theme in THEMES else "auto",
        "asset_v": current_app.config["ASSET_VERSION"],
        "office_name": "",
        "me": None,
        "nav": [],
        "more": [],
        "health": None,
        "q": "",
    }
    session = db.session()
    try:
        actor = current_actor()
        if actor is None or g.get("bare_page"):
            return base
        base["office_name"] = office_name(session, actor.office_id)
        base["me"] = _me(session, actor)
        base["more"] = _more(actor)
        if actor.may(Permission.PETITION_VIEW):
            base["nav"] = _nav(session, actor)
        state = health()
        base["health"] = state if state.level else None
    except SQLAlchemyError:
        # An error page must still come out when the database does not answer.
        session.rollback()
    return base


def _me(session: Session, actor: Actor) -> Me:
    units = people.lookups(session, actor.office_id).unit_names
    return Me(
        name=actor.full_name,
        username=actor.username,
        role_label=str(ROLE_LABELS[actor.role]) if actor.role else "",
        unit_label=", ".join(units.get(unit_id, "") for unit_id in actor.unit_ids),
        can_receive=actor.may(Permission.PETITION_RECEIVE),
        can_see_cases=actor.may(Permission.PETITION_VIEW),
        can_admin=actor.may(Permission.USER_MANAGE),
    )


def _nav(session: Session, actor: Actor) -> list[NavItem]:
    counts = counts_of(session, actor)
    queues: list[tuple[Queue, int, str]] = []
    if actor.may(Permission.PETITION_WORK_OWN):
        queues.append((Queue.MINE, counts.mine, ""))
    queues += [
        (Queue.PRIORITY, counts.priority, ""),
        (Queue.OVERDUE, counts.overdue, "late"),
        (Queue.DUE_SOON, counts.due_soon, "soon"),
        (Queue.UNASSIGNED, counts.unassigned, ""),
        (Queue.ESCALATED, counts.escalated, ""),
        (Queue.OPEN, counts.open, ""),
    ]
    if counts.confirmation and actor.may(Permission.PETITION_CONFIRM):
        queues.append((Queue.CONFIRMATION, counts.confirmation, "soon"))
    queues.append((Queue.ALL, counts.all, ""))
    root, path = request.script_root, request.path
    return [
        NavItem(
            label=str(QUEUE_LABELS[queue]),
            url=f"{root}/queues/{queue}",
            count=format_count(count),
            current=path == f"/queues/{queue}",
            tone=tone if count else "",
        )
        for queue, count, tone in queues
    ]


def _more(actor: Actor) -> Sequence[NavItem]:
    pages = (
        (Permission.WORK_OVERSEE, _("Morning page"), "/morning"),
        (Permission.WORK_OVERSEE, _("Workload"), "/workload"),
        (Permission.PETITION_VIEW, _("Saved lists"), "/views"),
        (Permission.PETITION_RECEIVE, _("Visit without a petition"), "/visits/new"),
        (Permission.PETITION_VIEW, _("Register of citizen reception"), "/visits"),
        (Permission.PETITION_VIEW, _("The day's list"), "/petitions/day"),
        (Permission.PETITION_VIEW, _("Absences"), "/absences"),
        (Permission.PETITION_AUDIT, _("Missed limits"), "/audits/overdue"),
        (Permission.PETITION_VIEW, _("Clearing the backlog"), "/programmes"),
        (Permission.SYSTEM_VIEW, _("Daily sheet of the audit chain"), "/audits/sheet"),
        (Permission.DUPLICATES_HANDLE, _("Repeated letters"), "/search/duplicates"),
        (Permission.PETITION_IMPORT, _("Import"), "/petitions/import"),
        (Permission.CALENDAR_EDIT, _("Working-day calendar"), "/calendar"),
        (Permission.PRIORITY_EDIT, _("Order of the queues"), "/office/priority"),
        (Permission.OFFICE_SETTINGS, _("Office settings"), "/office"),
        (Permission.USER_MANAGE, _("Users"), "/users"),
        (Permission.USER_MANAGE, _("Units"), "/units"),
    )
    return [
        NavItem(label, request.script_root + path, current=request.path == path)
        for needed, label, path in pages
        if actor.may(needed) and (needed is not Permission.WORK_OVERSEE or oversees(actor))
    ]
