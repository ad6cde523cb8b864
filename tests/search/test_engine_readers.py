"""Readers of the index beside its writer."""

import threading
from pathlib import Path

from search.engines.whoosh_engine import WhooshEngine
from search.matching import Matches
from search.parsing import parse
from tests.search.making import document
from tests.search.test_whoosh_engine import SECRET, add, tidy


def test_readers_beside_a_writer_see_whole_states_only(tmp_path: Path) -> None:
    """Each commit adds one petition of each of two kinds; a reader must see as many of the one as of the other."""
    engine = WhooshEngine(tmp_path / "index", SECRET)
    with engine.exclusive():
        engine.start_empty()
        engine.append((), resume_after=-1)
    done = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        reader = WhooshEngine(tmp_path / "index", SECRET)
        last = 0
        while not done.is_set():
            try:
                snapshot = reader.snapshot()
                left, right = (Matches(parse(word), snapshot).total for word in ("trai", "phai"))
            except Exception as error:
                wrong.append(error)
                return
            if left != right or left < last:
                wrong.append((left, right, last))
            last = left

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for n in range(1, 121, 2):
        add(engine, document(n, "trái"), document(n + 1, "phải"))
        if n % 20 == 1:
            tidy(engine)
        if n == 61:
            builder = engine.start_rebuild()
            builder.append((document(m, "trái" if m % 2 else "phải") for m in range(1, 63)), resume_after=62)
            with engine.exclusive():
                builder.publish()
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
