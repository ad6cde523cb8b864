"""Files that are broken or made to hurt: each ends its own reading at most, within limits that are real."""

import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest

from core.settings import CHECKOUT
from documents.text import office, running
from documents.text.limits import MEGABYTE, Limits
from documents.text.outcome import Outcome, TextState
from documents.text.running import Died, read_apart
from tests.documents.samples import PDF, docx, package
from tests.documents.texts import (
    DOCX_TYPE,
    LAUGHS,
    LOCKED_PDF,
    ODT_TYPE,
    PDF_TYPE,
    ROUND_PDF,
    WORD,
    XLSX_TYPE,
    docx_of,
    paragraphs,
    pdf_of,
)

Apart = Callable[..., Outcome]


@pytest.fixture
def apart(tmp_path: Path) -> Apart:
    def run(data: bytes, media_type: str, limits: Limits | None = None) -> Outcome:
        path = tmp_path / "file"
        path.write_bytes(data)
        return read_apart(path, media_type, limits)

    return run


def bomb() -> bytes:
    """A letter of Word of some hundred kilobytes that unpacks to more than is taken."""
    return docx_of("<w:p/>" * (office.MOST_UNPACKED // 6 + 10))


def lying(data: bytes) -> bytes:
    """A package that says its parts are tiny."""
    out = bytearray(data)
    place = out.rfind(b"PK\x01\x02")
    out[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(out)


def with_password() -> bytes:
    out = bytearray(package({"word/document.xml": b"<d/>"}))
    out[6] |= 1
    place = out.rfind(b"PK\x01\x02")
    out[place + 8] |= 1
    return bytes(out)


class Hostile(NamedTuple):
    name: str
    data: bytes
    media_type: str
    state: TextState
    detail: str


SOUND = docx_of(paragraphs("Đơn kiến nghị"))
CORPUS = [
    Hostile("empty", b"", PDF_TYPE, TextState.FAILED, "damaged"),
    Hostile("empty text", b"", "text/plain", TextState.NONE, ""),
    Hostile("empty package", b"", DOCX_TYPE, TextState.FAILED, "damaged"),
    Hostile("truncated package", SOUND[: len(SOUND) // 2], DOCX_TYPE, TextState.FAILED, "damaged"),
    Hostile("wrong extension", SOUND, PDF_TYPE, TextState.FAILED, "damaged"),
    Hostile("wrong package", SOUND, ODT_TYPE, TextState.FAILED, "damaged"),
    Hostile("no xml", docx(), XLSX_TYPE, TextState.NONE, ""),
    Hostile("broken xml", docx_of("<w:p>"), DOCX_TYPE, TextState.FAILED, "damaged"),
    Hostile(
        "entities", docx_of("<w:p><w:r><w:t>&i;</w:t></w:r></w:p>", LAUGHS), DOCX_TYPE, TextState.FAILED, "damaged"
    ),
    Hostile(
        "outside entity",
        docx_of("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        DOCX_TYPE,
        TextState.FAILED,
        "damaged",
    ),
    Hostile("bomb", bomb(), DOCX_TYPE, TextState.FAILED, "bloated"),
    Hostile("deep", docx_of("<w:p>" * 5_000 + "</w:p>" * 5_000), DOCX_TYPE, TextState.FAILED, "bloated"),
    Hostile("password", with_password(), DOCX_TYPE, TextState.LOCKED, "locked"),
    Hostile("encrypted pdf", LOCKED_PDF, PDF_TYPE, TextState.LOCKED, "locked"),
    Hostile("not much of a pdf", b"%PDF-1.7\n%%EOF", PDF_TYPE, TextState.FAILED, "damaged"),
]


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_a_hostile_file_fails_alone_and_says_why(apart: Apart, case: Hostile) -> None:
    found = apart(case.data, case.media_type)
    assert (found.state, found.detail, found.text) == (case.state, case.detail, "")


@pytest.mark.parametrize("data", [ROUND_PDF, PDF, pdf_of("cắt cụt giữa chừng")[:-300]], ids=["round", "bare", "cut"])
def test_an_odd_pdf_comes_to_an_end(apart: Apart, data: bytes) -> None:
    assert apart(data, PDF_TYPE).state in (TextState.NONE, TextState.FAILED, TextState.READ, TextState.SCAN)


def test_a_package_that_lies_about_its_sizes_is_counted_all_the_same(apart: Apart) -> None:
    found = apart(lying(bomb()), DOCX_TYPE)
    assert found.state is TextState.FAILED
    assert found.detail in ("bloated", "damaged")


def test_a_file_of_everything_at_random_never_gets_through(apart: Apart) -> None:
    for seed in range(4):
        noise = zlib.compress(bytes([seed]) * 1000) * 200
        for head, media_type in ((b"%PDF-1.5\n", PDF_TYPE), (b"PK\x03\x04", DOCX_TYPE)):
            assert apart(head + noise, media_type).state in (TextState.FAILED, TextState.NONE)


# The limits are real: each is tried on the reading process itself.


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Have the reading process do something else once its limits are in force."""

    def put(code: str) -> None:
        package = tmp_path / "otherwise"
        package.mkdir()
        lines = [
            "import os, sys, time, subprocess",
            "from documents.text import limits",
            "limits.confine(limits.Limits(*map(int, sys.argv[2:5])))",
            "limits.without_children()",
            code,
        ]
        (package / "child.py").write_text("\n".join(lines), encoding="utf-8")
        real = sys.executable
        starter = tmp_path / "python"
        starter.write_text(f'#!/bin/sh\nshift 2\nexec {real} {package / "child.py"} "$@"\n', encoding="utf-8")
        starter.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(starter))
        monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
        monkeypatch.setattr(running, "_KEPT_VARIABLES", (*running._KEPT_VARIABLES, "PYTHONPATH"))

    return put


SMALL = Limits(memory=200 * MEGABYTE, cpu_seconds=1, wall_seconds=3)


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("data = bytearray(400 * 1024 * 1024)", "crashed"),
        ("while True: pass", "killed"),
        ("time.sleep(60)", "slow"),
        ("os.write(1, b'x' * (9 * 1024 * 1024)); os.write(1, b'x')", "crashed"),
        ("[open('/dev/null') for _ in range(100)]", "crashed"),
        ("os.kill(os.getpid(), 11)", "killed"),
        ("sys.exit(3)", "crashed"),
        ("print('no json')", "crashed"),
        ('print(\'{"state": "waiting", "text": ""}\')', "crashed"),
        ('print(\'{"state": "none", "text": "x", "pages": 0}\')', "crashed"),
    ],
)
def test_a_process_that_goes_beyond_its_limits_is_ended(
    apart: Apart, doing: Callable[[str], None], code: str, seen: str
) -> None:
    doing(code)
    began = time.monotonic()
    with pytest.raises(Died) as died:
        apart(b"x", "text/plain", SMALL)
    assert died.value.code in (seen, "slow")
    assert time.monotonic() - began < 8


def test_one_that_will_not_go_is_killed_with_all_it_started(
    apart: Apart, doing: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pid"
    doing(
        "import signal, resource\nsignal.alarm(0)\n"
        "other = subprocess.Popen(['sleep', '60']) if os.getuid() == 0 else None\n"
        f"open({str(note)!r}, 'w').write(str(other.pid if other else os.getpid()))\n"
        "time.sleep(60)"
    )
    monkeypatch.setattr(running, "_GRACE_SECONDS", 0)
    with pytest.raises(Died, match="slow"):
        apart(b"x", "text/plain", Limits(wall_seconds=2))
    left = int(note.read_text(encoding="utf-8"))
    for _ in range(50):
        if not is_running(left):
            break
        time.sleep(0.1)
    assert not is_running(left)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_reading_process_knows_no_secret(
    apart: Apart, doing: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@host/name")
    doing(
        "import json\n"
        "handles = sorted(int(n) for n in os.listdir('/proc/self/fd'))\n"
        "text = ' '.join([*os.environ, *os.environ.values()]) + ' handles ' + str(len(handles))\n"
        "print(json.dumps({'state': 'read', 'text': text, 'pages': 0, 'method': '', 'detail': '', 'cut': False}))"
    )
    said = apart(b"x", "text/plain").text
    assert "password" not in said
    assert "DATABASE_URL" not in said
    # Standard input, output, error, and the folder that was just listed.
    assert said.endswith("handles 4")


def test_a_picture_of_endless_size_is_refused(apart: Apart) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"/>')
        archive.writestr("word/media/image1.png", bytes(30 * MEGABYTE))
    # What is no text is not unpacked at all.
    began = time.process_time()
    assert apart(out.getvalue(), DOCX_TYPE).state is TextState.NONE
    assert time.process_time() - began < 5
