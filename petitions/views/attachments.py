"""Files of a petition: hand in, hand out. What is handed out is a download; no browser shows it as a page of ours."""

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue

from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.settings import Settings
from documents.queries import open_file
from petitions.queries import case as cases
from petitions.queries.attachments import stored_file_of
from petitions.services.attachments import store_attachments
from petitions.services.looks import note_look
from petitions.views.case import case_context

bp = Blueprint("attachments", __name__)

FIELD = "attachments"
# Wider than any database's id, an address is nobody's file.
_LARGEST_ID = 2**63 - 1


@bp.post("/petitions/<number>/attachments")
@requires(Permission.PETITION_NOTE)
def add(number: str) -> ResponseReturnValue:
    """Store the files that were sent and attach them, all or none."""
    who = actor()
    petition = cases.get_visible(db.session(), number, who)
    files = [file for file in request.files.getlist(FIELD) if file.filename]
    try:
        if not files:
            raise InvalidInput({FIELD: _l("Choose at least one file.")})
        with unit_of_work() as session:
            store_attachments(session, petition.id, files, by=who, uploads_dir=_uploads_dir())
    except InvalidInput as error:
        session = db.session()
        fresh = cases.get_visible(session, number, who)
        context = case_context(session, fresh, who, tried="attach", errors=error.errors)
        return render_template("petitions/case.html", **context), 400
    flash(_("Files attached: %(count)s.", count=format_count(len(files))), "success")
    return redirect(f"{request.script_root}/petitions/{petition.number}")


@bp.get(f"/petitions/<number>/attachments/<int(max={_LARGEST_ID}):attachment_id>")
@requires(Permission.PETITION_VIEW)
def download(number: str, attachment_id: int) -> ResponseReturnValue:
    """Hand out a file under the name that it came with."""
    session = db.session()
    petition = cases.get_visible(session, number, actor())
    note_look(session, petition, actor())
    file = open_file(session, stored_file_of(session, petition, attachment_id), uploads_dir=_uploads_dir())
    response = send_file(
        file.stream,
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.name,
        conditional=False,
        etag=False,
        max_age=0,
    )
    response.content_length = file.size
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _uploads_dir() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.uploads_dir
