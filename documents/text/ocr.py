"""Recognising the letters of scans by Tesseract, where it is installed together with Vietnamese."""

import shutil
import subprocess
from functools import cache
from typing import IO

from documents.text.errors import Unreadable
from documents.text.gathering import Gathering
from documents.text.outcome import Outcome, TextState

PROGRAM = "tesseract"
LANGUAGE = "vie"
_PAGE_SECONDS = 60
_PROBE_SECONDS = 20


@cache
def is_available() -> bool:
    """Whether scans can be read here; asked once."""
    program = shutil.which(PROGRAM)
    if program is None:
        return False
    try:
        answer = subprocess.run(  # noqa: S603 - our own words only
            [program, "--list-langs"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return LANGUAGE in answer.stdout.split()


def read(stream: IO[bytes], gathering: Gathering) -> Outcome:
    """Gather the text of a picture. Raises ``Unreadable``."""
    gathering.add(recognise(stream.read()))
    return Outcome(TextState.READ, pages=1, method="ocr")


def recognise(picture: bytes) -> str:
    """The text that ``picture`` shows. Raises ``Unreadable`` where Tesseract finds it damaged or takes too long."""
    try:
        answer = subprocess.run(  # noqa: S603 - the picture is data, the words are our own
            [PROGRAM, "stdin", "stdout", "-l", LANGUAGE, "--psm", "3"],
            input=picture,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PAGE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("slow") from error
    if answer.returncode:
        raise Unreadable("damaged")
    return answer.stdout.decode("utf-8", "replace")
