"""Reading a file in a process of its own, from the outside: start it, wait, take its answer or its death."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from core.settings import CHECKOUT
from documents.text import ocr
from documents.text.limits import ANSWER, PLAIN, RECOGNISING, Limits
from documents.text.outcome import MOST_CHARACTERS, Outcome, TextState

CHILD = "documents.text.child"
_MAY_BE_SCANS = ("application/pdf", "image/")
# The process ends itself at its own limit; this is for one that cannot.
_GRACE_SECONDS = 5
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX", "SYSTEMROOT")
_SIGNAL_CODES = {signal.SIGALRM: "slow", signal.SIGXCPU: "slow"}


class Died(Exception):
    """The reading process gave no answer; ``code`` says what is known of its end."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def limits_for(media_type: str) -> Limits:
    """What a file of that kind may cost here."""
    return RECOGNISING if media_type.startswith(_MAY_BE_SCANS) and ocr.is_available() else PLAIN


def read_apart(path: Path, media_type: str, limits: Limits | None = None) -> Outcome:
    """What comes of reading the file at ``path``. Raises ``Died`` where its reader ended without an answer."""
    bounds = limits or limits_for(media_type)
    recognising = media_type.startswith(_MAY_BE_SCANS) and ocr.is_available()
    words = [sys.executable, "-m", CHILD, media_type]
    words += [str(bounds.memory), str(bounds.cpu_seconds), str(bounds.wall_seconds)]
    with path.open("rb") as content, tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(  # noqa: S603 - our own module; the file is on its standard input
            [*words, *(["ocr"] if recognising else [])],
            cwd=CHECKOUT,
            env=_environment(),
            stdin=content,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        status = _wait(process, bounds.wall_seconds + _GRACE_SECONDS)
        if status:
            raise Died(_SIGNAL_CODES.get(signal.Signals(-status), "killed") if status < 0 else "crashed")
        return _answer(answer)


def _environment() -> dict[str, str]:
    # Neither the database's address nor any key: what reads hostile files must not know them.
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}


def _wait(process: "subprocess.Popen[bytes]", seconds: int) -> int:
    """The exit status; whatever the process started has ended with it when this returns."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answer(file: IO[bytes]) -> Outcome:
    """What the process wrote. It may have been taken over by the file, so nothing of it is believed."""
    file.seek(0)
    try:
        said: dict[str, Any] = json.loads(file.read(ANSWER).decode("utf-8"))
        state = TextState(said["state"])
        text = str(said["text"])[:MOST_CHARACTERS].replace("\0", "")
        if state is TextState.WAITING or (state is not TextState.READ and text):
            raise ValueError(state)
        return Outcome(
            state,
            text,
            pages=min(max(int(said["pages"]), 0), 1_000_000),
            method=str(said["method"])[:20],
            detail=str(said["detail"])[:20],
            cut=bool(said["cut"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Died("crashed") from error
