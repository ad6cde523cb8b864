"""Where decree and law set different limits for one act: both days, and the earlier one to warn at. Pure."""

from dataclasses import dataclass
from datetime import date

from petitions.deadlines.calendar import WorkingCalendar
from petitions.deadlines.clock_events import stop
from petitions.deadlines.clocks import Computation, compute_from
from petitions.deadlines.rules import in_force

TWINS = {
    "complaint-acceptance": "complaint-acceptance-law",
    "complaint-acceptance-law": "complaint-acceptance",
}
"""Nghị định 155/2026/NĐ-CP, Điều 10 (before: Nghị định 124/2020) beside Luật Khiếu nại, Điều 27, 36, 50."""


@dataclass(frozen=True, slots=True)
class BothDays:
    """The day by the decree and the day by the law; None where that one is not in force."""

    decree: date | None
    law: date | None

    @property
    def warn_on(self) -> date | None:
        """The earlier of the two: who keeps it keeps both."""
        return min((day for day in (self.decree, self.law) if day), default=None)


def acceptance_days(received_on: date, calendar: WorkingCalendar) -> BothDays:
    """Until when a complaint received on that day has to be accepted or refused, by decree and by law."""
    decree = in_force("complaint-acceptance", received_on)
    law = in_force("complaint-acceptance-law", received_on)
    return BothDays(
        decree=decree.due(received_on, calendar) if decree else None,
        law=law.due(received_on, calendar) if law else None,
    )


def twin_of(computation: Computation) -> Computation | None:
    """The same act under the other text, where there is one in force; it ends with the same event."""
    other = TWINS.get(computation.rule.id)
    rule = in_force(other, computation.started_on) if other else None
    if rule is None:
        return None
    stops = [stop(computation.stopped_on)] if computation.stopped_on else []
    return compute_from(rule, computation.started_on, computation.calendar, *stops)
