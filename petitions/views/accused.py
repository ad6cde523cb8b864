"""Whom in the office a denunciation accuses: they, and their unit, neither see it nor are given it."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import InvalidInput, NotVisible, StaleVersion
from core.i18n import format_moment
from core.i18n import gettext as _
from core.text import clean_text
from petitions.forms.shapes import LARGEST_PETITION_ID, parse_id
from petitions.models import Petition
from petitions.queries import case as cases
from petitions.queries.accused import accused_in
from petitions.services.accused import AccusedInput, lift_accusation, name_accused, shown_name
from petitions.services.looks import note_look
from petitions.views import choices

bp = Blueprint("accused", __name__)


@bp.get("/petitions/<number>/accused")
@requires(Permission.PETITION_CORRECT)
def show(number: str) -> ResponseReturnValue:
    """Who is accused, with the form that names one more."""
    session, who = db.session(), actor()
    petition = _denunciation(session, number, who)
    note_look(session, petition, who)
    return _page(session, petition, who, {})


@bp.post("/petitions/<number>/accused")
@requires(Permission.PETITION_CORRECT)
def name(number: str) -> ResponseReturnValue:
    """Note that the petition accuses somebody of the office."""
    who = actor()
    petition = _denunciation(db.session(), number, who)
    typed = request.form.get("accused", "")
    accused = AccusedInput.parse(typed)
    version = parse_id(request.form.get("version", ""))
    try:
        if accused is None:
            raise InvalidInput({"accused": _("Choose from the list.")})
        with unit_of_work() as work:
            name_accused(work, petition.id, accused, by=who, version=version)
    except InvalidInput as error:
        return _page(db.session(), petition, who, error.errors, typed=typed, status=400)
    except StaleVersion as error:
        return _page(db.session(), petition, who, {"accused": _moved(error)}, typed=typed, status=409)
    flash(_("Noted. The accused and their unit no longer see this case."), "success")
    return redirect(_where_to_go(number, who))


@bp.post(f"/petitions/<number>/accused/<int(max={LARGEST_PETITION_ID}):accused_id>/lift")
@requires(Permission.PETITION_ASSIGN)
def lift(number: str, accused_id: int) -> ResponseReturnValue:
    """Take back that somebody is accused, with a reason."""
    who = actor()
    petition = _denunciation(db.session(), number, who)
    reason = clean_text(request.form.get("reason", ""))
    version = parse_id(request.form.get("version", ""))
    try:
        with unit_of_work() as work:
            lift_accusation(work, petition.id, accused_id, by=who, reason=reason, version=version)
    except InvalidInput as error:
        return _page(db.session(), petition, who, error.errors, failed=accused_id, typed=reason, status=400)
    except StaleVersion as error:
        errors = {"reason": _moved(error)}
        return _page(db.session(), petition, who, errors, failed=accused_id, typed=reason, status=409)
    flash(_("Taken back; the name stands in the history."), "success")
    return redirect(f"{request.script_root}/petitions/{petition.number}/accused")


def _denunciation(session: Session, number: str, who: Actor) -> Petition:
    petition = cases.get_visible(session, number, who)
    if not petition.sealed:
        abort(404)
    return petition


def _moved(error: StaleVersion) -> str:
    name = error.by.actor_name if error.by else ""
    return _("%(who)s changed this petition meanwhile. Look at it, then save again.", who=name)


def _where_to_go(number: str, who: Actor) -> str:
    root = request.script_root
    session = db.session()
    # Whoever names the own unit is kept out from now on: the actor of this request was loaded before.
    fresh = people.actor_by_username(session, who.username) or who
    try:
        return f"{root}/petitions/{cases.get_visible(session, number, fresh).number}/accused"
    except NotVisible:
        return f"{root}/"


def _page(
    session: Session,
    petition: Petition,
    who: Actor,
    errors: Mapping[str, object],
    *,
    failed: int = 0,
    typed: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    url = f"{request.script_root}/petitions/{petition.number}"
    fresh = cases.get_visible(session, petition.number, who)
    page = render_template(
        "petitions/accused.html",
        case={"number": fresh.number, "title": fresh.title, "url": url, "version": fresh.version},
        accused=[
            {
                "id": row.id,
                "name": shown_name(row),
                "what": _("unit") if row.unit_id is not None else _("person"),
                "since": format_moment(row.named_at),
                "lifted": format_moment(row.lifted_at) if row.lifted_at else "",
                "why": row.lifted_why,
                "lift_url": ""
                if row.lifted_at or not who.may(Permission.PETITION_ASSIGN)
                else f"{url}/accused/{row.id}/lift",
            }
            for row in accused_in(session, fresh.id)
        ],
        choices=choices.with_blank(choices.who_may_be_accused(session, who)),
        errors={name: str(message) for name, message in errors.items()},
        failed=failed,
        typed=typed,
    )
    return page, status
