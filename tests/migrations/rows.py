"""Rows for every table of a database, made from what the database says of its own columns.

The application's models are of no use here: they describe the newest revision only. Values that no rule of types can
give (an enumeration, a pair of columns that must agree) stand in ``VALUES``.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Integer, LargeBinary, MetaData, Table, insert

ROWS = 2

# By table and column: a constant, or a function of the row's position (0, 1).
VALUES: dict[str, dict[str, Any]] = {
    "user_account": {"role": "officer", "language": "vi"},
    "calendar_day": {"day": lambda n: date(2027, 1, 1 + n), "kind": "holiday"},
    "import_run": {"state": "done"},
    "absence": {"substitute_id": None},
    "clock_alert": {"level": "late"},
    "programme": {"target_on": date(2027, 6, 30)},
    "saved_view": {"shared_with": "nobody", "unit_id": None, "role": None},
    "intake_draft": {"payload": "{}"},
    "outbox": {"lane": 0, "consumer": "search"},
    "petition": {
        "kind": "complaint",
        "kind_parts": "",
        "channel": "desk",
        "matter_role": "first",
        "state": "received",
        "sealed": False,
        "escalation_trigger": None,
        "proposed_disposition": None,
        "disposition": None,
        "forwarder_kind": "press",
    },
    "petition_event": {"cancels_id": None, "data": "{}", "from_state": None, "to_state": "received"},
    "legal_event": {"cancels_id": None},
    "petition_flag": {"flag": "complex"},
    "petition_party": {"role": "petitioner"},
    "visit": {"kind": "complaint"},
    "stored_text": {"state": "waiting"},
    "likeness_apart": {"high_id": lambda n: 2 - n},
    "petition_accused": {"unit_id": None},
    "query_note": {"why": "slow"},
}


def fill(connection: Connection, metadata: MetaData) -> None:
    """Insert ``ROWS`` rows into every table of ``metadata``, parents first."""
    for table in metadata.sorted_tables:
        if table.name != "alembic_version":
            connection.execute(insert(table), [row(table, position) for position in range(ROWS)])


def row(table: Table, position: int) -> Mapping[str, Any]:
    """The row at ``position`` for ``table``."""
    given = VALUES.get(table.name, {})
    values = {}
    for column in table.columns:
        value = given[column.name] if column.name in given else plain(column, position)
        values[column.name] = value(position) if callable(value) else value
    return values


def plain(column: Column[Any], position: int) -> object:
    """A value of the column's type, another one for each position; references point to the row of the same position."""
    if isinstance(column.type, DateTime):
        return datetime(2026, 11, 24, 2, 0, position, tzinfo=UTC if column.type.timezone else None)
    if isinstance(column.type, Date):
        return date(2026, 11, 24)
    if isinstance(column.type, Boolean):
        return position == 0
    if isinstance(column.type, Integer):
        return position + 1
    if isinstance(column.type, LargeBinary):
        return bytes([position] * 4)
    length = getattr(column.type, "length", None) or 40
    return f"{column.name} đơn thứ {position}"[-length:]
