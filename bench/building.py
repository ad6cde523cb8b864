"""A data folder with N petitions, made once through the program's own doors and kept between runs.

``flask demo load`` makes the office, its people and some hundred petitions with real histories; ``flask petition
import`` brings in the rest from CSV files; one case gets a long history through the services; the search index is
filled by the worker's own job; ``flask queue check`` and ``flask clock check`` prove that not one counter, due day or
number is off.
"""

import csv
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import delete, select, update

from auth.cli_actor import find_actor
from auth.models import Office
from bench.corpus import Corpus, Text
from bench.stores import Store, Stores
from bench.stores import environment as environment
from bench.truth import Search, quoted, searches
from core import clock
from core.database import db, unit_of_work
from core.outbox import Outbox
from core.settings import load_settings
from core.text import fold
from petitions.importing.aliases import NATIVE_COLUMNS
from petitions.models import Petition
from petitions.services import assignment, records
from petitions.wards import wards
from search.indexing import drain
from search.likeness.grouping import group_some
from search.likeness.services import Keeper
from wsgi import create_app

FORMAT = 1
PASSWORD = "mưa phùn ngoài hiên"  # noqa: S105 - of invented people
DEMO_PETITIONS = 300
ROWS_A_FILE = 100_000
DAYS_BACK = 500
LONG_HISTORY = 90
QUERIES = 20
SEED = 1

_KINDS = ("khiếu nại", "kiến nghị", "tố cáo", "khiếu nại, kiến nghị")
_FIELDS = ("land", "construction-order", "environment", "policy", "officials", "other")
_CHANNELS = ("desk", "post", "online", "forwarded")
_OFFICERS = ("officer1", "officer2", "officer3", "officer4")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """A data folder with its database, and what stands out in it. ``searches`` is empty without an index."""

    store: Store
    petitions: int
    long_case: str
    searches: Mapping[str, Sequence[Search]]


def built(stores: Stores, petitions: int, *, say: Say, index: bool = True) -> Built:
    """The data with ``petitions`` petitions (0: the office and one); made, or made ready, when it is not there yet.

    Without ``index`` search knows none of them, and the worker has nothing to do.
    """
    store = stores.kept(petitions)
    note = store.folder / "bench.json"
    if not note.exists():
        _build(stores, store, petitions, note, say, index=index)
    _prove(stores, store, petitions, note, say, index=index)
    known = json.loads(note.read_text(encoding="utf-8"))
    asked = {kind: [Search(*pair) for pair in pairs] for kind, pairs in known["searches"].items()} if index else {}
    return Built(store, petitions, known["long_case"], asked)


def _build(stores: Stores, store: Store, petitions: int, note: Path, say: Say, *, index: bool) -> None:
    if 0 < petitions <= DEMO_PETITIONS:
        raise SystemExit(f"0, or at least {DEMO_PETITIONS + 1} petitions, please")
    started = time.monotonic()

    def tell(what: str) -> None:
        say(f"{petitions} on {stores.kind}: {what} ({time.monotonic() - started:.0f} s)")

    store.folder.mkdir(parents=True, exist_ok=True)
    # A build that was stopped may go on with an index, which then lacks what came before.
    lacking = store.folder / "without-index"
    if not index:
        lacking.touch()
    store.flask("db", "upgrade")
    with _app(store):
        if not (store.folder / "index").exists():
            # Of an empty database: without it the worker would fill it with everything, asked to or not.
            _index()
        _fill(store, petitions, tell, index=index)
        long_case = "" if not petitions else _lengthen()
        _rest(index=index)
    known = {"format": FORMAT, "long_case": long_case, "searches": {}, "index": not lacking.exists()}
    _write_note(note, known | {"swept": False, "proven": False})
    tell("everything is in")


