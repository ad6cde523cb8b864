"""Text of plain text files, in the character sets that Vietnamese offices have used."""

import codecs
from typing import IO

from documents.text.errors import Unreadable
from documents.text.gathering import Gathering
from documents.text.outcome import MOST_CHARACTERS, Outcome, TextState

# UTF-16 takes two bytes for a letter, decomposed UTF-8 five.
_MOST_BYTES = 6 * MOST_CHARACTERS
# Windows-1258 has no letters in this range that a Vietnamese text uses; TCVN3 has đ, ư, ơ, ô, â, ê and five à there.
_ONLY_TCVN3 = frozenset(range(0xA7, 0xBF))


def read(stream: IO[bytes], gathering: Gathering) -> Outcome:
    """Gather the text of ``stream``. Raises ``Unreadable`` for bytes of no character set that is known."""
    data = stream.read(_MOST_BYTES)
    gathering.cut = bool(stream.read(1))
    gathering.add(_decoded(data))
    return Outcome(TextState.READ, method="text")


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and len(data) == _MOST_BYTES:
            return data[: error.start].decode("utf-8-sig")  # cut within a letter
    high = [byte for byte in data if byte >= 0x80]
    if sum(byte in _ONLY_TCVN3 for byte in high) * 5 > len(high):
        raise Unreadable("charset")
    return data.decode("cp1258", "replace")
