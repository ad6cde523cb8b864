"""What happens in law at random, to the petitions of the random office of ``test_machine``."""

from datetime import timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import clock
from core.errors import DomainError
from petitions.deadlines import Variant
from petitions.deadlines.recording import recordable_for
from petitions.models import Petition
from petitions.queries.clocks import legal_events_of
from petitions.services import legal_events, office
from petitions.services.intake import Received
from petitions.services.legal_events import LegalInput
from petitions.vocabulary import Kind
from petitions.workflow import State
from tests.petitions.given import do

WORKERS = ["officer1", "officer2", "officer3", "officer4", "supervisor1"]
worker = st.sampled_from(WORKERS)
nth = st.integers(0, 9)


class LawOfAnOffice(RuleBasedStateMachine):
    """Rules that record legal events, take them back, and change how the office counts."""

    made: list[Received]
    who: dict[str, Actor]

    def session(self) -> Session:
        """A session that has read nothing yet."""
        raise NotImplementedError

    def petition(self, number: int) -> Petition:
        """One of the petitions as it stands now."""
        raise NotImplementedError

    @precondition(lambda self: self.made)
    @rule(
        number=nth,
        name=worker,
        which=st.integers(0, 60),
        days_ago=st.integers(0, 20),
        days=st.integers(1, 40),
        points=st.integers(1, 127),
    )
    def law(self, number: int, name: str, which: int, days_ago: int, days: int, points: int) -> None:
        """Something happens in law, in whatever order; what cannot have happened is refused and changes nothing."""
        petition = self.petition(number)
        lines = recordable_for(Kind(petition.kind), closed=petition.state == State.RESOLVED)
        today = clock.today()
        typed = LegalInput(
            lines[which % len(lines)].event,
            today - timedelta(days=days_ago),
            days=days,
            variant=Variant.DELEGATED,
            for_day=today + timedelta(days=days),
            points=points,
            document_number="9/QĐ",
            document_on=today,
            signer="Phan Văn Lãnh",
            ground="Có căn cứ",
        )
        note(f"{name}: {typed.event} {typed.occurred_on} {petition.number}")
        try:
            do(legal_events.record, petition.id, typed, by=self.who[name], version=petition.version)
        except DomainError:
            assert self.petition(number).version == petition.version

    @precondition(lambda self: self.made)
    @rule(number=nth, name=worker, which=nth)
    def take_back(self, number: int, name: str, which: int) -> None:
        petition = self.petition(number)
        rows = legal_events_of(self.session(), petition.id)
        if not rows:
            return
        try:
            do(legal_events.take_back, petition.id, rows[which % len(rows)].id, by=self.who[name], reason="Ghi nhầm")
        except DomainError:
            assert self.petition(number).version == petition.version
            return
        assert len(legal_events_of(self.session(), petition.id)) == len(rows) - 1

    @rule(remote=st.booleans(), days=st.sampled_from([None, 15, 30]))
    def counting(self, remote: bool, days: int | None) -> None:
        do(office.set_counting, remote=remote, recommendation_days=days, by=self.who["supervisor1"])
