"""Which legal events are recorded by hand, when, and what must be given with each: one table. Pure.

Those that end a case (decided, concluded, answered …) are recorded by closing it, and by nothing else.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from petitions.deadlines.legal_events import LegalEvent as E  # a table reads better with a short name
from petitions.deadlines.rule import Rule, Variant
from petitions.deadlines.rules import in_force
from petitions.deadlines.starts import STARTS
from petitions.vocabulary import Disposition, Kind


@dataclass(frozen=True, slots=True)
class Recordable:
    """How an event is recorded.

    ``while_open`` and ``when_closed`` say at which time of a case it can happen. ``document``: number, day and signer
    of the paper must be given; otherwise they may be. ``needs`` names what else must be given: ``days`` of an
    extension, ``points`` of complexity, ``for_day`` of a dialogue, ``variant`` of a wider check, ``ground``.
    """

    event: E
    while_open: bool = True
    when_closed: bool = False
    document: bool = False
    needs: tuple[str, ...] = ()


def _after(event: E, *, document: bool = False) -> Recordable:
    """What can only happen once the case is closed."""
    return Recordable(event, while_open=False, when_closed=True, document=document)


RECORDABLE: tuple[Recordable, ...] = (
    Recordable(E.REPLIED),
    Recordable(E.ACCEPTED, document=True),
    Recordable(E.ACCEPTANCE_NOTIFIED),
    Recordable(E.COMPLEXITY_FOUND, document=True, needs=("points", "ground")),
    Recordable(E.CHECK_WIDENED, needs=("variant",)),
    Recordable(E.EXTENDED, document=True, needs=("days", "ground")),
    Recordable(E.SUSPENSION_GROUND, needs=("ground",)),
    Recordable(E.SUSPENDED, document=True, needs=("ground",)),
    Recordable(E.CONTINUATION_GROUND, needs=("ground",)),
    Recordable(E.CONTINUED, document=True, needs=("ground",)),
    Recordable(E.ORDER_SENT, when_closed=True),
    Recordable(E.EVIDENCE_ASKED),
    Recordable(E.EVIDENCE_SUPPLIED),
    Recordable(E.DIALOGUE_SET, needs=("for_day",)),
    Recordable(E.DIALOGUE_NOTIFIED),
    Recordable(E.STAYED, document=True, needs=("ground",)),
    Recordable(E.STAY_LIFTED, document=True),
    Recordable(E.REFUSAL_GROUND, needs=("ground",)),
    Recordable(E.REFUSED, document=True),
    Recordable(E.COMPETENCE_LACKING, needs=("ground",)),
    Recordable(E.CRIME_SIGNS, needs=("ground",), when_closed=True),
    Recordable(E.HANDED_OVER, document=True, when_closed=True),
    Recordable(E.REPORT_DEMANDED, document=True),
    Recordable(E.REPORT_SENT, when_closed=True),
    Recordable(E.TAKEN_OVER, document=True),
    _after(E.REASON_TOLD),
    _after(E.DECISION_SENT),
    _after(E.CONCLUSION_SENT),
    _after(E.PUBLISHED),
    Recordable(E.FORWARDER_TOLD, when_closed=True),
    _after(E.ACTED_ON),
    _after(E.ACTION_RESULT),
    _after(E.ACTION_REPORTED),
    _after(E.SECOND_COMPLAINT),
    _after(E.IN_FORCE),
    _after(E.ENFORCEMENT_ORDERED, document=True),
    _after(E.FILE_CLOSED),
    _after(E.FILE_HANDED_OVER),
    _after(E.DESTRUCTION_DECIDED, document=True),
)

CHECK_VARIANTS = (Variant.SEVERAL_PLACES, Variant.DELEGATED)
"""What a wider check can be (Luật Tố cáo, Điều 24.1)."""

ESPECIALLY_COMPLEX_FROM = 2
"""Points from which a denunciation is especially complex (Nghị định 31/2019/NĐ-CP, Điều 3.3)."""

_TRIED = frozenset({Kind.COMPLAINT, Kind.DENUNCIATION})
_ON_SETTLEMENT = frozenset({E.EXTENDED, E.SUSPENDED, E.CONTINUED})
_EVERYWHERE = frozenset({E.COMPLEXITY_FOUND, E.CRIME_SIGNS, E.HANDED_OVER, E.REPORT_DEMANDED, E.REPORT_SENT})

CLOSING_EVENTS: dict[Disposition, tuple[E, ...]] = {
    Disposition.DECIDED: (E.DECIDED,),
    Disposition.CONCLUDED: (E.CONCLUDED,),
    Disposition.ANSWERED: (E.ANSWERED,),
    Disposition.GUIDED: (E.GUIDED,),
    Disposition.FORWARDED: (E.TRANSFERRED,),
    Disposition.NOT_ACCEPTED: (E.NOT_ACCEPTED,),
    Disposition.FILED: (E.FILED,),
    Disposition.WITHDRAWN: (E.WITHDRAWN,),
    Disposition.JOINED: (E.JOINED,),
}
"""What a disposition means in law. One that was accepted and is withdrawn is ended by an order as well."""


_DECIDED_UNDER: dict[tuple[Kind, E], str] = {
    (Kind.COMPLAINT, E.ACCEPTED): "complaint-acceptance",
    (Kind.COMPLAINT, E.COMPLEXITY_FOUND): "complaint-first-settlement",
    (Kind.COMPLAINT, E.SUSPENDED): "complaint-suspension-order",
    (Kind.COMPLAINT, E.CONTINUED): "complaint-suspension-order",
    (Kind.DENUNCIATION, E.ACCEPTED): "denunciation-acceptance-notice",
    (Kind.DENUNCIATION, E.COMPLEXITY_FOUND): "denunciation-settlement",
    (Kind.DENUNCIATION, E.EXTENDED): "denunciation-settlement",
    (Kind.DENUNCIATION, E.SUSPENDED): "denunciation-suspension-sending",
    (Kind.DENUNCIATION, E.CONTINUED): "denunciation-suspension-sending",
}


def is_especially_complex(points: int, kind: Kind) -> bool:
    """Whether a petition of which those points were found is especially complex; ``points`` are bits."""
    return kind is Kind.DENUNCIATION and points.bit_count() >= ESPECIALLY_COMPLEX_FROM


def rule_behind(event: E, kind: Kind, on: date) -> Rule | None:
    """The rule that says who decides on ``event`` and by which document; None where none is declared."""
    rule_id = _DECIDED_UNDER.get((kind, event))
    return in_force(rule_id, on) if rule_id else None


def recordable(event: E) -> Recordable | None:
    """How ``event`` is recorded by hand; None where it is not."""
    return _BY_EVENT.get(event)


_BY_EVENT = {line.event: line for line in RECORDABLE}


def recordable_for(kind: Kind, *, closed: bool) -> list[Recordable]:
    """What can be recorded on a petition of ``kind``, in the order of the table."""
    known = _known_to(kind)
    return [line for line in RECORDABLE if line.event in known and (line.when_closed if closed else line.while_open)]


@cache
def _known_to(kind: Kind) -> frozenset[E]:
    """The events that mean something for a kind: those that start or stop a clock of its, or move its settlement."""
    found = set(_EVERYWHERE)
    for line in STARTS:
        if kind in line.kinds:
            found |= line.starts | line.stops | line.opened_by
    if kind not in _TRIED:
        return frozenset(found - {E.ACCEPTED})
    return frozenset(found | _ON_SETTLEMENT | ({E.CHECK_WIDENED} if kind is Kind.DENUNCIATION else set()))
