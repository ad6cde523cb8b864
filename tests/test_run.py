"""``./run`` itself, with a Python that only writes down what it is asked for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.settings import CHECKOUT

# What the script may rely on besides a Python.
COMMANDS = ("cat", "cksum", "dirname", "find", "id", "mkdir", "rm", "sh")

ANSWERS = """#!/bin/sh
printf '%s\\n' "$*" >>"$CALLS"
case "$*" in
  "-c import sys; sys.exit(sys.version_info < (3, 11))") exit "${TOO_OLD:-0}" ;;
  "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
  *"pip install"*) exit "${PIP_FAILS:-0}" ;;
esac
"""


class Bench:
    """A copy of the script in a folder with a space, beside requirements and a catalogue, with a PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "đơn thư"
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        (self.checkout / "translations" / "vi" / "LC_MESSAGES").mkdir(parents=True)
        shutil.copy(CHECKOUT / "run", self.checkout / "run")
        for name in ("requirements.txt", "requirements-dev.txt", "translations/vi/LC_MESSAGES/messages.po"):
            (self.checkout / name).write_text("a==1\n", encoding="utf-8")
        self.bin.mkdir()
        for command in (*COMMANDS, "cp"):
            found = shutil.which(command)
            assert found is not None
            (self.bin / command).symlink_to(found)
        python = self.bin / "python3"
        python.write_text(ANSWERS, encoding="utf-8")
        python.chmod(0o755)

    def run(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run the script from another folder; ``asked`` tells what Python heard."""
        self.calls.write_text("", encoding="utf-8")
        return subprocess.run(
            ["/bin/sh", str(self.checkout / "run"), *words],
            cwd=self.bin,
            env={"PATH": str(self.bin), "CALLS": str(self.calls), "LANG": "C.UTF-8", **environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def asked(self) -> list[str]:
        """What Python was asked for in the last run, save for questions about itself."""
        lines = self.calls.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if not line.startswith("-c") and "--version" not in line]


INSTALL = "-m pip install -qq --require-hashes -r requirements.txt"
COMPILE = (
    "-m babel.messages.frontend -q compile"
    " -i translations/vi/LC_MESSAGES/messages.po -o translations/vi/LC_MESSAGES/messages.mo"
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_first_start_installs_and_serves_and_the_next_only_serves(bench: Bench) -> None:
    answer = bench.run()
    assert answer.returncode == 0, answer.stderr
    assert bench.asked() == ["-m venv .venv", INSTALL, COMPILE, "-m flask serve"]
    (bench.checkout / "translations/vi/LC_MESSAGES/messages.mo").touch()
    assert bench.run().stderr == ""
    assert bench.asked() == ["-m flask serve"]


def test_changed_requirements_and_texts_are_taken_over(bench: Bench) -> None:
    bench.run("setup")
    catalogue = bench.checkout / "translations/vi/LC_MESSAGES/messages.po"
    compiled = catalogue.with_suffix(".mo")
    compiled.touch()
    os.utime(catalogue, (compiled.stat().st_mtime + 5, compiled.stat().st_mtime + 5))
    (bench.checkout / "requirements.txt").write_text("a==2\n", encoding="utf-8")
    bench.run("setup")
    assert bench.asked() == [INSTALL, COMPILE]


def test_an_installation_that_failed_is_tried_again(bench: Bench) -> None:
    answer = bench.run(PIP_FAILS="1")
    assert answer.returncode == 1
    assert "The installation failed" in answer.stderr
    assert not [line for line in bench.asked() if "serve" in line]
    bench.run()
    assert INSTALL in bench.asked()


def test_a_moved_checkout_gets_an_environment_of_its_own(bench: Bench) -> None:
    bench.run("setup")
    moved = bench.checkout.with_name("elsewhere")
    bench.checkout = bench.checkout.rename(moved)
    bench.run("setup")
    assert bench.asked()[:2] == ["-m venv .venv", INSTALL]


def test_local_wheels_come_first(bench: Bench) -> None:
    (bench.checkout / "wheels").mkdir()
    bench.run("setup")
    assert f"{INSTALL} --no-index --find-links wheels" in bench.asked()


def test_no_usable_python_is_told_in_both_languages(bench: Bench) -> None:
    answer = bench.run(TOO_OLD="1")
    assert answer.returncode == 1
    assert "Cần Python 3.11" in answer.stderr
    assert "Python 3.11 or newer is needed" in answer.stderr
    assert not (bench.checkout / ".venv").exists()


def test_a_relative_data_folder_is_the_callers(bench: Bench) -> None:
    python = bench.bin / "python3"
    python.write_text(ANSWERS + 'printf "data %s\\n" "$DONTHU_DATA" >>"$CALLS"\n', encoding="utf-8")
    bench.run(DONTHU_DATA="here")
    assert bench.asked()[-1] == f"data {bench.bin}/here"


def test_check_tells_every_tool_that_failed(bench: Bench) -> None:
    lint = bench.checkout / ".venv" / "bin" / "lint-imports"
    python = bench.bin / "python3"
    python.write_text(ANSWERS + 'case "$*" in *ruff*|*djlint*) exit 1 ;; esac\n', encoding="utf-8")
    bench.run("setup")
    lint.write_text("#!/bin/sh\n", encoding="utf-8")
    lint.chmod(0o755)
    answer = bench.run("check")
    assert answer.returncode == 1
    assert answer.stderr.splitlines()[-1] == "check: format ruff djlint"


def test_words_after_test_go_to_pytest_and_its_verdict_counts(bench: Bench) -> None:
    lint = bench.checkout / ".venv" / "bin" / "lint-imports"
    python = bench.bin / "python3"
    python.write_text(ANSWERS + 'case "$*" in *pytest*) exit 1 ;; esac\n', encoding="utf-8")
    bench.run("setup")
    lint.write_text("#!/bin/sh\n", encoding="utf-8")
    lint.chmod(0o755)
    assert bench.run("test", "-k", "two words").returncode == 1
    assert bench.asked()[-1].endswith("--database both -k two words")


def test_an_unknown_word_shows_what_there_is(bench: Bench) -> None:
    answer = bench.run("srve")
    assert answer.returncode == 2
    assert "./run test" in answer.stderr
    assert bench.run("help").stdout == answer.stderr
