"""The index on disk: commits, superseding, merging, rebuilding, and every way in which it may be unusable."""

import hashlib
import hmac
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest
from whoosh import query as whoosh_query
from whoosh.index import FileIndex

from search.analysis import word_key
from search.engines import (
    SEALED_TERM,
    WORDS,
    Document,
    IndexState,
    IndexUnavailable,
    bits,
)  # fmt: skip
from search.engines.index_folder import schema
from search.engines.signed_storage import SignedStorage
from search.engines.whoosh_engine import WhooshEngine
from search.ground import Ground
from search.matching import Matches
from search.parsing import parse
from tests.search.making import dice_of, document
from tests.search.test_engine_contract import find, texts

SECRET = b"secret of this installation"


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(tmp_path / "index", SECRET)
    with made.exclusive():
        made.start_empty()
        made.append((), resume_after=-1)
    return made


def add(engine: WhooshEngine, *documents: Document, remove: Iterable[int] = ()) -> None:
    with engine.exclusive():
        engine.append(documents, remove=remove)


def tidy(engine: WhooshEngine) -> int:
    merged = 0
    with engine.exclusive():
        while engine.tidy():
            merged += 1
    return merged


def test_it_is_an_index_that_whoosh_itself_can_search(engine: WhooshEngine, tmp_path: Path) -> None:
    made = [document(n, title, body) for n, title, body in texts(dice_of(9), 120)]
    add(engine, *made[:70])
    add(engine, *made[70:], document(3, "chỉ còn tiếng ồn", version=2))
    (folder,) = (tmp_path / "index").glob("index-*")
    key = hmac.new(SECRET, b"search index", hashlib.sha256).digest()
    index = FileIndex(SignedStorage(folder, key), schema=schema())
    with index.searcher() as searcher:
        assert searcher.doc_count() == 120
        wanted = whoosh_query.And(
            [whoosh_query.Term(WORDS, word_key("duong", "0-1+2+f")), whoosh_query.Term(WORDS, word_key("an", ""))]
        )
        answer = sorted(hit["id"] for hit in searcher.search(wanted, limit=None))
    snapshot = engine.snapshot()
    ours = snapshot.exact(WORDS, word_key("duong", "0-1+2+f")) & snapshot.exact(WORDS, word_key("an", ""))
    assert answer == bits.members(ours)
    assert answer


def test_a_reader_keeps_what_it_opened(engine: WhooshEngine) -> None:
    add(engine, *[document(n, "đất đai") for n in range(1, 30)])
    before = engine.snapshot()
    for n in range(30, 60):
        add(engine, document(n, "đất đai"))
    tidy(engine)
    with engine.exclusive():
        builder = engine.start_rebuild()
        builder.publish()
    assert Matches(parse("dat dai"), before).total == 29
    assert Matches(parse("dat dai"), engine.snapshot()).total == 0


def test_what_a_killed_rebuild_left_is_cleared_by_the_next(engine: WhooshEngine, tmp_path: Path) -> None:
    left_over = tmp_path / "index" / "index-0123456789ab"
    left_over.mkdir()
    (left_over / "rebuilding").touch()
    builder = engine.start_rebuild()
    assert not left_over.exists()
    with engine.exclusive():
        builder.publish()
    assert engine.status().state is IndexState.READY


def test_a_merge_gives_way(engine: WhooshEngine) -> None:
    for n in range(1, 20):
        add(engine, document(n, "đất đai"))
    with engine.exclusive():
        assert not engine.tidy(lambda: True)
    assert engine.snapshot().segments == 19
    assert len(find(engine, "dat dai")) == 19
    assert tidy(engine) > 0
    assert len(find(engine, "dat dai")) == 19


def test_folders_and_files_are_the_owners_alone(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, document(1, "đất đai"))
    for path in (tmp_path / "index", *(tmp_path / "index").rglob("*")):
        if path.name == "MAIN_WRITELOCK":
            continue  # made by Whoosh; it is empty
        assert stat.S_IMODE(path.stat().st_mode) in (0o700, 0o600), path


# Ways in which there is no index to read


def state_of(root: Path, secret: bytes = SECRET) -> IndexState:
    engine = WhooshEngine(root, secret)
    with pytest.raises(IndexUnavailable) as caught:
        engine.snapshot()
    assert engine.status().state is caught.value.state
    return caught.value.state


def the_folder(root: Path) -> Path:
    (folder,) = root.glob("index-*")
    return folder


def test_no_index(tmp_path: Path) -> None:
    assert state_of(tmp_path / "index") is IndexState.MISSING


def test_a_deleted_index_is_noticed_by_who_had_it_open(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, document(1, "đất đai"))
    assert find(engine, "dat") == [1]
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(IndexUnavailable) as caught:
        engine.snapshot()
    assert caught.value.state is IndexState.MISSING


