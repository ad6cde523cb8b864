"""The engine on a maintained fork of Whoosh: its tests once more, with the fork in the place of the pinned release.

``.ci/run`` installs the fork into a folder and names it in ``WHOOSH_FORK``. Both install a package of the same name, so
the fork cannot be part of the environment.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import CHECKOUT

TESTS = ("test_engine_contract.py", "test_whoosh_engine.py", "test_engine_readers.py", "test_crash.py")


def test_the_engine_works_on_a_maintained_fork(database: str) -> None:
    folder = os.environ.get("WHOOSH_FORK", "")
    if not folder or not (Path(folder) / "whoosh").is_dir():
        pytest.skip("WHOOSH_FORK names no folder with a fork of Whoosh")
    if database != "sqlite":
        pytest.skip("the fork is not asked on PostgreSQL")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-q", *(f"tests/search/{name}" for name in TESTS)],
        cwd=CHECKOUT,
        env=environ | {"PYTHONPATH": folder, "WHOOSH_FORK": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    which = subprocess.run(
        [sys.executable, "-c", "import whoosh; print(whoosh.__file__)"],
        env=environ | {"PYTHONPATH": folder},
        capture_output=True,
        text=True,
        check=True,
    )
    assert which.stdout.startswith(folder)
