"""Which passwords may be chosen."""

import re

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from auth import passwords
from core.text import fold

GOOD = [
    "ba con mèo vàng",
    "trời hôm nay xanh",
    "correct horse battery",
    "8391-2047-5518-66",
    "839201748392",
    "Tám giờ sáng ra chợ",
    "aB3$xY9!qW2z",
    "phường tôi nhiều cây bàng",
    "x" * 64 + " nửa đêm " + "y" * 55,
]
TOO_SHORT = ["", "mèo vàng", "abcdefghijk"]
EASY = [
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "123123123123",
    "123456789012",
    "1234567890123456",
    "987654321098",
    "abcdefghijklmn",
    "qwertyuiop123",
    "qwertyuiopasdfghjkl",
    "1q2w3e4r5t6y",
    "password1234",
    "P@ssw0rd2026!",
    "Matkhau@123456",
    "mật khẩu 2026",
    "matkhau_matkhau",
    "anhyeuem123456",
    "UBND phường 2026",
    "ubndphuong2026!",
    "TiepCongDan@2026",
    "Donthu-demo-2026",
    "Admin@123456789",
    "quantri!!!!2026",
    "nguyenvanan2026",
    "officer1officer1",
    "Nguyễn Văn An 12",
]


@pytest.fixture(autouse=True)
def _inside(app: Flask) -> object:
    with app.app_context():
        yield


@pytest.mark.parametrize("password", GOOD)
def test_good_passwords_are_taken(password: str) -> None:
    assert passwords.fault(password, ("officer1", "Nguyễn Văn An")) is None


@pytest.mark.parametrize("password", TOO_SHORT)
def test_short_ones_are_not(password: str) -> None:
    fault = passwords.fault(password)
    assert fault is not None
    assert str(passwords.MIN_LENGTH) in fault


@pytest.mark.parametrize("password", EASY)
def test_easy_ones_are_not(password: str) -> None:
    assert passwords.fault(password, ("officer1", "Nguyễn Văn An")) is not None


def test_the_longest_password_works_and_a_longer_one_is_refused() -> None:
    longest = ("ba con mèo vàng " * 8)[: passwords.MAX_LENGTH - 1] + "!"
    assert passwords.fault(longest) is None
    kept = passwords.hash_password(longest)
    assert passwords.matches(kept, longest)
    assert not passwords.matches(kept, longest + "x")
    assert passwords.fault(longest + "x") is not None


def test_what_is_judged_is_what_is_kept() -> None:
    """Nothing is cut off: a password differs from its beginning."""
    kept = passwords.hash_password("ba con mèo vàng")
    assert passwords.matches(kept, "ba con mèo vàng")
    for other in ("ba con mèo vàn", "ba con mèo vàng ", "Ba con mèo vàng", "ba con meo vang", ""):
        assert not passwords.matches(kept, other)


def test_nobody_has_no_password() -> None:
    assert not passwords.matches(None, "")
    assert not passwords.matches(None, "ba con mèo vàng")


def test_one_time_passwords_are_readable_and_new() -> None:
    made = {passwords.one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[b-df-hjkmnp-tv-z2-9]{4}(-[b-df-hjkmnp-tv-z2-9]{4}){3}", password) for password in made)
    assert not [password for password in made if passwords.fault(password, ("officer1",))]


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=3))
def test_any_text_gets_an_answer(password: str, own: list[str]) -> None:
    fault = passwords._is_common(fold(password), own)
    assert fault in {True, False}
