"""What the program's own role may do on PostgreSQL, so that history cannot be changed with the program's password.

Tables belong to another role, which migrates. The program's role reads and writes them, but only adds to history, and
cannot turn a guard off: that is the owner's right.
"""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.database_check import APPEND_ONLY
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _l

_CHANGE = ("SELECT", "INSERT", "UPDATE", "DELETE")


def statements(session: Session, role: str) -> Iterator[str]:
    """The statements that give ``role`` what the program needs and no more; the owner of the tables runs them.

    To be run again after a migration that adds tables.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise InvalidInput({"role": _l("A role's name has small letters, digits and _ only.")})
    # TRUNCATE, REFERENCES and TRIGGER are rights of their own, and taken as well.
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}, PUBLIC;"
    yield f"REVOKE CREATE ON SCHEMA public FROM {role}, PUBLIC;"
    yield f"GRANT USAGE ON SCHEMA public, search TO {role};"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};"
    # The search index is disposable, and emptied before it is made anew.
    yield f"GRANT {', '.join(_CHANGE)}, TRUNCATE ON ALL TABLES IN SCHEMA search TO {role};"
    for table in _tables(session):
        yield f"GRANT {', '.join(_rights(table))} ON {table} TO {role};"


def _rights(table: str) -> Iterable[str]:
    if table == "alembic_version":
        return ("SELECT",)
    return ("SELECT", "INSERT") if table in APPEND_ONLY else _CHANGE


def _tables(session: Session) -> list[str]:
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return list(session.scalars(query))
