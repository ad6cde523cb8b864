"""What a query is looked up in: the index of petitions, that of their files, what was saved a moment ago; as one."""

from collections.abc import Iterable, Sequence

from search.engines import CODES, SEALED_TERM, WORDS, TermSets
from search.engines.memory import NOTHING


class Ground:
    """Petitions by their own text and that of their files.

    ``fresh`` stands for all of its petitions, whatever ``cases`` says of them. The text of a file is no way to find
    a sealed petition.
    """

    def __init__(self, cases: TermSets, *, files: TermSets = NOTHING, fresh: TermSets = NOTHING) -> None:
        self._cases = cases
        self._files = files
        self._fresh = fresh
        self.held = cases.held | fresh.held
        self._settled = self.held ^ fresh.held
        self.sealed = cases.exact(CODES, SEALED_TERM) & self._settled | fresh.exact(CODES, SEALED_TERM)
        self._open_to_files = self.held & ~self.sealed if files.held else 0

    def spelled(self, field: str, plain: str) -> int:
        """The petitions having ``plain`` with any marks."""
        found = self._cases.spelled(field, plain) & self._settled
        if self._fresh is not NOTHING:
            found |= self._fresh.spelled(field, plain)
        return found | self._files.spelled(field, plain) & self._open_to_files if self._open_to_files else found

    def exact(self, field: str, term: str) -> int:
        """The petitions having exactly ``term``."""
        found = self._cases.exact(field, term) & self._settled
        if self._fresh is not NOTHING:
            found |= self._fresh.exact(field, term)
        return found | self._files.exact(field, term) & self._open_to_files if self._open_to_files else found

    def fetch(self, spelled: Iterable[tuple[str, str]], exact: Iterable[tuple[str, str]]) -> None:
        """Read what will be asked for, all at once: pairs of field and plain letters, of field and term."""
        wanted, terms = list(spelled), list(exact)
        self._cases.fetch(wanted, terms)
        if self._open_to_files:
            self._files.fetch(wanted, terms)

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The petitions having one of the first codes that begin with ``prefix``."""
        found = self._cases.codes_starting(prefix, limit) & self._settled | self._fresh.codes_starting(prefix, limit)
        return found | self._files.codes_starting(prefix, limit) & self._open_to_files

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``."""
        found: dict[str, None] = {}
        for part in (self._fresh, self._cases, self._files):
            found.update(dict.fromkeys(part.words_starting(prefix, limit)))
        return list(found)[:limit]

    def versions_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The versions whose text was looked up; petitions that are not here are left out."""
        return self._cases.versions_of(ids) | self._fresh.versions_of(ids)


class Within:
    """A ground as far as a set of petitions goes: what lies outside it is not there, and nothing can be told of it."""

    def __init__(self, ground: TermSets, within: int) -> None:
        self._ground = ground
        self.held = ground.held & within

    def spelled(self, field: str, plain: str) -> int:
        """The petitions having ``plain`` with any marks."""
        return self._ground.spelled(field, plain) & self.held

    def exact(self, field: str, term: str) -> int:
        """The petitions having exactly ``term``."""
        return self._ground.exact(field, term) & self.held

    def fetch(self, spelled: Iterable[tuple[str, str]], exact: Iterable[tuple[str, str]]) -> None:
        """Read what will be asked for, all at once."""
        self._ground.fetch(spelled, exact)

    def codes_starting(self, prefix: str, limit: int) -> int:
        """The petitions having one of the first codes that begin with ``prefix``."""
        return self._ground.codes_starting(prefix, limit) & self.held

    def words_starting(self, prefix: str, limit: int) -> Sequence[str]:
        """At most ``limit`` plain words that begin with ``prefix``; each is some petition's of the set."""
        return [word for word in self._ground.words_starting(prefix, limit) if self.spelled(WORDS, word)]

    def versions_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The versions whose text was looked up; petitions that are not here are left out."""
        return self._ground.versions_of([record_id for record_id in ids if self.held >> record_id & 1])
