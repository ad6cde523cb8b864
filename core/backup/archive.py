"""The file of a backup: a tar inside age. Written and read as a stream, never whole in memory.

The first member is the manifest, the last one lists the size and SHA-256 of every member before it. age itself seals
each 64 KiB and the end: a flipped byte, a missing piece and a cut file do not open.
"""

import hashlib
import io
import json
import os
import re
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyrage

from core.backup import BackupFailed
from core.durable import flush

MANIFEST, DIGESTS = "manifest.json", "digests.json"
FORMAT = "donthu-backup-1"
# What may lie in a backup; anything else is refused, so that a name can never lead out of the folder.
_ALLOWED = re.compile(
    r"manifest\.json|digests\.json|database\.(sqlite3|dump)|secret_key|lookup_key|uploads/[0-9a-zA-Z_-]{2}/[0-9a-zA-Z_-]{1,64}"
)
_CHUNK = 256 * 1024


class _Counted:
    """A stream that is read once, its size and hash known at the end."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        self.size += len(data)
        return data


@dataclass
class Writer:
    """Adds members to a backup that is being made."""

    _tar: tarfile.TarFile
    _digests: dict[str, list[object]] = field(default_factory=dict)

    def add(self, name: str, source: IO[bytes], size: int) -> str:
        """Add ``size`` bytes of ``source`` as member ``name``; return their SHA-256. Raises ``OSError``."""
        about = tarfile.TarInfo(name)
        about.size = size
        about.mode = 0o600
        counted = _Counted(source)
        self._tar.addfile(about, counted)
        self._digests[name] = [counted.size, counted.digest.hexdigest()]
        return counted.digest.hexdigest()

    def add_json(self, name: str, value: object) -> None:
        """Add ``value`` as JSON."""
        data = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode()
        self.add(name, io.BytesIO(data), len(data))

    def close(self) -> None:
        """Add the list of all members, which ends a backup."""
        self.add_json(DIGESTS, dict(self._digests))


@contextmanager
def writing(path: Path, recipients: list[str]) -> Iterator[Writer]:
    """Write a new backup to ``path``, for whoever has the key to one of ``recipients``; all of it or nothing.

    Raises ``BackupFailed``.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    except OSError as error:
        raise BackupFailed(f"{draft}: {error.strerror}") from error
    reading, sending = os.pipe()
    failed: list[BaseException] = []
    keys = [_recipient(text) for text in recipients]

    def seal() -> None:
        try:
            with os.fdopen(reading, "rb") as plain, os.fdopen(handle, "wb") as sealed:
                pyrage.encrypt_io(plain, sealed, keys)
                sealed.flush()
                os.fsync(sealed.fileno())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=seal, daemon=True)
    thread.start()
    try:
        with os.fdopen(sending, "wb") as plain, tarfile.open(fileobj=plain, mode="w|", bufsize=_CHUNK) as tar:
            writer = Writer(tar)
            yield writer
            writer.close()
        thread.join()
        if failed:
            raise failed[0]
        draft.replace(path)
        flush(path.parent)
    except BrokenPipeError as error:
        thread.join()
        draft.unlink(missing_ok=True)
        raise BackupFailed(f"{path}: {_why(failed[0] if failed else error)}") from error
    except BaseException as error:
        thread.join()
        draft.unlink(missing_ok=True)
        if isinstance(error, BackupFailed) or not isinstance(error, Exception):
            raise
        raise BackupFailed(f"{getattr(error, 'filename', None) or path}: {_why(error)}") from error


def _why(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).partition("\n")[0]


def _recipient(text: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        raise BackupFailed(
            "the recipient is no public key (age1…); make a pair with: flask backup keygen FILE"
        ) from error


def identity_of(path: Path) -> Any:
    """The private key in the file ``path``. Raises ``BackupFailed``."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return pyrage.x25519.Identity.from_str(keys[0])
    except OSError as error:
        raise BackupFailed(f"{path}: {error.strerror}") from error
    except (IndexError, pyrage.IdentityError) as error:
        raise BackupFailed(f"{path}: holds no private key of age") from error


def read(
    path: Path, identity: Any, take: Callable[[str, IO[bytes]], None], told: Callable[[int], None] = lambda _size: None
) -> Mapping[str, Any]:
    """Open the backup ``path`` and hand every member to ``take``, in order; return the manifest.

    Everything is held against the list at the end. What was taken must not be used before this returns. ``told`` hears
    how many bytes of the file were read so far. Raises ``BackupFailed`` for a wrong key and for whatever is not as it
    was written.
    """
    reading, sending = os.pipe()
    failed: list[BaseException] = []

    def unseal() -> None:
        try:
            with path.open("rb") as sealed, os.fdopen(sending, "wb") as plain:
                pyrage.decrypt_io(_Told(sealed, told), plain, [identity])
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=unseal, daemon=True)
    thread.start()
    fault: BaseException | None = None
    manifest: Mapping[str, Any] = {}
    try:
        with os.fdopen(reading, "rb") as plain:
            manifest = _members(plain, take)
            # To the very end: only then is the last piece proved.
            while plain.read(_CHUNK):
                pass
    except Exception as error:
        fault = error
    thread.join()
    if failed and not isinstance(failed[0], BrokenPipeError):
        raise BackupFailed(f"{path}: {_unsealing(failed[0])}") from failed[0]
    if fault is not None:
        if isinstance(fault, BackupFailed):
            raise fault
        raise BackupFailed(f"{path}: {_why(fault)}") from fault
    return manifest


class _Told:
    """A file that tells how far it was read."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        self._file, self._told, self._done = file, told, 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._done += len(data)
        self._told(self._done)
        return data


def _unsealing(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error)
    if "matching" in text.lower():
        return "this key does not open it"
    return "changed or cut since it was written"


def _members(plain: IO[bytes], take: Callable[[str, IO[bytes]], None]) -> Mapping[str, Any]:
    found: dict[str, list[object]] = {}
    manifest: Mapping[str, Any] = {}
    listed: Mapping[str, Any] | None = None
    with tarfile.open(fileobj=plain, mode="r|", bufsize=_CHUNK) as tar:
        for member in tar:
            if listed is not None or not member.isreg() or not _ALLOWED.fullmatch(member.name) or member.name in found:
                raise BackupFailed(f"{member.name[:100]!r} does not belong into a backup")
            source = tar.extractfile(member)
            if source is None:
                raise BackupFailed(f"{member.name} cannot be read")
            counted = _Counted(source)
            if member.name == DIGESTS:
                listed = json.loads(counted.read())
                continue
            if member.name == MANIFEST:
                manifest = json.loads(counted.read())
                if manifest.get("format") != FORMAT:
                    raise BackupFailed("made by another version of the program")
            elif not manifest:
                raise BackupFailed("the manifest is missing")
            else:
                take(member.name, counted)  # type: ignore[arg-type]  # it only reads
            while counted.read(_CHUNK):
                pass
            found[member.name] = [counted.size, counted.digest.hexdigest()]
    if listed is None:
        raise BackupFailed("it ends too early")
    if listed != found:
        names = sorted(name for name in {*listed, *found} if listed.get(name) != found.get(name))
        raise BackupFailed(f"not as it was written: {', '.join(names[:5])}")
    return manifest
