"""What search keeps in memory of where petitions stand equals what the database answers, whatever people do."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis.stateful import invariant
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.queries import actor_by_username
from core import clock
from core.database import db
from petitions.models import Petition
from petitions.queries.filters import Filters, filter_conditions
from petitions.queries.visibility import visible_to
from petitions.services import records
from petitions.vocabulary import Flag, Kind
from petitions.workflow import State
from search.engines import bits
from search.narrowing import Facets, Narrowing, due_first, latest_first, visible_set
from search.standing import COMPLEX, Key, Standing, Standings
from tests.conftest import NOW, settings_for
from tests.databases import Databases
from tests.petitions.given import PLAIN, a_petition
from tests.petitions.test_machine import Office, run_offices
from wsgi import create_app

OVERTAKING = """
INSERT INTO petition_event (petition_id, office_id, action, actor_name, from_state, to_state, reason, data,
  occurred_on, recorded_at)
SELECT id, office_id, 'note', '', state, state, '', '{}', received_on, now() FROM petition WHERE id = :id
"""


def battery(today: date) -> Iterator[Filters]:
    """Every filter that a set answers, some that the database answers, and some together."""
    yield Filters()
    for kind in Kind:
        yield Filters(kind=kind)
    for state in State:
        yield Filters(state=state)
    for flag in ("complex", "prominent", "major", "group"):
        yield Filters(flags=(flag,))
    for due in ("late", "today", "week"):
        yield Filters(due=due)
    for number in (0, 1, 2, 3, 4, 99):
        yield Filters(unit_id=number)
        yield Filters(officer_id=number)
        yield Filters(field_id=number)
    for days in (0, 1, 7, 33):
        yield Filters(received_from=today - timedelta(days=days))
        yield Filters(received_to=today - timedelta(days=days))
        yield Filters(due_from=today + timedelta(days=days), due_to=today + timedelta(days=days + 20))
    yield Filters(flags=("complex", "group"), kind="complaint")
    yield Filters(due="late", state="assigned", received_to=today - timedelta(days=3))
    yield Filters(idle=2)
    yield Filters(finding="missing")
    yield Filters(halted=0, kind="complaint")


def asked_of_the_database(session: Session, who: Actor, filters: Filters, today: date) -> list[int]:
    conditions = filter_conditions(filters, today)
    return list(session.scalars(select(Petition.id).where(visible_to(who), *conditions).order_by(Petition.id)))


def every_choice(facets: Facets) -> Iterator[tuple[Filters, int]]:
    """Each choice as the filters that choosing it gives, with the number that was promised."""
    for name, counts in facets.counts.items():
        for value, count in counts.items():
            if name == "flags":
                yield Filters(flags=(str(value),)), count
            elif name == "period":
                assert isinstance(value, tuple)
                year, month = value
                first = date(year, month + 1, 1)
                following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
                yield Filters(received_from=first, received_to=following - timedelta(days=1)), count
            else:
                yield Filters(**{name: value}), count  # type: ignore[arg-type]


def without_empty(standing: Standing) -> dict[Key, int]:
    return {key: members for key, members in standing.sets.items() if members}


class SearchedOffice(Office):
    """The random office, with somebody who keeps its standing in mind all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = Standings()

    @invariant()
    def what_is_kept_is_what_is_there(self) -> None:
        session, today = self.session(), clock.today()
        standing = self.kept.current(session)
        new = Standings().current(session)
        assert without_empty(standing) == without_empty(new)
        for name in ("reception1", "officer1", "supervisor1", "admin1"):
            self._agrees(session, standing, self.who[name], today)

    def _agrees(self, session: Session, standing: Standing, who: Actor, today: date) -> None:
        visible = visible_set(standing, who)
        for filters in battery(today):
            chosen = Narrowing(session, standing, filters, today=today).within(visible)
            assert bits.members(chosen) == asked_of_the_database(session, who, filters, today), filters
        for filters, count in every_choice(Narrowing(session, standing, Filters(), today=today).facets(visible)):
            assert count == len(asked_of_the_database(session, who, filters, today)), filters
        ids = set(bits.members(visible))
        for in_order in (latest_first, due_first):
            everything = in_order(standing, visible, start=0, count=1000)
            assert set(everything) == ids
            assert len(everything) == len(ids)
            assert in_order(standing, visible, start=2, count=3) == everything[2:5]


def test_whatever_people_do_the_sets_agree_with_the_database(databases: Databases, tmp_path: Path) -> None:
    run_offices(SearchedOffice, databases, tmp_path, examples=4, steps=15)


def test_an_event_that_comes_to_light_late_is_not_missed() -> None:
    kept = Standings()
    kept._seen = 10
    kept._note([12, 15])
    assert set(kept._skipped) == {11, 13, 14}
    assert kept._seen == 15
    kept._note([13, 16])
    assert set(kept._skipped) == {11, 14}
    assert kept._seen == 16


def test_one_who_commits_late_is_seen(databases: Databases, tmp_path: Path) -> None:
    """Two people act at once; the one whose event has the lower number is committed last."""
    url = databases.fresh(tmp_path)
    if url.startswith("sqlite"):
        databases.discard(url)
        pytest.skip("on SQLite one writes at a time")
    app = create_app(settings=settings_for(tmp_path, url))
    with app.app_context(), clock.use(clock.FixedClock(NOW)):
        boss = actor_by_username(db.session(), "supervisor1")
        assert boss is not None
        first, second = (a_petition(boss, PLAIN) for _ in range(2))
        kept = Standings()
        kept.current(db.session())
        db.session.rollback()
        with Session(db.engine) as slow:
            records.set_flag(slow, first.id, Flag.COMPLEX, by=boss, reason="Khó")
            slow.flush()
            # The audit chain is one for the office, so nobody of it can overtake; another writer's event can.
            with db.engine.begin() as connection:
                connection.execute(text(OVERTAKING), {"id": second.id})
            assert not kept.current(db.session()).having(COMPLEX, True)
            db.session.rollback()
            slow.commit()
        assert bits.members(kept.current(db.session()).having(COMPLEX, True)) == [first.id]
        db.session.remove()
        db.engine.dispose()
    databases.discard(url)
