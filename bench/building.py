"""A data folder with N petitions, made once through the program's own doors and kept between runs.

``flask demo load`` makes the office, its people and some hundred petitions with real histories; ``flask petition
import`` brings in the rest from CSV files; one case gets a long history through the services; the search index is
filled by the worker's own job; ``flask queue check`` proves that not one counter, due day or number is off.
"""

import csv
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from auth.cli_actor import find_actor
from bench.corpus import Corpus, Text
from bench.truth import Search, Truth, quoted, searches
from core import clock
from core.database import db, unit_of_work
from core.settings import CHECKOUT, load_settings
from core.text import fold
from petitions.importing.aliases import NATIVE_COLUMNS
from petitions.models import Petition
from petitions.services import assignment, records
from petitions.wards import wards
from search.indexing import drain
from wsgi import create_app

FORMAT = 1
PASSWORD = "mưa phùn ngoài hiên"  # noqa: S105 - of invented people
DEMO_PETITIONS = 300
ROWS_A_FILE = 100_000
DAYS_BACK = 500
LONG_HISTORY = 90
QUERIES = 20
SEED = 1
DATABASE = "donthu.sqlite3"

_KINDS = ("khiếu nại", "kiến nghị", "tố cáo", "khiếu nại, kiến nghị")
_FIELDS = ("land", "construction-order", "environment", "policy", "officials", "other")
_CHANNELS = ("desk", "post", "online", "forwarded")
_OFFICERS = ("officer1", "officer2", "officer3", "officer4")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """A data folder and what stands out in it."""

    folder: Path
    petitions: int
    long_case: str
    searches: Mapping[str, Sequence[Search]]

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / DATABASE


def built(folder: Path, petitions: int, *, say: Say) -> Built:
    """The data folder with ``petitions`` petitions under ``folder``; made, or made ready, when it is not there yet."""
    place = folder / f"{petitions}"
    note = place / "bench.json"
    if not note.exists():
        _build(place, petitions, note, say)
    known = json.loads(note.read_text(encoding="utf-8"))
    if known["format"] != FORMAT:
        raise SystemExit(f"{place}: built by another version of this bench; remove it")
    asked = {kind: [Search(*pair) for pair in pairs] for kind, pairs in known["searches"].items()}
    return Built(place, petitions, known["long_case"], asked)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a program over the data folder ``folder``."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "PORT", "HOST"}}
    return kept | {"DONTHU_DATA": str(folder), "DONTHU_DEMO": "0", "PYTHONUTF8": "1"} | more


def flask(folder: Path, *words: str) -> str:
    """What a command of the program prints; its failure ends the bench."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", *words],
        cwd=CHECKOUT,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"flask {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _build(place: Path, petitions: int, note: Path, say: Say) -> None:
    if petitions <= DEMO_PETITIONS:
        raise SystemExit(f"at least {DEMO_PETITIONS + 1} petitions, please")
    started = time.monotonic()

    def tell(what: str) -> None:
        say(f"{petitions}: {what} ({time.monotonic() - started:.0f} s)")

    place.mkdir(parents=True, exist_ok=True)
    flask(place, "db", "upgrade")
    app = create_app(load_settings(environment(place)))
    _index(app)
    present = Truth(place / DATABASE).petitions()
    if not present:
        flask(
            place, "demo", "load", "--petitions", str(DEMO_PETITIONS), "--seed", str(SEED), "--password", PASSWORD
        )  # fmt: skip
        tell(f"{DEMO_PETITIONS} demo petitions are in")
    corpus = Corpus(petitions - DEMO_PETITIONS, SEED)
    texts = iter(corpus)
    done = 0
    while chunk := list(islice(texts, ROWS_A_FILE)):
        done += len(chunk)
        if DEMO_PETITIONS + done > present:
            # Each file comes in whole or not at all, so a build that was stopped goes on here.
            file = place / "rows.csv"
            _write(file, chunk)
            flask(place, "petition", "import", str(file), "--source", "bench")
            file.unlink()
            tell(f"{done} rows imported")
        _index(app)
        tell(f"{done} rows indexed")
    with app.app_context():
        long_case = _lengthen()
    _index(app)
    flask(place, "queue", "check")
    tell("flask queue check: no difference")
    asked = _asked(corpus)
    counted = searches(place / DATABASE, [text for texts in asked.values() for text in texts])
    pairs = iter([[search.typed, search.total] for search in counted])
    found = {kind: list(islice(pairs, len(texts))) for kind, texts in asked.items()}
    note.write_text(
        json.dumps({"format": FORMAT, "long_case": long_case, "searches": found}, ensure_ascii=False), encoding="utf-8"
    )
    tell("what search must find was counted")


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


def _index(app: Flask) -> None:
    """Do the worker's job until nothing waits."""
    with app.app_context():
        while drain(limit=2_000):
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
