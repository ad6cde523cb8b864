"""Kills the sweep again and again and proves that it left nothing half done.

    .venv/bin/python -m bench.sweep_chaos [--petitions 5000] [--kills 20] [--database both]

Every petition is late. Two sweeps run at once, in processes of their own; one of them is killed (``kill -9``) after a
random moment and a new one started, until nothing is left. Then each petition must have been escalated exactly once and
each level told exactly once, the stored clocks, counters and order must equal what the rules derive (``flask clock
check``, ``flask queue check``), and the audit chain must hold.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from bench.building import environment
from bench.sweep import Say, application, command, fill, postgresql
from core import audit
from core.database import db
from core.settings import CHECKOUT
from petitions.models import ClockAlert, Petition, PetitionEvent

BATCH = 50
SEED = 1


def _start(folder: Path, url: str) -> subprocess.Popen[str]:
    more = {"DATABASE_URL": url} if url else {}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "clock", "sweep", "--json", "--batch", str(BATCH)],
        cwd=CHECKOUT,
        env=environment(folder, **more),
        stdout=subprocess.PIPE,
        text=True,
    )


def _escalated() -> int:
    db.session.rollback()
    by_sweep = select(func.count()).select_from(PetitionEvent).where(PetitionEvent.action == "escalate")
    return db.session().execute(by_sweep).scalar_one()


def torment(folder: Path, url: str, kills: int, say: Say) -> int:
    """Run two sweeps at once and kill one after the other; return how many were killed at work."""
    dice = random.Random(SEED)  # noqa: S311 - moments
    killed = 0
    steady = _start(folder, url)
    while killed < kills:
        victim = _start(folder, url)
        before = _escalated()
        while victim.poll() is None and _escalated() == before:
            time.sleep(0.01)
        time.sleep(dice.random() * 0.4)
        if victim.poll() is not None:
            break
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        killed += 1
        if killed % 4 == 0:
            # The other one as well, in the middle of whatever it does.
            steady.send_signal(signal.SIGKILL)
            steady.communicate()
            steady = _start(folder, url)
    steady.communicate()
    say(f"killed {killed} at work; escalated so far: {_escalated()}")
    last = json.loads(_start(folder, url).communicate()[0])
    say(f"the last sweep found {last['looked_at']} clocks left")
    return killed


def prove(folder: Path, url: str, petitions: int) -> None:
    """End the run where anything is missing, double or off."""
    session = db.session()
    session.rollback()
    late = set(session.scalars(select(Petition.id).where(Petition.external_ref.like("SWEEP-%"))))
    events = session.scalars(
        select(PetitionEvent.petition_id).where(PetitionEvent.action == "escalate", PetitionEvent.actor_id.is_(None))
    ).all()
    of_late = [petition_id for petition_id in events if petition_id in late]
    if len(late) != petitions or sorted(of_late) != sorted(late):
        raise SystemExit(f"{len(late)} late, {len(of_late)} escalations of {len(set(of_late))}")
    clock = (ClockAlert.petition_id, ClockAlert.rule_id, ClockAlert.started_on, ClockAlert.level)
    twice = session.execute(select(*clock).group_by(*clock).having(func.count() > 1)).all()
    told = set(session.scalars(select(ClockAlert.petition_id).where(ClockAlert.level == "late")))
    if twice or not late <= told:
        raise SystemExit(f"{len(twice)} levels told twice, {len(late - told)} petitions of which nobody was told")
    office_id = session.scalars(select(Petition.office_id).limit(1)).one()
    if audit.verify(session, office_id).first_bad_seq is not None:
        raise SystemExit("the audit chain is broken")
    for check in ("clock", "queue"):
        command(folder, url, check, "check")


def run(name: str, url: str, petitions: int, kills: int, say: Say) -> str:
    """One database: fill it, torment the sweep, prove; return the line for the report."""
    with tempfile.TemporaryDirectory(prefix="donthu-chaos-") as work:
        folder = Path(work)
        fill(folder, url, petitions, lambda line: say(f"{name}: {line}"))
        with application(folder, url):
            killed = torment(folder, url, kills, lambda line: say(f"{name}: {line}"))
            prove(folder, url, petitions)
    return f"{name}: {petitions} late petitions, {killed} sweeps killed at work; each escalated once, no difference"


def main() -> None:
    """Read the arguments, run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    chosen = parser.parse_args()

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    if chosen.database != "postgresql":
        print(run("SQLite", "", chosen.petitions, chosen.kills, say))
    if chosen.database != "sqlite":
        with postgresql() as fresh:
            print(run("PostgreSQL", fresh(), chosen.petitions, chosen.kills, say))


if __name__ == "__main__":
    main()
