"""A folder whose table of contents is signed with the installation's key, and is flushed to disk before it counts.

Whoosh keeps its table of contents as a pickle, and reading a pickle can run a program that it contains. The signature
is therefore checked before the file is opened: a folder copied from elsewhere, or changed by somebody who does not
have the key, is refused. The segment files hold no pickles (see ``bitmap_codec``).
"""

import hashlib
import hmac
import os
import re
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from core.durable import flush

_CONTENTS = re.compile(r"_MAIN_(\d+)\.toc")
_SIGNATURE = ".sig"


class ForeignFile(Exception):
    """A table of contents without the right signature."""


class SignedStorage(FileStorage):  # type: ignore[misc]  # Whoosh has no types
    """Whoosh's folder, with signature and flush."""

    def __init__(self, folder: Path, key: bytes) -> None:
        super().__init__(str(folder), supports_mmap=False)
        self._key = key
        self._unflushed: set[str] = set()

    def create_file(self, name: str, excl: bool = False, mode: str = "wb", **kwargs: Any) -> Any:
        """Create a file that only the owner may read."""
        file = super().create_file(name, excl=excl, mode=mode, **kwargs)
        os.fchmod(file.fileno(), 0o600)
        self._unflushed.add(name)
        return file

    def open_file(self, name: str, **kwargs: Any) -> Any:
        """Open a file; raises ``ForeignFile`` for a table of contents that is not ours."""
        if _CONTENTS.fullmatch(name):
            path = Path(self._fpath(name))
            try:
                signature = path.with_name(name + _SIGNATURE).read_bytes()
            except FileNotFoundError:
                signature = b""
            if not hmac.compare_digest(signature, self._sign(path.read_bytes())):
                raise ForeignFile(name)
        return super().open_file(name, **kwargs)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Rename, which is how Whoosh makes a commit count: everything it speaks of is on disk before and after."""
        if _CONTENTS.fullmatch(newname):
            self._flush_new_files()
            signature = Path(self._fpath(newname + _SIGNATURE))
            signature.write_bytes(self._sign(Path(self._fpath(oldname)).read_bytes()))
            signature.chmod(0o600)
            flush(signature)
        super().rename_file(oldname, newname, safe=safe)
        flush(Path(self.folder))

    def delete_file(self, name: str) -> None:
        """Delete a file, and the signature with a table of contents."""
        super().delete_file(name)
        if _CONTENTS.fullmatch(name):
            Path(self._fpath(name + _SIGNATURE)).unlink(missing_ok=True)

    def _flush_new_files(self) -> None:
        for name in self._unflushed:
            path = Path(self._fpath(name))
            if path.exists():
                flush(path)
        self._unflushed.clear()

    def _sign(self, content: bytes) -> bytes:
        return hmac.new(self._key, content, hashlib.sha256).digest()
