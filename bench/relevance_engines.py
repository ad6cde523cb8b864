"""What is compared: three engines as they come out of the box, and the program itself over a real database.

The others get the same text, and what they have of their own: their query language for quotation marks and minus, a
title that weighs more where the engine can, and, where not one petition has all words, those that have some.
"""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
from whoosh import index as whoosh_index
from whoosh.analysis import StandardAnalyzer
from whoosh.fields import NUMERIC, TEXT, Schema
from whoosh.qparser import MultifieldParser, OrGroup

from auth.cli_actor import find_actor
from bench.postgresql import postgresql
from bench.relevance_corpus import Made
from bench.stores import Store
from core import clock
from core.database import db, unit_of_work
from core.settings import load_settings
from petitions.models import Petition
from petitions.services.intake import receive
from petitions.services.intake_input import Intake, PartyInput
from petitions.vocabulary import Channel, Kind
from search.indexing import drain
from search.installed import installed
from search.queries import find
from wsgi import create_app

TOP = 10
Ask = Callable[[str], list[int]]
"""Indexes of the first ten petitions for what was typed."""

_PIECE = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_TYPES = {"Khiếu nại": Kind.COMPLAINT}


def _pieces(typed: str) -> tuple[list[str], list[str]]:
    """What is wanted and what is not, each a word or a phrase."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _PIECE.findall(typed):
        (unwanted if minus else wanted).append(phrase or word)
    return wanted, unwanted


def _all_text(one: Made) -> str:
    stored = one.stored
    return "\n".join((stored.body, stored.name, stored.address, stored.against, one.phone, one.identity, one.number))


@contextmanager
def whoosh_standard(made: Sequence[Made]) -> Iterator[Ask]:
    """Whoosh with its StandardAnalyzer: all words, else some of them; the title weighs twice."""
    with tempfile.TemporaryDirectory(prefix="relevance-whoosh-") as folder:
        schema = Schema(
            n=NUMERIC(stored=True), title=TEXT(StandardAnalyzer(), field_boost=2.0), text=TEXT(StandardAnalyzer())
        )
        index = whoosh_index.create_in(folder, schema)
        writer = index.writer(limitmb=256)
        for n, one in enumerate(made):
            writer.add_document(n=n, title=one.stored.title, text=_all_text(one))
        writer.commit()
        everything = MultifieldParser(["title", "text"], schema)
        something = MultifieldParser(["title", "text"], schema, group=OrGroup)
        with index.searcher() as searcher:

            def ask(typed: str) -> list[int]:
                wanted, unwanted = _pieces(typed)
                text = " ".join([*(f'"{one}"' if " " in one else one for one in wanted)])
                text += "".join(f' NOT "{one}"' for one in unwanted)
                found = searcher.search(everything.parse(text), limit=TOP) or searcher.search(
                    something.parse(text), limit=TOP
                )
                return [hit["n"] for hit in found]

            yield ask


@contextmanager
def fts5(made: Sequence[Made]) -> Iterator[Ask]:
    """SQLite FTS5 with unicode61 and remove_diacritics 2; bm25, the title weighing twice."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(title, text, tokenize = 'unicode61 remove_diacritics 2')")
        database.executemany(
            "INSERT INTO t (rowid, title, text) VALUES (?, ?, ?)",
            [(n + 1, one.stored.title, _all_text(one)) for n, one in enumerate(made)],
        )

        def asked(joined: str, unwanted: list[str]) -> list[int]:
            match = f"({joined})" + "".join(f" NOT {_quoted(one)}" for one in unwanted)
            rows = database.execute(
                "SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t, 2.0, 1.0) LIMIT ?", (match, TOP)
            )
            return [row[0] - 1 for row in rows]

        def ask(typed: str) -> list[int]:
            wanted, unwanted = _pieces(typed)
            words = [_quoted(one) for one in wanted if any(map(str.isalnum, one))]
            return asked(" AND ".join(words), unwanted) or asked(" OR ".join(words), unwanted)

        yield ask


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class NotHere(Exception):
    """What an engine needs is not on this machine."""


@contextmanager
def postgresql_unaccent(made: Sequence[Made]) -> Iterator[Ask]:
    """PostgreSQL, the configuration ``simple`` behind ``unaccent``; ts_rank_cd. Raises ``NotHere``."""
    with _cluster() as connection:
        connection.execute("CREATE EXTENSION unaccent")
        connection.execute("CREATE TEXT SEARCH CONFIGURATION vn (COPY = simple)")
        connection.execute(
            "ALTER TEXT SEARCH CONFIGURATION vn ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple"
        )
        connection.execute("CREATE TABLE t (n integer, terms tsvector)")
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO t VALUES (%s, setweight(to_tsvector('vn', %s), 'A') || to_tsvector('vn', %s))",
                [(n, one.stored.title, _all_text(one)) for n, one in enumerate(made)],
            )
        connection.execute("CREATE INDEX ON t USING gin (terms)")
        first = """
            SELECT n FROM t, websearch_to_tsquery('vn', %s) q WHERE terms @@ q
            ORDER BY ts_rank_cd(terms, q) DESC LIMIT %s
        """

        def ask(typed: str) -> list[int]:
            found = connection.execute(first, [typed, TOP]).fetchall()
            if not found:
                wanted, unwanted = _pieces(typed)
                text = " or ".join(f'"{one}"' for one in wanted) + "".join(f' -"{one}"' for one in unwanted)
                found = connection.execute(first, [text, TOP]).fetchall()
            return [row[0] for row in found]

        yield ask


