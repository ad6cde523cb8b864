"""The yardstick: the smallest Flask page, and the smallest insert with synchronous FULL, served as the program is.

``python -m bench.bare PORT FILE`` listens on 127.0.0.1. ``GET /`` answers a page; ``POST /`` stores what was typed in
one row of the SQLite database FILE and redirects.
"""

import sqlite3
import sys
import threading
from pathlib import Path

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from waitress import create_server

from core.serve import WEB_THREADS

PAGE = "<!doctype html><html lang=vi><meta charset=utf-8><title>Đơn</title><h1>Đơn</h1><p>Một trang.</p></html>"


def bare_app(file: Path) -> Flask:
    """The yardstick's application over the database ``file``."""
    app = Flask(__name__)
    kept = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(kept, "connection"):
            kept.connection = sqlite3.connect(file, isolation_level=None)
            kept.connection.execute("PRAGMA journal_mode = WAL")
            kept.connection.execute("PRAGMA synchronous = FULL")
        found: sqlite3.Connection = kept.connection
        return found

    connection().execute("CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, title TEXT, body TEXT)")

    @app.get("/")
    def page() -> ResponseReturnValue:
        return PAGE

    @app.post("/")
    def insert() -> ResponseReturnValue:
        typed = (request.form["title"], request.form["body"])
        connection().execute("INSERT INTO plain (title, body) VALUES (?, ?)", typed)
        return redirect("/")

    return app


def main() -> None:
    """Serve until a signal."""
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    create_server(bare_app(file), host="127.0.0.1", port=port, threads=WEB_THREADS, ident=None).run()


if __name__ == "__main__":
    main()
