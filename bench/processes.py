"""The CPU that processes used."""

import os
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def process_cpu(pid: int) -> float:
    """Seconds of CPU used by process ``pid``, in all threads, user and system, to the nanosecond.

    The kernel counts them for every process; /proc/PID/stat rounds the same figure to hundredths. The number of the
    clock is what clock_getcpuclockid(3) makes of a process id. Raises ``OSError`` for one that has ended.
    """
    return time.clock_gettime((~pid << 3) | 2)


def reaped_cpu(pid: int) -> float:
    """Seconds of CPU of the children of ``pid`` that have ended, in hundredths."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    # Fields 16 and 17 of proc_pid_stat(5), where the state behind the name is the third.
    return (int(fields[13]) + int(fields[14])) / _TICK


def children(pid: int) -> list[int]:
    """The ids of the processes that ``pid`` started and that live."""
    tasks = Path(f"/proc/{pid}/task")
    return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]
