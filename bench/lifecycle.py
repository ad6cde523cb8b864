"""Whole lives of petitions through HTTP: create, assign, resolve, search until found. How many a second of server CPU?

    .venv/bin/python -m bench.lifecycle --petitions 0 100000 [1000000] [--database both] [--no-index]
        [--lifecycles 200] [--clients 1 2] [--json FILE]

Server CPU is that of the web process, of the background worker until everything is indexed, and of PostgreSQL where it
is the database; the bench's own is left out. Beside it, in the same run, what the barest server needs for as many
answers: three bare inserts and a bare page. Each answer is checked, and in the end the database. See
``bench/README.md``.
"""

import argparse
import itertools
import json
import platform
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.building import PASSWORD, Built, built
from bench.client import Client, Untrue
from bench.lifecycle_figures import STEPS, Cpu, Figure, Life, StepFigure, tables
from bench.serving import Served, bare, free_port, program
from bench.stores import KINDS, Store, Stores, add_arguments, opened_stores
from bench.tasks import INTAKE, rows_of, saved_number
from bench.truth import Truth
from core import clock

WARM_UP = 30
SEARCH_SECONDS = 60
INDEX_SECONDS = 300
LOOK_SECONDS = 0.1
_LETTERS = "bcdghklmnpqrstvx"


class Team:
    """Reception, supervisor and officer of one client, each with a connection of their own."""

    def __init__(self, port: int, officer_id: int, words: Iterator[str]) -> None:
        self._desk = Client(port).log_in("reception1", PASSWORD)
        self._boss = Client(port).log_in("supervisor1", PASSWORD)
        self._officer = Client(port).log_in("officer1", PASSWORD)
        self._desk.read_key(self._desk.get("/petitions/new").expect(200))
        for person in (self._boss, self._officer):
            person.read_key(person.get("/").expect(200))
        self._officer_id = officer_id
        self._words = words

    def live(self) -> Life:
        """One whole lifecycle. Raises ``Untrue`` for a wrong answer."""
        number, word, created = self.create()
        steps = {"create": created, "assign": self.assign(number), "resolve": self.resolve(number)}
        steps["search"], asked = self.find(number, word)
        return Life(number, steps, asked)

    def create(self) -> tuple[str, str, float]:
        """Register a petition: its number, the word that only it has, and the seconds that it took."""
        word = next(self._words)
        typed = {
            **INTAKE,
            "body": f"{INTAKE['body']}\nViệc liên quan tới {word}.",
            "intake_token": str(uuid.uuid4()),
            "received_on": _today(),
        }
        answer = self._desk.post("/petitions/new", typed, multipart=True).expect(302)
        return saved_number(answer), word, answer.seconds

    def assign(self, number: str) -> float:
        """Give it to the officer."""
        return self._step(self._boss, number, "assign", 1, {"officer_id": str(self._officer_id)})

    def resolve(self, number: str) -> float:
        """Answer it with a signed document."""
        document = {
            "disposition": "answered",
            "decision_number": f"{number[-6:-2]}/UBND-TD",
            "decision_on": _today(),
            "decision_signer": "Phan Văn Lãnh Đạo",
            "resolution_note": "Đã xem xét và trả lời công dân bằng văn bản.",
        }
        return self._step(self._officer, number, "resolve", 2, document)

    def find(self, number: str, word: str) -> tuple[float, int]:
        """Search for the word until the petition is found: the seconds until then, and how often it was asked."""
        started = time.perf_counter()
        for asked in itertools.count(1):
            found = rows_of(self._boss.get("/search?" + urlencode({"q": word})).expect(200))
            seconds = time.perf_counter() - started
            if found == [number]:
                return seconds, asked
            if found or seconds > SEARCH_SECONDS:
                raise Untrue(f"search for {word} finds {found} instead of {number} after {seconds:.1f} s")
        raise AssertionError

    def _step(self, who: Client, number: str, action: str, version: int, typed: dict[str, str]) -> float:
        cookies = dict(who.cookies)
        answer = who.post(f"/petitions/{number}/{action}", {"version": str(version), **typed}).expect(302)
        # The page that would show "done" is not fetched; what waits to be shown must not pile up in the cookie.
        who.cookies = cookies
        if answer.location != f"/petitions/{number}":
            raise Untrue(f"{action} of {number} leads to {answer.location}")
        return answer.seconds


