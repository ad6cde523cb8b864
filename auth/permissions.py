"""The one permissions table: what each role may do. Nobody else compares roles."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from core.i18n import lazy_gettext as _l


class Role(StrEnum):
    """What a person is employed for. The administrator keeps the system and sees no case content."""

    RECEPTION = "reception"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    CUSTODIAN = "custodian"  # keeps copies of the keys away from the server; sees no petition


class Permission(StrEnum):
    """One thing that a route or an action may require."""

    ACCOUNT = "account"  # own password, language, home page: everybody who is logged in
    PETITION_VIEW = "petition.view"
    PETITION_RECEIVE = "petition.receive"
    PETITION_CORRECT = "petition.correct"
    PETITION_TAKE = "petition.take"
    PETITION_ASSIGN = "petition.assign"
    PETITION_ESCALATE = "petition.escalate"
    PETITION_WORK_OWN = "petition.work-own"
    PETITION_WORK_ANY = "petition.work-any"
    PETITION_CONFIRM = "petition.confirm"
    PETITION_REOPEN = "petition.reopen"
    PETITION_VOID = "petition.void"
    PETITION_FLAG = "petition.flag"
    PETITION_NOTE = "petition.note"
    PETITION_IMPORT = "petition.import"
    PETITION_EXPORT = "petition.export"  # whole lists as files: they leave the program with everybody's names
    WORK_OVERSEE = "work.oversee"  # the office's work; an officer's only as head of a unit, and only that unit's
    PETITION_AUDIT = "petition.audit"  # who was late with what, and who held it
    PROGRAMME_KEEP = "programme.keep"
    DUPLICATES_HANDLE = "duplicates.handle"  # letters that repeat each other, in the whole backlog
    SEALED_VIEW_ALL = "sealed.view-all"  # denunciations outside one's own unit
    ABSENCE_RECORD = "absence.record"  # the own absence; who else's, the service says
    CALENDAR_EDIT = "calendar.edit"
    PRIORITY_EDIT = "priority.edit"
    OFFICE_SETTINGS = "office.settings"
    USER_MANAGE = "user.manage"
    SYSTEM_VIEW = "system.view"  # index, worker and audit state, without case content


_STAFF = frozenset(
    {
        Permission.ACCOUNT,
        Permission.PETITION_VIEW,
        Permission.PETITION_ESCALATE,
        Permission.PETITION_FLAG,
        Permission.PETITION_NOTE,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.RECEPTION: _STAFF
    | {
        Permission.PETITION_RECEIVE,
        Permission.PETITION_CORRECT,
        Permission.PETITION_VOID,
        Permission.PETITION_IMPORT,
        Permission.PETITION_EXPORT,
        Permission.SEALED_VIEW_ALL,
    },
    Role.OFFICER: _STAFF
    | {
        Permission.PETITION_TAKE,
        Permission.PETITION_WORK_OWN,
        Permission.PETITION_CORRECT,
        Permission.WORK_OVERSEE,
        Permission.ABSENCE_RECORD,
    },
    Role.SUPERVISOR: _STAFF
    | {
        Permission.PETITION_RECEIVE,
        Permission.PETITION_CORRECT,
        Permission.PETITION_TAKE,
        Permission.PETITION_ASSIGN,
        Permission.PETITION_WORK_OWN,
        Permission.PETITION_WORK_ANY,
        Permission.PETITION_CONFIRM,
        Permission.PETITION_REOPEN,
        Permission.PETITION_VOID,
        Permission.PETITION_IMPORT,
        Permission.PETITION_EXPORT,
        Permission.WORK_OVERSEE,
        Permission.PETITION_AUDIT,
        Permission.PROGRAMME_KEEP,
        Permission.DUPLICATES_HANDLE,
        Permission.SEALED_VIEW_ALL,
        Permission.ABSENCE_RECORD,
        Permission.CALENDAR_EDIT,
        Permission.PRIORITY_EDIT,
        Permission.OFFICE_SETTINGS,
        Permission.SYSTEM_VIEW,
    },
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.ACCOUNT,
            Permission.USER_MANAGE,
            Permission.SYSTEM_VIEW,
            Permission.OFFICE_SETTINGS,
            Permission.CALENDAR_EDIT,
        }
    ),
    Role.CUSTODIAN: frozenset({Permission.ACCOUNT}),
}

ROLE_LABELS = {
    Role.RECEPTION: _l("Reception"),
    Role.OFFICER: _l("Officer"),
    Role.SUPERVISOR: _l("Supervisor"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.CUSTODIAN: _l("Custodian"),
}

# What holds work: only these may be assigned a petition.
ASSIGNABLE_ROLES = frozenset(
    role for role, granted in ROLE_PERMISSIONS.items() if Permission.PETITION_WORK_OWN in granted
)

# Who gives work, and to whom a petition can therefore be escalated.
DISTRIBUTING_ROLES = frozenset(
    role for role, granted in ROLE_PERMISSIONS.items() if Permission.PETITION_ASSIGN in granted
)

# Who can let others in: an office must never be left without one of these.
MANAGING_ROLES = frozenset(role for role, granted in ROLE_PERMISSIONS.items() if Permission.USER_MANAGE in granted)

# Who works in a unit, and therefore needs one; those who distribute or receive may stand outside the units.
UNIT_ROLES = frozenset(role for role in ASSIGNABLE_ROLES if Permission.PETITION_ASSIGN not in ROLE_PERMISSIONS[role])

# Whose log-in needs a second factor (TOTP), whatever the person would like.
TWO_FACTOR_ROLES = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR, Role.CUSTODIAN})

_ROLE_SHORT_NAMES = {"admin": Role.ADMINISTRATOR}

PERMISSION_MARK = "donthu_permission"
PUBLIC_MARK = "donthu_public"

View = TypeVar("View", bound=Callable[..., Any])


def permissions_of(role: Role) -> frozenset[Permission]:
    """What ``role`` may do."""
    return ROLE_PERMISSIONS[role]


def parse_role(text: str) -> Role:
    """The role called ``text``, as scripts write it (``admin`` for ``administrator``). Raises ``ValueError``."""
    name = text.strip().lower()
    return _ROLE_SHORT_NAMES.get(name) or Role(name)


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare that a view needs ``permission``; the guard of ``auth.guards`` enforces it before the view runs."""

    def declare(view: View) -> View:
        setattr(view, PERMISSION_MARK, permission)
        return view

    return declare


def public(view: View) -> View:
    """Declare that a view needs nobody to be logged in."""
    setattr(view, PUBLIC_MARK, True)
    return view


def declared(view: Callable[..., Any]) -> Permission | bool | None:
    """What a view declares: a permission, True for public, None for nothing (which is a fault)."""
    if getattr(view, PUBLIC_MARK, False):
        return True
    return getattr(view, PERMISSION_MARK, None)
