"""What search asks of an index, whatever keeps it. A search library is imported in this package and nowhere else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from search.analysis import DocumentTerms

# Fields: every word and pair; those of title and names; codes and pieces of numbers.
WORDS, PAIRS, HEAD_WORDS, HEAD_PAIRS, CODES = "w", "p", "t", "q", "x"

# Codes that no query can ask for: they hold signs that no typed word holds.
SEALED_TERM = "!sealed"


def office_term(office_id: int) -> str:
    """The code that every document of an office has."""
    return f"@{office_id}"


class IndexState(StrEnum):
    """Whether there is an index to search."""

    READY = "ready"
    MISSING = "missing"
    FOREIGN = "foreign"  # made by another installation, or changed by somebody else: never loaded
    OUTDATED = "outdated"  # made by another version of this program, or on another kind of machine
    DAMAGED = "damaged"


class IndexUnavailable(Exception):
    """There is no index that may be read; ``state`` says why."""

    def __init__(self, state: IndexState, detail: str = "") -> None:
        super().__init__(f"{state.value}: {detail}" if detail else state.value)
        self.state = state


class IndexBusy(Exception):
    """Another process is writing the index."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed of one petition: its id, its version, its terms. Nothing else is kept in the index."""

    id: int
    version: int
    terms: DocumentTerms


class TermSets(Protocol):
    """Which petitions have which terms. A set of petitions is an integer: bit n stands for the petition with id n."""

    @property
    def held(self) -> int:
        """All petitions that are here."""
        ...

    def spelled(self, field: str, plain: str) -> int:
        """Those that have ``plain`` (a word or pair in plain letters) with any marks."""
        ...

    def exact(self, field: str, term: str) -> int:
        """Those that have exactly ``term``."""
        ...

    def fetch(self, spelled: Iterable[tuple[str, str]], exact: Iterable[tuple[str, str]]) -> None:
        """Read what will be asked for, all at once: pairs of field and plain letters, of field and term."""
        ...

    def codes_starting(self, prefix: str, limit: int) -> int:
        """Those that have one of the first ``limit`` codes that begin with ``prefix``."""
        ...

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        ...

    def versions_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The versions in which the petitions ``ids`` are here; those that are not are left out."""
        ...


class Snapshot(TermSets, Protocol):
    """An index at one moment; later writing does not change it."""

    @property
    def generation(self) -> str:
        """A name that differs after every change."""
        ...

    @property
    def complete(self) -> bool:
        """False while an index that was lost is being filled again."""
        ...

    @property
    def resume_after(self) -> int:
        """The last id that the filling has reached."""
        ...

    def versions(self) -> dict[int, int]:
        """Every petition's version."""
        ...

    def vocabulary(self) -> Mapping[str, int]:
        """The plain words of the backlog, each with about how many petitions have it. Made once, then remembered."""
        ...


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Figures for the administrator. ``kilobytes`` is the size on disk; ``resume_after`` the last id refilled."""

    state: IndexState
    documents: int = 0
    superseded: int = 0
    segments: int = 0
    kilobytes: int = 0
    generation: str = ""
    complete: bool = True
    resume_after: int = 0
    detail: str = ""


class Builder(Protocol):
    """A new index being filled beside the present one."""

    @property
    def resume_after(self) -> int:
        """The last id that it has: above 0 where an earlier filling was broken off and goes on."""
        ...

    def append(self, documents: Iterable[Document], *, resume_after: int) -> None:
        """Add documents and note how far the filling came, durable on return."""
        ...

    def tidy(self) -> None:
        """Merge what is worth merging."""
        ...

    def snapshot(self) -> Snapshot:
        """What it holds so far."""
        ...

    def publish(self) -> None:
        """Make it the index that is searched, at once and whole; the former one is removed. Needs ``exclusive``."""
        ...

    def leave(self) -> None:
        """Let go of it; the next rebuild goes on from here."""
        ...


class SearchEngine(Protocol):
    """An index on disk. One process writes at a time; any number read."""

    def snapshot(self) -> Snapshot:
        """The newest committed state. Raises ``IndexUnavailable``."""
        ...

    def status(self) -> EngineStatus:
        """Figures; never raises."""
        ...

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold the right to write. Raises ``IndexBusy`` at once when another process has it."""
        ...

    def append(
        self, documents: Iterable[Document], *, remove: Iterable[int] = (), resume_after: int | None = None
    ) -> None:
        """Add or replace ``documents`` and forget the ids ``remove``: one commit, on disk when it returns.

        ``resume_after`` records how far a refill came; -1 says that it is complete. Where a document has become
        sealed, the next ``tidy`` removes its former terms from the disk too. Needs ``exclusive``. Raises
        ``IndexUnavailable``.
        """
        ...

    def start_empty(self) -> None:
        """Replace an index that cannot be read by an empty one, marked as being refilled. Needs ``exclusive``."""
        ...

    def start_rebuild(self, *, afresh: bool = False) -> Builder:
        """Begin a new index beside the present one, or go on with one that was broken off unless ``afresh``.

        Raises ``IndexBusy`` when another rebuild runs.
        """
        ...

    def tidy(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Merge small pieces if there are many. True when something was merged. Needs ``exclusive``."""
        ...

    def is_crowded(self) -> bool:
        """Whether there are so many small pieces that merging them must not wait for a quiet moment."""
        ...
