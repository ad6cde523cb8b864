"""How revisions run: in one transaction on either database, so that a broken one leaves nothing behind."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection

from core.database import UtcDateTime, db
from petitions.models import figures


def render_item(type_: str, obj: Any, _autogen: AutogenContext) -> str | Literal[False]:
    """A revision must keep its meaning when the program's own types change, so it names none of them."""
    if type_ == "type" and isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def keep_empty_revisions_out(_context: object, _revision: object, directives: list[Any]) -> None:
    """``flask db migrate`` with nothing to write writes nothing."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run(connection: Connection) -> None:
    """Run the revisions that are asked for on ``connection``."""
    sqlite = connection.dialect.name == "sqlite"
    # SQLite changes a table by copying it; with foreign keys on, dropping the old one would take its children along.
    # The pragma does nothing inside a transaction, hence past SQLAlchemy, which would begin one.
    raw = connection.connection.driver_connection
    if sqlite:
        raw.execute("PRAGMA foreign_keys = OFF")
    try:
        context.configure(
            connection=connection,
            target_metadata=current_app.extensions["migrate"].db.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_server_default=True,
            transactional_ddl=True,
            process_revision_directives=keep_empty_revisions_out,
        )
        with context.begin_transaction():
            context.run_migrations()
            figures.tell(connection)
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
                if broken:
                    raise RuntimeError(f"the migration broke foreign keys: {broken}")
    finally:
        connection.rollback()
        if sqlite:
            raw.execute("PRAGMA foreign_keys = ON")


with db.engine.connect().execution_options(donthu_write=True) as live:
    run(live)
