"""Seven ways to change history, by somebody with full rights on the database, the program's code and its keys.

Each works on an open transaction of a database whose guards were taken away first, and returns the number of the first
entry that is no longer what it was.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from core.database_check import APPEND_ONLY
from core.verify_audit import GENESIS, digest, iso_of_sqlite

_COLUMNS = "office_id, seq, at, actor, action, subject, payload, hash"
_READ = text(f"SELECT {_COLUMNS} FROM audit_entry WHERE office_id = :office ORDER BY seq")


class Row(NamedTuple):
    """An entry as it is stored."""

    office_id: int
    seq: int
    at: Any
    actor: str
    action: str
    subject: str
    payload: str
    hash: str


def unguard(connection: Connection) -> None:
    """Take the triggers away, as the owner of the database can."""
    for table in APPEND_ONLY:
        if connection.dialect.name == "sqlite":
            for act in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
        else:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def rows_of(connection: Connection, office: int) -> list[Row]:
    """The office's entries in order."""
    return [Row(*row) for row in connection.execute(_READ, {"office": office})]


def edit(connection: Connection, rows: list[Row], dice: random.Random, most: int) -> int:
    """Change one entry and leave its hash."""
    seq = dice.randint(1, most)
    field, value = dice.choice(
        (("actor", "ai đó"), ("payload", '{"reason":"khác"}'), ("subject", "PTN-0"), ("action", "x"))
    )
    _set(connection, rows[0].office_id, seq, field, value)
    return seq


def delete(connection: Connection, rows: list[Row], dice: random.Random, most: int) -> int:
    """Remove one entry and leave the gap."""
    seq = dice.randint(1, most)
    _run(connection, "DELETE FROM audit_entry WHERE office_id = :office AND seq = :seq", rows[0].office_id, seq=seq)
    return seq


def insert(connection: Connection, rows: list[Row], dice: random.Random, most: int) -> int:
    """Slip an entry in, and write all that follow anew so that the chain holds."""
    seq = dice.randint(1, most)
    slipped = rows[seq - 1]._replace(actor="ai đó", payload='{"slipped":"in"}')
    _rewrite(connection, [*rows[: seq - 1], slipped, *rows[seq - 1 :]], seq)
    return seq


def reorder(connection: Connection, rows: list[Row], dice: random.Random, most: int) -> int:
    """Exchange two neighbours, their hashes with them."""
    seq = dice.randint(1, most - 1)
    first, second = rows[seq - 1], rows[seq]
    for target, source in ((first, second), (second, first)):
        for field in ("actor", "action", "subject", "payload", "hash"):
            _set(connection, target.office_id, target.seq, field, getattr(source, field))
    return (
        seq
        if (first.actor, first.action, first.subject, first.payload) != second[3:7] or first.hash != second.hash
        else 0
    )


def truncate(connection: Connection, rows: list[Row], dice: random.Random, most: int) -> int:
    """Cut the newest entries off, and put the head back."""
    seq = dice.randint(1, most)
    office = rows[0].office_id
    _run(connection, "DELETE FROM audit_entry WHERE office_id = :office AND seq >= :seq", office, seq=seq)
    _head(connection, office, seq - 1, rows[seq - 2].hash if seq > 1 else GENESIS)
    return seq


def edit_and_chain_anew(connection: Connection, rows: list[Row], dice: random.Random, most: int) -> int:
    """Change one entry, and write all that follow anew with the program's own code."""
    seq = dice.randint(1, most)
    changed = list(rows)
    changed[seq - 1] = changed[seq - 1]._replace(payload='{"reason":"khác"}')
    _rewrite(connection, changed, seq)
    return seq


def rewrite(connection: Connection, rows: list[Row], dice: random.Random, most: int) -> int:
    """Write the whole chain anew from the first entry on, another actor in each."""
    del dice, most
    _rewrite(connection, [row._replace(actor=f"{row.actor}x") for row in rows], 1)
    return 1


Attack = Callable[[Connection, list[Row], random.Random, int], int]
ATTACKS: dict[str, Attack] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "reorder": reorder,
    "truncate": truncate,
    "edit and chain anew": edit_and_chain_anew,
    "full rewrite": rewrite,
}


def _rewrite(connection: Connection, rows: list[Row], start: int) -> None:
    """Store ``rows`` as the chain, with fresh hashes from entry ``start`` on."""
    office = rows[0].office_id
    previous = rows[start - 2].hash if start > 1 else GENESIS
    made = []
    for seq, row in enumerate(rows[start - 1 :], start=start):
        previous = digest(office, seq, _moment(row.at), *row[3:7], previous)
        made.append(row._replace(seq=seq, hash=previous)._asdict())
    _run(connection, "DELETE FROM audit_entry WHERE office_id = :office AND seq >= :seq", office, seq=start)
    values = ", ".join(f":{name}" for name in Row._fields)
    connection.execute(text(f"INSERT INTO audit_entry ({_COLUMNS}) VALUES ({values})"), made)
    _head(connection, office, len(rows), previous)


def _moment(at: Any) -> str:
    return str(iso_of_sqlite(at)) if isinstance(at, str) else at.isoformat(timespec="microseconds")


def _set(connection: Connection, office: int, seq: int, field: str, value: str) -> None:
    # Names of columns come from this module alone.
    _run(
        connection, f"UPDATE audit_entry SET {field} = :value WHERE office_id = :office AND seq = :seq", office,
        seq=seq, value=value,
    )  # fmt: skip


def _head(connection: Connection, office: int, seq: int, digest_: str) -> None:
    _run(
        connection,
        "UPDATE audit_head SET seq = :seq, hash = :hash WHERE office_id = :office",
        office,
        seq=seq,
        hash=digest_,
    )


def _run(connection: Connection, statement: str, office: int, **values: object) -> None:
    connection.execute(text(statement), {"office": office, **values})
