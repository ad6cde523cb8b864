"""Legal events of a petition: what happened in law, as opposed to a change of status, which moves no date. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.i18n import lazy_gettext as _l
from petitions.deadlines.rule import Variant


class LegalEvent(StrEnum):
    """What can happen to a petition in law."""

    RECEIVED = "received"
    REPLIED = "replied"
    REFUSAL_GROUND = "refusal-ground"
    REFUSED = "refused"
    EVIDENCE_ASKED = "evidence-asked"
    EVIDENCE_SUPPLIED = "evidence-supplied"
    ACCEPTED = "accepted"
    ACCEPTANCE_NOTIFIED = "acceptance-notified"
    NOT_ACCEPTED = "not-accepted"
    REASON_TOLD = "reason-told"
    COMPETENCE_LACKING = "competence-lacking"
    TRANSFERRED = "transferred"
    GUIDED = "guided"
    CHECK_WIDENED = "check-widened"
    CRIME_SIGNS = "crime-signs"
    HANDED_OVER = "handed-over"
    COMPLEXITY_FOUND = "complexity-found"
    EXTENDED = "extended"
    DIALOGUE_SET = "dialogue-set"
    DIALOGUE_NOTIFIED = "dialogue-notified"
    STAYED = "stayed"
    STAY_LIFTED = "stay-lifted"
    SUSPENSION_GROUND = "suspension-ground"
    SUSPENDED = "suspended"
    CONTINUATION_GROUND = "continuation-ground"
    CONTINUED = "continued"
    ENDED = "ended"
    ORDER_SENT = "order-sent"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"
    DECISION_SENT = "decision-sent"
    PUBLISHED = "published"
    SECOND_COMPLAINT = "second-complaint"
    IN_FORCE = "in-force"
    ENFORCEMENT_ORDERED = "enforcement-ordered"
    CONCLUDED = "concluded"
    CONCLUSION_SENT = "conclusion-sent"
    ACTED_ON = "acted-on"
    ACTION_RESULT = "action-result"
    ACTION_REPORTED = "action-reported"
    REPORT_DEMANDED = "report-demanded"
    REPORT_SENT = "report-sent"
    TAKEN_OVER = "taken-over"
    ANSWERED = "answered"
    FORWARDER_TOLD = "forwarder-told"
    FILED = "filed"
    FILE_CLOSED = "file-closed"
    FILE_HANDED_OVER = "file-handed-over"
    DESTRUCTION_DECIDED = "destruction-decided"
    JOINED = "joined"
    CLOSED = "closed"


LEGAL_EVENT_LABELS: dict[LegalEvent, object] = {
    LegalEvent.RECEIVED: _l("Petition received"),
    LegalEvent.REPLIED: _l("Citizen told what becomes of it"),
    LegalEvent.REFUSAL_GROUND: _l("Ground for refusing reception complete"),
    LegalEvent.REFUSED: _l("Refusal of reception notified in writing"),
    LegalEvent.EVIDENCE_ASKED: _l("Evidence asked for"),
    LegalEvent.EVIDENCE_SUPPLIED: _l("Evidence supplied"),
    LegalEvent.ACCEPTED: _l("Accepted for settlement"),
    LegalEvent.ACCEPTANCE_NOTIFIED: _l("Both sides notified of the acceptance"),
    LegalEvent.NOT_ACCEPTED: _l("Not accepted for settlement"),
    LegalEvent.REASON_TOLD: _l("Reason of the refusal told"),
    LegalEvent.COMPETENCE_LACKING: _l("Another body found competent"),
    LegalEvent.TRANSFERRED: _l("Transferred to the competent body"),
    LegalEvent.GUIDED: _l("Petitioner guided to the competent body"),
    LegalEvent.CHECK_WIDENED: _l("Check in several places or by delegation"),
    LegalEvent.CRIME_SIGNS: _l("Signs of crime seen"),
    LegalEvent.HANDED_OVER: _l("File handed to police or prosecution"),
    LegalEvent.COMPLEXITY_FOUND: _l("Found to be complex"),
    LegalEvent.EXTENDED: _l("Settlement extended"),
    LegalEvent.DIALOGUE_SET: _l("Dialogue set"),
    LegalEvent.DIALOGUE_NOTIFIED: _l("Dialogue notified to all sides"),
    LegalEvent.STAYED: _l("Execution of the decision stayed"),
    LegalEvent.STAY_LIFTED: _l("Stay of execution lifted"),
    LegalEvent.SUSPENSION_GROUND: _l("Ground for suspension or end complete"),
    LegalEvent.SUSPENDED: _l("Settlement suspended"),
    LegalEvent.CONTINUATION_GROUND: _l("Ground for suspension gone"),
    LegalEvent.CONTINUED: _l("Settlement continued"),
    LegalEvent.ENDED: _l("Settlement ended"),
    LegalEvent.ORDER_SENT: _l("Order of suspension, end or continuation sent"),
    LegalEvent.WITHDRAWN: _l("Petition withdrawn"),
    LegalEvent.DECIDED: _l("Decision on the complaint issued"),
    LegalEvent.DECISION_SENT: _l("Decision sent"),
    LegalEvent.PUBLISHED: _l("Made public"),
    LegalEvent.SECOND_COMPLAINT: _l("Second complaint lodged"),
    LegalEvent.IN_FORCE: _l("Decision in legal force"),
    LegalEvent.ENFORCEMENT_ORDERED: _l("Carrying out of the decision ordered"),
    LegalEvent.CONCLUDED: _l("Conclusion on the content issued"),
    LegalEvent.CONCLUSION_SENT: _l("Conclusion sent"),
    LegalEvent.ACTED_ON: _l("Conclusion acted on"),
    LegalEvent.ACTION_RESULT: _l("Result of the action known"),
    LegalEvent.ACTION_REPORTED: _l("Result of the action reported to the settler"),
    LegalEvent.REPORT_DEMANDED: _l("Superior demands a report on lateness"),
    LegalEvent.REPORT_SENT: _l("Report on lateness sent"),
    LegalEvent.TAKEN_OVER: _l("Taken over by the superior body"),
    LegalEvent.ANSWERED: _l("Recommendation or report answered"),
    LegalEvent.FORWARDER_TOLD: _l("Forwarding body told the result"),
    LegalEvent.FILED: _l("Petition filed without action"),
    LegalEvent.FILE_CLOSED: _l("File closed"),
    LegalEvent.FILE_HANDED_OVER: _l("File handed to the archive"),
    LegalEvent.DESTRUCTION_DECIDED: _l("Destruction decided"),
    LegalEvent.JOINED: _l("Joined to the matter of another petition"),
    LegalEvent.CLOSED: _l("Case closed"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """A legal event that took place.

    ``days`` belongs to an extension, ``variant`` to a finding of complexity or a wider check, ``for_day`` to an event
    that sets a later day (a dialogue). A reversal is not a happening: leave out what was cancelled.
    """

    event: LegalEvent
    on: date
    days: int = 0
    variant: Variant | None = None
    for_day: date | None = None


def happened_first(happenings: Iterable[Happening], *events: LegalEvent) -> date | None:
    """The first day on which one of ``events`` took place."""
    return min((happening.on for happening in happenings if happening.event in events), default=None)
