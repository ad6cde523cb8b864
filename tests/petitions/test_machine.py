"""Random days of an office: whatever people do in whatever order, what is stored agrees with what happened."""

import itertools
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from core import audit, clock
from core.clock import FixedClock
from core.database import db
from core.errors import DomainError, IllegalTransition, InvalidInput
from petitions import deadlines
from petitions.models import Petition, PetitionEvent
from petitions.queries import lists
from petitions.queries.calendar import calendar_of
from petitions.queries.checks import queue_drift
from petitions.queries.clock_checks import clock_drift
from petitions.queries.counts import queue_counts
from petitions.queries.lists import Queue, View
from petitions.queries.visibility import visible_to
from petitions.services import assignment, closing, corrections, office, records
from petitions.services.closing import REOPEN_GROUNDS, Resolution
from petitions.services.intake import Received
from petitions.services.ledger import STEP_COLUMNS, facts
from petitions.services.sweep import sweep
from petitions.vocabulary import Disposition, Flag, Kind, Trigger
from petitions.workflow import Action, State, allowed_dispositions, available_actions
from tests.conftest import NOW, settings_for
from tests.databases import Databases
from tests.people import PEOPLE
from tests.petitions.given import PLAIN, SECRET, a_petition, do
from tests.petitions.machine_of_law import LawOfAnOffice, nth, worker
from wsgi import create_app

NAMES = [person.username for person in PEOPLE]
WITHOUT_VERSION = {"attach"}
OFFICE = 1

anyone = st.sampled_from(NAMES)
KINDS: list[tuple[Kind, tuple[Kind, ...]]] = [
    (Kind.COMPLAINT, ()),
    (Kind.RECOMMENDATION, ()),
    (Kind.DENUNCIATION, ()),
    (Kind.MIXED, (Kind.COMPLAINT, Kind.RECOMMENDATION)),
    (Kind.MIXED, (Kind.COMPLAINT, Kind.DENUNCIATION)),
]