def _fill(store: Store, petitions: int, tell: Say, *, index: bool) -> None:
    with closing(store.truth()) as truth:
        present = truth.petitions()
    demo = DEMO_PETITIONS if petitions else 1
    if not present:
        store.flask("demo", "load", "--petitions", str(demo), "--seed", str(SEED), "--password", PASSWORD)
        tell(f"{demo} demo petitions are in")
    texts = iter(Corpus(max(0, petitions - demo), SEED))
    done = 0
    while chunk := list(islice(texts, ROWS_A_FILE)):
        done += len(chunk)
        if demo + done > present:
            # Each file comes in whole or not at all, so a build that was stopped goes on here.
            file = store.folder / "rows.csv"
            _write(file, chunk)
            store.flask("petition", "import", str(file), "--source", "bench")
            file.unlink()
            tell(f"{done} rows imported")
        _rest(index=index)
        if index:
            tell(f"{done} rows indexed")


def _prove(stores: Stores, store: Store, petitions: int, note: Path, say: Say, *, index: bool) -> None:
    """Make ready what a build, perhaps of long ago and without the index, left out; each of it once."""
    known = json.loads(note.read_text(encoding="utf-8"))
    if known["format"] != FORMAT:
        raise SystemExit(f"{store.folder}: built by another version of this bench; remove it")
    _renew(store)
    if not known.get("swept", False):
        _sweep(store, index=index)
        known["swept"] = True
        _write_note(note, known)
        stores.tidy(store)
        say(f"{petitions} on {stores.kind}: everybody was told of what is late")
    if not known.get("proven", True):
        for group in ("queue", "clock"):
            store.flask(group, "check")
        say(f"{petitions} on {stores.kind}: flask queue check, flask clock check: no difference")
        known["proven"] = True
        _write_note(note, known)
    if not index or known["searches"] or not petitions:
        return
    if not known.get("index", True):
        store.flask("search", "rebuild")
        say(f"{petitions} on {stores.kind}: the search index is made")
    corpus = Corpus(petitions - DEMO_PETITIONS, SEED)
    for _text in corpus:
        pass
    asked = _asked(corpus)
    with closing(store.truth()) as truth:
        counted = searches(truth, [text for texts in asked.values() for text in texts])
    pairs = iter([[search.typed, search.total] for search in counted])
    found = {kind: list(islice(pairs, len(texts))) for kind, texts in asked.items()}
    _write_note(note, known | {"searches": found, "index": True})
    say(f"{petitions} on {stores.kind}: what search must find was counted")


def _renew(store: Store) -> None:
    """Bring the tables to the newest revision; a revision that was changed before its release cannot be caught up."""
    store.flask("db", "upgrade")
    try:
        store.flask("db", "check")
    except SystemExit as error:
        raise SystemExit(f"{error}\n{store.folder}: built with other tables or indexes; remove it") from error


def _sweep(store: Store, *, index: bool) -> None:
    """Do what the worker would otherwise do while pages are measured: tell who has to be told of what is late.

    The office puts no case before a supervisor by itself. Of petitions that were late for months when they came in,
    nearly all would be escalated at once, and no office looks like that.
    """
    with _app(store):
        # Through the office's page every limit would be counted anew, and none depends on this.
        with unit_of_work() as work:
            work.execute(update(Office).values(escalate_late=False).execution_options(synchronize_session=False))
        store.flask("clock", "sweep")
        _rest(index=index)


def _write_note(note: Path, known: Mapping[str, object]) -> None:
    written = note.with_suffix(".part")
    written.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    written.replace(note)


@contextmanager
def _app(store: Store) -> Iterator[None]:
    app = create_app(load_settings(store.environment()))
    with app.app_context():
        try:
            yield
        finally:
            # A database can only be copied when nobody is connected.
            db.session.remove()
            db.engine.dispose()


def _asked(corpus: Corpus) -> dict[str, list[str]]:
    """What people type, by how it is typed and how often it is found."""
    phrases = corpus.queries("common phrase of 3", QUERIES)
    return {
        "rare": quoted(corpus.queries("rare", QUERIES)),
        "common": corpus.queries("common", QUERIES),
        "phrase": quoted(phrases),
        "unaccented": [fold(text) for text in phrases],
    }


