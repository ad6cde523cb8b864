"""Eight people do different things to one case at the same moment, again and again: does exactly one of them win?

    python -m chaos.races [--rounds 200] [--people 8] [--postgresql]

All have the page open as it was when the case came. One act is taken, the others are told that somebody was faster; what
stands afterwards is what the winner did, and its one event. Exit status 1 otherwise.
"""

import argparse
import logging
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.queries import actor_by_username
from bench.building import PASSWORD
from chaos.grounds import empty_app
from core import audit, clock
from core.database import db, unit_of_work
from core.errors import DomainError, IllegalTransition, StaleVersion
from petitions.demo import load_demo
from petitions.models import Petition, PetitionEvent
from petitions.queries.checks import queue_drift
from petitions.services import assignment, closing, corrections, records
from petitions.services.intake import receive
from petitions.services.intake_input import Intake
from petitions.vocabulary import Channel, Flag, Kind, Trigger

Act = Callable[[Session, int, int], object]


@dataclass
class Report:
    """What came of the rounds; ``wrong`` tells each round that did not end as it must."""

    rounds: int = 0
    winners: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def acts_of(boss: Actor, officers: list[Actor]) -> dict[str, tuple[Act, dict[str, object]]]:
    """Acts by name, each with what must stand in the row when it was the one that counted."""
    soon = clock.today() + timedelta(days=5)
    one, two, three = (officer.id for officer in officers[:3])
    return {
        "assign to one": (
            lambda s, i, v: assignment.assign(s, i, by=boss, officer_id=one, version=v), {"officer_id": one}),
        "assign to two": (
            lambda s, i, v: assignment.assign(s, i, by=boss, officer_id=two, version=v), {"officer_id": two}),
        "assign to three": (
            lambda s, i, v: assignment.assign(s, i, by=boss, officer_id=three, version=v), {"officer_id": three}),
        "take": (lambda s, i, v: assignment.take(s, i, by=officers[3], version=v), {"officer_id": officers[3].id}),
        "escalate": (
            lambda s, i, v: assignment.escalate(
                s, i, by=boss, trigger=Trigger.COMPLEX, to_id=boss.id, reply_by=soon, reason="Khó", version=v),
            {"escalated_to_id": boss.id}),
        "strike": (lambda s, i, v: closing.void(s, i, by=boss, reason="Nhầm", version=v), {"state": "resolved"}),
        "correct": (
            lambda s, i, v: corrections.correct(s, i, {"against": "Công ty Thử"}, by=boss, version=v),
            {"against": "Công ty Thử"}),
        "mark": (
            lambda s, i, v: records.set_flag(s, i, Flag.PROMINENT, by=boss, reason="Báo chí", version=v),
            {"prominent": True}),
    }  # fmt: skip


def race(app: Flask, rounds: int, people: int, dice: random.Random) -> Report:
    """Hold ``rounds`` rounds with so many people in each."""
    who = {name: actor_by_username(db.session(), name) for name in ("reception1", "supervisor1", *OFFICERS)}
    db.session.rollback()
    actors = {name: actor for name, actor in who.items() if actor is not None}
    acts = acts_of(actors["supervisor1"], [actors[name] for name in OFFICERS])
    report = Report()
    for number in range(rounds):
        with unit_of_work() as session:
            made = receive(session, _letter(number), by=actors["reception1"], lookup_key=b"\0" * 32)
        chosen = [list(acts)[place % len(acts)] for place in range(people)]
        dice.shuffle(chosen)
        _round(app, made.id, chosen, acts, report)
    return report


OFFICERS = ("officer1", "officer2", "officer3", "officer4")


def _letter(number: int) -> Intake:
    return Intake(clock.today(), Channel.DESK, Kind.COMPLAINT, f"Đơn thử số {number}")


def _round(
    app: Flask, petition_id: int, chosen: list[str], acts: dict[str, tuple[Act, dict[str, object]]], report: Report
) -> None:
    start = threading.Barrier(len(chosen))
    won: list[str] = []
    lock = threading.Lock()

    def run(name: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work() as session:
                    acts[name][0](session, petition_id, 1)
            except (StaleVersion, IllegalTransition) as error:
                with lock:
                    report.refused[type(error).__name__] += 1
                return
            except (DomainError, Exception) as error:
                with lock:
                    report.wrong.append(f"{name}: {error!r}"[:200])
                return
            with lock:
                won.append(name)

    threads = [threading.Thread(target=run, args=(name,)) for name in chosen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.rounds += 1
    report.winners.update(won)
    session = db.session()
    with suppress(Exception):
        session.rollback()
    petition = session.get_one(Petition, petition_id, populate_existing=True)
    events = session.execute(select(func.count()).where(PetitionEvent.petition_id == petition_id)).scalar_one()
    if len(won) != 1 or petition.version != 2 or events != 2:
        report.wrong.append(f"{petition.number}: winners {won}, version {petition.version}, {events} events")
    elif any(getattr(petition, column) != value for column, value in acts[won[0]][1].items()):
        report.wrong.append(f"{petition.number}: what {won[0]!r} wrote does not stand")
    session.rollback()


def main() -> int:
    """Run what the command line asks for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, empty_app(Path(scratch), postgresql=asked.postgresql) as app:
        logging.getLogger().setLevel(logging.ERROR)
        load_demo(petitions=5, seed=1, password=PASSWORD)
        report = race(app, asked.rounds, asked.people, random.Random(asked.seed))
        chain = audit.verify(db.session(), 1)
        drift = queue_drift(db.session(), 1)[1]
    print(f"{report.rounds} rounds of {asked.people}: winners {sum(report.winners.values())} {dict(report.winners)}")
    print(f"refused {dict(report.refused)}; rounds that went wrong {len(report.wrong)}; drift {len(drift)};"
          f" first bad entry of the chain {chain.first_bad_seq}")  # fmt: skip
    for line in report.wrong[:10]:
        print(f"  {line}")
    return 0 if not report.wrong and not drift and chain.first_bad_seq is None else 1


if __name__ == "__main__":
    sys.exit(main())
