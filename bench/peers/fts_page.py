"""The floor: bare SQLite FTS5 behind the smallest page: ``python -m bench.peers.fts_page FILE PORT``.

``GET /?q=…&kind=…&sort=date`` counts what matches and shows the titles of the first twenty, by bm25 or by date.
"""

import sqlite3
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from flask import Flask, request
from markupsafe import escape
from waitress import create_server

from core.serve import WEB_THREADS
from search.analysis import tokens

SHOWN = 20
_LINE_ENDS = "lineends"


def plain_words(text: str) -> str:
    """``text`` as the floor indexes it: words in plain letters, as ours are, so that both find the same.

    A sign between lines keeps phrases from crossing them, as they do not cross them with us.
    """
    return f" {_LINE_ENDS} ".join(" ".join(token.plain for token in tokens(line)) for line in text.split("\n"))


def fill(file: Path, rows: Iterable[tuple[int, str, str, str, str]]) -> None:
    """Make the floor of ``rows``: id, title, all text, kind, day of receipt."""
    base = sqlite3.connect(file)
    base.execute("CREATE TABLE petition (id INTEGER PRIMARY KEY, title TEXT, kind TEXT, received_on TEXT)")
    base.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='unicode61')")
    for record_id, title, text, kind, day in rows:
        base.execute("INSERT INTO petition VALUES (?, ?, ?, ?)", (record_id, title, kind, day))
        base.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (record_id, plain_words(text)))
    base.commit()
    base.execute("INSERT INTO words (words) VALUES ('optimize')")
    base.commit()
    base.close()


def asked(typed: str) -> str:
    """What was typed as FTS5 understands it: all words, or a phrase, or the beginning of a word."""
    words = [f'"{word.plain}"' for word in tokens(typed)]
    if typed.startswith('"'):
        return '"' + " ".join(word.plain for word in tokens(typed)) + '"'
    return " AND ".join(words) + ("*" if typed.endswith("*") else "")


def floor_app(file: Path) -> Flask:
    """The page over the database ``file``."""
    app = Flask(__name__)
    kept = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(kept, "connection"):
            kept.connection = sqlite3.connect(file)
        found: sqlite3.Connection = kept.connection
        return found

    @app.get("/")
    def page() -> str:
        typed, kind = asked(request.args.get("q", "x")), request.args.get("kind", "")
        joined = "FROM words JOIN petition ON petition.id = words.rowid WHERE words MATCH ?"
        values = [typed]
        if kind:
            joined += " AND kind = ?"
            values.append(kind)
        counted = joined if kind else "FROM words WHERE words MATCH ?"
        (count,) = connection().execute(f"SELECT count(*) {counted}", values).fetchone()
        order = "received_on DESC" if request.args.get("sort") == "date" else "rank"
        rows = connection().execute(f"SELECT title {joined} ORDER BY {order} LIMIT {SHOWN}", values)
        items = "".join(f"<li>{escape(row[0])}</li>" for row in rows)
        return f"<!doctype html><title>{count}</title><p>found {count}</p><ol>{items}</ol>"

    return app


def main() -> None:
    """Serve until a signal."""
    file, port = Path(sys.argv[1]), int(sys.argv[2])
    create_server(floor_app(file), host="127.0.0.1", port=port, threads=WEB_THREADS, ident=None).run()


if __name__ == "__main__":
    main()