def test_an_index_of_another_installation_is_never_loaded(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, document(1, "đất đai"))
    assert state_of(tmp_path / "index", b"another secret") is IndexState.FOREIGN


def test_a_table_of_contents_that_somebody_changed_is_never_loaded(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, document(1, "đất đai"))
    (contents,) = the_folder(tmp_path / "index").glob("_MAIN_*.toc")
    trap = tmp_path / "trap"
    payload = b"cbuiltins\nopen\n(V" + str(trap).encode() + b"\nVw\ntR."
    contents.write_bytes(contents.read_bytes()[:40] + payload)
    assert state_of(tmp_path / "index") is IndexState.FOREIGN
    assert not trap.exists()


def test_an_index_of_another_version_is_outdated(engine: WhooshEngine, tmp_path: Path) -> None:
    (the_folder(tmp_path / "index") / "made-by").write_text("don-thu search index, format 0\n")
    assert state_of(tmp_path / "index") is IndexState.OUTDATED


@pytest.mark.parametrize("kind", ["ids", "dct", "pst"])
@pytest.mark.parametrize("fault", ["gone", "empty", "cut", "noise"])
def test_damaged_files_are_reported(engine: WhooshEngine, tmp_path: Path, kind: str, fault: str) -> None:
    add(engine, *[document(n, title, body) for n, title, body in texts(dice_of(1), 200)])
    for path in the_folder(tmp_path / "index").glob(f"MAIN_*.{kind}"):
        content = path.read_bytes()
        if fault == "gone":
            path.unlink()
        else:
            path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "noise": b"\xff" * 64}[fault])
    assert state_of(tmp_path / "index") is IndexState.DAMAGED


def test_damage_inside_a_block_shows_as_damage_when_it_is_read(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, *[document(n, title, body) for n, title, body in texts(dice_of(1), 200)])
    for path in the_folder(tmp_path / "index").glob("MAIN_*.dct"):
        content = bytearray(path.read_bytes())
        middle = slice(len(content) // 10, len(content) * 3 // 4)
        content[middle] = b"\x00" * (middle.stop - middle.start)
        path.write_bytes(content)
    snapshot = WhooshEngine(tmp_path / "index", SECRET).snapshot()
    with pytest.raises(IndexUnavailable) as caught:
        Matches(parse("đất đai nhà cửa"), snapshot).best(5)
    assert caught.value.state is IndexState.DAMAGED


def test_a_pointer_that_leads_out_of_the_folder_is_not_followed(engine: WhooshEngine, tmp_path: Path) -> None:
    outside = tmp_path / "index-outside"
    shutil.copytree(the_folder(tmp_path / "index"), outside)
    (tmp_path / "index" / "current").write_text("../index-outside\n")
    assert state_of(tmp_path / "index") is IndexState.MISSING


def test_an_empty_index_replaces_one_that_cannot_be_read(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, document(1, "đất đai"))
    stranger = WhooshEngine(tmp_path / "index", b"another secret")
    with stranger.exclusive():
        stranger.start_empty()
        assert not stranger.snapshot().complete
        stranger.append([document(5, "đất đai")], resume_after=5)
        assert stranger.snapshot().resume_after == 5
        stranger.append((), resume_after=-1)
    assert stranger.snapshot().complete
    assert find(stranger, "dat dai") == [5]


# What must leave the disk


def everything_on_disk(root: Path) -> bytes:
    """All dictionary blocks, unpacked."""
    engine = WhooshEngine(root, SECRET)
    terms = []
    for view in engine.snapshot()._views:
        terms += [term for _, term, _ in view._data.everything()]
    return b"\n".join(terms)


def test_what_a_petition_said_before_it_was_sealed_leaves_the_disk(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, document(1, "Hoàng Thị Mật tố cáo"), *[document(n, "đất đai") for n in range(2, 30)])
    assert b"mat\x1f" in everything_on_disk(tmp_path / "index")
    add(engine, document(1, "Tố cáo cán bộ", version=2, marks=[SEALED_TERM]))
    assert tidy(engine) == 1
    assert b"mat\x1f" not in everything_on_disk(tmp_path / "index")
    assert len(find(engine, "dat dai")) == 28
    # Once it is sealed, further versions rewrite nothing.
    add(engine, document(1, "Tố cáo cán bộ phường", version=3, marks=[SEALED_TERM]))
    assert tidy(engine) == 0
    assert bits.members(Ground(engine.snapshot()).sealed) == [1]


def test_a_removed_petition_leaves_the_disk(engine: WhooshEngine, tmp_path: Path) -> None:
    add(engine, document(1, "Hoàng Thị Mật"), document(2, "đất đai"))
    add(engine, remove=[1])
    tidy(engine)
    assert b"mat\x1f" not in everything_on_disk(tmp_path / "index")
    assert find(engine, "dat dai") == [2]
