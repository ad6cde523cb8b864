"""Proof that accounts are what the audit chain tells of them: nobody got a role, a unit or a password past the program.

Whoever can write to the database could give themselves a supervisor's rights, act, and take them back.
"""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth import passwords
from auth.models import UnitMember, User
from core.audit import AuditEntry
from core.integrity import Result

_TOLD = ("username", "full_name", "role", "units", "active", "password")


def accounts_check(session: Session) -> Result:
    """Every account against the entries of the chain that made and changed it."""
    result = Result("accounts")
    told = _told(session)
    units = _units(session)
    columns = (User.id, User.username, User.full_name, User.role, User.active, User.password_hash)
    for row in session.execute(select(*columns).order_by(User.id)):
        result.checked += 1
        known = told.pop(row.id, None)
        if known is None:
            result.faults.append(f"user {row.username}: no entry of the chain made this account")
            continue
        stored = row._asdict() | {
            "units": sorted(units.get(row.id, [])),
            "password": passwords.print_of(row.password_hash),
        }
        if changed := [name for name in _TOLD if name in known and known[name] != stored[name]]:
            result.faults.append(f"user {row.username}: {', '.join(changed)} differ from the chain")
    result.faults += [f"user {known['username']}: the account is gone" for known in told.values()]
    return result


def _told(session: Session) -> dict[int, dict[str, Any]]:
    """What the chain says of each account, by its id."""
    found: dict[int, dict[str, Any]] = {}
    query = select(AuditEntry.action, AuditEntry.subject, AuditEntry.payload).where(AuditEntry.action.like("user.%"))
    for entry in session.execute(query.order_by(AuditEntry.office_id, AuditEntry.seq)):
        payload, user_id = json.loads(entry.payload), int(entry.subject.removeprefix("user:"))
        if entry.action == "user.create":
            found[user_id] = payload | {"active": True}
        elif user_id in found:
            found[user_id] |= _change(entry.action, payload)
    return found


def _change(action: str, payload: dict[str, Any]) -> dict[str, Any]:
    if action == "user.update":
        new: dict[str, Any] = payload["new"]
        return new
    if action in ("user.enable", "user.disable"):
        return {"active": action == "user.enable"}
    return {"password": payload["password"]} if "password" in payload else {}


def _units(session: Session) -> dict[int, list[list[object]]]:
    found: dict[int, list[list[object]]] = {}
    for row in session.execute(select(UnitMember.user_id, UnitMember.unit_id, UnitMember.is_head)):
        found.setdefault(row.user_id, []).append([row.unit_id, row.is_head])
    return found
