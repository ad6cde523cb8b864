"""The second page of a log-in: the code from the telephone; before the first one, how to set it up."""

import logging

import segno
from flask import Blueprint, current_app, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from auth import second_factor
from auth.forms import CodeForm, errors_of
from auth.guards import safe_path
from auth.permissions import public
from auth.services import login
from auth.services import second_factor as service
from auth.services.login import Throttled
from auth.services.second_factor import Pending
from auth.views.account import PENDING, address_of_request, enter, wait_text
from core.database import db, unit_of_work
from core.i18n import gettext as _
from core.keyring import Keyring, SealError
from core.serve import is_demo

log = logging.getLogger(__name__)


def register(blueprint: Blueprint) -> None:
    """Give ``blueprint`` the address of this module."""
    blueprint.add_url_rule("/login/code", "login_code", code_page, methods=["GET", "POST"])


@public
def code_page() -> ResponseReturnValue:
    """Ask for the code of the second factor; let somebody in."""
    back = safe_path(request.values.get("next"))
    pending = service.pending_login(db.session(), str(session.get(PENDING, "")))
    if pending is None:
        # Nobody typed a password here, or too long ago.
        return redirect(f"{request.script_root}/login")
    try:
        return _ask(pending, back)
    except SealError:
        # A restored office without its keys: whoever has them must bring them, and nobody gets in without.
        log.exception("the second factor of %s cannot be opened", pending.username)
        return render_template("auth/no_key.html"), 503


def _ask(pending: Pending, back: str) -> ResponseReturnValue:
    if request.method != "POST":
        return _page(pending, back, "")
    form = CodeForm()
    if not form.validate():
        return _page(pending, back, next(iter(errors_of(form).values())), status=400)
    try:
        with unit_of_work() as work:
            attempt = login.begin_attempt(work, username=pending.username, address=address_of_request())
    except Throttled as error:
        text = f"{_('Too many failed attempts.')} {wait_text(error.minutes)}"
        page = _page(pending, back, text, status=429)
        return *page, {"Retry-After": str(error.minutes * 60)}
    with unit_of_work() as work:
        token = service.enter_code(work, _keys(), pending, form.code.data, attempt)
    if not token:
        return _page(pending, back, _("This code is wrong, or was used already. Wait for the next one."), status=401)
    enter(token)
    return redirect(back)


def _page(pending: Pending, back: str, error: str, *, status: int = 200) -> tuple[str, int]:
    secret = ""
    if not pending.confirmed:
        with unit_of_work() as work:
            secret = service.enrol(work, _keys(), pending)
    page = render_template(
        "auth/code.html",
        username=pending.username,
        back=back,
        error=error,
        secret=second_factor.in_groups(secret),
        qr=_picture(second_factor.enrolment_uri(secret, pending.username)) if secret else "",
        demo=is_demo(current_app.extensions["settings"]),
    )
    return page, status


def _picture(text: str) -> str:
    return str(segno.make(text, error="m").svg_data_uri(scale=5, border=3))


def _keys() -> Keyring:
    keys: Keyring = current_app.extensions["keyring"]
    return keys
