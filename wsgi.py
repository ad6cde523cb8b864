"""Front door: builds the application, wires the floors together, nothing else."""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flask import Flask, current_app
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

import core.backup.cli
import core.cli
import search.cli
from auth import barriers, guards, handover
from auth import views as auth_views
from auth.anchoring import anchoring_job, chain_check
from auth.cli import unit_group, user_group
from auth.cli_audit import audit_group, integrity_group
from auth.heartbeats import Heartbeat, time_check
from auth.queries import users
from auth.services import offices
from auth.services.second_factor import seals_check
from auth.user_checks import accounts_check
from core import headers, hosts, i18n, integrity, keyring
from core.database import db
from core.database_check import database_check
from core.i18n import DEFAULT_LANGUAGE
from core.integrity import Check
from core.serve import Parts
from core.settings import Settings, SettingsError, load_settings
from core.worker import Job
from documents.checks import files_check
from documents.cli import file_group
from documents.jobs import READER_NAME, reading_job, sweep_job
from petitions.cli import calendar as calendar_commands
from petitions.cli import case_clocks as case_clock_commands
from petitions.cli import clock as clock_commands
from petitions.cli import demo as demo_commands
from petitions.cli import importing as import_commands
from petitions.cli import petitions as petition_commands
from petitions.cli import queues as queue_commands
from petitions.cli import sweep as sweep_commands
from petitions.cli.groups import calendar_group, clock_group, demo_group, petition_group, queue_group
from petitions.demo import DEMO_USERNAMES, demo_secrets, load_demo
from petitions.importing import jobs as import_jobs
from petitions.queries.accused import BARRIERS
from petitions.queries.self_checks import checks_of_petitions, petitions_registered
from petitions.services.file_texts import text_known
from petitions.services.handover import OpenPetitions
from petitions.services.office import furnish
from petitions.services.priorities import rekey_stale
from petitions.services.recounting import recount_stale
from petitions.services.sweep import sweep_some
from petitions.views import (
    absences,
    accused,
    attachments,
    audits,
    bulk,
    case,
    chrome,
    correct,
    day_list,
    drafts,
    errors,
    home,
    importing,
    intake,
    limits,
    list_files,
    morning,
    office,
    papers,
    programmes,
    queues,
    receipt,
    saved_views,
    sheet,
    steps,
    story,
    visits,
    weights,
    workload,
)
from petitions.views.alarms import with_alarms
from search import indexing, services, views_export, views_office, watching
from search import views as search_views
from search.checks import index_check
from search.health import index_health
from search.installed import warm
from search.likeness import cli as likeness_commands
from search.likeness import group_views as likeness_group_views
from search.likeness import jobs as likeness_jobs
from search.likeness import views as likeness_views

