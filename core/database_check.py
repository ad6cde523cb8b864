"""Proof that the database itself is sound: its pages, its references, and the triggers that keep history as it was."""

from collections.abc import Iterable

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.integrity import Result

# Tables to which rows are only added, each guarded by triggers of its own (``migrations``).
APPEND_ONLY = ("petition_event", "audit_entry", "legal_event", "clock_alert", "case_look")


def database_check(session: Session) -> Result:
    """Pages and references hold, and every append-only table still refuses changes."""
    result = Result("database")
    sqlite = session.get_bind().dialect.name == "sqlite"
    faults = (*_sqlite_faults(session), *_sqlite_guards(session)) if sqlite else _postgresql_faults(session)
    result.faults += faults
    result.faults += [f"{table} let a row be written anew: its guard is hollow" for table in _hollow(session)]
    if not sqlite and (open_to_us := too_strong(session)):
        # Nothing was done; but whoever has the program's password could do it.
        result.note = f"the program's own role could change {', '.join(open_to_us)} (docs/audit.md, roles)"
    result.checked = len(APPEND_ONLY)
    return result


def _sqlite_faults(session: Session) -> Iterable[str]:
    for (said,) in session.execute(text("PRAGMA integrity_check(20)")):
        if said != "ok":
            yield f"integrity_check: {said}"
    for row in session.execute(text("PRAGMA foreign_key_check")):
        yield f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there"


def _sqlite_guards(session: Session) -> Iterable[str]:
    names = set(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    for table in APPEND_ONLY:
        if not {f"{table}_no_update", f"{table}_no_delete"} <= names:
            yield f"{table} no longer refuses changes: a trigger is gone"


def _postgresql_faults(session: Session) -> Iterable[str]:
    active = {
        tuple(row)
        for row in session.execute(
            text(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            )
        )
    }
    for table in APPEND_ONLY:
        if not {(table, f"{table}_append_only_row"), (table, f"{table}_append_only_statement")} <= active:
            yield f"{table} no longer refuses changes: a trigger is gone or turned off"
    unchecked = text("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated")
    for row in session.execute(unchecked):
        yield f"the rows of {row[0]} were never held against {row[1]}"


def too_strong(session: Session) -> list[str]:
    """The append-only tables that the program's own role on PostgreSQL could change or unguard."""
    may = text(
        "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.rolname = current_user"
        " WHERE c.relname = ANY(:tables) AND c.relkind = 'r' AND (r.rolsuper OR pg_has_role(c.relowner, 'USAGE')"
        " OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')"
        " OR has_table_privilege(c.oid, 'TRUNCATE') OR has_table_privilege(c.oid, 'TRIGGER')) ORDER BY 1"
    )
    return list(session.scalars(may, {"tables": list(APPEND_ONLY)}))


def _hollow(session: Session) -> list[str]:
    """The append-only tables whose guard is there by name, and does not refuse; nothing is changed by asking."""
    found = []
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    for table in APPEND_ONLY:
        with engine.connect().execution_options(donthu_write=True) as connection:
            try:
                asked = text(f"UPDATE {table} SET id = id WHERE id = (SELECT MIN(id) FROM {table})")  # noqa: S608 - ours
                if connection.execute(asked).rowcount:
                    found.append(table)
            except DBAPIError:
                # Refused, as it should be; or somebody writes for long, and the next check asks again.
                continue
            finally:
                connection.rollback()
    return found
