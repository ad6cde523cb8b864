"""Where the data of each size is kept between runs, on SQLite and on PostgreSQL, and copies of it for one run."""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from bench.client import TOTP_SECRET
from bench.postgresql import Server, postgresql
from bench.truth import Truth
from core.settings import CHECKOUT

KINDS = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}
# Its path must be short, or the server's socket cannot be made.
POSTGRESQL_FOLDER = Path(tempfile.gettempdir()) / "donthu-bench-postgresql"


# One file of keys for all data folders: what was sealed in one opens in its copies.
KEYS = Path(tempfile.gettempdir()) / "donthu-bench-keys"


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a program over the data folder ``folder``."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "PORT", "HOST"}}
    return (
        kept
        | {
            "DONTHU_DATA": str(folder),
            "DONTHU_KEYS": str(KEYS),
            "DONTHU_DEMO": "0",
            "DONTHU_DEMO_TOTP_SECRET": TOTP_SECRET,
            "PYTHONUTF8": "1",
        }
        | more
    )


@dataclass(frozen=True, slots=True)
class Store:
    """A data folder with its database: the one at ``url``, or the SQLite file in the folder."""

    folder: Path
    url: str = ""

    @property
    def address(self) -> Path | str:
        """The SQLite file, or the address on the server."""
        return self.url or self.folder / "donthu.sqlite3"

    @property
    def name(self) -> str:
        """The name of the database on its server."""
        return self.url.partition("?")[0].rpartition("/")[2]

    def truth(self) -> Truth:
        """Questions to the database."""
        return Truth(self.address)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a program over it."""
        return environment(self.folder, **({"DATABASE_URL": self.url} if self.url else {}), **more)

    def flask(self, *words: str) -> str:
        """What a command of the program prints; its failure ends the bench."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=CHECKOUT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"flask {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout


class Stores(Protocol):
    """The kept data folders of one kind of database."""

    kind: str

    def kept(self, petitions: int) -> Store:
        """The data folder and database of that size; filled by ``bench.building``."""
        ...

    def tidy(self, store: Store) -> None:
        """Bring a database that was just filled to rest."""
        ...

    def copied(self, store: Store, work: Path) -> Store:
        """A copy in the folder ``work``, for one run."""
        ...

    def cpu(self, store: Store) -> Callable[[], float]:
        """What tells how many seconds of CPU the processes of the database have used so far."""
        ...


class SqliteStores:
    """Data folders with their file: the database works in the processes that ask it."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def kept(self, petitions: int) -> Store:
        """The data folder of that size."""
        return Store(self._folder / f"{petitions}")

    def tidy(self, store: Store) -> None:
        """Nothing: figures of the indexes came with the migrations."""

    def copied(self, store: Store, work: Path) -> Store:
        """A copy of folder and file."""
        shutil.copytree(store.folder, work / store.folder.name)
        return Store(work / store.folder.name)

    def cpu(self, store: Store) -> Callable[[], float]:
        """No process of its own."""
        return lambda: 0.0


class PostgresqlStores:
    """A data folder for index and secrets, and a database on one server, for each size."""

    kind = "postgresql"

    def __init__(self, folder: Path, server: Server) -> None:
        self._folder = folder
        self._server = server
        self._copies: list[str] = []

    def kept(self, petitions: int) -> Store:
        """Data folder and database of that size."""
        name = f"bench_{petitions}"
        folder = self._folder / f"{petitions}-postgresql"
        if not folder.exists():
            # The one without the other is of no use.
            self._server.drop(name)
            folder.mkdir(parents=True)
        if not self._server.has(name):
            shutil.rmtree(folder)
            folder.mkdir()
            self._server.create(name)
        return Store(folder, self._server.url(name))

    def tidy(self, store: Store) -> None:
        """Vacuum and measure, as the server does by itself some time later."""
        self._server.tidy(store.name)

    def copied(self, store: Store, work: Path) -> Store:
        """A copy of the folder, and one of the database."""
        shutil.copytree(store.folder, work / store.folder.name)
        name = f"run_{store.name}"
        self._copies.append(name)
        self._server.copy(name, store.name)
        return Store(work / store.folder.name, self._server.url(name))

    def cpu(self, store: Store) -> Callable[[], float]:
        """Everything that the server does for this database."""
        return lambda: self._server.cpu(store.name)

    def discard(self) -> None:
        """Drop the copies."""
        for name in self._copies:
            self._server.drop(name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that all benches of the program share."""
    parser.add_argument("--database", choices=sorted(KINDS), default="sqlite")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "instance" / "bench", help="kept between runs")
    parser.add_argument(
        "--postgresql-folder",
        type=Path,
        default=POSTGRESQL_FOLDER,
        help="data of the PostgreSQL that is started, kept between runs; its path must be short",
    )
    parser.add_argument("--no-index", action="store_true", help="build and serve without the search index")


@contextmanager
def opened_stores(kind: str, folder: Path, postgresql_folder: Path) -> Iterator[Stores]:
    """The stores of one kind of database under ``folder``, for the block, in which no other bench has them."""
    with ExitStack() as stack:
        _hold(stack.enter_context((folder / "lock").open("w")))
        if kind == "sqlite":
            yield SqliteStores(folder)
            return
        found = PostgresqlStores(folder, stack.enter_context(postgresql(postgresql_folder)))
        stack.callback(found.discard)
        yield found


def _hold(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise SystemExit(f"another bench is at work in {Path(lock.name).parent}") from error
