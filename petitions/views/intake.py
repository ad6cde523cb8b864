"""The intake form: the reception desk's page."""

import uuid
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_day
from core.i18n import gettext as _
from core.settings import Settings
from petitions.forms import intake as intake_form
from petitions.models import Petition
from petitions.numbering import parse_number
from petitions.queries.desk import draft_of, recent_of
from petitions.queries.fields import fields_of
from petitions.queries.visibility import visible_to
from petitions.sealing import REFUSAL, is_sealed
from petitions.services.attachments import store_attachments
from petitions.services.desk import save_draft
from petitions.services.intake import Received, receive
from petitions.services.records import receive_paper
from petitions.views import choices
from petitions.views.words import office_clock
from petitions.vocabulary import Channel
from petitions.wards import ward_label

bp = Blueprint("intake", __name__)

# What stays for the next petition of the same desk.
KEPT = "intake_kept"


def settings() -> Settings:
    """The settings of this installation."""
    found: Settings = current_app.extensions["settings"]
    return found


@bp.get("/petitions/new")
@requires(Permission.PETITION_RECEIVE)
def new() -> ResponseReturnValue:
    """The empty form, or the unfinished entry that was left behind."""
    who = actor()
    session = db.session()
    draft = None if "blank" in request.args else draft_of(session, who)
    typed = _blank()
    restored = None
    if draft is not None:
        typed |= {name: value for name, value in draft.typed.items() if name in typed}
        typed["intake_token"] = typed["intake_token"] or str(uuid.uuid4())
        restored = {"at": office_clock(draft.saved_at), "restored": True}
    saved = _saved(request.args.get("saved", ""), session, who)
    return render_template("petitions/new.html", **_context(session, who, typed, {}, draft=restored, saved=saved))


@bp.post("/petitions/new")
@requires(Permission.PETITION_RECEIVE)
def create() -> ResponseReturnValue:
    """Register what stands in the form; with a fault, everything typed comes back with the message beside it."""
    who = actor()
    fields = fields_of(db.session(), who.office_id)
    read = intake_form.read(
        request.form, field_ids=[field.id for field in fields], field_codes={field.code: field.id for field in fields}
    )
    if read.intake is None:
        return _again(who, read.typed, read.errors)
    files = [file for file in request.files.getlist("attachments") if file and file.filename]
    try:
        received = _register(read, files, who)
    except InvalidInput as error:
        return _again(who, read.typed, error.errors)
    kept = {name: read.typed[name] for name in ("received_on", "channel", "ward_code")}
    if not kept["ward_code"]:
        # A denunciation has none; the ward of the one before stays.
        kept["ward_code"] = (cookie.get(KEPT) or {}).get("ward_code", "") if sealed_form(read.typed) else ""
    cookie[KEPT] = kept | {"on": _today()}
    if received.repeated:
        flash(
            _(
                "This form was registered before, as %(number)s. Nothing was saved again; what is to be changed is "
                "corrected there.",
                number=received.number,
            ),
            "warning",
        )
    root = request.script_root
    match request.form.get("then"):
        case "next":
            return redirect(f"{root}/petitions/new?saved={received.number}")
        case "print":
            return redirect(f"{root}/petitions/{received.number}/receipt")
        case _:
            return redirect(f"{root}/petitions/{received.number}")


def _register(read: intake_form.Read, files: list[Any], who: Actor) -> Received:
    if read.intake is None:
        raise InvalidInput(read.errors)
    key = settings().lookup_key
    try:
        with unit_of_work() as session:
            received = receive(session, read.intake, by=who, lookup_key=key)
            if not received.repeated:
                if files:
                    store_attachments(session, received.id, files, by=who, uploads_dir=settings().uploads_dir)
                if read.originals and is_sealed(read.intake.kind, read.intake.kind_parts):
                    raise InvalidInput({"originals": REFUSAL})
                if read.originals:
                    receive_paper(session, received.id, by=who, description=read.originals, pages=1)
            return received
    except IntegrityError:
        # The same form, sent twice at the same moment: the other one was faster.
        with unit_of_work() as session:
            return receive(session, read.intake, by=who, lookup_key=key)


def _again(who: Actor, typed: dict[str, Any], errors: Any) -> ResponseReturnValue:
    typed["intake_token"] = typed["intake_token"] or str(uuid.uuid4())
    if sealed_form(typed):
        # What was kept before the kind was known may tell who denounces.
        with unit_of_work() as session:
            save_draft(session, typed, by=who, sealed=True)
    shown = {_FIELD_OF.get(name, name): str(errors[name]) for name in sorted(errors, key=_place)}
    return render_template("petitions/new.html", **_context(db.session(), who, typed, shown)), 400


def _place(name: str) -> int:
    """Where the field stands on the page, for the order of the messages."""
    fields = intake_form.PLAIN_FIELDS
    return fields.index(name) if name in fields else fields.index("petitioner_old_address")


_FIELD_OF = {"description": "originals"}


def _blank() -> dict[str, Any]:
    kept = dict(cookie.get(KEPT) or {})
    if kept.get("on") != _today():
        # A day kept from yesterday's last petition would be wrong for this morning's first one.
        kept.pop("received_on", None)
    typed = intake_form.typed_values(MultiDict())
    typed |= {
        "received_on": _today(),
        "channel": Channel.DESK.value,
        "people_count": "1",
        "intake_token": str(uuid.uuid4()),
    }
    typed |= {name: kept[name] for name in ("received_on", "channel", "ward_code") if kept.get(name)}
    return typed


def _today() -> str:
    return format_day(clock.today())


def _context(
    session: Session, who: Actor, typed: dict[str, Any], errors: dict[str, str], *, draft: Any = None, saved: Any = None
) -> dict[str, Any]:
    root = request.script_root
    if typed["ward_code"] and not typed["ward_text"]:
        typed["ward_text"] = ward_label(typed["ward_code"])
    return {
        "v": typed,
        "errors": errors,
        "choices": {
            "kind": choices.kinds(),
            "kind_part": choices.kind_parts(),
            "field": choices.fields(session, who),
            "channel": choices.channels(),
            "forwarder_kind": choices.forwarder_kinds(),
        },
        "today": _today(),
        "draft": draft,
        "saved": saved,
        "recent": [
            {
                "number": row.number,
                "title": row.title,
                "url": f"{root}/petitions/{row.number}",
                "receipt_url": f"{root}/petitions/{row.number}/receipt",
            }
            for row in recent_of(session, who)
        ],
        "matter": _matter(session, who, typed["matter_of"]),
        "max_upload": f"{settings().max_upload_mb} MB",
    }


def _saved(number: str, session: Session, who: Actor) -> dict[str, str] | None:
    found = _matter(session, who, number)
    if found is None:
        return None
    url = f"{request.script_root}/petitions/{found['number']}"
    return {"number": found["number"], "url": url, "receipt_url": f"{url}/receipt"}


def _matter(session: Session, who: Actor, typed: str) -> dict[str, str] | None:
    number = parse_number(typed) if typed else None
    if number is None:
        return None
    query = select(Petition.number, Petition.title).where(Petition.number == number, visible_to(who))
    row = session.execute(query).one_or_none()
    return {"number": row.number, "title": row.title} if row else None


def sealed_form(typed: dict[str, Any]) -> bool:
    """Whether the form, as typed so far, is that of a denunciation."""
    kind, parts = intake_form.kinds_typed(typed)
    return kind is not None and is_sealed(kind, parts)
