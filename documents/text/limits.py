"""What reading one file may cost. Set by the reading process on itself before it looks at the first byte."""

import os
import resource
import signal
from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading process: bytes of address space, seconds of CPU and of the wall clock."""

    memory: int = 1024 * MEGABYTE
    cpu_seconds: int = 60
    wall_seconds: int = 60


PLAIN = Limits()
# Recognising twenty pages takes minutes, most of them in processes of Tesseract.
RECOGNISING = Limits(cpu_seconds=240, wall_seconds=300)
ANSWER = 8 * MEGABYTE
"""Bytes that a reading process may write."""
OPEN_FILES = 64
_NICE = 10


def confine(limits: Limits) -> None:
    """Bind this process, and all that it starts, to ``limits``; there is no way back."""
    # Core dumps would hold what people wrote.
    bounds = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, ANSWER),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    )
    for what, most in bounds:
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))
    # Should the worker be gone, nobody else ends this process.
    signal.alarm(limits.wall_seconds)
    os.nice(_NICE)


def without_children() -> None:
    """Forbid starting further processes, where the system lets (it does not for root)."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
