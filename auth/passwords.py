"""Passwords: which may be chosen, how they are kept, and one-time passwords that can be read aloud.

The rules follow OWASP ASVS 5.0, 6.2: a least length, a list of common passwords and words of the office, no rules of
composition (6.2.5) and no forced change by age (6.2.10).
"""

import functools
import hashlib
import secrets
from collections.abc import Iterable

from werkzeug.security import check_password_hash, generate_password_hash

from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line, fold, nfc

MIN_LENGTH = 12
MAX_LENGTH = 128

# OWASP's figures for scrypt with 32 MB of memory: about 0.2 s of one core.
HASH_METHOD = "scrypt:32768:8:3"

# Left after the common words are taken out: fewer letters than this add nothing that a guesser would not try.
_LEAST_OWN_LETTERS = 4

_ONE_TIME_LETTERS = "bcdfghjkmnpqrstvwxz23456789"

_COMMON_WORDS = (
    # Common anywhere.
    "password", "passw", "pass", "letmein", "welcome", "iloveyou", "admin", "administrator", "root", "user", "login",
    "test", "demo", "default", "changeme", "change", "secret", "master", "monkey", "dragon", "football", "sunshine",
    "princess", "superman", "computer", "internet", "qwerty", "qwertyuiop", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm",
    # Common in Viet Nam.
    "matkhau", "matma", "quantri", "nguoidung", "dangnhap", "anhyeuem", "emyeuanh", "yeuem", "yeuanh", "toiyeu",
    "vietnam", "hanoi", "saigon", "hochiminh", "haiphong", "danang", "cantho", "nguyen", "khongbiet", "khongco",
    "giadinh", "hanhphuc", "maimai", "conyeu", "bome", "mauday", "xinchao",
    # Words of the office.
    "ubnd", "uyban", "nhandan", "phuong", "quan", "thanhpho", "donthu", "tiepdan", "tiepcongdan", "congdan",
    "khieunai", "tocao", "kiennghi", "phananh", "vanphong", "canbo", "chuyenvien", "lanhdao", "motcua", "bophan",
    "reception", "officer", "supervisor", "petition", "office", "ward",
)  # fmt: skip
_RUNS = ("0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t6y")
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")

RULES = (
    _l("At least %(count)s characters; a sentence of several words is good.", count=MIN_LENGTH),
    _l("Not a common password, and not made of your user name or of words of the office."),
    _l("Capitals, digits and signs are allowed but not demanded."),
)


def normalise(password: str) -> str:
    """``password`` as it is compared: the same letters typed by another input method give the same text."""
    return nfc(password)


def fault(password: str, own_words: Iterable[str] = ()) -> str | None:
    """Why ``password`` may not be chosen, as a message for its field; None when it may.

    ``own_words`` are what is known of the person: user name, full name.
    """
    text = normalise(password)
    if len(text) < MIN_LENGTH:
        return str(_("The password is too short: it needs at least %(count)s characters.", count=MIN_LENGTH))
    if len(text) > MAX_LENGTH:
        return str(_("The password is too long: at most %(count)s characters.", count=MAX_LENGTH))
    if _is_common(fold(text), own_words):
        return str(
            _("This password is easy to guess. Choose one that is not common and not made of your name or office.")
        )
    return None


def hash_password(password: str) -> str:
    """The hash under which ``password`` is kept. Slow on purpose (about 0.2 s)."""
    return generate_password_hash(normalise(password), method=HASH_METHOD)


def print_of(password_hash: str) -> str:
    """What the audit chain keeps of a stored password: enough to see that another one was put in its place."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:32]


def matches(password_hash: str | None, password: str) -> bool:
    """Whether ``password`` is the one kept. Without a hash (unknown user): no, after the same work."""
    text = normalise(password)[: MAX_LENGTH + 1]
    # Made even when it is not needed: else the first unknown name of a process would take longer than others.
    nobodys = _nobodys_hash(HASH_METHOD)
    known = check_password_hash(password_hash or nobodys, text)
    return known and password_hash is not None and len(text) <= MAX_LENGTH


def one_time_password() -> str:
    """A random password of 76 bits in four groups, without letters that are mistaken for one another."""
    return "-".join("".join(secrets.choice(_ONE_TIME_LETTERS) for _ in range(4)) for _ in range(4))


@functools.cache
def _nobodys_hash(method: str) -> str:
    return generate_password_hash(secrets.token_urlsafe(32), method=method)


def _is_common(folded: str, own_words: Iterable[str]) -> bool:
    return _repeats(folded) or _is_run(folded) or _is_made_of_words(folded, own_words)


def _repeats(folded: str) -> bool:
    """Whether a short piece, again and again, makes the whole: aaaaaaaaaaaa, abc123abc123abc123."""
    return any(folded == (folded[:size] * len(folded))[: len(folded)] for size in range(1, len(folded) // 2 + 1))


def _is_run(folded: str) -> bool:
    """Whether the text walks along the keyboard, the alphabet or the digits: 123456789012, qwertyuiop12."""
    plain = "".join(letter for letter in folded if letter.isalnum())
    for run in sorted(_RUNS, key=len, reverse=True):
        for size in range(len(run), 3, -1):
            for start in range(len(run) - size + 1):
                plain = plain.replace(run[start : start + size], "")
    return len(plain) < _LEAST_OWN_LETTERS


def _is_made_of_words(folded: str, own_words: Iterable[str]) -> bool:
    own = [fold(clean_line(phrase)) for phrase in own_words]
    words = {*_COMMON_WORDS, *("".join(filter(str.isalpha, phrase)) for phrase in own)}
    words.update(word for phrase in own for word in phrase.split())
    usable = sorted((word for word in words if len(word) >= 3), key=len, reverse=True)
    return any(
        _rest(letters, usable) < _LEAST_OWN_LETTERS
        for letters in (
            "".join(filter(str.isalpha, folded)),
            "".join(filter(str.isalpha, folded.translate(_LOOKALIKES))),
        )
        if letters
    )


def _rest(letters: str, words: Iterable[str]) -> int:
    found = False
    for word in words:
        if word in letters:
            found = True
            letters = letters.replace(word, " ")
    # Without any known word there is nothing to object to: a password of digits and signs may be a good one.
    return len(letters.replace(" ", "")) if found else _LEAST_OWN_LETTERS
