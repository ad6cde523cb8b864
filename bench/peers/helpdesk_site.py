# ruff: noqa: PLC0415 - Django can be imported from only when it was told its settings
"""Runs in django-helpdesk's own environment: ``python helpdesk_site.py FOLDER fill TEXTS`` or ``… serve PORT``.

The settings are those of the project's own demonstration as far as searching goes; SQLite, DEBUG off.
"""

import json
import sys
from pathlib import Path

import django  # type: ignore[import-not-found]  # it is installed where this runs
from django.conf import settings  # type: ignore[import-not-found]

PASSWORD = "peer-of-the-bench"  # noqa: S105 - a throw-away site
COMMIT_EVERY = 1_000
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def set_up(folder: Path) -> None:
    """A site over a SQLite file in ``folder``."""
    settings.configure(
        DEBUG=False,
        SECRET_KEY="0" * 50,
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "helpdesk.sqlite3")}},
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites"),
            *(
                "django.contrib.messages",
                "django.contrib.admin",
                "django.contrib.humanize",
                "django.contrib.staticfiles",
            ),
            *("rest_framework", "helpdesk"),
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.contrib.auth.context_processors.auth",
                        "django.template.context_processors.request",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        SITE_ID=1,
        STATIC_URL="/static/",
        USE_TZ=True,
        LOGGING={
            "version": 1,
            "handlers": {"told": {"class": "logging.StreamHandler"}},
            "loggers": {"django.request": {"handlers": ["told"], "level": "ERROR", "propagate": False}},
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_KB_ENABLED=True,
    )
    django.setup()
    from django.urls import include, path  # type: ignore[import-not-found]

    # A tuple of patterns is as good as a module of that name, and can only be made when the parts are loaded.
    settings.ROOT_URLCONF = (path("", include("helpdesk.urls", namespace="helpdesk")),)


def fill(texts: Path) -> None:
    """A ticket of every line of ``texts``, [title, body, kind]; and somebody of staff who searches."""
    from django.contrib.auth import (  # type: ignore[import-not-found]
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )
    from django.contrib.sessions.backends.db import SessionStore  # type: ignore[import-not-found]
    from django.core.management import call_command  # type: ignore[import-not-found]
    from helpdesk.models import Queue, Ticket  # type: ignore[import-not-found]

    call_command("migrate", verbosity=0)
    boss = get_user_model().objects.create_superuser("boss", "boss@example.invalid", PASSWORD)
    session = SessionStore()
    session.update(
        {SESSION_KEY: str(boss.pk), BACKEND_SESSION_KEY: _BACKEND, HASH_SESSION_KEY: boss.get_session_auth_hash()}
    )
    session.save()
    (texts.parent / "session").write_text(session.session_key, encoding="utf-8")
    queue = Queue.objects.create(title="Tiếp công dân", slug="tcd")
    batch = []
    with texts.open(encoding="utf-8") as lines:
        for line in lines:
            title, body, kind = json.loads(line)
            batch.append(Ticket(queue=queue, title=title[:200], description=body, status=1 + kind % 4))
            if len(batch) == COMMIT_EVERY:
                Ticket.objects.bulk_create(batch)
                batch.clear()
    Ticket.objects.bulk_create(batch)


def serve(port: int) -> None:
    """Serve until a signal, with the same server as ours."""
    from django.core.wsgi import get_wsgi_application  # type: ignore[import-not-found]
    from waitress import create_server

    create_server(get_wsgi_application(), host="127.0.0.1", port=port, threads=4, ident=None).run()


def main() -> None:
    """Do what the command line says."""
    folder, what, argument = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    set_up(folder)
    fill(Path(argument)) if what == "fill" else serve(int(argument))


if __name__ == "__main__":
    main()
