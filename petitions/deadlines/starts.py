"""Which legal event starts and stops which clock, by kind of petition: one table. Pure.

A clock starts only where a version of its rule is in force on that day, so a line added in 2026 never strikes an older
petition. While a clock runs, a further starting event of the same rule starts no other one, unless each event has a
task of its own (sending an order, an invitation): nobody gains time by entering a receipt twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from petitions.deadlines.legal_events import LegalEvent as E  # a table reads better with a short name
from petitions.deadlines.own_limits import SUBSTANCE_ID
from petitions.vocabulary import Kind


class Circumstance(StrEnum):
    """What a starting line may ask for beyond the kind."""

    AT_RECEPTION = "at-reception"
    FORWARDED_BY_DEPUTY = "forwarded-by-deputy"
    FORWARDED_BY_PRESS = "forwarded-by-press"
    DISCIPLINE = "discipline"
    SECOND_INSTANCE = "second-instance"


@dataclass(frozen=True, slots=True)
class Line:
    """``rule_id`` starts with one of ``starts`` for these kinds and stops with one of ``stops``.

    Each of ``needs`` must hold and none of ``unless``. ``each`` gives every starting event a clock of its own, stopped
    by the first stop on or after it. Where ``opened_by`` is not empty, the clock is there only if one of those
    happened too, and still counts from its starting event.
    """

    rule_id: str
    kinds: frozenset[Kind]
    starts: frozenset[E]
    stops: frozenset[E]
    needs: frozenset[Circumstance] = frozenset()
    unless: frozenset[Circumstance] = frozenset()
    each: bool = False
    opened_by: frozenset[E] = frozenset()


_COMPLAINT = frozenset({Kind.COMPLAINT})
_DENUNCIATION = frozenset({Kind.DENUNCIATION})
_TRIED = _COMPLAINT | _DENUNCIATION
_REST = frozenset({Kind.RECOMMENDATION, Kind.MIXED, Kind.UNCLASSIFIED})
_EVERY = frozenset(Kind)
_SECOND = frozenset({Circumstance.SECOND_INSTANCE})
_DISCIPLINE = frozenset({Circumstance.DISCIPLINE})
_FIRST = _SECOND | _DISCIPLINE

GONE = frozenset({E.WITHDRAWN, E.ENDED, E.JOINED, E.FILED, E.TAKEN_OVER, E.CLOSED})
"""After these nobody has to act on the petition any more; duties that had begun to run before stay.

