"""The keys that seal what must not be read from a stolen disk or a backup.

The keys lie in a file of their own, outside the data folder and outside every backup (``DONTHU_KEYS``). Each has a
number; what is sealed names the number of its key, so that new keys can be added while older ones still open what was
sealed with them. The file holds one key a line: the number, a space, 64 hexadecimal digits.

AES-256-GCM with a fresh nonce of 96 bits each time. The *context* (which record, which field) is bound to what is
sealed: moved to another record, it does not open.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.durable import flush

_FORM = 1
_KEY_BYTES = 32
_NONCE_BYTES = 12
_HEAD_BYTES = 5  # the form, then the key's number in four bytes


class SealError(Exception):
    """What was sealed cannot be opened: its key is not here, or it was changed, or it belongs elsewhere."""


class KeyringError(Exception):
    """The file of keys cannot be used; the message is one line for the administrator."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys by number; the highest number seals, all of them open."""

    keys: Mapping[int, bytes]

    @property
    def current(self) -> int:
        """The number of the key that seals."""
        return max(self.keys)

    def seal(self, text: bytes, *, context: str) -> bytes:
        """``text``, sealed under the current key and bound to ``context``."""
        number = self.current
        nonce = os.urandom(_NONCE_BYTES)
        head = bytes([_FORM]) + number.to_bytes(4, "big")
        return head + nonce + AESGCM(self.keys[number]).encrypt(nonce, text, head + context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """What was sealed for ``context``. Raises ``SealError``."""
        number = key_number(sealed)
        key = self.keys.get(number)
        if key is None:
            raise SealError(f"key {number} is not in the file of keys")
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        try:
            return AESGCM(key).decrypt(nonce, sealed[_HEAD_BYTES + _NONCE_BYTES :], head + context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealError("changed since it was sealed, or sealed for something else") from error


def key_number(sealed: bytes) -> int:
    """The number of the key that ``sealed`` needs. Raises ``SealError`` where nothing was sealed."""
    if len(sealed) < _HEAD_BYTES + _NONCE_BYTES or sealed[0] != _FORM:
        raise SealError("this was not sealed by this program")
    return int.from_bytes(sealed[1:_HEAD_BYTES], "big")


def load(path: Path) -> Keyring:
    """The keys in the file ``path``; the first start makes the file with its first key. Raises ``KeyringError``."""
    try:
        if not path.exists():
            _write_new(path, f"1 {secrets.token_hex(_KEY_BYTES)}\n")
        return Keyring(_parse(path))
    except OSError as error:
        raise KeyringError(f"{path}: {error.strerror}") from error


def add_key(path: Path) -> int:
    """Add a key, which seals from now on, to the file ``path``; return its number. Raises ``KeyringError``."""
    try:
        keys = _parse(path)
        number = max(keys) + 1
        keys[number] = secrets.token_bytes(_KEY_BYTES)
        _replace(path, "".join(f"{each} {key.hex()}\n" for each, key in sorted(keys.items())))
    except OSError as error:
        raise KeyringError(f"{path}: {error.strerror}") from error
    return number


def _parse(path: Path) -> dict[int, bytes]:
    keys: dict[int, bytes] = {}
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        number, _, digits = line.strip().partition(" ")
        if not number:
            continue
        try:
            key = bytes.fromhex(digits)
            if not number.isdigit() or len(key) != _KEY_BYTES or int(number) in keys:
                raise ValueError(number)
        except ValueError as error:
            # The line itself must not reach a log.
            raise KeyringError(f"{path}: a line that is no key (number, space, 64 hexadecimal digits)") from error
        keys[int(number)] = key
    if not keys:
        raise KeyringError(f"{path}: holds no key")
    return keys


def _write_new(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _draft(path, text)
    try:
        # Two processes that start together: the first one's file stays.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    flush(path.parent)


def _replace(path: Path, text: str) -> None:
    _draft(path, text).replace(path)
    flush(path.parent)


def _draft(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=".keys-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
