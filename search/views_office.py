"""What the office's administrator sees and sets of search: short forms, and queries that found nothing or took long."""

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, format_moment
from core.i18n import gettext as _
from search import short_forms
from search.abbreviations import BUILT_IN_PAIRS
from search.models import QueryNote

bp = Blueprint("search_office", __name__)

LARGEST_ID = 2**31 - 1
_SHOWN = 200


class FormShown(NamedTuple):
    """A short form of the office, ready to print."""

    short: str
    written_out: str
    remove_url: str


class NoteShown(NamedTuple):
    """A noted query, ready to print."""

    words: str
    times: str
    longest: str
    last_at: str


@bp.get("/search/short-forms")
@requires(Permission.OFFICE_SETTINGS)
def forms() -> ResponseReturnValue:
    """The short forms in use."""
    return _forms_page({}, {})


@bp.post("/search/short-forms")
@requires(Permission.OFFICE_SETTINGS)
def add() -> ResponseReturnValue:
    """Add one."""
    typed = {name: request.form.get(name, "")[:500] for name in ("short", "written_out")}
    try:
        with unit_of_work() as session:
            short_forms.add(session, typed["short"], typed["written_out"], by=actor())
    except InvalidInput as error:
        return _forms_page(typed, {name: str(text) for name, text in error.errors.items()}), 400
    flash(_("The short form is added; search knows it from now on."), "success")
    return redirect(f"{request.script_root}/search/short-forms")


@bp.post(f"/search/short-forms/<int(max={LARGEST_ID}):form_id>/remove")
@requires(Permission.OFFICE_SETTINGS)
def remove(form_id: int) -> ResponseReturnValue:
    """Take one of the office's own away."""
    with unit_of_work() as session:
        short_forms.remove(session, form_id, by=actor())
    flash(_("The short form is removed."), "success")
    return redirect(f"{request.script_root}/search/short-forms")


@bp.get("/search/noted")
@requires(Permission.SYSTEM_VIEW)
def noted() -> ResponseReturnValue:
    """Queries that found nothing, and slow ones."""
    return render_template("search/noted.html", nothing=_notes("nothing"), slow=_notes("slow"))


def _forms_page(typed: dict[str, str], errors: dict[str, str]) -> str:
    own = short_forms.added_by_office(db.session(), actor().office_id)
    shown = [
        FormShown(row.short, row.written_out, f"{request.script_root}/search/short-forms/{row.id}/remove")
        for row in own
    ]  # fmt: skip
    return render_template(
        "search/short_forms.html",
        own=shown,
        built_in=BUILT_IN_PAIRS,
        v={"short": "", "written_out": "", **typed},
        errors=errors,
        noted_url=f"{request.script_root}/search/noted" if actor().may(Permission.SYSTEM_VIEW) else "",
    )


def _notes(why: str) -> list[NoteShown]:
    query = select(QueryNote.words, QueryNote.times, QueryNote.longest_ms, QueryNote.last_at).where(
        QueryNote.office_id == actor().office_id, QueryNote.why == why
    )
    rows = db.session.execute(query.order_by(QueryNote.times.desc(), QueryNote.last_at.desc()).limit(_SHOWN))
    return [
        NoteShown(row.words, format_count(row.times), format_count(row.longest_ms), format_moment(row.last_at))
        for row in rows
    ]
