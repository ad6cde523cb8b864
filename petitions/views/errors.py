"""One answer for each refusal: the page, the status, the words."""

import contextlib
import errno
import logging
from collections.abc import Sequence

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from auth.typed import typed_texts
from core.database import database_said, db
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible, StaleVersion
from core.i18n import gettext as _

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "5"


def init_app(app: Flask) -> None:
    """Map the domain's errors and HTTP's own to pages."""
    app.register_error_handler(NotVisible, lambda _error: _page(404))
    app.register_error_handler(NotAllowed, lambda _error: _page(403))
    app.register_error_handler(InvalidInput, _invalid)
    app.register_error_handler(IllegalTransition, lambda error: _page(409, str(error.message)))
    app.register_error_handler(StaleVersion, lambda _error: _page(409))
    app.register_error_handler(CSRFError, _key_lost)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _database_refused)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(Exception, _fault)


def _invalid(error: InvalidInput) -> ResponseReturnValue:
    return _page(400, " ".join(str(message) for message in error.errors.values()))


def _key_lost(_error: CSRFError) -> ResponseReturnValue:
    return _page(400, _("The form had lost its key. Open its page again and send it anew."), typed_texts(request))


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    answer = _page(code)
    answer.headers.extend(header for header in error.get_headers() if header[0] in {"Allow", "Retry-After"})
    return answer


def _database_refused(error: DBAPIError) -> ResponseReturnValue:
    said = str(error.orig).lower()
    full = any(word in said for word in _NO_ROOM)
    # A database that only reads is no fault of the program, although PostgreSQL tells of it as one.
    if not full and not isinstance(error, (OperationalError, InterfaceError)):
        return _fault(error)
    log.error("the database refused: %s", database_said(error))
    return _not_now(full=full)


# What SQLite and PostgreSQL say of a disk that takes nothing more.
_NO_ROOM = (
    "disk is full",
    "readonly",
    "read-only",
    "no space left",
    "disk i/o error",
    "could not extend",
    "could not write",
)
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def _disk(error: OSError) -> ResponseReturnValue:
    """A file could not be stored: the unit of work was rolled back, so that nothing half is left."""
    if error.errno not in _DISK:
        return _fault(error)
    log.error("the disk refused: %s", error.strerror)
    return _not_now(full=True)


def _not_now(*, full: bool) -> Response:
    """Nothing was saved; what was typed stands on the page. Needs neither database nor log-in."""
    with contextlib.suppress(DBAPIError):
        db.session.rollback()
    answer = make_response(_bare("errors/busy.html", full=full, typed=_typed()), 503)
    answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def _typed() -> Sequence[str]:
    try:
        return typed_texts(request)
    except (OSError, HTTPException):
        # The form itself was too large for the disk that is full.
        return ()


def _fault(error: Exception) -> ResponseReturnValue:
    # Not the address: what stands in it may forge lines of the log.
    log.error("fault at %s %s", request.method, request.endpoint, exc_info=error)
    db.session.rollback()
    return standalone_page(500)


def standalone_page(code: int) -> Response:
    """A page that needs neither database nor log-in."""
    return make_response(_bare("errors/500.html"), code)


def _bare(template: str, **values: object) -> str:
    """The template by itself: what stands around other pages asks the database who looks at them."""
    return current_app.jinja_env.get_template(template).render(**values)


def _page(code: int, text: str = "", typed: Sequence[str] = ()) -> Response:
    heading, usual = _WORDS.get(code, _WORDS[400])()
    if request.accept_mimetypes.best == "application/json" or request.is_json:
        answer = jsonify(error=text or usual)
    else:
        words = {"heading": heading, "text": text or usual}
        try:
            answer = make_response(render_template("errors/error.html", code=code, links=[], typed=typed, **words))
        except DBAPIError:
            # Who asks could not be looked up for the page.
            return _not_now(full=False)
    answer.status_code = code
    return answer


_WORDS = {
    400: lambda: (_("This could not be understood"), _("Something in the address or the form is not right.")),
    403: lambda: (_("Not allowed"), _("Your role does not include this.")),
    404: lambda: (_("Not found"), _("There is nothing here that you may see.")),
    405: lambda: (_("Not possible here"), _("This address does not take what was sent.")),
    409: lambda: (_("Not possible any more"), _("Somebody else was faster, or the state does not allow it.")),
    413: lambda: (_("Too large"), _("What was sent is larger than this office accepts.")),
    429: lambda: (_("Too many at once"), _("Wait a moment and try again.")),
}
