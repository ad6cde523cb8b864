"""A database of its own for one run: SQLite in a scratch folder, or a PostgreSQL server started for it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from bench.postgresql import postgresql as server_in
from bench.stores import POSTGRESQL_FOLDER
from core.database import db
from core.settings import load_settings
from wsgi import create_app


@contextmanager
def empty_app(scratch: Path, *, postgresql: bool = False) -> Iterator[Flask]:
    """The program over an empty database, inside an application context."""
    environment = {"DONTHU_DATA": str(scratch / "data"), "DONTHU_DEMO": "0"}
    with ExitStack() as stack:
        if postgresql:
            server = stack.enter_context(server_in(POSTGRESQL_FOLDER))
            server.drop("chaos")
            server.create("chaos")
            stack.callback(server.drop, "chaos")
            environment["DATABASE_URL"] = server.url("chaos")
        app = create_app(load_settings(environment))
        stack.enter_context(app.app_context())
        upgrade()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
