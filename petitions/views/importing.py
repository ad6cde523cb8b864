"""The import page: hand in a file, see how far its import is and what came of it, fetch the rejected rows."""

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import InvalidInput, NotVisible
from core.i18n import format_count, format_moment
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.settings import Settings
from core.text import clean_line
from petitions.importing import runs
from petitions.importing.loading import Mode
from petitions.importing.mapping import MAPPING_BYTES, parse_mapping
from petitions.importing.problems import ImportRefused
from petitions.importing.runs import Run, Wanted
from petitions.importing.telling import sentences

bp = Blueprint("importing", __name__)

NATIVE = "native"
OWN = "own"
ERRORS_SHOWN = 200
_LARGEST_ID = 2**31 - 1

STATE_LABELS = {
    "queued": _l("Waiting"),
    "running": _l("Running"),
    "done": _l("Done"),
    "failed": _l("Not imported"),
}


class RunShown(NamedTuple):
    """A run in the list."""

    url: str
    file_name: str
    at: str
    by: str
    state: str
    tone: str
    text: str


@bp.get("/petitions/import")
@requires(Permission.PETITION_IMPORT)
def page() -> ResponseReturnValue:
    """The form, and the newest runs."""
    return _page({"mapping": NATIVE, "mode": Mode.ALL_OR_NOTHING.value, "dry_run": "1"}, {})


@bp.post("/petitions/import")
@requires(Permission.PETITION_IMPORT)
def hand_in() -> ResponseReturnValue:
    """Take a file and put its import in line."""
    typed = {name: clean_line(request.form.get(name, "")) for name in ("mapping", "mode", "dry_run")}
    upload = request.files.get("file")
    try:
        wanted = _wanted(typed, upload)
    except InvalidInput as error:
        return _page(typed, {name: str(message) for name, message in error.errors.items()}), 400
    assert upload is not None  # noqa: S101 - _wanted refuses a form without a file
    stored_name = runs.keep_upload(upload.stream, _settings().imports_dir)
    with unit_of_work() as session:
        run_id = runs.queue(session, wanted, stored_name=stored_name, by=actor())
    return redirect(f"{request.script_root}/petitions/import/{run_id}")


@bp.get(f"/petitions/import/<int(max={_LARGEST_ID}):run_id>")
@requires(Permission.PETITION_IMPORT)
def run(run_id: int) -> ResponseReturnValue:
    """One run: its progress, or what came of it."""
    found = runs.run_for(db.session(), run_id, actor())
    base = f"{request.script_root}/petitions/import"
    errors = found.summary.get("errors", [])
    total = found.summary.get("errors_total", 0)
    more = _("… and %(count)s more.", count=format_count(total - ERRORS_SHOWN)) if total > ERRORS_SHOWN else ""
    return render_template(
        "petitions/import_run.html",
        run=_shown(found),
        over=found.over,
        dry_run=bool(found.options.get("dry_run")),
        rows_done=found.rows_done,
        rows_total=found.rows_total or 0,
        progress_text=_progress_text(found),
        state_url=f"{base}/{run_id}/state",
        back_url=base,
        sentences=sentences(found.summary) if found.over and found.summary else [],
        tables=[
            table
            for table in (
                (_("What is wrong"), errors[:ERRORS_SHOWN], more),
                (_("Worth a look"), found.summary.get("notes", []), ""),
            )
            if table[1]
        ],
        rejects_url=f"{base}/{run_id}/rejects.csv" if _rejects(found).is_file() else "",
    )


@bp.get(f"/petitions/import/<int(max={_LARGEST_ID}):run_id>/state")
@requires(Permission.PETITION_IMPORT)
def state(run_id: int) -> ResponseReturnValue:
    """How far a run is, for the page that waits."""
    found = runs.run_for(db.session(), run_id, actor())
    db.session.rollback()
    return jsonify(over=found.over, done=found.rows_done, total=found.rows_total or 0, text=_progress_text(found))


