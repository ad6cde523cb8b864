"""The background worker: runs the jobs that ``wsgi.py`` registers, in turn, and says that it is alive."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import Integer, String, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Base, UtcDateTime, db, unit_of_work

log = logging.getLogger(__name__)

WORKER_NAME = "worker"
HEARTBEAT_EVERY = timedelta(seconds=5)
SILENT_AFTER = timedelta(seconds=20)
IDLE_WAIT_SECONDS = 0.25


class WorkerHeartbeat(Base):
    """When a worker last said that it is alive."""

    __tablename__ = "worker_heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    pid: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True, slots=True)
class Job:
    """Something the worker does again and again; ``run`` returns how much it handled, 0 when there is nothing.

    ``eager``: as long as it handles something it is asked again in the next turn, and not only after ``every``. For
    work that does a part at a time, so that the other jobs have their turn in between.
    """

    name: str
    run: Callable[[], int]
    every: timedelta = timedelta(0)
    eager: bool = False


def last_heartbeat(name: str) -> datetime | None:
    """When the worker ``name`` was last heard of; None for never."""
    return db.session.execute(select(WorkerHeartbeat.at).where(WorkerHeartbeat.name == name)).scalar()


def is_alive(name: str) -> bool:
    """Whether the worker ``name`` was heard of lately."""
    seen = last_heartbeat(name)
    return seen is not None and clock.now() - seen < SILENT_AFTER


def run_forever(app: Flask, jobs: Sequence[Job], *, name: str, stop: threading.Event | None = None) -> None:
    """Run ``jobs`` until a signal or ``stop``; a job that fails is logged and tried again, later each time."""
    halt = stop or threading.Event()
    if stop is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: halt.set())
    started = threading.Thread(target=_beat, args=(app, name, halt), daemon=True)
    started.start()
    due: dict[str, datetime] = {job.name: clock.now() for job in jobs}
    failures: dict[str, int] = {}
    while not halt.is_set():
        handled = sum(_run_due(app, job, due, failures) for job in jobs if not halt.is_set())
        if not handled:
            halt.wait(IDLE_WAIT_SECONDS)
    started.join(timeout=2)


def _run_due(app: Flask, job: Job, due: dict[str, datetime], failures: dict[str, int]) -> int:
    if clock.now() < due[job.name]:
        return 0
    try:
        with app.app_context():
            handled = job.run()
    except Exception:
        failures[job.name] = failures.get(job.name, 0) + 1
        pause = timedelta(seconds=min(60, 2 ** failures[job.name]))
        due[job.name] = clock.now() + pause
        log.exception("job %s failed; next try in %s", job.name, pause)
        return 0
    failures.pop(job.name, None)
    due[job.name] = clock.now() + (timedelta(0) if job.eager and handled else job.every)
    return handled


def _beat(app: Flask, name: str, halt: threading.Event) -> None:
    # A thread of its own: a long import or index batch must not look like a dead worker.
    while not halt.is_set():
        try:
            with app.app_context():
                beat(name)
        except OperationalError as error:
            # Somebody writes for long; nothing is wrong, and the next sign of life is not far.
            log.warning("the sign of life could not be written: %s", error.orig)
        except Exception:
            log.exception("heartbeat failed")
        halt.wait(HEARTBEAT_EVERY.total_seconds())


def beat(name: str) -> None:
    """Say that the worker ``name`` is alive."""
    with unit_of_work() as session:
        session.merge(WorkerHeartbeat(name=name, at=clock.now(), pid=os.getpid()))
