"""What a result shows: the title and one passage, in the original spelling, with what matched marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from core.i18n import lazy_gettext as _l
from petitions.queries.indexing import IndexSource
from search.locating import NUMBER, Located, Locator, best_window
from search.parsing import SearchQuery

WIDTH = 200
_ELLIPSIS = "…"
_WORD = re.compile(r"[^\W_]+")

# Where a passage may come from, the most telling first.
_PLACES = (
    ("body", _l("Content")),
    ("notes", _l("Note")),
    ("names", _l("Petitioner")),
    ("phones", _l("Telephone")),
    ("id_numbers", _l("ID number")),
    ("addresses", _l("Address")),
    ("against", _l("Against")),
    ("resolution_note", _l("Resolution")),
    ("forwarder", _l("Forwarded by")),
    ("forwarder_ref", _l("Forwarder's reference")),
    ("decision_number", _l("Decision number")),
    ("external_ref", _l("External reference")),
    ("also_sent_to", _l("Also sent to")),
    ("paper_code", _l("Paper code")),
    ("paper_location", _l("Where the paper lies")),
    ("ward", _l("Ward or commune")),
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text as runs, each marked or not; ``label`` names where it comes from (empty for the title)."""

    runs: tuple[tuple[str, bool], ...]
    label: object = ""

    @property
    def text(self) -> str:
        """The passage without marks."""
        return "".join(text for text, _ in self.runs)

    @property
    def html(self) -> Markup:
        """The passage for a page: escaped, what matched inside ``<mark>``."""
        runs = (f"<mark>{escape(text)!s}</mark>" if marked else str(escape(text)) for text, marked in self.runs)
        return Markup("".join(runs))  # noqa: S704 - every run was escaped


def title_of(source: IndexSource, locator: Locator) -> Passage:
    """The whole title, marked."""
    located = locator.locate(source.title)
    return Passage(_runs(located, 0, len(located.text)))


def number_of(source: IndexSource, locator: Locator) -> Passage:
    """The case number, marked."""
    located = locator.locate(source.number)
    return Passage(_runs(located, 0, len(located.text)))


def tells_all(source: IndexSource, locator: Locator, query: SearchQuery) -> bool:
    """Whether one of the petition's own texts shows all that was typed, so that no file need be looked into."""
    wanted = {word.plain for word in query.words}
    for text in (source.title, source.number, *_texts(source)):
        located = locator.locate(text)
        if wanted <= located.words() or _words_told(located) >= len(query.words):
            return True
    return False


def passage_of(source: IndexSource, locator: Locator, files: Sequence[tuple[str, str]] = ()) -> Passage:
    """The passage that tells best why the petition matched, of its own text or of ``files`` (name and text each).

    The beginning of its body where only title or number did, or where nothing that was read shows it: then the label
    says so.
    """
    best: tuple[int, Passage] | None = None
    for field, label in _PLACES:
        best = _better(best, _values(source, field), locator, label)
    for name, text in files:
        best = _better(best, (text, name), locator, _l("File “%(name)s”", name=name))
    if best is not None:
        return best[1]
    label = _PLACES[0][1] if source.body else ""
    if locator.looks and not any(locator.locate(text).occurrences for text in (source.title, source.number)):
        label = _l("What was typed stands in a part that is not quoted here. The petition begins")
    return Passage(((_beginning(source.body), False),), label)


def _better(
    best: tuple[int, Passage] | None, texts: Sequence[str], locator: Locator, label: object
) -> tuple[int, Passage] | None:
    for text in texts:
        located = locator.locate(text)
        if not located.occurrences:
            continue
        worth = 10 * _words_told(located) + located.longest_run(locator.follows)
        if best is None or worth > best[0]:
            best = worth, _passage(located, label)
    return best


def _words_told(located: Located) -> int:
    """How many words of the query stand in a text; a number or code found as a whole counts as the words it is."""
    wholes = (len(_WORD.findall(located.text[o.start : o.end])) for o in located.occurrences if o.plain == NUMBER)
    return max(len(located.words()), max(wholes, default=0))


def _values(source: IndexSource, field: str) -> Sequence[str]:
    value = getattr(source, field)
    return (value,) if isinstance(value, str) else value


def _texts(source: IndexSource) -> Iterator[str]:
    for field, _label in _PLACES:
        yield from _values(source, field)


def _beginning(text: str) -> str:
    line = " ".join(text[: 2 * WIDTH].split())
    if len(line) <= WIDTH:
        return line
    return line[: WIDTH - 1].rsplit(" ", 1)[0] + _ELLIPSIS


def _passage(located: Located, label: object) -> Passage:
    window = best_window(located, WIDTH - 40)
    middle = (window[0].start + window[-1].end) // 2
    start = max(0, min(window[0].start, middle - WIDTH // 2))
    end = min(len(located.text), max(window[-1].end, start + WIDTH))
    start = _word_start(located.text, start)
    end = _word_end(located.text, end)
    runs = list(_runs(located, start, end))
    if start > 0:
        runs.insert(0, (_ELLIPSIS, False))
    if end < len(located.text):
        runs.append((_ELLIPSIS, False))
    return Passage(tuple(runs), label)


def _word_start(text: str, at: int) -> int:
    for place in range(at, max(0, at - 20), -1):
        if text[place - 1].isspace():
            return place
    return 0 if at <= 20 else at


def _word_end(text: str, at: int) -> int:
    for place in range(at, min(len(text), at + 20)):
        if text[place].isspace():
            return place
    return len(text) if at + 20 >= len(text) else at


def _runs(located: Located, start: int, end: int) -> tuple[tuple[str, bool], ...]:
    runs: list[tuple[str, bool]] = []
    at = start
    for found in located.occurrences:
        if found.start < at or found.end > end:
            continue
        if found.start > at:
            runs.append((_one_line(located.text[at : found.start]), False))
        runs.append((_one_line(located.text[found.start : found.end]), True))
        at = found.end
    if at < end:
        runs.append((_one_line(located.text[at:end]), False))
    return tuple(runs)


def _one_line(text: str) -> str:
    return text.replace("\n", " ")
