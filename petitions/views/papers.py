"""Original papers of a petition: received, given back."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from petitions.forms.shapes import parse_count, parse_day
from petitions.queries import case as cases
from petitions.services.records import receive_paper, return_paper
from petitions.views.case import case_context

bp = Blueprint("papers", __name__)

_LARGEST_ID = 2**63 - 1
_FIELDS = ("description", "pages", "paper_received_on")


@bp.post("/petitions/<number>/papers")
@requires(Permission.PETITION_CORRECT)
def receive(number: str) -> ResponseReturnValue:
    """Note a paper that was handed in."""
    who = actor()
    petition = cases.get_visible(db.session(), number, who)
    typed = {name: clean_line(request.form.get(name, "")) for name in _FIELDS}
    pages = parse_count(typed["pages"]) if typed["pages"] else 1
    day = parse_day(typed["paper_received_on"]) if typed["paper_received_on"] else clock.today()
    try:
        if day is None:
            raise InvalidInput({"paper_received_on": _l("This is no day; write it as dd/mm/yyyy.")})
        with unit_of_work() as session:
            # What is no number is refused there like a number that is too large.
            receive_paper(
                session, petition.id, by=who, description=typed["description"], pages=pages or 0, received_on=day
            )
    except InvalidInput as error:
        return _again(number, typed, error.errors)
    flash(_("The paper is noted."), "success")
    return redirect(f"{request.script_root}/petitions/{petition.number}")


@bp.post(f"/petitions/<number>/papers/<int(max={_LARGEST_ID}):paper_id>/return")
@requires(Permission.PETITION_CORRECT)
def give_back(number: str, paper_id: int) -> ResponseReturnValue:
    """Note that a paper was given back, and to whom."""
    who = actor()
    petition = cases.get_visible(db.session(), number, who)
    receiver = clean_line(request.form.get("returned_to", ""))
    try:
        with unit_of_work() as session:
            return_paper(session, petition.id, paper_id, by=who, returned_to=receiver)
    except InvalidInput as error:
        failed = {
            "url": f"{request.script_root}/petitions/{petition.number}/papers/{paper_id}/return",
            "value": receiver,
            "error": " ".join(str(message) for message in error.errors.values()),
        }
        return _again(number, {}, {}, return_failed=failed)
    flash(_("It is noted that the paper was given back."), "success")
    return redirect(f"{request.script_root}/petitions/{petition.number}")


def _again(
    number: str,
    typed: Mapping[str, str],
    errors: Mapping[str, object],
    *,
    return_failed: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    who = actor()
    session = db.session()
    petition = cases.get_visible(session, number, who)
    context = case_context(session, petition, who, tried="paper", typed=typed, errors=errors)
    page = render_template("petitions/case.html", **context, paper_typed=typed, return_failed=return_failed)
    return page, 400