@contextmanager
def _cluster() -> Iterator["psycopg.Connection[tuple[int]]"]:
    """A throwaway server of an installed PostgreSQL that has ``unaccent``."""
    having = list(Path("/usr/share/postgresql").glob("*/extension/unaccent.control"))
    programs = [Path("/usr/lib/postgresql") / path.parts[-3] / "bin" for path in having]
    programs = [path for path in programs if (path / "initdb").exists()]
    if not programs:
        raise NotHere("no PostgreSQL with unaccent is installed (Debian: postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="relevance-pg-", dir="/tmp"))
    as_user = [] if os.getuid() else ["runuser", "-u", "postgres", "--"]
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        data = folder / "data"

        def run(*words: str) -> None:
            subprocess.run([*as_user, *words], cwd="/", check=True, capture_output=True)

        run(
            str(programs[-1] / "initdb"),
            "-D",
            str(data),
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-A",
            "trust",
            "-U",
            "bench",
        )
        options = f"-c listen_addresses= -c unix_socket_directories={shlex.quote(str(folder))}"
        control = str(programs[-1] / "pg_ctl")
        run(control, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            with psycopg.connect(f"host={folder} user=bench dbname=postgres", autocommit=True) as connection:
                yield connection
        finally:
            run(control, "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepared(store: Store, made: Sequence[Made]) -> Store:
    """The program's data with the petitions, registered through its own door; made once and kept."""
    folder = store.folder
    done = folder / "relevance.done"
    if done.exists():
        store.flask("db", "upgrade")
        return store
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    store.flask("db", "upgrade")
    store.flask("demo", "load", "--petitions", "1", "--seed", "1", "--password", "mưa phùn ngoài hiên")
    app = create_app(load_settings(store.environment()))
    with app.app_context():
        settings = load_settings(store.environment())
        actor = find_actor("reception1")
        today = clock.today()
        for n, one in enumerate(made):
            with unit_of_work() as work:
                receive(work, _intake(n, one, today - timedelta(days=(len(made) - n) // 12)), by=actor,
                        lookup_key=settings.lookup_key)  # fmt: skip
    done.touch()
    return store


def _intake(n: int, one: Made, received_on: object) -> Intake:
    stored = one.stored
    kind = _TYPES.get(" ".join(stored.title.split()[:2]), Kind.RECOMMENDATION)
    person = PartyInput(stored.name, one.identity, one.phone, stored.address)
    return Intake(
        received_on=received_on, channel=Channel.DESK, kind=kind, title=stored.title, body=stored.body,  # type: ignore[arg-type]
        petitioners=(person,), against=stored.against, external_ref=f"R{n}",
    )  # fmt: skip


def numbered(store: Store, made: Sequence[Made]) -> list[Made]:
    """The petitions with the numbers that the office gave them."""
    with closing(sqlite3.connect(store.folder / "donthu.sqlite3")) as database:
        numbers = dict(database.execute("SELECT external_ref, number FROM petition WHERE external_ref <> ''"))
    return [one.numbered(numbers[f"R{n}"]) for n, one in enumerate(made)]


@contextmanager
def ours(store: Store) -> Iterator[Ask]:
    """The program's own search, as its page asks it."""
    app = create_app(load_settings(store.environment()))
    with app.app_context():
        while drain():
            pass
        session = db.session()
        references = {row.number: row.external_ref for row in session.execute(_NUMBERS)}
        actor = find_actor("supervisor1")

        def ask(typed: str) -> list[int]:
            session.rollback()
            results = find(session, installed(), typed, actor, size=TOP)
            found = [references[result.row.number] for result in results.results]
            return [int(reference[1:]) for reference in found if reference]

        yield ask
        db.session.remove()
        db.engine.dispose()


@contextmanager
def ours_on_postgresql(folder: Path, made: Sequence[Made], postgresql_folder: Path) -> Iterator[Ask]:
    """The same over a real PostgreSQL, whose full text search then keeps the index."""
    with postgresql(postgresql_folder) as server:
        if not server.has(_DATABASE) or not (folder / "relevance.done").exists():
            (folder / "relevance.done").unlink(missing_ok=True)
            server.drop(_DATABASE)
            server.create(_DATABASE)
        store = prepared(Store(folder, server.url(_DATABASE)), made)
        with ours(store) as ask:
            yield ask


_DATABASE = "relevance"
_NUMBERS = db.select(Petition.number, Petition.external_ref)
