"""Who is there today, and who is therefore told or asked. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from petitions.escalation import Audience


@dataclass(frozen=True, slots=True)
class Colleague:
    """An active user of the office as the day finds them. ``absent_until`` is None for whoever is there."""

    id: int
    name: str
    unit_ids: frozenset[int] = frozenset()
    head_of: frozenset[int] = frozenset()
    distributes: bool = False
    sees_all: bool = False
    absent_until: date | None = None
    substitute_id: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What decides who is told of a petition."""

    officer_id: int | None
    unit_id: int | None
    sealed: bool
    # Whom the petition accuses, and their colleagues: they are neither told nor asked.
    barred: frozenset[int] = frozenset()


class Roster:
    """The people of an office on one day.

    Nobody who is absent is chosen, but the substitute that was recorded, where that one is there and may see the case;
    and of several who would do the same one is chosen each time.
    """

    def __init__(self, people: Iterable[Colleague]) -> None:
        self._people = {person.id: person for person in sorted(people, key=lambda person: person.id)}
        # A sweep asks the same few questions for every petition of an office.
        self._answers: dict[tuple[Audience, Case], Colleague | None] = {}

    def of(self, user_id: int | None) -> Colleague | None:
        """The colleague with that id; None for nobody and for whoever is not active."""
        return self._people.get(user_id) if user_id is not None else None

    def told(self, audience: Audience, case: Case) -> Colleague | None:
        """Who is told of ``case``; None where nobody who may be told is there."""
        if (audience, case) not in self._answers:
            self._answers[audience, case] = self._find(audience, case)
        return self._answers[audience, case]

    def _find(self, audience: Audience, case: Case) -> Colleague | None:
        if audience is Audience.OFFICER and (found := self._there(self.of(case.officer_id), case)):
            return found
        if audience is not Audience.SUPERVISOR and (found := self._head(case)):
            return found
        return self.supervisor(case)

    def supervisor(self, case: Case, *, absent_too: bool = False) -> Colleague | None:
        """Who answers for ``case``: the supervisor who leads its unit, else one of the unit, else the first.

        A supervisor who works on the case comes last, being the one whose work is looked at. ``absent_too``: rather
        somebody who is absent than nobody, for what cannot wait.
        """
        ranked = sorted(
            (person for person in self._people.values() if person.distributes and person.id not in case.barred),
            key=lambda person: _rank(person, case),
        )
        for person in ranked:
            found = self._there(person, case)
            if found is not None and found.distributes:
                return found
        return ranked[0] if ranked and absent_too else None

    def _head(self, case: Case) -> Colleague | None:
        heads = (person for person in self._people.values() if case.unit_id in person.head_of)
        return next(self._those_there(heads, case), None)

    def _those_there(self, people: Iterable[Colleague], case: Case) -> Iterator[Colleague]:
        return (found for person in people if (found := self._there(person, case)))

    def _there(self, person: Colleague | None, case: Case) -> Colleague | None:
        """``person``, or the substitute of one who is absent; None where neither is there and may see the case."""
        if person is None:
            return None
        if person.absent_until is not None:
            person = self.of(person.substitute_id)
        if person is None or person.absent_until is not None:
            return None
        return person if _sees(person, case) else None


def _sees(person: Colleague, case: Case) -> bool:
    if person.id in case.barred:
        return False
    return person.sees_all or not case.sealed or case.unit_id in person.unit_ids


def _rank(person: Colleague, case: Case) -> tuple[bool, bool, bool, int]:
    return (
        person.id == case.officer_id,
        case.unit_id not in person.head_of,
        case.unit_id not in person.unit_ids,
        person.id,
    )
