"""The order of the first candidates, decided on the database's text: phrases, marks, nearness, numbers as a whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.text import digits
from petitions.queries.indexing import IndexSource
from search.analysis import local_number
from search.attached import Attached
from search.locating import NUMBER, Located, Locator, best_window
from search.matching import Hit
from search.parsing import SearchQuery, findable_inside

CANDIDATES = 60
# Text read of one candidate for ranking and quoting; what lies beyond is searched but not quoted.
TEXT_READ = 20_000
NOTES_READ = 20

_HEAD_RUN, _ANY_RUN, _EXACT_RUN = 1, 2, 2
_NEAR = 160


@dataclass(frozen=True, slots=True)
class Candidate:
    """A hit with the text of its petition."""

    hit: Hit
    source: IndexSource


def rank(
    hits: Sequence[Hit],
    sources: Mapping[int, IndexSource],
    query: SearchQuery,
    locator: Locator,
    *,
    still_matches: Callable[[IndexSource], bool],
    attached: Attached | None = None,
) -> list[Candidate]:
    """``hits`` in their final order.

    Left out are hits without a source (not to be seen, or gone), those whose text changed since it was indexed and no
    longer matches, and those where the pieces of a long number stood apart by chance. ``attached`` has the files, which
    are looked into where a petition's own text would leave it out.
    """
    kept: list[Candidate] = []
    for hit in hits:
        source = sources.get(hit.id)
        if source is None or (source.version != hit.version and not hit.partial and not still_matches(source)):
            continue
        heads = [locator.locate(text) for text in (source.title, *source.names, source.against) if text]
        rest = [locator.locate(text) for text in _other_texts(source) if text]
        held = hit.partial or _numbers_hold(query, source, [*heads, *rest])
        if not held and (attached is None or not _numbers_in_files(query, source, locator, [*heads, *rest], attached)):
            continue
        kept.append(
            Candidate(replace(hit, score=hit.score + _worth(locator, heads, rest, marked=query.marked)), source)
        )
    kept.sort(key=lambda candidate: (candidate.hit.partial, -candidate.hit.score, -candidate.hit.id))
    return kept


def _other_texts(source: IndexSource) -> tuple[str, ...]:
    return (
        source.body, *source.notes, *source.addresses, source.ward, source.forwarder, source.also_sent_to,
        source.resolution_note, source.paper_location,
    )  # fmt: skip


def _worth(locator: Locator, heads: Sequence[Located], rest: Sequence[Located], *, marked: bool) -> int:
    texts = [located for located in (*heads, *rest) if located.occurrences]
    if not texts:
        return 0
    head_run = max((located.longest_run(locator.follows) for located in heads), default=0)
    any_run = max(located.longest_run(locator.follows) for located in texts)
    exact_run = max(located.longest_run(locator.follows, exact=True) for located in texts) if marked else 0
    near = max(len({found.plain for found in best_window(located, _NEAR)}) for located in texts)
    return _HEAD_RUN * head_run + _ANY_RUN * any_run + _EXACT_RUN * exact_run + near


def _numbers_hold(query: SearchQuery, source: IndexSource, texts: Sequence[Located]) -> bool:
    """Whether every long number typed really stands in the petition, and not only its pieces."""
    numbers = [part for part in query.required if findable_inside(part.number)]
    if not numbers:
        return True
    if len(source.body) >= TEXT_READ:
        return True  # it may stand beyond what was read
    found = {occurrence.plain for located in texts for occurrence in located.occurrences}
    if NUMBER in found:
        return True
    kept = [local_number(digits(text)) for text in (*source.phones, *source.id_numbers)]
    kept += [digits(text) for text in _codes(source)]
    return all(
        any(part.number in number for number in kept) or {word.plain for word in part.words} <= found
        for part in numbers
    )


def _numbers_in_files(
    query: SearchQuery, source: IndexSource, locator: Locator, texts: Sequence[Located], attached: Attached
) -> bool:
    in_files = [locator.locate(text) for file in attached.of(source.id) for text in file]
    return attached.unread(source.id) or (bool(in_files) and _numbers_hold(query, source, [*texts, *in_files]))


def _codes(source: IndexSource) -> tuple[str, ...]:
    return source.number, source.external_ref, source.forwarder_ref, source.decision_number, source.paper_code
