"""The engine that this application searches with, made once per process from its settings."""

import logging
import threading
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from core.database import db
from core.settings import Settings
from search.engines import IndexUnavailable, SearchEngine
from search.engines.postgresql_engine import PostgresqlEngine
from search.engines.whoosh_engine import WhooshEngine
from search.fresh import FreshCache
from search.noting import Notebook
from search.standing import Standings

log = logging.getLogger(__name__)

_NAME = "search"
_lock = threading.Lock()


@dataclass(slots=True)
class Installed:
    """What a process keeps between requests.

    ``engine`` is the index of petitions, ``files`` that of the text of their files; ``remembered`` holds small figures
    with the moment they were read.
    """

    engine: SearchEngine
    files: SearchEngine
    standings: Standings = field(default_factory=Standings)
    notebook: Notebook = field(default_factory=Notebook)
    fresh: FreshCache = field(default_factory=FreshCache)
    remembered: dict[str, Any] = field(default_factory=dict)


def installed() -> Installed:
    """The parts of the present application."""
    found: Installed | None = current_app.extensions.get(_NAME)
    if found is None:
        with _lock:
            found = current_app.extensions.get(_NAME) or _install(current_app.extensions["settings"])
            current_app.extensions[_NAME] = found
    return found


def warm() -> None:
    """Read what the first search would otherwise wait for: where petitions stand, the index, its words."""
    parts = installed()
    try:
        parts.standings.current(db.session())
        parts.engine.snapshot().vocabulary()
    except IndexUnavailable as error:
        log.info("the search index is not there yet (%s)", error)
    finally:
        db.session.remove()


def _install(settings: Settings) -> Installed:
    # A further engine, such as OpenSearch for many cities, would be made here; there is none yet.
    if settings.engine_name == "postgresql":
        return Installed(PostgresqlEngine(db.engine, "cases"), PostgresqlEngine(db.engine, "files"))
    key = settings.secret_key.encode()
    return Installed(WhooshEngine(settings.index_dir, key), WhooshEngine(settings.index_dir / "files", key))
