"""What somebody meant who typed something else: keys without an input method, a slip of a finger.

The words of the petitions that the reader may see decide (``ground.Within``), so that nothing can be told of others.
Keys are read back only where a word as typed occurs nowhere and what its keys would give does. A slip is mended only
where nothing was found, or offered where little was: one letter lost, added, changed, or swapped with the next, in a
word that is unknown or never stands beside its neighbours.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.text import clean_line
from search.analysis import pair_plain, tokens, word_key
from search.engines import PAIRS, WORDS, TermSets
from search.keys import telex, vni
from search.matching import Matches
from search.parsing import ANY_MARKS, MAX_LENGTH, Part, SearchQuery, Word

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST, _LONGEST = 3, 14
# How many words of a query are tried, and how many repairs of each.
_WORDS_TRIED, _REPAIRS_TRIED = 2, 3
_PAIR_WORTH = 50


def read_back(typed: str, ground: TermSets) -> str:
    """``typed`` with the keys of Telex or VNI read back as Vietnamese; empty where they are none."""
    words = clean_line(typed[: 2 * MAX_LENGTH])[:MAX_LENGTH].split(" ")
    for keys in (telex, vni):
        read = [_read_word(word, keys) for word in words]
        if any(old != new and _only_so(old, new, ground) for old, new in zip(words, read, strict=True)):
            return " ".join(
                new if old != new and _rather(old, new, ground) else old for old, new in zip(words, read, strict=True)
            )
    return ""


def _read_word(word: str, keys: Callable[[str], str]) -> str:
    bare = word.strip("\"'“”„«».,;:!?()-")
    if not bare:
        return word
    at = word.index(bare)
    return word[:at] + keys(bare) + word[at + len(bare) :]


def _only_so(old: str, new: str, ground: TermSets) -> bool:
    """Whether ``old`` occurs nowhere and ``new`` does."""
    return not _having(old, ground, exactly=False) and bool(_having(new, ground, exactly=True))


def _rather(old: str, new: str, ground: TermSets) -> bool:
    """Whether ``new`` occurs at least as often as ``old``."""
    found = _having(new, ground, exactly=True).bit_count()
    return found > 0 and found >= _having(old, ground, exactly=False).bit_count()


def _having(word: str, ground: TermSets, *, exactly: bool) -> int:
    found = tokens(word)
    if len(found) != 1:
        return 0
    if exactly:
        return ground.exact(WORDS, word_key(found[0].plain, found[0].marks))
    return ground.spelled(WORDS, found[0].plain)


@dataclass(frozen=True, slots=True)
class Repair:
    """A query in which the plain words ``changed`` stand for others, how many petitions it matches.

    ``worth`` counts those in which the changed words also stand beside their neighbours.
    """

    query: SearchQuery
    changed: tuple[str, ...]
    total: int
    worth: int


def mended(query: SearchQuery, ground: TermSets, vocabulary: Container[str]) -> Repair | None:
    """The likeliest repair of ``query`` by a word of ``vocabulary`` that finds something; None where there is none."""
    repaired, changed = query, list[str]()
    for at in _suspects(query, ground)[:_WORDS_TRIED]:
        tried = [
            _tried(repaired, at, plain, (*changed, plain), ground)
            for plain in _repairs(repaired, at, ground, vocabulary)[:_REPAIRS_TRIED]
        ]
        if not tried:
            continue
        best = max(tried, key=lambda repair: (repair.worth, repair.total))
        if best.total:
            return best
        repaired, changed = best.query, list(best.changed)
    return None


def _tried(query: SearchQuery, at: int, plain: str, changed: tuple[str, ...], ground: TermSets) -> Repair:
    repaired = _with_word(query, at, plain)
    full = Matches(repaired, ground).full
    worth = sum((full & beside).bit_count() for beside in _pairs_of(query.parts, at, plain, ground))
    return Repair(repaired, changed, full.bit_count(), worth)


def _is_mendable(part: Part) -> bool:
    return (
        len(part.words) == 1
        and not part.number
        and not part.binding
        and _SHORTEST <= len(part.words[0].plain) <= _LONGEST
        and part.words[0].plain.isascii()
    )


def _suspects(query: SearchQuery, ground: TermSets) -> list[int]:
    """Places of parts that may be slips, the likeliest first: unknown words, then those that know no neighbour."""
    found = []
    for at, part in enumerate(query.parts):
        if not _is_mendable(part):
            continue
        known = ground.spelled(WORDS, part.words[0].plain).bit_count()
        if not known or not _beside(query.parts, at, part.words[0].plain, ground):
            found.append((known, at))
    return [at for _, at in sorted(found)]


def _beside(parts: Sequence[Part], at: int, plain: str, ground: TermSets) -> int:
    """In how many petitions ``plain`` stands beside a neighbour that it has in the query."""
    return sum(found.bit_count() for found in _pairs_of(parts, at, plain, ground))


def _pairs_of(parts: Sequence[Part], at: int, plain: str, ground: TermSets) -> Iterator[int]:
    """The petitions in which ``plain`` stands beside the word before, and those where beside the word behind."""
    if at:
        yield ground.spelled(PAIRS, pair_plain(parts[at - 1].words[-1].plain, plain))
    if at + 1 < len(parts):
        yield ground.spelled(PAIRS, pair_plain(plain, parts[at + 1].words[0].plain))


def _repairs(query: SearchQuery, at: int, ground: TermSets, vocabulary: Container[str]) -> list[str]:
    """Words of the backlog one slip away, the likeliest in this place first."""
    word = query.parts[at].words[0].plain
    near = {plain: ground.spelled(WORDS, plain).bit_count() for plain in _one_slip(word) if plain in vocabulary}
    found = [
        (_PAIR_WORTH * _beside(query.parts, at, plain, ground) + count, plain) for plain, count in near.items() if count
    ]
    return [plain for _, plain in sorted(found, reverse=True)]


def _one_slip(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in _LETTERS if letter != after[0])
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        yield from (before + letter + after for letter in _LETTERS)


def _with_word(query: SearchQuery, at: int, plain: str) -> SearchQuery:
    parts = list(query.parts)
    old, new = parts[at].words[0], Word(plain, ANY_MARKS)
    parts[at] = Part((new,), named=parts[at].named)
    phrases = tuple(tuple(new if word == old else word for word in phrase) for phrase in query.phrases)
    return replace(query, parts=tuple(parts), phrases=phrases, code="")


def as_written(query: SearchQuery, repair: Repair, texts: Iterable[str]) -> str:
    """The text of the repaired query; a changed word is spelled as the first of ``texts`` that has it spells it."""
    spelled: dict[str, str] = {}
    for text in texts:
        for token in tokens(text):
            if token.plain in repair.changed and token.plain not in spelled:
                spelled[token.plain] = text[token.start : token.end].lower()
    changed = {
        old.words[0].plain: spelled.get(new.words[0].plain, new.words[0].plain)
        for old, new in zip(query.parts, repair.query.parts, strict=True)
        if old != new
    }
    return "".join(_replaced(query.text, changed))


def _replaced(text: str, changed: Mapping[str, str]) -> Iterator[str]:
    at = 0
    for token in tokens(text):
        if token.plain in changed:
            yield text[at : token.start] + changed[token.plain]
            at = token.end
    yield text[at:]
