"""The commands of backups, and what they need."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from auth.actor import Actor
from core.backup import BackupFailed
from core.backup.making import make
from core.backup.restoring import restore
from core.database import db
from core.settings import Settings
from tests.conftest import settings_for
from wsgi import create_app

AsUser = Callable[[str], FlaskClient]
ActorOf = Callable[[str], Actor]


def flask(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def test_the_commands(
    app: Flask, office: Settings, tmp_path: Path, place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "pair"
    public = flask(app, "backup", "keygen", str(private)).stdout.strip()
    assert public.startswith("age1")
    assert private.stat().st_mode & 0o777 == 0o600
    assert flask(app, "backup", "keygen", str(private)).exit_code == 1  # never over a key
    assert flask(app, "backup", "status").exit_code == 1
    assert flask(app, "backup").exit_code == 1  # no recipient
    folder = tmp_path / "kept"
    for _each in range(2):
        answer = flask(app, "backup", "--to", str(folder), "--recipient", public, "--keep", "1")
        if answer.exit_code:  # two within a second have one name
            assert "exists already" in answer.output
    (file,) = folder.glob("*.donthu")
    assert flask(app, "backup", "status").exit_code == 0
    assert (
        json.loads(flask(app, "backup", "verify", str(file), "--identity", str(private)).stdout)["counts"]["petition"]
        == 5
    )
    fresh = create_app(place)
    try:
        answer = flask(fresh, "restore", str(file), "--identity", str(private))
        assert answer.exit_code == 0, answer.output
        assert "5 petitions, 3 attachments" in answer.output
        assert flask(fresh, "restore", str(file), "--identity", str(private)).exit_code == 1
    finally:
        with fresh.app_context():
            db.engine.dispose()


def test_another_kind_of_database_is_refused(
    settings: Settings, saved: Path, keys: tuple[str, Path], place: Settings, tmp_path: Path
) -> None:
    if settings.is_sqlite:
        pytest.skip("on SQLite there is no server to restore into")
    other = tmp_path / "other"
    other.mkdir()
    sqlite3.connect(other / "donthu.sqlite3").close()
    with pytest.raises(BackupFailed, match="another kind"):
        restore(settings_for(other, f"sqlite:///{other / 'donthu.sqlite3'}"), saved, keys[1])


def test_a_missing_client_program_is_named(
    settings: Settings, office: Settings, keys: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if settings.is_sqlite:
        pytest.skip("SQLite needs no client program")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(BackupFailed, match="pg_dump is missing"):
        make(office, tmp_path / "backups", [keys[0]])
    url = make_url(settings.database_url)
    broken = replace(office, database_url=str(url.set(database="nowhere")))
    with pytest.raises(Exception, match="nowhere"):
        make(broken, tmp_path / "backups", [keys[0]])