BLUEPRINTS = (
    home.bp,
    morning.bp,
    workload.bp,
    intake.bp,
    drafts.bp,
    case.bp,
    limits.bp,
    steps.bp,
    bulk.bp,
    correct.bp,
    accused.bp,
    attachments.bp,
    papers.bp,
    receipt.bp,
    queues.bp,
    list_files.bp,
    saved_views.bp,
    day_list.bp,
    visits.bp,
    importing.bp,
    office.bp,
    weights.bp,
    absences.bp,
    audits.bp,
    sheet.bp,
    story.bp,
    programmes.bp,
    search_views.bp,
    views_export.bp,
    views_office.bp,
    likeness_views.bp,
    likeness_group_views.bp,
    auth_views.blueprint,
)
# Imported for the commands that they add to the groups.
COMMAND_MODULES = (
    calendar_commands,
    case_clock_commands,
    clock_commands,
    demo_commands,
    petition_commands,
    queue_commands,
    sweep_commands,
    likeness_commands,
)
COMMAND_GROUPS = (
    user_group,
    unit_group,
    file_group,
    petition_group,
    queue_group,
    demo_group,
    clock_group,
    calendar_group,
    audit_group,
    integrity_group,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The application over ``settings``, or over what the environment says.

    Raises ``core.settings.SettingsError`` with one line for a setting that cannot be used.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = settings or load_settings()
    app = Flask(__name__)
    _configure(app, settings)
    db.init_app(app)
    Migrate(app, db, directory=str(Path(__file__).parent / "migrations"), compare_type=True)
    Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=guards.language)
    i18n.install(app)
    Bootstrap5(app)
    CSRFProtect(app)
    headers.init_app(app, https_only=settings.secure_cookies)
    hosts.init_app(app, trusted=settings.trusted_hosts, proxies=settings.proxies)
    guards.init_app(app, secure_cookies=settings.secure_cookies)
    errors.init_app(app)
    chrome.init_app(app, health=with_alarms(index_health))
    bulk.init_app(app, lists={"/search": search_views.page_again})
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    offices.furnish_with(furnish)
    handover.install(OpenPetitions())
    barriers.install(BARRIERS)
    app.extensions["petition_count"] = petitions_registered
    app.extensions["checks"] = lambda: _checks(settings)
    _register_commands(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    try:
        app.extensions["keyring"] = keyring.load(settings.keys_file)
    except keyring.KeyringError as error:
        raise SettingsError(f"DONTHU_KEYS: {error}") from error
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # An error of the database is logged; what was typed is nobody's business there.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True} | ({} if settings.is_sqlite else {"pool_pre_ping": True}),
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        SEND_FILE_MAX_AGE_DEFAULT=365 * 24 * 3600,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_TRANSLATION_DIRECTORIES=str(Path(__file__).parent / "translations"),
        ASSET_VERSION=format(int(time.time()), "x"),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it, its base class not


def _register_commands(app: Flask, settings: Settings) -> None:
    parts = Parts(
        jobs=lambda: _jobs(settings),
        file_jobs=lambda: (reading_job(text_known),),
        reader_name=READER_NAME,
        is_empty=lambda: not users(db.session(), 1),
        load_demo=_load_demo,
        demo_logins=DEMO_USERNAMES,
        demo_secrets=demo_secrets,
        warm=warm,
    )
    core.cli.register(app, settings, parts)
    search.cli.register(app)
    core.backup.cli.register(app, settings)
    import_commands.register()
    for group in COMMAND_GROUPS:
        app.cli.add_command(group)


def _jobs(settings: Settings) -> Sequence[Job]:
    """What the background worker does: the index first, so that what was saved is soon found."""
    rekey = Job("priority-order", rekey_stale, every=timedelta(minutes=1))
    recount = Job("clocks", recount_stale, every=timedelta(minutes=1))
    alerts = Job("clock-sweep", sweep_some, every=timedelta(minutes=1), eager=True)
    return (
        indexing.job(),
        services.mending_job(),
        watching.job(),
        likeness_jobs.job(),
        import_jobs.job(),
        sweep_job(),
        Job("heartbeat", Heartbeat(petitions_registered).run, every=timedelta(minutes=1)),
        Job("anchors", lambda: _anchor(settings), every=timedelta(minutes=1)),
        Job("integrity", integrity.NightlyCheck().run, every=timedelta(minutes=1)),
        recount,
        rekey,
        alerts,
    )


def _anchor(settings: Settings) -> int:
    return anchoring_job(settings.anchors_dir, petitions_registered, timedelta(minutes=settings.anchor_minutes))


def _checks(settings: Settings) -> Sequence[Check]:
    """Everything that the program can prove about itself, the quick ones first."""
    return (
        Check("database", database_check),
        Check("chain", lambda session: chain_check(session, settings.anchors_dir)),
        Check("time", time_check),
        Check("accounts", accounts_check),
        Check("seals", lambda session: seals_check(session, current_app.extensions["keyring"])),
        *checks_of_petitions(),
        Check("files", lambda session: files_check(session, settings.uploads_dir)),
        Check("index", index_check),
    )


def _load_demo(petitions: int, seed: int, password: str) -> None:
    load_demo(petitions=petitions, seed=seed, password=password)