@bp.get(f"/petitions/import/<int(max={_LARGEST_ID}):run_id>/rejects.csv")
@requires(Permission.PETITION_IMPORT)
def rejects(run_id: int) -> ResponseReturnValue:
    """The rejected rows with their reasons; kept for a week."""
    found = runs.run_for(db.session(), run_id, actor())
    path = _rejects(found)
    if not found.over or not path.is_file():
        raise NotVisible(f"rejects of import {run_id}")
    name = f"{PurePath(found.file_name).stem[:80]}-{run_id}.csv"
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name=name, max_age=0)


@bp.get("/petitions/import/template.csv")
@requires(Permission.PETITION_IMPORT)
def template() -> ResponseReturnValue:
    """An example with the native columns."""
    path = Path(current_app.root_path) / "docs" / "examples" / "native-template.csv"
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name="don-thu-mau-nhap.csv", max_age=0)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _rejects(found: Run) -> Path:
    return runs.rejects_path(found, _settings().imports_dir)


def _kept_mappings() -> dict[str, Path]:
    """The mapping files that come with the program, by name."""
    folder = Path(current_app.root_path) / "docs" / "mappings"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def _wanted(typed: Mapping[str, str], upload: FileStorage | None) -> Wanted:
    errors: dict[str, object] = {}
    if upload is None or not upload.filename:
        errors["file"] = _("Choose a file.")
    if typed["mode"] not in set(Mode):
        errors["mode"] = _("Choose from the list.")
    mapping = ""
    try:
        mapping = _mapping_text(typed["mapping"])
        if mapping:
            parse_mapping(mapping.encode())
    except ImportRefused as refusal:
        errors["mapping_file" if typed["mapping"] == OWN else "mapping"] = refusal.sentence
    if errors:
        raise InvalidInput(errors)
    name = clean_line(PurePath((upload.filename if upload else "") or "").name)
    return Wanted(name or "?", mapping, Mode(typed["mode"]), bool(typed["dry_run"]))


def _mapping_text(choice: str) -> str:
    if choice == NATIVE:
        return ""
    if choice == OWN:
        upload = request.files.get("mapping_file")
        data = upload.stream.read(MAPPING_BYTES + 1) if upload else b""
        if not data:
            raise ImportRefused(_l("Choose a mapping file."))
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ImportRefused(_l("The mapping file is not UTF-8.")) from None
    path = _kept_mappings().get(choice)
    if path is None:
        raise ImportRefused(_l("Choose from the list."))
    return path.read_text(encoding="utf-8")


def _page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    base = f"{request.script_root}/petitions/import"
    choices = {
        "mapping": [
            (NATIVE, _("Native columns (see the example)")),
            *((name, parse_mapping(path.read_bytes()).name) for name, path in _kept_mappings().items()),
            (OWN, _("A mapping file of my own")),
        ],
        "mode": [
            (Mode.ALL_OR_NOTHING.value, _("All or nothing: one bad row, and nothing is imported")),
            (Mode.GOOD_ROWS.value, _("The good rows; the others go into a file")),
        ],
    }
    return render_template(
        "petitions/import.html",
        v=typed,
        errors=errors,
        choices=choices,
        action_url=base,
        template_url=f"{base}/template.csv",
        max_upload=f"{_settings().max_upload_mb} MB",
        runs=[_shown(found) for found in runs.recent_runs(db.session(), actor())],
    )


def _shown(found: Run) -> RunShown:
    summary: Mapping[str, Any] = found.summary
    told = sentences(summary)[:1] if found.over and summary else []
    tone = {"done": "good", "failed": "late"}.get(found.state, "")
    return RunShown(
        url=f"{request.script_root}/petitions/import/{found.id}",
        file_name=found.file_name,
        at=format_moment(found.requested_at),
        by=found.requested_by,
        state=str(STATE_LABELS[found.state]),
        tone=tone,
        text=told[0] if told else "",
    )


def _progress_text(found: Run) -> str:
    if found.state == "queued":
        return _("Waiting for the background worker …")
    if found.rows_total and found.rows_done >= found.rows_total:
        return _("%(rows)s rows are checked and are now being saved …", rows=format_count(found.rows_done))
    return _("%(rows)s rows checked …", rows=format_count(found.rows_done))
