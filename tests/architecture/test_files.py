"""Files: their length, their letters, and what templates may hold."""

import re
import unicodedata
from pathlib import Path

import pytest

from tests.architecture.source import CHECKOUT, templates

MOST_LINES = 400
# Longer on purpose, with the reason; a file leaves the list when it becomes shorter.
LONG: dict[str, str] = {}
SUFFIXES = {".py", ".html", ".js", ".css", ".md", ".po", ".toml", ".txt", ".csv", ""}
SKIPPED = {"instance", "wheels"}

INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    # A literal is as safe as the template that holds it.
    "unescaped text": re.compile(r"(?<![\"'])\s*\|\s*safe\b"),
    "another host": re.compile(r"\b(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE),
}


def own_files() -> list[Path]:
    return [
        path
        for path in sorted(CHECKOUT.rglob("*"))
        if path.is_file()
        and path.suffix in SUFFIXES
        and not any(part in SKIPPED or part.startswith(".") for part in path.relative_to(CHECKOUT).parts[:-1])
    ]


def test_files_stay_short() -> None:
    """A file that grows past this splits by noun. Revisions are written by a program and never read through."""
    long = {
        path.relative_to(CHECKOUT).as_posix(): lines
        for path in own_files()
        if path.suffix in {".py", ".html", ".js"} and "versions" not in path.parts
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert {path: lines for path, lines in long.items() if path not in LONG} == {}
    assert [path for path in LONG if path not in long] == []


def test_text_is_in_normal_form_c() -> None:
    """Two forms of one letter look the same and compare as different."""
    guilty = [
        path.relative_to(CHECKOUT).as_posix()
        for path in own_files()
        if not unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert guilty == []


@pytest.mark.parametrize("fault", sorted(INLINE))
def test_templates_hold_nothing_that_the_content_policy_refuses(fault: str) -> None:
    # Comments of Jinja never reach the browser.
    comment = re.compile(r"{#.*?#}", re.DOTALL)
    assert [path for path, text in templates() if INLINE[fault].search(comment.sub("", text))] == []


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("inline script", "<script>alert(1)</script>"),
        ("inline script", '<script nonce="x">'),
        ("inline style sheet", "<style>p{}</style>"),
        ("style attribute", '<p class="x" style="color:red">'),
        ("event attribute", '<a href="#" onclick="go()">'),
        ("unescaped text", "{{ body | safe }}"),
        ("another host", '<img src="//cdn.example/x.png">'),
        ("another host", "<link href='https://cdn.example/x.css'>"),
    ],
)
def test_the_patterns_find_what_they_look_for(fault: str, text: str) -> None:
    assert INLINE[fault].search(text)


def test_development_uses_the_very_versions_that_run() -> None:
    def pins(name: str) -> set[str]:
        text = (CHECKOUT / name).read_text(encoding="utf-8")
        return set(re.findall(r"^([\w.-]+==\S+)", text, re.MULTILINE))

    runtime = pins("requirements.txt")
    assert len(runtime) > 20
    assert runtime <= pins("requirements-dev.txt")
