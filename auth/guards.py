"""The door: who is logged in, and whether they may enter the view that was asked for.

Every view declares what it needs (``auth.permissions.requires`` or ``public``); ``enforce`` looks at that before the
view runs. A view that declares nothing is closed to everybody.
"""

import logging
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from flask import (
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from auth import queries
from auth.actor import Actor
from auth.permissions import Permission, declared
from auth.queries import OpenLogin
from auth.services import sessions
from auth.typed import typed_texts
from core import clock
from core.database import db, unit_of_work
from core.errors import NotAllowed
from core.hosts import is_own_origin, parts_of
from core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from core.i18n import gettext as _

log = logging.getLogger(__name__)

LANGUAGE_COOKIE = "lang"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# After a failed write of "last seen" (disk full, somebody else writes for long) nobody waits for another try.
TOUCH_PAUSE = timedelta(minutes=1)

_LOGIN_ENDPOINT = "auth.login"
_CHANGE_ENDPOINT = "auth.password"
# Open to somebody who must change their password first.
_OPEN_BEFORE_CHANGE = frozenset({_CHANGE_ENDPOINT, "auth.logout"})

_touch_paused_until: datetime | None = None


def init_app(app: Flask, *, secure_cookies: bool) -> None:
    """Guard every view of ``app``. ``secure_cookies``: the pages are served over HTTPS only."""
    app.config.update(
        # The prefix makes browsers refuse the cookie from another host or over plain HTTP.
        SESSION_COOKIE_NAME="__Host-donthu" if secure_cookies else "donthu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
    )
    # A form may stay open as long as the log-in that it belongs to.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    manager = LoginManager(app)
    # Its mark of browser and address would end log-ins when a browser updates itself; ours live on the server.
    manager.session_protection = None
    manager.user_loader(_load_actor)
    app.before_request(enforce)
    app.after_request(_keep_out_of_caches)


def actor() -> Actor:
    """Who makes this request. Raises ``NotAllowed`` when nobody is logged in."""
    found = current_actor()
    if found is None:
        raise NotAllowed("nobody is logged in")
    return found


def current_actor() -> Actor | None:
    """Who makes this request; None when nobody is logged in."""
    # Flask-Login hands out a proxy; what it stands for outlives the request.
    found = current_user._get_current_object()  # noqa: SLF001 - the documented way through a werkzeug proxy
    return found if isinstance(found, Actor) else None


def language() -> str:
    """The language of this request: the actor's, or the one chosen on the log-in page, or Vietnamese."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    try:
        found = current_actor()
    except SQLAlchemyError:
        # The page that says so must still come out in some language.
        found = None
    if found is not None:
        return found.language
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else DEFAULT_LANGUAGE


def enforce() -> ResponseReturnValue | None:
    """Let the request through to its view, or answer in its place."""
    endpoint = request.endpoint
    if endpoint is None:
        return None  # an unknown address: answered as 404 or 405, which tells nothing
    if request.method not in SAFE_METHODS and _is_from_elsewhere():
        log.warning("refused: a form of another site was sent to %s", endpoint)
        raise NotAllowed("the form came from another site")
    needed = True if is_static(endpoint) else declared(current_app.view_functions[endpoint])
    if needed is True:
        return None
    if not isinstance(needed, Permission):
        log.error("refused: view %s declares no permission", endpoint)
        raise NotAllowed("this page is closed")
    g.guarded = True
    return _admit(endpoint, needed)


def _is_from_elsewhere() -> bool:
    """Whether a page of another site sends the form. Browsers say so in one way or the other; scripts say nothing."""
    origin = request.headers.get("Origin")
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site") or (
        origin is not None and not is_own_origin(origin)
    )


def is_static(endpoint: str) -> bool:
    """Whether the endpoint hands out files that are the same for everybody: our own, or those of an extension."""
    return endpoint == "static" or endpoint.endswith(".static")


def safe_path(target: str | None) -> str:
    """``target`` when it is the address of a page of this program, else the home page.

    Everything else (other hosts, ``//host``, back-slashes, addresses that only take POST) would let a crafted link
    lead somebody away right after logging in.
    """
    home = f"{request.script_root}/"
    if not target or not target.startswith("/") or len(target) > 2000:
        return home
    if target.startswith("//") or "\\" in target or any(not letter.isprintable() for letter in target):
        return home
    parts = urlsplit(target)
    root = request.script_root
    if parts.scheme or parts.netloc or not parts.path.startswith(f"{root}/"):
        return home
    try:
        current_app.url_map.bind("").match(parts.path[len(root) :], method="GET")
    except HTTPException:
        return home
    return target


def _admit(endpoint: str, needed: Permission) -> ResponseReturnValue | None:
    who = current_actor()
    if who is None:
        return _ask_to_log_in()
    _touch(who)
    if who.must_change_password and endpoint not in _OPEN_BEFORE_CHANGE:
        if _is_script():
            return jsonify(error=_("Change your password first.")), 403
        return redirect(url_for(_CHANGE_ENDPOINT))
    if not who.may(needed):
        log.warning("refused: %s lacks %s for %s", who.username, needed.value, endpoint)
        raise NotAllowed("your role does not include this")
    return None


def _ask_to_log_in() -> ResponseReturnValue:
    if _is_script():
        return jsonify(error=_("You are not logged in.")), 401
    if request.method in SAFE_METHODS:
        wanted = request.full_path if request.query_string else request.path
        wanted = request.script_root + wanted
    else:
        # A form was sent after the log-in had ended: go back to the page that it stood on, if it was ours.
        referrer = parts_of(request.referrer or "")
        wanted = referrer.path if referrer.netloc == request.host else ""
    back = safe_path(wanted)
    login = url_for(_LOGIN_ENDPOINT)
    address = login if back == f"{request.script_root}/" else f"{login}?next={quote(back, safe='/')}"
    typed = typed_texts(request)
    if typed:
        return render_template("auth/ended.html", login_url=address, typed=typed), 401
    return redirect(address)


def _is_script() -> bool:
    """Whether a script of ours asks, which can do nothing with the log-in page."""
    headers = request.headers
    return (
        request.is_json
        or "X-Requested-With" in headers
        or "X-CSRFToken" in headers
        or headers.get("Sec-Fetch-Dest") == "empty"
        or request.accept_mimetypes.best == "application/json"
    )


def _load_actor(token: str) -> Actor | None:
    found: OpenLogin | None = queries.login_by_token(db.session(), token, sessions.token_hash(token))
    if found is None:
        return None
    now = clock.now()
    if sessions.has_ended(found.created_at, found.last_seen_at, now):
        return None
    g.login_seen_at = found.last_seen_at
    return found.actor


def _touch(who: Actor) -> None:
    """Write "last seen", at most once a minute; a database that takes no write now must not stop a reader."""
    global _touch_paused_until
    now = clock.now()
    seen = g.get("login_seen_at")
    if seen is None or now - seen < sessions.TOUCH_EVERY:
        return
    if _touch_paused_until is not None and now < _touch_paused_until <= now + TOUCH_PAUSE:
        return
    try:
        with unit_of_work() as session:
            sessions.touch(session, token=who.session_token)
    except SQLAlchemyError as error:
        _touch_paused_until = now + TOUCH_PAUSE
        log.warning("last seen was not written: %s", type(error).__name__)


def _keep_out_of_caches(response: Response) -> Response:
    # A desk is shared: after logging out, the browser's back button must not show a case.
    if g.get("guarded"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
