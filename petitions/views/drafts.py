"""What the intake form asks for while somebody types: saving the draft, earlier petitions, the list of communes."""

from flask import Blueprint, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.i18n import format_day, office_seconds
from core.i18n import gettext as _
from core.text import clean_line
from petitions.forms import intake as intake_form
from petitions.queries.here_before import here_before
from petitions.services.desk import save_draft
from petitions.views.intake import sealed_form, settings
from petitions.views.words import state_words
from petitions.wards import wards

bp = Blueprint("drafts", __name__)


@bp.post("/petitions/draft")
@requires(Permission.PETITION_RECEIVE)
def draft() -> ResponseReturnValue:
    """Keep what stands in the form; of a denunciation nothing that identifies."""
    typed = intake_form.typed_values(request.form)
    with unit_of_work() as session:
        save_draft(session, typed, by=actor(), sealed=sealed_form(typed))
    return jsonify(ok=True, at=office_seconds(clock.now()))


@bp.get("/petitions/here-before")
@requires(Permission.PETITION_RECEIVE)
def earlier() -> ResponseReturnValue:
    """Earlier petitions of the person whose name, identity number or phone is being typed."""
    g.bare_page = True
    session = db.session()
    typed = {name: clean_line(request.args.get(name, ""))[:200] for name in ("name", "id_number", "phone")}
    hits, more = here_before(session, actor(), lookup_key=settings().lookup_key, **typed)
    words = {"id-number": _("same ID number"), "phone": _("same phone"), "name": _("same name")}
    states = state_words()
    shown = [
        {
            "number": hit.petition.number,
            "url": f"{request.script_root}/petitions/{hit.petition.number}",
            "title": hit.petition.title,
            "received": format_day(hit.petition.received_on),
            "state": states[hit.petition.state],
            "state_class": hit.petition.state,
            "why": words[hit.why],
            "petitioner": hit.petition.petitioner_name or "",
            "petitions_in_matter": _("%(count)s petitions in this matter", count=hit.in_matter)
            if hit.in_matter > 1
            else "",
        }
        for hit in hits
    ]
    more_text = _("and %(count)s more", count=more) if more else ""
    return render_template("petitions/here_before.html", hits=shown, more_text=more_text)


@bp.get("/wards.json")
@requires(Permission.PETITION_VIEW)
def ward_list() -> Response:
    """All communes, for the picker; the browser keeps the list."""
    rows = [[ward.code, ward.name, ward.province, ward.province_code] for ward in wards().values()]
    response: Response = jsonify(near="01", wards=rows)
    response.headers["Cache-Control"] = "private, max-age=31536000"
    response.add_etag()
    response.make_conditional(request)
    return response
