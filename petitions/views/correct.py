"""Correcting what was registered; each old value stays in the history."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import InvalidInput, StaleVersion
from core.i18n import format_day
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.forms.shapes import parse_count, parse_day, parse_id
from petitions.models import Petition
from petitions.queries import case as cases
from petitions.services.corrections import correct, correct_petitioner
from petitions.services.intake_input import PartyInput
from petitions.services.looks import note_look
from petitions.views import choices
from petitions.views.intake import settings
from petitions.vocabulary import ForwarderKind, Kind, PartyRole
from petitions.wards import ward_label

bp = Blueprint("correct", __name__)

_TEXTS = (
    "title",
    "against",
    "also_sent_to",
    "external_ref",
    "forwarder",
    "forwarder_ref",
    "paper_code",
    "paper_location",
)
_TICKS = ("second_instance", "discipline")
_PETITIONER = ("name", "id_number", "phone", "address", "old_address")


@bp.get("/petitions/<number>/correct")
@requires(Permission.PETITION_CORRECT)
def form(number: str) -> ResponseReturnValue:
    """The fields as they stand."""
    session = db.session()
    who = actor()
    petition = cases.get_visible(session, number, who)
    note_look(session, petition, who)
    return _page(session, who, petition, _stored(session, petition), {})


@bp.post("/petitions/<number>/correct")
@requires(Permission.PETITION_CORRECT)
def save(number: str) -> ResponseReturnValue:
    """Correct the fields of the petition, or those of the petitioner (``part=petitioner``)."""
    session = db.session()
    who = actor()
    petition = cases.get_visible(session, number, who)
    typed = _stored(session, petition) | {name: clean_line(value) for name, value in request.form.items()}
    for name in ("body", "reason"):
        if name in request.form:
            typed[name] = clean_text(request.form[name])
    if "kind" in request.form:
        typed["kind_parts"] = request.form.getlist("kind_parts")
        typed |= {name: request.form.get(name, "") for name in _TICKS}
    version = parse_id(typed.get("version", ""))
    try:
        with unit_of_work() as work:
            if typed.get("part") == "petitioner":
                party = PartyInput(
                    **{name: typed[f"petitioner_{name}"] for name in _PETITIONER}, ward_code=typed["ward_code"] or None
                )
                key = settings().lookup_key
                correct_petitioner(work, petition.id, party, by=who, lookup_key=key, version=version)
            else:
                parts = tuple(Kind(part) for part in typed["kind_parts"] if part in set(Kind))
                correct(
                    work, petition.id, _values(typed), by=who, reason=typed["reason"], kind_parts=parts, version=version
                )
    except InvalidInput as error:
        return _page(db.session(), who, petition, typed, error.errors, 400)
    except StaleVersion as error:
        name = error.by.actor_name if error.by else ""
        fresh = cases.get_visible(db.session(), number, who)
        message = _("%(who)s changed this petition meanwhile. Look at it, then save again.", who=name)
        return _page(db.session(), who, fresh, typed, {"_": message}, 409)
    flash(_("Corrected; the old value stands in the history."), "success")
    return redirect(f"{request.script_root}/petitions/{petition.number}")


def _values(typed: Mapping[str, Any]) -> dict[str, Any]:
    errors: dict[str, object] = {}
    values: dict[str, Any] = {name: typed[name] for name in _TEXTS}
    values["external_ref"] = values["external_ref"] or None
    values |= {name: bool(typed[name]) for name in _TICKS}
    values["forwarder_kind"] = typed["forwarder_kind"] or None
    if typed["forwarder_kind"] not in {"", *ForwarderKind}:
        errors["forwarder_kind"] = _l("Choose from the list.")
    values |= {"body": typed["body"], "kind": typed["kind"], "channel": typed["channel"]}
    if typed["kind"] not in set(Kind):
        errors["kind"] = _l("Choose from the list.")
    for name in ("received_on", "answer_by"):
        values[name] = parse_day(typed[name]) if typed[name] else None
        if typed[name] and values[name] is None:
            errors[name] = _l("This is no day; write it as dd/mm/yyyy.")
    if values["received_on"] is None:
        errors.setdefault("received_on", _l("Give the day as dd/mm/yyyy."))
    values["people_count"] = parse_count(typed["people_count"])
    if values["people_count"] is None:
        errors["people_count"] = _l("Give a whole number.")
    values["field_id"] = parse_id(typed["field"])
    if typed["field"] and values["field_id"] is None:
        errors["field"] = _l("Choose from the list.")
    if errors:
        raise InvalidInput(errors)
    return values


def _stored(session: Session, petition: Petition) -> dict[str, Any]:
    stored: dict[str, Any] = {name: getattr(petition, name) or "" for name in _TEXTS}
    stored |= {
        **{name: "1" if getattr(petition, name) else "" for name in _TICKS},
        "forwarder_kind": petition.forwarder_kind or "",
        "body": petition.body,
        "kind": petition.kind,
        "kind_parts": petition.kind_parts.split(",") if petition.kind_parts else [],
        "channel": petition.channel,
        "received_on": format_day(petition.received_on),
        "answer_by": format_day(petition.answer_by),
        "people_count": str(petition.people_count),
        "field": str(petition.field_id or ""),
        "ward_code": petition.ward_code or "",
        "reason": "",
    }
    first = next(
        (party for party in cases.parties_of(session, petition.id) if party.role == PartyRole.PETITIONER), None
    )
    stored |= {f"petitioner_{name}": getattr(first, name) if first else "" for name in _PETITIONER}
    stored["ward_text"] = ward_label(petition.ward_code)
    return stored


def _page(
    session: Session,
    who: Actor,
    petition: Petition,
    typed: Mapping[str, Any],
    errors: Mapping[str, object],
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "petitions/correct.html",
        number=petition.number,
        url=f"{request.script_root}/petitions/{petition.number}",
        version=petition.version,
        sealed=petition.sealed,
        v=typed,
        errors={("field" if name == "field_id" else name): str(message) for name, message in errors.items()},
        choices={
            "kind": choices.kinds(unclassified=True),
            "kind_part": choices.kind_parts(),
            "field": choices.with_blank(choices.fields(session, who, active_only=False)),
            "channel": choices.channels(),
            "forwarder_kind": choices.with_blank(choices.forwarder_kinds()),
        },
    )
    return page, status