def _today() -> str:
    return f"{clock.today():%d/%m/%Y}"


def _made_up() -> Iterator[str]:
    """Words that no petition has: letters that make no syllable, others in each run."""
    beginning = "".join(_LETTERS[int(digit, 16)] for digit in uuid.uuid4().hex[:6])
    for at in itertools.count():
        yield beginning + "".join(_LETTERS[int(digit, 16)] for digit in f"{at:05x}")


@dataclass(frozen=True, slots=True)
class Site:
    """One served program."""

    stores: Stores
    store: Store
    one: Built
    served: Served
    truth: Truth

    def teams(self, clients: int, words: Iterator[str]) -> list[Team]:
        """So many clients, logged in."""
        officer_id = self.truth.user("officer1")
        return [Team(self.served.port, officer_id, words) for _ in range(clients)]

    def indexed(self) -> float:
        """Wait until the worker has indexed everything; the seconds that it took."""
        started = time.monotonic()
        while time.monotonic() - started < INDEX_SECONDS:
            self.truth.forget()
            if not self.truth.number("SELECT count(*) FROM outbox WHERE consumer = 'search'"):
                return time.monotonic() - started
            time.sleep(LOOK_SECONDS)
        raise SystemExit(f"the index was not up after {INDEX_SECONDS} seconds")


def measure(site: Site, floor: "Floor", clients: int, lifecycles: int, words: Iterator[str]) -> Figure:
    """Live so many lifecycles by so many clients at once."""
    teams = site.teams(clients, words)
    for team in teams:
        for _ in range(WARM_UP):
            team.live()
    site.indexed()
    site.served.settle()
    bare_seconds = floor.cpu(lifecycles)
    before, started = Cpu.of(site.served), time.perf_counter()
    lives = _at_once(teams, lifecycles)
    wall = time.perf_counter() - started
    indexed_after = site.indexed()
    used = Cpu.of(site.served).since(before)
    _proven(site.truth, lives)
    count = len(lives)
    walls = {step: sorted(life.steps[step] for life in lives) for step in STEPS}
    return Figure(
        site.stores.kind,
        site.one.petitions,
        bool(site.one.searches) or not site.one.petitions,
        clients,
        count,
        count / used.all,
        count / wall,
        used.web * 1000 / count,
        used.worker * 1000 / count,
        used.database * 1000 / count,
        indexed_after * 1000,
        max(life.asked for life in lives),
        {step: statistics.median(walls[step]) * 1000 for step in STEPS},
        {step: walls[step][min(count - 1, int(count * 0.95))] * 1000 for step in STEPS},
        count / bare_seconds,
    )


def measure_steps(site: Site, count: int, words: Iterator[str]) -> list[StepFigure]:
    """What each step costs web and worker: all petitions do one, and the worker comes to rest before the next."""
    team = site.teams(1, words)[0]
    for _ in range(WARM_UP):
        team.live()
    made: list[tuple[str, str]] = []
    doing: dict[str, Callable[[], object]] = {
        "create": lambda: made.extend(team.create()[:2] for _ in range(count)),
        "assign": lambda: [team.assign(number) for number, _ in made],
        "resolve": lambda: [team.resolve(number) for number, _ in made],
        "search": lambda: [team.find(number, word) for number, word in made],
    }
    figures = []
    for step in STEPS:
        site.indexed()
        site.served.settle()
        before = Cpu.of(site.served)
        doing[step]()
        site.indexed()
        used = Cpu.of(site.served).since(before)
        parts = (used.web * 1000 / count, used.worker * 1000 / count, used.database * 1000 / count)
        figures.append(StepFigure(site.stores.kind, site.one.petitions, step, *parts))
    return figures


