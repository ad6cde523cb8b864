"""Random legal lives of a petition: its clocks are where the plain count says, and unlawful acts are refused."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from petitions.deadlines import (
    Circumstance,
    ClockState,
    Happening,
    ImpossibleHistory,
    LegalEvent,
    RunningClock,
    Variant,
    petition_clocks,
)
from petitions.vocabulary import Kind
from tests.petitions.deadlines import plain_law
from tests.petitions.deadlines.given import OFFICE
from tests.petitions.deadlines.plain_law import Days, Told

DAYS = Days(OFFICE.off, OFFICE.worked)


class Life(RuleBasedStateMachine):
    """A petition from receipt to decision, told to the program and to the plain count at once."""

    settlement_rule = ""
    sending_rule = ""
    kind = Kind.COMPLAINT
    ending = LegalEvent.DECIDED
    totals: dict[Variant, int] = {}  # read only

    def __init__(self) -> None:
        super().__init__()
        self.happened: list[Happening] = []
        self.told: list[Told] = []
        self.total = 30
        self.variant = Variant.STANDARD
        self.extensions = 0
        self.found_on: date | None = None
        self.accepted: date | None = None
        self.suspended = False
        self.ended: date | None = None

    @initialize(received=st.dates(date(2026, 7, 1), date(2027, 12, 31)))
    def receive(self, received: date) -> None:
        self.received = self.today = received
        self.happen(LegalEvent.RECEIVED)

    def happen(self, event: LegalEvent, days: int = 0, variant: Variant | None = None) -> None:
        self.happened.append(Happening(event, self.today, days=days, variant=variant))

    def clocks(self, *more: Happening) -> list[RunningClock]:
        return petition_clocks(self.kind, [*self.happened, *more], OFFICE, circumstances=[Circumstance.AT_RECEPTION])

    def refused(self, event: LegalEvent, days: int = 0) -> bool:
        try:
            self.clocks(Happening(event, self.today, days=days))
        except ImpossibleHistory:
            return True
        return False

    @rule(days=st.integers(0, 25))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @precondition(lambda self: self.accepted is None)
    @rule()
    def accept(self) -> None:
        self.accepted = self.today
        self.happen(LegalEvent.ACCEPTED)

    # Suspension and continuation of one day are told apart by turns; the plain story takes them as they come.
    @precondition(lambda self: self.accepted is not None and self.ended is None and not self.suspended)
    @rule()
    def suspend(self) -> None:
        self.suspended = True
        self.happen(LegalEvent.SUSPENDED)
        self.told.append(Told("suspend", self.today))

    @precondition(lambda self: self.suspended and self.ended is None)
    @rule()
    def resume(self) -> None:
        self.suspended = False
        self.happen(LegalEvent.CONTINUED)
        self.told.append(Told("continue", self.today))

    @precondition(lambda self: self.accepted is not None and self.ended is None)
    @rule(variant=st.sampled_from([Variant.COMPLEX, Variant.ESPECIALLY_COMPLEX]))
    def find_complex(self, variant: Variant) -> None:
        # Of two findings of one day the graver holds, which the plain story does not know.
        if self.refused_variant(variant) or self.found_on == self.today or self.told_today():
            return
        self.found_on = self.today
        self.variant = variant
        self.happen(LegalEvent.COMPLEXITY_FOUND, variant=variant)
        if variant in self.totals:
            self.told.append(Told("total", self.today, self.totals[variant]))

    def told_today(self) -> bool:
        return any(known.on == self.today for known in self.told)

    def refused_variant(self, variant: Variant) -> bool:
        return variant is Variant.ESPECIALLY_COMPLEX and self.kind is Kind.COMPLAINT

    @precondition(lambda self: self.accepted is not None and self.ended is None)
    @rule(days=st.integers(1, 30))
    def extend(self, days: int) -> None:
        allowed = {Variant.COMPLEX: 1, Variant.ESPECIALLY_COMPLEX: 2}
        lawful = self.kind is Kind.DENUNCIATION and self.extensions < allowed.get(self.variant, 0)
        if not lawful:
            assert self.refused(LegalEvent.EXTENDED, days)
            return
        if self.told_today():
            return
        self.extensions += 1
        self.happen(LegalEvent.EXTENDED, days=days)
        self.told.append(Told("extend", self.today, days))

    @precondition(lambda self: self.accepted is not None and self.ended is None)
    @rule()
    def decide(self) -> None:
        self.ended = self.today
        self.happen(self.ending)

    @rule()
    def unlawful_orders_are_refused(self) -> None:
        running = self.accepted is not None and self.ended is None
        later = self.today + timedelta(days=1)
        before, self.today = self.today, later
        if not running or not self.suspended:
            assert self.refused(LegalEvent.CONTINUED)
        if not running or self.suspended:
            assert self.refused(LegalEvent.SUSPENDED)
        self.today = before

    @invariant()
    def the_settlement_ends_where_the_plain_story_says(self) -> None:
        found = [clock.computation for clock in self.clocks() if clock.rule.id == self.settlement_rule]
        if self.accepted is None:
            assert found == []
            return
        assert len(found) == 1
        told = self.told
        if self.suspended and self.ended is not None:
            told = [*told, Told("continue", self.ended)]
        assert found[0].due == plain_law.story(self.accepted, 30, False, told, DAYS)
        if self.ended is not None:
            assert found[0].stopped_on == self.ended
        elif self.suspended:
            assert found[0].state is ClockState.SUSPENDED
        else:
            assert found[0].state is ClockState.RUNNING

    @invariant()
    def nothing_but_a_legal_event_moves_the_other_clocks(self) -> None:
        first = {Kind.COMPLAINT: ("complaint-acceptance", 7), Kind.DENUNCIATION: ("denunciation-intake", 7)}
        name, amount = first[self.kind]
        known = {clock.rule.id: clock.computation for clock in self.clocks()}
        for rule_id, wanted, working in (
            (name, amount, True),
            ("reception-reply", 10, True),
            ("petition-unprocessed-line", 45, False),
        ):
            assert known[rule_id].due == plain_law.last_day(self.received, wanted, working, [], DAYS)
            assert known[rule_id].stopped_on == self.accepted

    @invariant()
    def sending_follows_what_was_issued(self) -> None:
        ids = [clock.rule.id for clock in self.clocks()]
        sent = {
            Kind.COMPLAINT: "complaint-first-decision-sending",
            Kind.DENUNCIATION: "denunciation-conclusion-sending",
        }
        assert ids.count(sent[self.kind]) == (self.ended is not None)


class Complaint(Life):
    settlement_rule = "complaint-first-settlement"
    sending_rule = "complaint-first-decision-sending"
    totals = {Variant.COMPLEX: 45}  # read only


class Denunciation(Life):
    settlement_rule = "denunciation-settlement"
    sending_rule = "denunciation-conclusion-sending"
    kind = Kind.DENUNCIATION
    ending = LegalEvent.CONCLUDED


TestComplaint = Complaint.TestCase
TestDenunciation = Denunciation.TestCase
TestComplaint.settings = TestDenunciation.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
