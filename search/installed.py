"""The engine that this application searches with, made once per process from its settings."""

import threading
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

from core.settings import Settings
from search.engines import SearchEngine
from search.engines.whoosh_engine import WhooshEngine
from search.fresh import FreshCache

_NAME = "search"
_lock = threading.Lock()


@dataclass(slots=True)
class Installed:
    """What a process keeps between requests. ``remembered`` holds small figures with the moment they were read."""

    engine: SearchEngine
    fresh: FreshCache = field(default_factory=FreshCache)
    remembered: dict[str, Any] = field(default_factory=dict)


def installed() -> Installed:
    """The parts of the present application."""
    found: Installed | None = current_app.extensions.get(_NAME)
    if found is None:
        with _lock:
            found = current_app.extensions.get(_NAME) or Installed(_engine(current_app.extensions["settings"]))
            current_app.extensions[_NAME] = found
    return found


def _engine(settings: Settings) -> SearchEngine:
    engines = {"whoosh": WhooshEngine}
    return engines[settings.search_engine](settings.index_dir, settings.secret_key.encode())
