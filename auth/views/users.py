"""The administrator's pages on users: list, create, change, reset, disable, enable."""

from dataclasses import dataclass
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from auth import handover, queries
from auth.actor import Actor, Membership
from auth.forms import ButtonForm, DisableForm, UserForm, errors_of
from auth.guards import actor
from auth.permissions import ROLE_LABELS, TWO_FACTOR_ROLES, Permission, Role, requires
from auth.queries import UserRow
from auth.services import accounts, second_factor
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, ngettext
from core.i18n import gettext as _


class ListedUser(NamedTuple):
    """A row of the list, ready to be shown."""

    url: str
    username: str
    full_name: str
    role: str
    units: str
    state: str
    active: bool


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit in the form: whether the user belongs to it and is its head."""

    id: int
    name: str
    member: bool
    head: bool


def register(blueprint: Blueprint) -> None:
    """Give ``blueprint`` the addresses of this module."""
    blueprint.add_url_rule("/users", "users", list_page, methods=["GET"])
    blueprint.add_url_rule("/users/new", "user_new", new_page, methods=["GET", "POST"])
    blueprint.add_url_rule("/users/<int(max=2147483647):user_id>", "user", edit_page, methods=["GET", "POST"])
    blueprint.add_url_rule("/users/<int(max=2147483647):user_id>/reset", "user_reset", reset, methods=["POST"])
    blueprint.add_url_rule("/users/<int(max=2147483647):user_id>/reset-totp", "user_totp", reset_totp, methods=["POST"])
    blueprint.add_url_rule("/users/<int(max=2147483647):user_id>/disable", "user_disable", disable, methods=["POST"])
    blueprint.add_url_rule("/users/<int(max=2147483647):user_id>/enable", "user_enable", enable, methods=["POST"])


@requires(Permission.USER_MANAGE)
def list_page() -> ResponseReturnValue:
    """All users of the office."""
    who = actor()
    names = {row.id: row.name for row in queries.units(db.session(), who.office_id)}
    rows = [_listed(row, names) for row in queries.users(db.session(), who.office_id)]
    count = ngettext("%(num)s user", "%(num)s users", len(rows), num=format_count(len(rows)))
    return render_template("auth/users.html", rows=rows, count_text=count)


@requires(Permission.USER_MANAGE)
def new_page() -> ResponseReturnValue:
    """Make a user; the page after it shows the one-time password, once."""
    form = UserForm()
    if request.method != "POST":
        return _user_form(form, None, {})
    errors = _checked(form)
    if errors:
        return _user_form(form, None, errors, status=400)
    try:
        with unit_of_work() as work:
            made = accounts.create_user(
                work,
                username=form.username.data,
                full_name=form.full_name.data,
                role=Role(form.role.data),
                units=_memberships(form),
                by=actor(),
            )
    except InvalidInput as error:
        return _user_form(form, None, _texts(error), status=400)
    return _show_once(made.id, made.one_time_password)


@requires(Permission.USER_MANAGE)
def edit_page(user_id: int) -> ResponseReturnValue:
    """Change name, role and units of a user."""
    person = queries.user(db.session(), actor().office_id, user_id)
    if request.method != "POST":
        shown = {"full_name": person.full_name, "role": person.role.value}
        form = UserForm(formdata=None, data={**shown, "units": person.unit_ids, "head_of": person.head_of})
        return _user_form(form, person, {})
    form = UserForm()
    form.username.data = person.username
    errors = _checked(form)
    if errors:
        return _user_form(form, person, errors, status=400)
    try:
        with unit_of_work() as work:
            accounts.update_user(
                work,
                user_id=user_id,
                full_name=form.full_name.data,
                role=Role(form.role.data),
                units=_memberships(form),
                by=actor(),
            )
    except InvalidInput as error:
        return _user_form(form, person, _texts(error), status=400)
    flash(_("The changes to %(name)s are saved.", name=form.full_name.data), "success")
    return redirect(url_for("auth.users"))


@requires(Permission.USER_MANAGE)
def reset(user_id: int) -> ResponseReturnValue:
    """Give a user a one-time password and show it, once."""
    person = queries.user(db.session(), actor().office_id, user_id)
    form = ButtonForm()
    if not form.validate():
        return _refused(person, errors_of(form))
    try:
        with unit_of_work() as work:
            password = accounts.reset_password(work, user_id=user_id, by=actor())
    except InvalidInput as error:
        return _refused(person, _texts(error))
    return _show_once(user_id, password)


@requires(Permission.USER_MANAGE)
def reset_totp(user_id: int) -> ResponseReturnValue:
    """Have a user set up the second factor anew at the next log-in."""
    person = queries.user(db.session(), actor().office_id, user_id)
    form = ButtonForm()
    if not form.validate():
        return _refused(person, errors_of(form))
    try:
        with unit_of_work() as work:
            second_factor.forget_secret(work, user_id=user_id, by=actor())
    except InvalidInput as error:
        return _refused(person, _texts(error))
    flash(_("%(name)s sets up the second factor at the next log-in.", name=person.full_name), "success")
    return redirect(url_for("auth.user", user_id=user_id))


@requires(Permission.USER_MANAGE)
def disable(user_id: int) -> ResponseReturnValue:
    """Disable a user; what they hold goes to the successor."""
    person = queries.user(db.session(), actor().office_id, user_id)
    form = DisableForm()
    if not form.validate():
        return _refused(person, errors_of(form))
    chosen = form.successor.data or ""
    try:
        with unit_of_work() as work:
            moved = accounts.disable_user(
                work,
                user_id=user_id,
                successor_id=int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 else None,
                by=actor(),
                absent_ok=bool(request.form.get("absent_ok")),
            )
    except InvalidInput as error:
        return _refused(person, _texts(error), successor=chosen)
    handed = ngettext(
        "%(num)s open petition was handed over.",
        "%(num)s open petitions were handed over.",
        moved,
        num=format_count(moved),
    )
    flash(_("%(name)s is disabled.", name=person.full_name) + (f" {handed}" if moved else ""), "success")
    return redirect(url_for("auth.users"))


@requires(Permission.USER_MANAGE)
def enable(user_id: int) -> ResponseReturnValue:
    """Let a disabled user log in again."""
    person = queries.user(db.session(), actor().office_id, user_id)
    form = ButtonForm()
    if not form.validate():
        return _refused(person, errors_of(form))
    with unit_of_work() as work:
        accounts.enable_user(work, user_id=user_id, by=actor())
    flash(_("%(name)s can log in again.", name=person.full_name), "success")
    return redirect(url_for("auth.user", user_id=user_id))


def _listed(row: UserRow, unit_names: dict[int, str]) -> ListedUser:
    state = _("Active") if row.active else _("Disabled")
    if row.active and row.must_change_password:
        state = _("Active, must change password")
    units = ", ".join(
        _("%(unit)s (head)", unit=unit_names[member.unit_id]) if member.is_head else unit_names[member.unit_id]
        for member in row.units
    )
    url = url_for("auth.user", user_id=row.id)
    return ListedUser(url, row.username, row.full_name, str(ROLE_LABELS[row.role]), units, state, row.active)


def _checked(form: UserForm) -> dict[str, str]:
    form.validate()
    errors = errors_of(form)
    if "role" not in errors and form.role.data not in set(Role):
        errors["role"] = _("Choose a role.")
    return errors


def _memberships(form: UserForm) -> list[Membership]:
    # Whoever is marked as head of a unit belongs to it.
    heads = set(form.head_of.data or ())
    return [Membership(unit_id, unit_id in heads) for unit_id in sorted(heads | set(form.units.data or ()))]


def _user_form(
    form: UserForm, person: UserRow | None, errors: dict[str, str], *, successor: str = "", status: int = 200
) -> tuple[str, int]:
    who = actor()
    session = db.session()
    member_of, head_of = set(form.units.data or ()), set(form.head_of.data or ())
    page = render_template(
        "auth/user_form.html",
        person=person,
        action=url_for("auth.user", user_id=person.id) if person else url_for("auth.user_new"),
        v={
            "username": person.username if person else form.username.data or "",
            "full_name": form.full_name.data or "",
            "role": form.role.data or "",
            "successor": successor,
        },
        errors=errors,
        two_factor=person is not None and person.role in TWO_FACTOR_ROLES,
        roles=[(role.value, str(ROLE_LABELS[role])) for role in Role],
        units=[
            UnitChoice(row.id, row.name, row.id in member_of, row.id in head_of)
            for row in queries.units(session, who.office_id)
            if row.active or row.id in member_of
        ],
        **_leaving(person, who),
    )
    return page, status


def _leaving(person: UserRow | None, who: Actor) -> dict[str, object]:
    """What the box for disabling shows: how much the person holds, and who could take it over."""
    if person is None or not person.active or person.id == who.id:
        return {"held": 0, "held_text": "", "successors": [], "is_self": person is not None and person.id == who.id}
    held = handover.open_count(db.session(), person.id)
    officers = queries.assignable_officers(db.session(), who.office_id)
    return {
        "held": held,
        "held_text": ngettext(
            "Holds %(num)s open petition.", "Holds %(num)s open petitions.", held, num=format_count(held)
        ),
        "successors": [(str(row.id), row.full_name) for row in officers if row.id != person.id] if held else [],
        "is_self": False,
    }


def _refused(person: UserRow, errors: dict[str, str], *, successor: str = "") -> tuple[str, int]:
    """The user's page again, with why the button did nothing."""
    shown = {"full_name": person.full_name, "role": person.role.value}
    form = UserForm(formdata=None, data={**shown, "units": person.unit_ids, "head_of": person.head_of})
    if "user" in errors:
        errors = {**errors, "_": errors.pop("user")}
    return _user_form(form, person, errors, successor=successor, status=400)


def _show_once(user_id: int, password: str) -> str:
    # Shown in the answer itself: a redirect would have to keep the password somewhere.
    person = queries.user(db.session(), actor().office_id, user_id)
    return render_template("auth/password_once.html", person=person, password=password, days=accounts.ONE_TIME_DAYS)


def _texts(error: InvalidInput) -> dict[str, str]:
    return {field: str(message) for field, message in error.errors.items()}
