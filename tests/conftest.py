"""Fixtures that every test may ask for.

How to run: ``.venv/bin/pytest`` runs on SQLite; ``--database postgresql`` or ``--database both`` (what ``./run test``
does) on a real PostgreSQL that is started for the run. A test that asks for a database runs once for each.

======================  ================================================================================
``settings``            ``Settings`` with an empty data folder of its own and a fresh database in it: migrated to the
                        newest revision, with the base people below and no petition
``app``                 the application over ``settings``; CSRF protection is off (``app.config["WTF_CSRF_ENABLED"]``)
``session``             the database session inside an application context that lasts for the test. Write with
                        ``with unit_of_work():`` as the program does. After a request of ``client`` it is rolled back,
                        so that it reads what the request wrote
``client``              a test client that nobody is logged in on; ``app.test_client()`` gives more of them
``login(client, name)`` log ``client`` in as a base user through /login; returns the client
``as_user(name)``       a new client, logged in as ``name``
``actor(name)``         the ``Actor`` of a base user, for calls of services and queries (``by=actor("officer1")``)
``clock``               the ``FixedClock`` that every test lives by: Tuesday 24/11/2026, 09:00 in the office's zone.
                        ``clock.advance(timedelta(days=3))`` moves it. Always in force, also where not asked for
``database``            "sqlite" or "postgresql": which one this test runs on
``databases``           hands out further databases of that kind: ``fresh(folder)``, ``empty(folder)``, ``discard(url)``
======================  ================================================================================

Base people (``tests/people.py``): reception1, supervisor1, admin1, and officer1, officer2 in ``UNIT_LAND``, officer3,
officer4 in ``UNIT_SOCIAL``; officer1 and officer3 head their units. All have the password ``PASSWORD``.

Sockets other than loopback are refused in every test.
"""

import contextvars
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import jinja2
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from auth import passwords, queries
from auth.actor import Actor
from auth.models import User
from auth.second_factor import code_at
from core import clock as clocks
from core.database import db, unit_of_work
from core.serve import migrate
from core.settings import OFFICE_ZONE, Settings
from tests.databases import SERVER_VARIABLE, Databases, PostgresqlDatabases, SqliteDatabases, postgresql_server
from tests.people import PASSWORD, TOTP_SECRET, settle
from wsgi import create_app

# Generated examples differ from run to run on a desk, and never in CI; slow machines are no failure.
hypothesis.settings.register_profile("house", deadline=None, database=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=OFFICE_ZONE)
DATABASES = {"sqlite": ["sqlite"], "postgresql": ["postgresql"], "both": ["sqlite", "postgresql"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=sorted(DATABASES), default="sqlite", help="on which database to test")


def pytest_configure(config: pytest.Config) -> None:
    # Before xdist starts its workers, which inherit the variable and so share the server.
    wanted = "postgresql" in DATABASES[config.getoption("--database")]
    if wanted and SERVER_VARIABLE not in os.environ and not config.option.collectonly:
        stack = ExitStack()
        os.environ[SERVER_VARIABLE] = stack.enter_context(postgresql_server())
        config.add_cleanup(stack.close)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        chosen = DATABASES[metafunc.config.getoption("--database")]
        metafunc.parametrize("database", chosen, indirect=True, scope="session")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASH_METHOD", "pbkdf2:sha256:1")
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True)
def clock() -> Iterator[clocks.FixedClock]:
    fixed = clocks.FixedClock(NOW)
    with clocks.use(fixed):
        yield fixed


def settings_for(data_dir: Path, database_url: str) -> Settings:
    """Settings over a folder and a database, as an installation without demo data has them."""
    keys_file = data_dir.with_name(data_dir.name + ".keys")
    if not keys_file.exists():
        # The same everywhere: what the template sealed opens in its copies.
        keys_file.write_text("1 " + "5a" * 32 + "\n", encoding="ascii")
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        secret_key="0" * 64,
        lookup_key=b"\0" * 32,
        keys_file=keys_file,
        backup_dir=data_dir.with_name(data_dir.name + ".backup"),
        anchors_dir=data_dir.with_name(data_dir.name + ".anchors"),
        demo=False,
    )


@pytest.fixture(scope="session")
def databases(
    database: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str, _quick_passwords: None
) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("template")

    def build(url: str) -> None:
        app = create_app(settings=settings_for(folder, url))
        migrate(app)
        with app.app_context(), clocks.use(clocks.FixedClock(NOW)):
            with unit_of_work() as session:
                settle(session, app.extensions["keyring"])
            db.session.remove()
            db.engine.dispose()

    if database == "sqlite":
        yield SqliteDatabases(folder, build)
    else:
        server = PostgresqlDatabases(worker_id, build)
        yield server
        server.close()


@pytest.fixture
def settings(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    url = databases.fresh(data_dir)
    yield settings_for(data_dir, url)
    databases.discard(url)


class Client(FlaskClient):
    """A client whose requests each have an application context of their own, as in production.

    Without it, a test that holds a context open (for ``session``) would lend it to its requests, and with it the
    session and whoever Flask-Login remembers there.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if self.preserve_context:
            return super().open(*args, **kwargs)
        response = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.rollback()
        return response


@pytest.fixture(scope="session")
def _compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> jinja2.BytecodeCache:
    return jinja2.FileSystemBytecodeCache(str(tmp_path_factory.mktemp("jinja")))


@pytest.fixture
def app(settings: Settings, _compiled_templates: jinja2.BytecodeCache) -> Iterator[Flask]:
    flask_app = create_app(settings=settings)
    flask_app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    flask_app.jinja_env.bytecode_cache = _compiled_templates
    flask_app.test_client_class = Client
    yield flask_app
    with flask_app.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


Login = Callable[[FlaskClient, str], FlaskClient]


def let_codes_count_again(client: FlaskClient, username: str) -> None:
    """Forget which code was used last: time stands still in tests, and somebody may log in twice."""

    def forget() -> None:
        with client.application.app_context(), db.engine.begin() as connection:
            connection.execute(update(User).where(User.username == username).values(totp_step=None))

    contextvars.Context().run(forget)


@pytest.fixture
def login() -> Login:
    def log_in(client: FlaskClient, username: str) -> FlaskClient:
        answer = client.post("/login", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        if answer.location.startswith("/login/code"):
            let_codes_count_again(client, username)
            code = code_at(TOTP_SECRET, clocks.now())
            answer = client.post("/login/code", data={"code": code})
            assert answer.status_code == 302, answer.text
        return client

    return log_in


@pytest.fixture
def as_user(app: Flask, login: Login) -> Callable[[str], FlaskClient]:
    return lambda username: login(app.test_client(), username)


@pytest.fixture
def actor(app: Flask) -> Callable[[str], Actor]:
    def find(username: str) -> Actor:
        with app.app_context():
            found = queries.actor_by_username(db.session(), username)
        assert found is not None, username
        return found

    return find
