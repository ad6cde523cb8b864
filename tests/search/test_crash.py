"""A writer that is killed: the index stands as it was, and the next writer goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.engines import bits
from search.engines.whoosh_engine import WhooshEngine
from search.matching import Matches
from search.parsing import parse
from tests.search.making import document

CHECKOUT = Path(__file__).resolve().parents[2]
SECRET = b"crash"
WRITER = """
import sys
from pathlib import Path
from search.engines.whoosh_engine import WhooshEngine
from tests.search.making import document

engine = WhooshEngine(Path(sys.argv[1]), b"crash")
number = int(sys.argv[2])
while True:
    with engine.exclusive():
        engine.append([document(number + n, "đất đai " + "chữ%d " % n, "thân %d " % number * 40) for n in range(60)])
        engine.tidy()
    number += 60
    print(number, flush=True)
"""


@pytest.mark.parametrize("commits", [1, 3, 9])
def test_killed_in_the_middle_of_indexing(tmp_path: Path, commits: int) -> None:
    engine = WhooshEngine(tmp_path / "index", SECRET)
    with engine.exclusive():
        engine.start_empty()
        engine.append([document(1, "đất đai")], resume_after=-1)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "index"), "100"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    said = [int(writer.stdout.readline()) for _ in range(commits)]
    time.sleep(0.003 * commits)  # somewhere inside the next commit
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    said += [int(line) for line in writer.stdout]
    writer.stdout.close()

    snapshot = engine.snapshot()
    held = bits.members(snapshot.held)
    # Whole commits only, and all that were announced.
    assert (len(held) - 1) % 60 == 0
    assert held == [1, *range(100, 100 + len(held) - 1)]
    assert len(held) - 1 >= said[-1] - 100
    assert Matches(parse("dat dai"), snapshot).total == len(held)
    with engine.exclusive():
        engine.append([document(2, "đất đai")])
        while engine.tidy():
            pass
    assert Matches(parse("dat dai"), engine.snapshot()).total == len(held) + 1
    (folder,) = (tmp_path / "index").glob("index-*")
    known = {view._data.name for view in engine.snapshot()._views}
    assert {path.name.partition(".")[0] for path in folder.glob("MAIN_*.*")} == known


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from search.engines.whoosh_engine import WhooshEngine
from tests.search.making import document

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
engine = WhooshEngine(Path(sys.argv[1]), b"crash")
refused = 0
for number in range(5):
    try:
        with engine.exclusive():
            engine.append([document(1000 + 60 * number + n, "đất đai " + "chữ%d " % n) for n in range(60)])
            engine.tidy()
    except OSError:
        refused += 1
print(refused)
"""


@pytest.mark.parametrize("bytes_left", [0, 45, 100, 500, 900, 1_500, 2_500])
def test_a_full_disk_leaves_the_index_as_it_was(tmp_path: Path, bytes_left: int) -> None:
    """No file can grow beyond so many bytes: the table of contents, the signature, or one of a segment's files."""
    engine = WhooshEngine(tmp_path / "index", SECRET)
    with engine.exclusive():
        engine.start_empty()
        engine.append([document(n, "đất đai") for n in range(1, 40)], resume_after=-1)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "index"), str(bytes_left)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    refused = int(done.stdout)
    assert refused > 0
    held = Matches(parse("dat dai"), WhooshEngine(tmp_path / "index", SECRET).snapshot()).total
    assert held == 39 + 60 * (5 - refused)
    with engine.exclusive():
        engine.append([document(5000, "đất đai")])
        while engine.tidy():
            pass
    assert Matches(parse("dat dai"), engine.snapshot()).total == held + 1


READER = """
import os, sys
from pathlib import Path
from search.engines import IndexUnavailable
from search.engines.whoosh_engine import WhooshEngine

snapshot = WhooshEngine(Path(sys.argv[1]), b"crash").snapshot()
for path in Path(sys.argv[1]).glob("index-*/MAIN_*.*"):
    if path.suffix in (".dct", ".pst"):
        os.truncate(path, path.stat().st_size // 3)
for number in range(3000):
    try:
        snapshot.spelled("w", f"chu{number}")
    except IndexUnavailable as error:
        print(error.state.value)
        break
"""


def test_a_file_cut_short_while_it_is_read_ends_nobody(tmp_path: Path) -> None:
    """The reader learns that the index is damaged; a mapped file would have ended its process."""
    engine = WhooshEngine(tmp_path / "index", SECRET)
    with engine.exclusive():
        engine.start_empty()
        made = [document(n, f"đất đai chu{n} chu{n + 1}", f"tu{n} " * 5) for n in range(1, 3000)]
        engine.append(made, resume_after=-1)
    done = subprocess.run(
        [sys.executable, "-c", READER, str(tmp_path / "index")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "damaged"), done.stderr
