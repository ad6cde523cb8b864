"""Recognising the letters of scans by Tesseract, where it is installed together with Vietnamese."""

import shutil
import subprocess
import time
from collections.abc import Callable
from functools import cache
from typing import IO

from documents.text.errors import Unreadable
from documents.text.gathering import Gathering
from documents.text.outcome import Outcome, TextState

PROGRAM = "tesseract"
LANGUAGE = "vie"
BETWEEN_PAGES = "\f"
Recognise = Callable[[bytes], str]
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


class Recogniser:
    """Recognises picture after picture until its time is used up; so much of a long scan is read as there is time."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def __call__(self, picture: bytes) -> str:
        """The text of all pages of ``picture``, parted by form feeds.

        Raises ``Unreadable`` where Tesseract finds it damaged, or ``TooSlow`` where the time is used up.
        """
        try:
            answer = subprocess.run(  # noqa: S603 - the picture is data, the words are our own
                [PROGRAM, "stdin", "stdout", "-l", LANGUAGE, "--psm", "3"],
                input=picture,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=max(0.0, self._until - time.monotonic()),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            # Tesseract speaks when some pages have come together; what it said stands in the error.
            so_far = error.stdout if isinstance(error.stdout, bytes) else b""
            raise TooSlow(so_far.decode("utf-8", "ignore")) from error
        if answer.returncode:
            raise Unreadable("damaged")
        return answer.stdout.decode("utf-8", "replace")


class TooSlow(Unreadable):
    """There is no time left; ``so_far`` is what was recognised of the last picture."""

    def __init__(self, so_far: str) -> None:
        super().__init__("slow")
        self.so_far = so_far


def read(stream: IO[bytes], gathering: Gathering, recognise: Recognise) -> Outcome:
    """Gather the text of a picture, which may have several pages. Raises ``Unreadable``."""
    try:
        text = recognise(stream.read())
    except TooSlow as error:
        gathering.add(error.so_far)
        raise
    gathering.add(text.replace(BETWEEN_PAGES, "\n"))
    return Outcome(TextState.READ, pages=1 + text.count(BETWEEN_PAGES), method="ocr")
