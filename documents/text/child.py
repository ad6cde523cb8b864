"""The process that reads one file: ``python -m documents.text.child TYPE LIMITS [ocr]``, the file on standard input.

It knows neither database nor secrets, answers with one line of JSON on standard output and ends. Whatever the file
makes it do, only its own reading fails.
"""

import json
import sys
from typing import IO

from documents.text import limits, ocr, office, pdf, plain
from documents.text.errors import Unreadable
from documents.text.gathering import Full, Gathering, has_words
from documents.text.limits import Limits
from documents.text.ocr import Recognise
from documents.text.outcome import Outcome, TextState

_OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
}
_PDF = "application/pdf"
# Of the wall clock; what is left is for drawing pages and for the answer.
_SHARE_OF_RECOGNISING = 0.8


def main(words: list[str]) -> None:
    """Read the file on standard input as ``words`` say, within the limits that they name."""
    media_type, memory, cpu, wall = words[0], *map(int, words[1:4])
    recognising = words[4:] == ["ocr"]
    limits.confine(Limits(memory, cpu, wall))
    if not recognising:
        limits.without_children()
    recognise = ocr.Recogniser(wall * _SHARE_OF_RECOGNISING) if recognising else None
    outcome = read(sys.stdin.buffer, media_type, recognise)
    answer = {"state": outcome.state, "text": outcome.text, "pages": outcome.pages, "method": outcome.method}
    json.dump(answer | {"detail": outcome.detail, "cut": outcome.cut}, sys.stdout)


def read(stream: IO[bytes], media_type: str, recognise: Recognise | None = None) -> Outcome:
    """What comes of reading ``stream``; scans are read by ``recognise``."""
    gathering = Gathering(wrapped=media_type not in _OFFICE)
    outcome = Outcome(TextState.READ, detail="full")
    try:
        outcome = _gather(stream, media_type, gathering, recognise)
    except Full:
        pass
    except Unreadable as error:
        # Pages that were read before the broken one are worth keeping.
        if not has_words(gathering.text):
            return Outcome(error.state, detail=error.code)
        outcome, gathering.cut = Outcome(TextState.READ, detail=error.code), True
    except MemoryError:
        return Outcome(TextState.FAILED, detail="memory")
    text = gathering.text
    if outcome.state is TextState.READ and not has_words(text):
        return Outcome(TextState.NONE, pages=outcome.pages, method=outcome.method, cut=gathering.cut)
    kept = text if outcome.state is TextState.READ else ""
    return Outcome(outcome.state, kept, outcome.pages, outcome.method, outcome.detail, gathering.cut)


def _gather(stream: IO[bytes], media_type: str, gathering: Gathering, recognise: Recognise | None) -> Outcome:
    if media_type in _OFFICE:
        return office.read(stream, gathering, kind=_OFFICE[media_type])
    if media_type == "text/plain":
        return plain.read(stream, gathering)
    if media_type == _PDF:
        return pdf.read(stream, gathering, recognise)
    if recognise is None:
        return Outcome(TextState.SCAN, detail="no-ocr")
    return ocr.read(stream, gathering, recognise)


if __name__ == "__main__":
    main(sys.argv[1:])
