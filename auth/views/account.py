"""Logging in and out, one's own password, language and colours."""

from urllib.parse import quote

from flask import Blueprint, current_app, flash, jsonify, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_login import login_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from auth import passwords, queries
from auth.forms import ButtonForm, LoginForm, PasswordForm, errors_of
from auth.guards import LANGUAGE_COOKIE, actor, current_actor, safe_path
from auth.permissions import ROLE_LABELS, Permission, public, requires
from auth.services import accounts, login, sessions
from auth.services.login import Refusal, Throttled
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import LANGUAGES, ngettext
from core.i18n import gettext as _

THEME_COOKIE = "theme"
# Where the browser keeps the token of a log-in that waits for its code.
PENDING = "pending"
THEMES = ("auto", "light", "dark")
_YEAR_SECONDS = 365 * 24 * 3600


def register(blueprint: Blueprint) -> None:
    """Give ``blueprint`` the addresses of this module."""
    blueprint.add_url_rule("/login", "login", login_page, methods=["GET", "POST"])
    blueprint.add_url_rule("/logout", "logout", logout, methods=["POST"])
    blueprint.add_url_rule("/password", "password", password_page, methods=["GET", "POST"])
    blueprint.add_url_rule("/language", "language", choose_language, methods=["POST"])
    blueprint.add_url_rule("/theme", "theme", choose_theme, methods=["POST"])
    blueprint.add_url_rule("/session", "session", session_state, methods=["GET"])


@public
def login_page() -> ResponseReturnValue:
    """Ask for user name and password; let somebody in."""
    back = safe_path(request.values.get("next"))
    if request.method != "POST":
        return redirect(back) if current_actor() else _login_form(back, "", {})
    form = LoginForm()
    typed = form.username.data or ""
    if not form.validate():
        return _login_form(back, typed, errors_of(form), status=400)
    try:
        with unit_of_work() as work:
            attempt = login.begin_attempt(work, username=typed, address=address_of_request())
    except Throttled as error:
        return _throttled(error, _login_form(back, typed, {"_": _("Too many failed attempts.")}, error.minutes))
    known = login.password_matches(attempt, form.password.data)
    with unit_of_work() as work:
        verdict = login.finish_attempt(work, attempt=attempt, known=known)
    if verdict.refusal is not None:
        return _login_form(back, typed, {"_": _refusal_text(verdict.refusal)}, status=401)
    if verdict.pending:
        session.clear()
        session[PENDING] = verdict.token
        code = f"{request.script_root}/login/code"
        return redirect(code if back == f"{request.script_root}/" else f"{code}?next={quote(back, safe='/')}")
    enter(verdict.token)
    return redirect(back)


@requires(Permission.ACCOUNT)
def logout() -> ResponseReturnValue:
    """End this log-in, on the server too."""
    if not ButtonForm().validate():
        return redirect(safe_path(None))
    with unit_of_work() as work:
        login.log_out(work, by=actor())
    session.clear()
    response = redirect(f"{request.script_root}/login")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@requires(Permission.ACCOUNT)
def password_page() -> ResponseReturnValue:
    """Change one's own password."""
    if request.method != "POST":
        return _password_form({})
    form = PasswordForm()
    if not form.validate():
        return _password_form(errors_of(form), status=400)
    if form.new_password.data != form.repeat_password.data:
        return _password_form({"repeat_password": _("The two new passwords differ.")}, status=400)
    who = actor()
    try:
        # Whoever sits down at an unlocked desk has no more guesses here than at the log-in page.
        with unit_of_work() as work:
            login.begin_attempt(work, username=who.username, address=address_of_request())
        with unit_of_work() as work:
            accounts.change_own_password(
                work, old_password=form.current_password.data, new_password=form.new_password.data, by=who
            )
            login.forget_attempts(work, name=who.username, address=address_of_request())
    except Throttled as error:
        text = _("Too many failed attempts.") + " " + wait_text(error.minutes)
        return _throttled(error, _password_form({"_": text}))
    except InvalidInput as error:
        return _password_form({field: str(message) for field, message in error.errors.items()}, status=400)
    flash(_("Your password is changed. Your other log-ins are ended."), "success")
    return redirect(safe_path(None))


@public
def choose_language() -> ResponseReturnValue:
    """Show the pages in another language: kept with the user, and in a cookie for the log-in page."""
    chosen = request.form.get("lang", "")
    response = _back()
    if ButtonForm().validate() and chosen in LANGUAGES:
        who = current_actor()
        if who is not None:
            with unit_of_work() as work:
                accounts.set_language(work, language=chosen, by=who)
        _remember(response, LANGUAGE_COOKIE, chosen)
    return response


@public
def choose_theme() -> ResponseReturnValue:
    """Light, dark, or as the computer says: kept in a cookie of this browser."""
    chosen = request.form.get("theme", "")
    response = _back()
    if ButtonForm().validate() and chosen in THEMES:
        _remember(response, THEME_COOKIE, chosen)
    return response


@public
def session_state() -> ResponseReturnValue:
    """For scripts of open forms: a fresh CSRF token when somebody is logged in, else 401."""
    response = make_response(
        jsonify(csrf_token=generate_csrf()) if current_actor() else (jsonify(error=_("You are not logged in.")), 401)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def enter(token: str) -> None:
    """Give the browser the log-in with this token."""
    # Nothing of the visitor's session is taken over: neither a planted token nor another person's messages.
    session.clear()
    found = queries.login_by_token(db.session(), token, sessions.token_hash(token))
    if found is not None:
        login_user(found.actor)


def _login_form(
    back: str, username: str, errors: dict[str, str], minutes: int = 0, *, status: int = 200
) -> tuple[str, int]:
    page = render_template(
        "auth/login.html",
        v={"username": username, "next": back},
        errors=errors,
        wait_text=wait_text(minutes) if minutes else "",
        demo_accounts=_demo_accounts(),
    )
    return page, status


def _password_form(errors: dict[str, str], *, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "auth/password.html",
        errors=errors,
        rules=[str(rule) for rule in passwords.RULES],
        forced=actor().must_change_password,
    )
    return page, status


def _throttled(error: Throttled, page: tuple[str, int]) -> ResponseReturnValue:
    return page[0], 429, {"Retry-After": str(error.minutes * 60)}


def _refusal_text(refusal: Refusal) -> str:
    texts: dict[Refusal, str] = {
        Refusal.WRONG: _("The user name or the password is wrong."),
        Refusal.DISABLED: _("This account is disabled. Ask your administrator."),
        Refusal.EXPIRED: _("This one-time password is no longer valid. Ask your administrator for a new one."),
    }
    return texts[refusal]


def wait_text(minutes: int) -> str:
    """How long to wait after too many attempts."""
    return str(ngettext("Try again in %(num)s minute.", "Try again in %(num)s minutes.", minutes))


def _demo_accounts() -> list[dict[str, str]]:
    """The log-ins that a demo shows on its log-in page; ``wsgi.py`` names them, and only for demo data."""
    names = current_app.config.get("DEMO_ACCOUNTS", ())
    found = [queries.actor_by_username(db.session(), name) for name in names]
    return [
        {"username": who.username, "role_label": str(ROLE_LABELS[who.role])}
        for who in found
        if who is not None and who.role is not None
    ]


def address_of_request() -> str:
    """Where the request came from."""
    return request.remote_addr or "unknown"


def _back() -> Response:
    if "X-Requested-With" in request.headers:
        return Response(status=204)
    return redirect(safe_path(request.form.get("next")))


def _remember(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=_YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
