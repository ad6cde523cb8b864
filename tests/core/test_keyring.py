"""Keys: what is sealed opens with its key, in its place, unchanged, and nowhere else."""

import stat
from pathlib import Path

import pytest

from core import keyring
from core.keyring import Keyring, KeyringError, SealError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring"


def test_what_is_sealed_opens_again_and_does_not_show(path: Path) -> None:
    keys = keyring.load(path)
    sealed = keys.seal("Nguyễn Văn Kín".encode(), context="petition:1:name")
    assert "Kín".encode() not in sealed
    assert keys.open(sealed, context="petition:1:name").decode() == "Nguyễn Văn Kín"
    assert sealed != keys.seal("Nguyễn Văn Kín".encode(), context="petition:1:name")


def test_it_opens_only_in_its_own_place_and_unchanged(path: Path) -> None:
    keys = keyring.load(path)
    sealed = keys.seal(b"secret", context="petition:1:name")
    with pytest.raises(SealError):
        keys.open(sealed, context="petition:2:name")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealError):
            keys.open(changed, context="petition:1:name")
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            keys.open(sealed[:length], context="petition:1:name")


def test_a_new_key_seals_and_the_old_one_still_opens(path: Path) -> None:
    before = keyring.load(path)
    old = before.seal(b"old", context="x")
    assert keyring.add_key(path) == 2
    after = keyring.load(path)
    new = after.seal(b"new", context="x")
    assert (keyring.key_number(old), keyring.key_number(new)) == (1, 2)
    assert after.open(old, context="x") == b"old"
    with pytest.raises(SealError, match="key 2 is not in the file"):
        before.open(new, context="x")


def test_the_file_is_the_owners_alone_and_is_kept(path: Path) -> None:
    first = keyring.load(path)
    keyring.add_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keyring.load(path).keys[1] == first.keys[1]
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring"]


@pytest.mark.parametrize("text", ["", "1 abc\n", "x " + "0" * 64, "1 " + "0" * 62, ("1 " + "0" * 64 + "\n") * 2])
def test_a_damaged_file_is_refused_without_showing_it(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(KeyringError) as caught:
        keyring.load(path)
    assert "000000" not in str(caught.value)


def test_the_newest_key_seals() -> None:
    keys = Keyring({1: bytes(32), 7: bytes(31) + b"7"})
    assert keys.current == 7