``CLOSED`` is the closing of the case as such, for one that ended with no event of law (struck, imported).
"""

_PASSED_ON = frozenset({E.NOT_ACCEPTED, E.TRANSFERRED, E.GUIDED})
_HANDLED = GONE | _PASSED_ON | {E.ACCEPTED, E.ANSWERED, E.DECIDED, E.CONCLUDED}
# A withdrawal alone ends no settlement: that takes an order, and a denunciation may have to go on.
_SETTLED = (GONE | _PASSED_ON | {E.DECIDED, E.CONCLUDED}) - {E.WITHDRAWN}


def _line(
    rule_id: str,
    kinds: frozenset[Kind],
    starts: Iterable[E],
    stops: Iterable[E],
    *,
    needs: frozenset[Circumstance] = frozenset(),
    unless: frozenset[Circumstance] = frozenset(),
    each: bool = False,
    opened_by: Iterable[E] = (),
) -> Line:
    return Line(rule_id, kinds, frozenset(starts), frozenset(stops), needs, unless, each, frozenset(opened_by))


_REPLIED = _HANDLED | {E.REPLIED, E.REFUSED}
_ORDERS = (E.SUSPENDED, E.CONTINUED, E.ENDED)
_ORDER_GROUNDS = (E.SUSPENSION_GROUND, E.CONTINUATION_GROUND)

STARTS: tuple[Line, ...] = (
    # A complaint or denunciation by post has its own limit; at reception the citizen is told as well. For the other
    # kinds the reply is the only limit there is, so it is kept for every way in.
    _line("reception-reply", _REST, [E.RECEIVED], _REPLIED),
    _line("reception-reply", _TRIED, [E.RECEIVED], _REPLIED, needs=frozenset({Circumstance.AT_RECEPTION})),
    _line("reception-refusal-notice", _EVERY, [E.REFUSAL_GROUND], [E.REFUSED], each=True),
    _line("petition-unprocessed-line", _EVERY, [E.RECEIVED], _HANDLED),
    _line(
        "forwarded-result-notice",
        _TRIED,
        [E.DECIDED, E.CONCLUDED],
        [E.FORWARDER_TOLD],
        needs=frozenset({Circumstance.FORWARDED_BY_DEPUTY}),
    ),
    _line("ineligible-petition-retention", _EVERY, [E.FILED], [E.DESTRUCTION_DECIDED]),
    # Complaints
    _line("complaint-acceptance", _COMPLAINT, [E.RECEIVED], _HANDLED),
    _line("complaint-acceptance-law", _COMPLAINT, [E.RECEIVED], _HANDLED),
    _line("complaint-evidence-supply", _COMPLAINT, [E.EVIDENCE_ASKED], [E.EVIDENCE_SUPPLIED, *_SETTLED], each=True),
    _line("complaint-first-settlement", _COMPLAINT, [E.ACCEPTED], _SETTLED, unless=_FIRST),
    _line("complaint-second-settlement", _COMPLAINT, [E.ACCEPTED], _SETTLED, needs=_SECOND, unless=_DISCIPLINE),
    _line("discipline-complaint-settlement", _COMPLAINT, [E.ACCEPTED], _SETTLED, needs=_DISCIPLINE),
    _line("complaint-dialogue-notice", _COMPLAINT, [E.DIALOGUE_SET], [E.DIALOGUE_NOTIFIED], each=True),
    _line("complaint-execution-stay", _COMPLAINT, [E.STAYED], [E.STAY_LIFTED, *_SETTLED]),
    _line("complaint-suspension-order", _COMPLAINT, _ORDER_GROUNDS, _ORDERS, each=True),
    _line("complaint-suspension-sending", _COMPLAINT, _ORDERS, [E.ORDER_SENT], each=True),
    _line("complaint-resumption-bar", _COMPLAINT, [E.ENDED], [E.ACCEPTED]),
    _line("complaint-first-decision-sending", _COMPLAINT, [E.DECIDED], [E.DECISION_SENT], unless=_SECOND),
    _line("complaint-second-decision-sending", _COMPLAINT, [E.DECIDED], [E.DECISION_SENT], needs=_SECOND),
    _line("complaint-decision-publication", _COMPLAINT, [E.DECIDED], [E.PUBLISHED]),
    _line("complaint-decision-force", _COMPLAINT, [E.DECIDED], [E.IN_FORCE, E.SECOND_COMPLAINT]),
    _line("complaint-second-lodging", _COMPLAINT, [E.DECISION_SENT], [E.SECOND_COMPLAINT], unless=_FIRST),
    _line(
        "discipline-complaint-second-lodging",
        _COMPLAINT,
        [E.DECISION_SENT],
        [E.SECOND_COMPLAINT],
        needs=_DISCIPLINE,
        unless=_SECOND,
    ),
    _line("complaint-enforcement-order", _COMPLAINT, [E.IN_FORCE], [E.ENFORCEMENT_ORDERED]),
    _line("complaint-file-handover", _COMPLAINT, [E.FILE_CLOSED], [E.FILE_HANDED_OVER]),
    # Denunciations
    _line("denunciation-intake", _DENUNCIATION, [E.RECEIVED], _HANDLED),
    # Counted from receipt, but only once it is known that another body is competent.
    _line(
        "denunciation-transfer",
        _DENUNCIATION,
        [E.RECEIVED],
        [E.TRANSFERRED, E.GUIDED, *GONE],
        opened_by=[E.COMPETENCE_LACKING, E.TRANSFERRED],
    ),
    _line("denunciation-refusal-notice", _DENUNCIATION, [E.NOT_ACCEPTED], [E.REASON_TOLD]),
    _line("denunciation-crime-transfer", _DENUNCIATION, [E.CRIME_SIGNS], [E.HANDED_OVER]),
    _line("denunciation-acceptance-notice", _DENUNCIATION, [E.ACCEPTED], [E.ACCEPTANCE_NOTIFIED]),
    _line("denunciation-settlement", _DENUNCIATION, [E.ACCEPTED], _SETTLED),
    _line("denunciation-suspension-sending", _DENUNCIATION, [E.SUSPENDED, E.ENDED], [E.ORDER_SENT], each=True),
    _line("denunciation-conclusion-sending", _DENUNCIATION, [E.CONCLUDED], [E.CONCLUSION_SENT]),
    _line("denunciation-conclusion-action", _DENUNCIATION, [E.CONCLUDED], [E.ACTED_ON]),
    _line("denunciation-action-report", _DENUNCIATION, [E.ACTION_RESULT], [E.ACTION_REPORTED], each=True),
    _line("denunciation-publication", _DENUNCIATION, [E.CONCLUDED], [E.PUBLISHED]),
    _line(
        "denunciation-forwarder-notice",
        _DENUNCIATION,
        [E.RECEIVED],
        [E.FORWARDER_TOLD],
        needs=frozenset({Circumstance.FORWARDED_BY_PRESS}),
    ),
    _line("denunciation-overdue-report", _DENUNCIATION, [E.REPORT_DEMANDED], [E.REPORT_SENT], each=True),
)

SUBSTANCE = _line(SUBSTANCE_ID, frozenset({Kind.RECOMMENDATION}), [E.RECEIVED], _HANDLED)
"""For an office that sets itself a limit for the substance of a recommendation."""

NOT_ON_A_PETITION: tuple[str, ...] = (
    "reception-schedule-posting",
    "online-reception-notice",
    "head-reception-duty",
    "complaint-lodging",
    "complaint-complexity-finding",
    "discipline-complaint-lodging",
    "denunciation-further-review",
    "denunciation-overdue-demand",
    "field-report-acceptance",
)
"""Rules that no legal event of a petition starts: about the office, before the petition, or of the superior body."""


STOPPED_BY_CLOSING = frozenset(line.rule_id for line in (*STARTS, SUBSTANCE) if E.CLOSED in line.stops)
"""The rules whose clocks end with the case at the latest; the others are duties that outlast it."""


@cache
def lines_for(kind: Kind, circumstances: frozenset[Circumstance] = frozenset()) -> tuple[Line, ...]:
    """The lines of the table that hold for a petition of ``kind`` in these circumstances."""
    return tuple(
        line
        for line in STARTS
        if kind in line.kinds and line.needs <= circumstances and not line.unless & circumstances
    )
