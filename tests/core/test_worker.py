import threading
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.clock import FixedClock, SystemClock, use
from core.worker import SILENT_AFTER, Job, beat, is_alive, last_heartbeat, run_forever


def run_until(app: Flask, jobs: list[Job], done: threading.Event, *, limit: float = 10) -> None:
    """Run the worker until ``done``; fails after ``limit`` seconds."""
    stop = threading.Event()

    def end() -> None:
        done.wait(limit)
        stop.set()

    threading.Thread(target=end).start()
    # How long a job has to wait is counted by the clock, so it has to move.
    with use(SystemClock()):
        run_forever(app, jobs, name="worker", stop=stop)
    assert done.is_set()


def test_jobs_take_turns_until_there_is_nothing_left(app: Flask) -> None:
    left = {"a": 3, "b": 2}
    order: list[str] = []
    done = threading.Event()

    def work(name: str) -> int:
        if not left[name]:
            if not any(left.values()):
                done.set()
            return 0
        left[name] -= 1
        order.append(name)
        return 1

    run_until(app, [Job("a", lambda: work("a")), Job("b", lambda: work("b"))], done)
    assert order == ["a", "b", "a", "b", "a"]


def test_a_job_that_fails_stops_neither_itself_nor_others(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    tries: list[float] = []
    done = threading.Event()
    others: list[int] = []

    def fragile() -> int:
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise OSError("disk full")
        done.set()
        return 0

    def sturdy() -> int:
        others.append(1)
        return 0

    run_until(app, [Job("fragile", fragile), Job("sturdy", sturdy)], done)
    assert "job fragile failed" in caplog.text
    assert len(others) >= 2
    assert tries[1] - tries[0] > 1, "a failing job must not be tried again at once"


def test_a_job_with_a_rhythm_is_not_run_more_often(app: Flask) -> None:
    runs: list[int] = []
    ticks: list[int] = []
    done = threading.Event()

    def tick() -> int:
        ticks.append(1)
        if len(ticks) == 4:
            done.set()
        return 0

    def slow() -> int:
        runs.append(1)
        return 0

    run_until(app, [Job("slow", slow, every=timedelta(hours=1)), Job("tick", tick)], done)
    assert len(runs) == 1


def test_an_eager_job_is_asked_again_until_there_is_nothing_left(app: Flask) -> None:
    left = [3, 2, 1, 0]
    ticks: list[int] = []
    done = threading.Event()

    def tick() -> int:
        ticks.append(1)
        if len(ticks) == 8:
            done.set()
        return 0

    def some() -> int:
        return left.pop(0)

    run_until(app, [Job("some", some, every=timedelta(hours=1), eager=True), Job("tick", tick)], done)
    assert left == []
    assert len(ticks) >= 4


def test_a_working_worker_is_known_to_live(app: Flask, session: Session) -> None:
    assert last_heartbeat("worker") is None
    assert not is_alive("worker")
    done = threading.Event()

    def look() -> int:
        if is_alive("worker"):
            done.set()
        return 0

    run_until(app, [Job("look", look)], done)


def test_a_silent_worker_is_taken_for_dead(session: Session, clock: FixedClock) -> None:
    beat("worker")
    assert is_alive("worker")
    assert not is_alive("another")
    clock.advance(SILENT_AFTER)
    session.rollback()
    assert not is_alive("worker")
    beat("worker")
    assert is_alive("worker")