def _write(file: Path, texts: list[Text]) -> None:
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, NATIVE_COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(_rows(texts))


def _rows(texts: list[Text]) -> Iterator[dict[str, str]]:
    dice = random.Random(SEED + texts[0].number)  # noqa: S311 - made-up rows
    today = clock.today()
    codes = sorted(wards())[:40]
    for text in texts:
        back = dice.randrange(DAYS_BACK)
        kind = dice.choices(_KINDS, weights=(35, 50, 11, 4))[0]
        row = {
            "external_ref": f"BENCH-{text.number:07d}",
            "received_on": _day(today - timedelta(days=back)),
            "channel": dice.choices(_CHANNELS, weights=(60, 20, 12, 8))[0],
            "kind": kind,
            "field": dice.choice(_FIELDS),
            "title": text.title,
            "people_count": str(dice.randrange(5, 60)) if dice.random() < 0.03 else "1",
            "against": "Bộ phận chuyên môn của phường" if dice.random() < 0.4 else "",
            "complex": "1" if dice.random() < 0.04 else "",
            "prominent": "1" if dice.random() < 0.02 else "",
        }
        if kind == "tố cáo":
            # The import refuses a denunciation that seems to tell who wrote it, and chance words may.
            row["title"] = "Tố cáo việc gây phiền hà"
            row["body"] = "Tóm tắt: cán bộ gây phiền hà khi giải quyết thủ tục. " * dice.randint(1, 8)
        else:
            row |= {
                "body": text.body,
                "ward_code": dice.choice(codes),
                "petitioner_name": text.name,
                "petitioner_phone": text.phone,
                "petitioner_id_number": text.identity,
                "petitioner_address": "số 8 Đường Giả Định",
            }
        yield row | _standing(dice, today, back)


def _standing(dice: random.Random, today: date, back: int) -> dict[str, str]:
    """Where a petition of ``back`` days ago stands: the older, the more surely resolved; about one in six is open."""
    if dice.random() < (0.55 if back < 30 else 0.13):
        match dice.choices(("received", "assigned", "unit", "escalated"), weights=(25, 60, 7, 8))[0]:
            case "received":
                return {"status": "received"}
            case "unit":
                return {"status": "assigned", "unit": "Văn hóa - Xã hội"}
            case state:
                return {"status": state, "officer": dice.choice(_OFFICERS)}
    day = today - timedelta(days=back - dice.randint(0, min(back, 40)))
    return {"status": "resolved", "resolved_on": _day(day), "disposition": "guided", "officer": dice.choice(_OFFICERS)}


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _rest(*, index: bool) -> None:
    """Leave nothing for the worker to do: index what waits, or let it go."""
    if index:
        _index()
        return
    with unit_of_work() as work:
        work.execute(delete(Outbox))


def _index() -> None:
    """Do the worker's job until nothing waits."""
    while drain(limit=2_000):
        pass
    keeper, session = Keeper(), db.session()
    while keeper.drain(session, limit=1_000) or group_some(session):
        pass


def _lengthen() -> str:
    session = db.session()
    boss, officer, other = (find_actor(name) for name in ("supervisor1", "officer1", "officer2"))
    found = select(Petition.id, Petition.number).where(
        Petition.officer_id == officer.id, Petition.state == "assigned", Petition.sealed.is_(False)
    )
    petition_id, number = session.execute(found.order_by(Petition.id.desc()).limit(1)).one()
    with unit_of_work() as work:
        for step in range(LONG_HISTORY):
            if step % 6 == 5:
                to = other if step % 12 == 5 else officer
                assignment.assign(work, petition_id, by=boss, officer_id=to.id, reason="Chuyển người xử lý")
            else:
                records.add_note(work, petition_id, by=boss, text=f"Đã liên hệ và hẹn làm việc lần {step + 1}.")
    return str(number)