class Office(LawOfAnOffice):
    """An office whose people act at random. ``place`` makes its database, new for every example."""

    place: Callable[[ExitStack], None]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        type(self).place(self.stack)
        self.clock = FixedClock(NOW)
        self.stack.enter_context(clock.use(self.clock))
        self.made: list[Received] = []
        self.who: dict[str, Actor] = {}
        for name in NAMES:
            found = people.actor_by_username(db.session(), name)
            assert found is not None
            self.who[name] = found

    def teardown(self) -> None:
        self.stack.close()

    def session(self) -> Session:
        session = db.session()
        session.close()
        return session

    def petition(self, number: int) -> Petition:
        """A petition as it stands now; it stays so whatever happens to the row."""
        session = self.session()
        found = session.get_one(Petition, self.made[number % len(self.made)].id)
        session.expunge(found)
        return found

    @rule(
        kind=st.sampled_from(KINDS),
        people_count=st.sampled_from([1, 4, 5]),
        days_ago=st.integers(0, 40),
        flagged=st.booleans(),
        named=st.booleans(),
    )
    def receive(
        self, kind: tuple[Kind, tuple[Kind, ...]], people_count: int, days_ago: int, flagged: bool, named: bool
    ) -> None:
        like = PLAIN if named and Kind.DENUNCIATION not in (kind[0], *kind[1]) else replace(SECRET, body="")
        self.made.append(
            a_petition(
                self.who["reception1"],
                like,
                kind=kind[0],
                kind_parts=kind[1],
                people_count=people_count,
                received_on=clock.today() - timedelta(days=days_ago),
                complex_reason="Nhiều nơi" if flagged else None,
            )
        )

    @precondition(lambda self: self.made)
    @rule(number=nth, name=anyone, choice=nth, officer=worker, other=nth, ending=nth)
    def step(self, number: int, name: str, choice: int, officer: str, other: int, ending: int) -> None:
        """Somebody does something that the table lets them do."""
        petition, who = self.petition(number), self.who[name]
        if not self._sees(petition, who):
            return
        open_to = [line.action for line in available_actions(facts(self.session(), petition), who)]
        if not open_to:
            return
        action = open_to[choice % len(open_to)]
        note(f"{name}: {action} {petition.number}")
        before = self._standing(petition)
        verb, given = self._verb(action, petition, officer, other, ending)
        try:
            do(verb, petition.id, by=who, version=petition.version, **given)
        except (InvalidInput, IllegalTransition):
            # Legal by the table, refused by what was given; never because the table and the verb disagree.
            assert self._standing(self.petition(number)) == before
            return
        if ending % 3 == 0:
            do(closing.undo, petition.id, by=who)
            assert self._standing(self.petition(number)) == before

    @precondition(lambda self: self.made)
    @rule(number=nth, name=anyone, action=st.sampled_from(list(Action)), officer=worker, other=nth, ending=nth)
    def forbidden(self, number: int, name: str, action: Action, officer: str, other: int, ending: int) -> None:
        """What the table does not let somebody do is refused and changes nothing."""
        petition, who = self.petition(number), self.who[name]
        allowed = {line.action for line in available_actions(facts(self.session(), petition), who)}
        # One verb assigns, first and again.
        same = {Action.ASSIGN, Action.REASSIGN} if action in (Action.ASSIGN, Action.REASSIGN) else {action}
        if action is Action.RECEIVE or same & allowed:
            return
        verb, given = self._verb(action, petition, officer, other, ending)
        with pytest.raises(DomainError):
            do(verb, petition.id, by=who, **given)
        assert self.petition(number).version == petition.version

    @precondition(lambda self: self.made)
    @rule(number=nth, name=anyone)
    def undo(self, number: int, name: str) -> None:
        petition = self.petition(number)
        try:
            do(closing.undo, petition.id, by=self.who[name])
        except DomainError:
            assert self.petition(number).version == petition.version

    @precondition(lambda self: self.made)
    @rule(number=nth, name=anyone, flag=st.sampled_from(list(Flag)), on=st.booleans())
    def mark(self, number: int, name: str, flag: Flag, on: bool) -> None:
        verb = records.set_flag if on else records.clear_flag
        try:
            do(verb, self.petition(number).id, flag, by=self.who[name], reason="Vì vậy")
        except DomainError:
            return
        assert getattr(self.petition(number), flag.value) is on

    @precondition(lambda self: self.made)
    @rule(number=nth, name=anyone, kind=st.sampled_from(KINDS), days_ago=st.integers(0, 40), both=st.booleans())
    def correct(self, number: int, name: str, kind: tuple[Kind, tuple[Kind, ...]], days_ago: int, both: bool) -> None:
        values: dict[str, Any] = {"received_on": clock.today() - timedelta(days=days_ago), "people_count": 5 + days_ago}
        if both:
            values["kind"] = kind[0]
        try:
            do(
                corrections.correct,
                self.petition(number).id,
                values,
                kind_parts=kind[1],
                by=self.who[name],
                reason="Xem lại đơn",
            )
        except DomainError:
            return
        assert self.petition(number).received_on == values["received_on"]

    @rule(days=st.integers(0, 20), worked=st.booleans(), gone=st.booleans())
    def calendar(self, days: int, worked: bool, gone: bool) -> None:
        day = clock.today() + timedelta(days=days)
        boss = self.who["supervisor1"]
        if gone:
            do(office.remove_day, day, by=boss)
        elif not worked or day.weekday() >= deadlines.SATURDAY:
            do(office.set_day, day, kind="worked" if worked else "swap-off", name="Thông báo", source="TB 1", by=boss)

    @rule(required=st.booleans())
    def confirmation(self, required: bool) -> None:
        do(office.require_confirmation, required=required, by=self.who["supervisor1"])

    @rule(minutes=st.sampled_from([1, 5, 11, 60 * 24]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @rule(days=st.integers(0, 15), size=st.integers(1, 4))
    def the_program_sweeps(self, days: int, size: int) -> None:
        self.clock.advance(timedelta(days=days))
        sweep(batch=size)
        assert sweep().looked_at == 0, "everything was looked at, and nothing is looked at twice"

    @rule(name=worker)
    def next_case(self, name: str) -> None:
        who = self.who[name]
        top = do(assignment.take_next, by=who)
        if top is not None:
            taken = self.session().get_one(Petition, top.id)
            assert (taken.state, taken.officer_id) == (State.ASSIGNED, who.id)

    @rule(leaver=worker, heir=worker)
    def hand_over(self, leaver: str, heir: str) -> None:
        if leaver == heir:
            return
        gives, takes = self.who[leaver].id or 0, self.who[heir].id or 0
        do(assignment.hand_over, from_id=gives, to_id=takes, by=self.who["admin1"], reason="Nghỉ phép")
        left = select(func.count()).where(Petition.officer_id == gives, Petition.state != State.RESOLVED)
        assert self.session().execute(left).scalar_one() == 0

    @invariant()
    def what_is_stored_equals_what_the_rules_derive(self) -> None:
        checked, drift = queue_drift(self.session(), OFFICE)
        assert drift == []
        assert checked == len(self.made)
        assert clock_drift(self.session(), OFFICE) == (checked, [])

    @invariant()
    def everybody_is_told_the_true_counts(self) -> None:
        session = self.session()
        today = clock.today()
        soon = deadlines.due_soon_until(today, calendar_of(session, OFFICE))
        for who in (self.who[name] for name in ("officer1", "supervisor1", "admin1")):
            told = queue_counts(session, who, today=today, soon_until=soon)
            for queue in Queue:
                true = lists.count_up_to(session, View(queue), who, today=today, soon_until=soon, most=None)
                said = getattr(told, queue.value.replace("-", "_"))
                assert said == true, (who.username, queue)

    @invariant()
    def every_change_left_its_event(self) -> None:
        session = self.session()
        events = defaultdict(list)
        for event in session.scalars(select(PetitionEvent).order_by(PetitionEvent.id)):
            events[event.petition_id].append(event)
        for petition in session.scalars(select(Petition)):
            story = events[petition.id]
            assert story[0].action == "receive"
            assert story[0].from_state is None
            for earlier, later in itertools.pairwise(story):
                assert later.from_state == earlier.to_state, petition.number
            assert story[-1].to_state == petition.state
            assert petition.version == len([event for event in story if event.action not in WITHOUT_VERSION])

    @invariant()
    def the_audit_chain_holds(self) -> None:
        report = audit.verify(self.session(), OFFICE)
        assert report.first_bad_seq is None

    @invariant()
    def columns_agree_with_the_state(self) -> None:
        petitions = {row.id: row for row in self.session().scalars(select(Petition))}
        for row in petitions.values():
            closed = row.state == State.RESOLVED
            assert (
                closed
                == (row.disposition is not None)
                == (row.resolved_on is not None and not row.proposed_disposition)
            )
            assert (row.state == State.RECEIVED) <= (row.officer_id is None and row.unit_id is None)
            assert (row.state == State.ESCALATED) <= (row.escalated_to_id is not None)
            assert (row.state in (State.RECEIVED, State.ASSIGNED)) <= (row.escalated_to_id is None)
            assert (row.disposition == Disposition.JOINED) <= (row.leading_id is not None)
            assert (row.leading_id is not None) <= (Disposition.JOINED in (row.disposition, row.proposed_disposition))
            if row.leading_id is not None:
                leading = petitions[row.leading_id]
                assert leading.leading_id is None
                assert leading.sealed == row.sealed
                assert leading.disposition != Disposition.ENTERED_IN_ERROR
                assert not closed or leading.matter_id == row.matter_id

    def _sees(self, petition: Petition, who: Actor) -> bool:
        seen = select(Petition.id).where(Petition.id == petition.id, visible_to(who))
        return self.session().execute(seen).first() is not None

    def _standing(self, petition: Petition) -> dict[str, object]:
        return {name: getattr(petition, name) for name in (*STEP_COLUMNS, "priority_tier", "due_on", "halted_on")}

    def _verb(
        self, action: Action, petition: Petition, officer: str, other: int, ending: int
    ) -> tuple[Callable[..., object], dict[str, Any]]:
        boss, holder = self.who["supervisor1"], self.who[officer]
        match action:
            case Action.TAKE:
                return assignment.take, {}
            case Action.ASSIGN | Action.REASSIGN:
                return assignment.assign, {"officer_id": holder.id, "reason": "Phân công"}
            case Action.SEND_BACK:
                return assignment.send_back, {"reason": "Không thuộc bộ phận"}
            case Action.ESCALATE:
                reply_by = clock.today() + timedelta(days=3)
                return assignment.escalate, {
                    "trigger": Trigger.COMPLEX,
                    "to_id": boss.id,
                    "reply_by": reply_by,
                    "reason": "Khó",
                }
            case Action.RETURN:
                return assignment.return_to_officer, {"instruction": "Đối thoại", "officer_id": holder.id}
            case Action.RESOLVE | Action.PROPOSE:
                verb = closing.resolve if action is Action.RESOLVE else closing.propose
                return verb, {"resolution": self._resolution(petition, other, ending)}
            case Action.CONFIRM:
                return closing.confirm, {}
            case Action.DECLINE:
                return closing.decline, {"reason": "Thiếu hồ sơ"}
            case Action.REOPEN:
                ground = sorted(REOPEN_GROUNDS)[ending % len(REOPEN_GROUNDS)]
                return closing.reopen, {"ground": ground, "reason": "Có lý do", "officer_id": holder.id}
            case _:
                return closing.void, {"reason": "Nhập nhầm"}

    def _resolution(self, petition: Petition, other: int, ending: int) -> Resolution:
        fitting = allowed_dispositions(facts(self.session(), petition)) or [Disposition.FILED]
        return Resolution(
            fitting[ending % len(fitting)],
            decision_number="1/QĐ",
            decision_on=max(petition.received_on, date(2026, 11, 1)),
            decision_signer="Phan Văn Lãnh",
            resolution_note="Đã rõ",
            leading_number=self.made[other % len(self.made)].number,
        )


def run_offices(office: type[Office], databases: Databases, tmp_path: Path, *, examples: int, steps: int) -> None:
    """Let the people of ``examples`` offices act, each in a database of its own."""
    numbers = itertools.count()

    def place(stack: ExitStack) -> None:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        url = databases.fresh(folder)
        stack.callback(databases.discard, url)
        app = create_app(settings=settings_for(folder, url))
        stack.enter_context(app.app_context())
        stack.callback(db.engine.dispose)
        stack.callback(db.session.remove)

    office.place = staticmethod(place)
    run_state_machine_as_test(
        office,
        settings=settings_of(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # Making a failing day shorter takes minutes; its steps are printed as they are.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_whatever_people_do_what_is_stored_agrees(databases: Databases, tmp_path: Path) -> None:
    run_offices(Office, databases, tmp_path, examples=10, steps=22)
