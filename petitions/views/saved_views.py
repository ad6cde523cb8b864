"""Saved views: a list with a name, for oneself or shared; opening one is going to its address."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import ROLE_LABELS, Permission, Role, requires
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count
from core.i18n import gettext as _
from core.text import clean_line
from petitions.forms.filters import read_filters
from petitions.forms.saved_views import read_query, read_sharing, sharing_value
from petitions.queries.counts import Glance, glance
from petitions.queries.lists import QUEUE_LABELS, Queue, View
from petitions.queries.oversight import oversees_office, units_headed
from petitions.queries.saved_views import (
    MOST_IN_LISTS,
    MOST_ON_HOME,
    SEARCH,
    Named,
    path_of,
    view_kept,
    views_for,
    views_kept,
)
from petitions.services import saved_views as services
from petitions.services.saved_views import LONGEST_NAME, ROLES_WITH_LISTS, Sharing
from petitions.views import choices
from petitions.views.chrome import counts_of, today_of

bp = Blueprint("saved_views", __name__)

LARGEST_ID = 2**31 - 1


class ViewShown(NamedTuple):
    """A saved view ready to print."""

    name: str
    url: str
    queue: str
    size: str
    news: str
    shared: str
    edit_url: str


@bp.get("/views")
@requires(Permission.PETITION_VIEW)
def show() -> ResponseReturnValue:
    """The views that one keeps, and those that others share."""
    who, session = actor(), db.session()
    kept = views_kept(session, who)
    ids = {view.id for view in kept}
    others = [view for view in views_for(session, who, limit=MOST_ON_HOME * 10) if view.id not in ids]
    return render_template(
        "petitions/saved_views.html",
        kept=[_shown(session, who, view, keeps=True) for view in kept],
        others=[_shown(session, who, view) for view in others],
    )


@bp.post("/views")
@requires(Permission.PETITION_VIEW)
def save() -> ResponseReturnValue:
    """Keep the address of a list under a name."""
    who = actor()
    queue = request.form.get("queue", "")
    query, read = read_query(request.form.get("query", ""), searching=queue == SEARCH)
    if queue not in {*Queue, SEARCH}:
        raise InvalidInput({"queue": _("There is no such list.")})
    typed = _typed()
    try:
        if queue == SEARCH and not query:
            raise InvalidInput({"name": _("Search for something first; then it can be saved.")})
        if read.errors:
            raise InvalidInput({"name": _("The list has a filter that is not understood; take it off first.")})
        with unit_of_work() as session:
            services.save(
                session,
                name=typed["name"],
                queue=queue,
                query=query,
                sharing=_sharing(typed["share"]),
                on_home=bool(typed["on_home"]),
                by=who,
            )
    except InvalidInput as error:
        return _form(f"{request.script_root}/views", queue, request.form.get("query", ""), typed, error.errors), 400
    flash(_("The list is saved as “%(name)s”.", name=clean_line(typed["name"])), "success")
    return redirect(request.script_root + path_of(queue, query))


@bp.get(f"/views/<int(max={LARGEST_ID}):view_id>")
@requires(Permission.PETITION_VIEW)
def edit(view_id: int) -> ResponseReturnValue:
    """Rename a view, share it, remove it."""
    view = view_kept(db.session(), actor(), view_id)
    typed = {
        "name": view.name,
        "share": sharing_value(Sharing(view.shared_with, view.unit_id, view.role)),
        "on_home": "1" if view.on_home else "",
    }
    return _form(f"{request.script_root}/views/{view_id}", view.queue, view.query, typed, {})


@bp.post(f"/views/<int(max={LARGEST_ID}):view_id>")
@requires(Permission.PETITION_VIEW)
def change(view_id: int) -> ResponseReturnValue:
    """Save another name, sharing or place."""
    typed = _typed()
    view = view_kept(db.session(), actor(), view_id)
    try:
        with unit_of_work() as session:
            sharing, on_home = _sharing(typed["share"]), bool(typed["on_home"])
            services.change(session, view_id, name=typed["name"], sharing=sharing, on_home=on_home, by=actor())
    except InvalidInput as error:
        return _form(f"{request.script_root}/views/{view_id}", view.queue, view.query, typed, error.errors), 400
    flash(_("The list is saved as “%(name)s”.", name=clean_line(typed["name"])), "success")
    return redirect(f"{request.script_root}/views")


@bp.post(f"/views/<int(max={LARGEST_ID}):view_id>/remove")
@requires(Permission.PETITION_VIEW)
def remove(view_id: int) -> ResponseReturnValue:
    """Remove a view; the petitions stay where they are."""
    with unit_of_work() as session:
        view = services.remove(session, view_id, by=actor())
    flash(_("The list “%(name)s” is removed; the petitions stay.", name=view.name), "success")
    return redirect(f"{request.script_root}/views")


def on_home(session: Session, who: Actor) -> list[ViewShown]:
    """The views of the home page, each with its size as far as a glance tells."""
    views = views_for(session, who, on_home=True, limit=MOST_ON_HOME)
    return [_shown(session, who, view, counted=True) for view in views]


class Beside(NamedTuple):
    """A saved view as the pages of lists name it."""

    name: str
    url: str
    current: bool
    news: str


def beside_lists(session: Session, who: Actor, here: str) -> list[Beside]:
    """The views that the pages of lists name; ``here`` is the address of the present one."""
    found = []
    for view in views_for(session, who, limit=MOST_IN_LISTS):
        url = request.script_root + view.path
        found.append(Beside(view.name, url, url == here, news_of(who, view)))
    return found


def share_choices(session: Session, who: Actor) -> choices.Choices:
    """With whom somebody can share; empty for who cannot."""
    headed = units_headed(who)
    whole = oversees_office(who)
    if not whole and not headed:
        return []
    units = [unit for unit in people.lookups(session, who.office_id).units if whole or unit.id in headed]
    found = [("nobody", _("only for me"))]
    found += [(f"unit:{unit.id}", _("unit: %(name)s", name=unit.name)) for unit in units]
    if whole:
        found += [(f"role:{role}", _("role: %(name)s", name=str(ROLE_LABELS[role]))) for role in ROLES_WITH_LISTS]
        found.append(("office", _("the whole office")))
    return found


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "")[:500] for name in ("name", "share", "on_home")}


def _sharing(text: str) -> Sharing:
    sharing = read_sharing(text)
    if sharing is None:
        raise InvalidInput({"share": _("Choose from the list.")})
    return sharing


def _form(action: str, queue: str, query: str, typed: Mapping[str, str], errors: Mapping[str, object]) -> str:
    who, session = actor(), db.session()
    return render_template(
        "petitions/saved_view.html",
        action=action,
        queue=queue,
        queue_label=_queue_label(queue),
        query=query,
        list_url=request.script_root + path_of(queue, query),
        v=typed,
        errors=errors,
        shares=share_choices(session, who),
        longest=LONGEST_NAME,
    )


def _shown(session: Session, who: Actor, view: Named, *, keeps: bool = False, counted: bool = False) -> ViewShown:
    return ViewShown(
        view.name,
        request.script_root + view.path,
        _queue_label(view.queue),
        _told(_size(session, who, view)) if counted else "",
        news_of(who, view),
        _shared_words(session, who, view),
        f"{request.script_root}/views/{view.id}" if keeps else "",
    )


def news_of(who: Actor, view: Named) -> str:
    """What a saved search has found since its owner last opened it, in words; empty for nothing and for others."""
    if not view.found_new or view.owner_id != who.id:
        return ""
    return _("%(count)s new", count=format_count(view.found_new))


def _queue_label(queue: str) -> str:
    if queue == SEARCH:
        return _("Search")
    return str(QUEUE_LABELS[Queue(queue)]) if queue in set(Queue) else queue


def _size(session: Session, who: Actor, view: Named) -> Glance | None:
    if view.queue == SEARCH:
        # What the owner finds is no number for those with whom it is shared.
        known = view.found_total if view.owner_id == who.id else None
        return None if known is None else Glance(known, exact=True)
    if view.queue not in set(Queue):
        return Glance(0, exact=True)
    now = today_of(session, who)
    asked = View(Queue(view.queue), read_filters(MultiDict(parse_qsl(view.query, keep_blank_values=True))).filters)
    counts = counts_of(session, who)
    return glance(session, asked, who, today=now.day, soon_until=now.soon_until, counts=counts)


def _told(size: Glance | None) -> str:
    if size is None:
        return "–"
    count = format_count(size.number)
    return count if size.exact else _("at least %(count)s", count=count)


def _shared_words(session: Session, who: Actor, view: Named) -> str:
    known = people.lookups(session, who.office_id)
    match view.shared_with:
        case "unit":
            words = _("unit: %(name)s", name=known.unit_names.get(view.unit_id or 0, ""))
        case "role" if view.role in set(Role):
            words = _("role: %(name)s", name=str(ROLE_LABELS[Role(view.role)]))
        case "office":
            words = _("the whole office")
        case _:
            return _("only for me") if view.owner_id == who.id else ""
    if view.owner_id == who.id:
        return words
    return _("%(words)s, shared by %(name)s", words=words, name=known.user_names.get(view.owner_id, ""))
