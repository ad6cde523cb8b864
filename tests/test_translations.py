"""The Vietnamese catalogue is complete: every text stands in it, translated, with the same placeholders."""

import re
import unicodedata
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "auth", "documents", "petitions", "search", "templates")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "_l": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def catalogue() -> Catalog:
    with (ROOT / "translations" / "vi" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="vi")


def test_every_text_is_translated() -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue() if message.id}
    used: set[str] = set()
    for package in PACKAGES:
        for _file, _line, text, _comments, _context in extract_from_dir(
            str(ROOT / package), METHODS, keywords=KEYWORDS, options_map={}
        ):
            used.add(text if isinstance(text, str) else text[0])
    assert sorted(used - known) == []


def test_translations_are_finished_and_keep_their_placeholders() -> None:
    faults = []
    for message in catalogue():
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        target = message.string if isinstance(message.string, str) else next(iter(message.string or ()), "")
        wanted, found = sorted(set(PLACEHOLDER.findall(source))), sorted(set(PLACEHOLDER.findall(target)))
        if not target or message.fuzzy or wanted != found or unicodedata.normalize("NFC", target) != target:
            faults.append(source)
    assert faults == []