class Floor:
    """The barest server: for a lifecycle it inserts three rows and answers one page."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._client = Client(served.port)
        self.cpu(WARM_UP)

    def cpu(self, times: int) -> float:
        """Seconds of CPU for so many lifecycles."""
        typed = {"title": INTAKE["title"], "body": INTAKE["body"]}
        before = self._served.web_cpu()
        for _ in range(times):
            for _ in range(3):
                self._client.post("/", typed).expect(302)
            self._client.get("/").expect(200)
        return self._served.web_cpu() - before


def _at_once(teams: Sequence[Team], lifecycles: int) -> list[Life]:
    """Each team lives its share at the same time as the others."""
    lives: list[list[Life]] = [[] for _ in teams]
    failures: list[BaseException] = []

    def run(at: int) -> None:
        try:
            lives[at] = [teams[at].live() for _ in range(lifecycles // len(teams))]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(teams))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"a lifecycle failed: {failures[0]}")
    return [life for share in lives for life in share]


def _proven(truth: Truth, lives: Sequence[Life]) -> None:
    """The database holds each of them, resolved, with its three acts."""
    truth.forget()
    numbers = {life.number for life in lives}
    if len(numbers) != len(lives):
        raise SystemExit("two lifecycles have one number")
    for number in numbers:
        acts = truth.column(
            "SELECT action FROM petition_event WHERE petition_id ="
            " (SELECT id FROM petition WHERE number = :number AND state = 'resolved') ORDER BY id",
            number=number,
        )
        if acts != ["receive", "assign", "resolve"]:
            raise SystemExit(f"{number} has the acts {acts}")


@contextmanager
def opened(stores: Stores, size: int, chosen: argparse.Namespace, work: Path) -> Iterator[Site]:
    """A copy of the data of that size, served; and in the end proven."""
    one = built(stores, size, say=_say, index=not chosen.no_index)
    copy = stores.copied(one.store, work)
    with ExitStack() as stack:
        served = stack.enter_context(program(copy, free_port(chosen.port and chosen.port + 1), stores.cpu(copy)))
        truth = stack.enter_context(closing(copy.truth()))
        served.settle()
        yield Site(stores, copy, one, served, truth)
        if not chosen.no_proof:
            for group in ("queue", "clock") if chosen.no_index else ("queue", "clock", "search"):
                copy.flask(group, "check")
            _say(f"{size} on {stores.kind}: the checks found no difference")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--petitions", type=int, nargs="+", default=[0])
    add_arguments(parser)
    parser.add_argument("--lifecycles", type=int, default=200, help="of each number of clients")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2], help="at once")
    parser.add_argument("--port", type=int, default=0, help="first of the two ports used; 0: any that are free")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--no-proof", action="store_true", help="skip the checks of counters and clocks at the end")
    chosen = parser.parse_args()
    folder: Path = chosen.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    steps: list[StepFigure] = []
    for kind in KINDS[chosen.database]:
        with opened_stores(kind, folder, chosen.postgresql_folder) as stores:
            for size in chosen.petitions:
                found = _measured(stores, size, chosen, folder)
                figures += found[0]
                steps += found[1]
                # At once: whatever stops the next size takes nothing away from this one.
                print(f"Python {platform.python_version()}\n\n{tables(figures, steps)}\n", flush=True)
                if chosen.json:
                    written = {"lifecycles": list(map(asdict, figures)), "steps": list(map(asdict, steps))}
                    chosen.json.write_text(json.dumps(written, indent=2), encoding="utf-8")


def _measured(
    stores: Stores, size: int, chosen: argparse.Namespace, folder: Path
) -> tuple[list[Figure], list[StepFigure]]:
    words, figures = _made_up(), []
    with tempfile.TemporaryDirectory(prefix="run-", dir=folder) as name:
        work = Path(name)
        with bare(work, free_port(chosen.port)) as barest, opened(stores, size, chosen, work) as site:
            floor = Floor(barest)
            try:
                for clients in chosen.clients:
                    figures.append(measure(site, floor, clients, chosen.lifecycles, words))
                    _say(f"{size} on {stores.kind}, {clients} at once: {figures[-1].a_cpu_second:.1f} a CPU second")
                steps = measure_steps(site, max(10, chosen.lifecycles // 4), words)
            except Untrue as error:
                raise SystemExit(f"{size} on {stores.kind}: {error}") from error
    return figures, steps


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
