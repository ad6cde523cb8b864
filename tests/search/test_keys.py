"""Keys of Telex and VNI that no input method turned into Vietnamese."""

import pytest

from search.keys import telex, vni


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("khieesu", "khiếu"), ("naij", "nại"), ("ddaats", "đất"), ("dduwowngf", "đường"), ("Nguyeenx", "Nguyễn"),
        ("quyeets", "quyết"), ("giaays", "giấy"), ("hoaf", "hòa"), ("thuyr", "thủy"), ("uwngs", "ứng"),
        ("trawngs", "trắng"),        ("nghieepj", "nghiệp"), ("phuwowngf", "phường"), ("toos", "tố"), ("caos", "cáo"),
    ],
)  # fmt: skip
def test_telex(keys: str, word: str) -> None:
    assert telex(keys) == word


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("khie6u1", "khiếu"), ("na5i", "nại"), ("d9a6t1", "đất"), ("d9u7o7ng2", "đường"), ("Nguye6n4", "Nguyễn"),
        ("tra8ng1", "trắng"), ("pho61", "phố"), ("thu3y", "thủy"),
    ],
)  # fmt: skip
def test_vni(keys: str, word: str) -> None:
    assert vni(keys) == word


@pytest.mark.parametrize("word", ["", "x", "165", "bcd", "đất", "165/20", "a" * 40, "1a", "tt7"])
def test_what_is_no_keys_stays_as_it_is(word: str) -> None:
    assert vni(word) == word
    assert telex(word) == word
