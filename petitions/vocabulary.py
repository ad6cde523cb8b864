"""The words of the field as codes: kinds, channels, dispositions, flags and the rest. Pure.

Each code has one label (translated) and, for what people type in registers, its aliases live in the import.
"""

from enum import IntFlag, StrEnum

from core.i18n import lazy_gettext as _l


class Kind(StrEnum):
    """Kind of a petition (loại đơn), by its content and not by its title."""

    COMPLAINT = "complaint"
    DENUNCIATION = "denunciation"
    RECOMMENDATION = "recommendation"
    MIXED = "mixed"
    UNCLASSIFIED = "unclassified"


PLAIN_KINDS = (Kind.COMPLAINT, Kind.DENUNCIATION, Kind.RECOMMENDATION)

KIND_LABELS = {
    Kind.COMPLAINT: _l("Complaint"),
    Kind.DENUNCIATION: _l("Denunciation"),
    Kind.RECOMMENDATION: _l("Recommendation or report"),
    Kind.MIXED: _l("Several kinds in one"),
    Kind.UNCLASSIFIED: _l("Not yet classified"),
}


class Channel(StrEnum):
    """How a petition came in."""

    DESK = "desk"
    POST = "post"
    ONLINE = "online"
    PHONE = "phone"
    FORWARDED = "forwarded"
    HEAD_RECEPTION = "head-reception"
    OTHER = "other"


CHANNEL_LABELS = {
    Channel.DESK: _l("At the desk"),
    Channel.POST: _l("By post"),
    Channel.ONLINE: _l("Online"),
    Channel.PHONE: _l("By telephone"),
    Channel.FORWARDED: _l("Forwarded by another body"),
    Channel.HEAD_RECEPTION: _l("At the head's reception"),
    Channel.OTHER: _l("Another way"),
}


class ForwarderKind(StrEnum):
    """What kind of body forwarded a petition: some have to be told the result, and by when."""

    SUPERIOR = "superior"
    DEPUTY = "deputy"
    PRESS = "press"
    OTHER = "other"


FORWARDER_KIND_LABELS = {
    ForwarderKind.SUPERIOR: _l("A superior body"),
    ForwarderKind.DEPUTY: _l("A deputy or the Fatherland Front"),
    ForwarderKind.PRESS: _l("A press agency"),
    ForwarderKind.OTHER: _l("Another body"),
}


class MatterRole(StrEnum):
    """How a petition stands in its matter (vụ việc)."""

    FIRST = "first"
    REPEATED = "repeated"
    FORWARDED = "forwarded"


MATTER_ROLE_LABELS = {
    MatterRole.FIRST: _l("First petition"),
    MatterRole.REPEATED: _l("Repeated petition"),
    MatterRole.FORWARDED: _l("Forwarded petition"),
}


class Disposition(StrEnum):
    """How a petition was closed."""

    DECIDED = "decided"
    CONCLUDED = "concluded"
    ANSWERED = "answered"
    GUIDED = "guided"
    FORWARDED = "forwarded"
    NOT_ACCEPTED = "not-accepted"
    FILED = "filed"
    WITHDRAWN = "withdrawn"
    JOINED = "joined"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN_IMPORTED = "unknown-imported"


DISPOSITION_LABELS = {
    Disposition.DECIDED: _l("Settlement decision issued"),
    Disposition.CONCLUDED: _l("Conclusion on the denunciation issued"),
    Disposition.ANSWERED: _l("Answered"),
    Disposition.GUIDED: _l("Guided to the competent body"),
    Disposition.FORWARDED: _l("Forwarded to the competent body"),
    Disposition.NOT_ACCEPTED: _l("Not accepted"),
    Disposition.FILED: _l("Filed without further action"),
    Disposition.WITHDRAWN: _l("Withdrawn"),
    Disposition.JOINED: _l("Joined to another petition"),
    Disposition.ENTERED_IN_ERROR: _l("Registered in error"),
    Disposition.UNKNOWN_IMPORTED: _l("Unknown (imported)"),
}


class Flag(StrEnum):
    """Marks that put a petition into the priority queue."""

    COMPLEX = "complex"
    PROMINENT = "prominent"


FLAG_LABELS = {Flag.COMPLEX: _l("Complex"), Flag.PROMINENT: _l("Prominent")}


class Trigger(StrEnum):
    """Why a petition was escalated."""

    OVERDUE = "overdue"
    COMPLEX = "complex"
    PROMINENT = "prominent"
    CONFLICT = "conflict-of-interest"
    CRIME_SIGNS = "crime-signs"
    SUPERIOR_REQUEST = "superior-request"
    CROWD = "crowd"
    OTHER = "other"


TRIGGER_LABELS = {
    Trigger.OVERDUE: _l("Overdue"),
    Trigger.COMPLEX: _l("Complex case"),
    Trigger.PROMINENT: _l("Prominent case"),
    Trigger.CONFLICT: _l("Conflict of interest"),
    Trigger.CRIME_SIGNS: _l("Signs of crime"),
    Trigger.SUPERIOR_REQUEST: _l("A superior body asks"),
    Trigger.CROWD: _l("Crowd or heated case"),
    Trigger.OTHER: _l("Another reason"),
}


class ComplexityPoint(IntFlag):
    """What makes a case complex, any one of them (Nghị định 155/2026/NĐ-CP, Điều 2; Nghị định 31/2019, Điều 3.2).

    A denunciation with two of them or more is especially complex (Nghị định 31/2019, Điều 3.3).
    """

    SEVERAL_PLACES = 1
    SEVERAL_CONTENTS = 2
    MANY_PEOPLE = 4
    FOREIGN_ELEMENT = 8
    SEVERAL_BODIES = 16
    BODIES_DISAGREE = 32
    CONFLICTING_EVIDENCE = 64


COMPLEXITY_POINT_LABELS = {
    ComplexityPoint.SEVERAL_PLACES: _l("to be verified in two places or more"),
    ComplexityPoint.SEVERAL_CONTENTS: _l("two matters of complaint or more"),
    ComplexityPoint.MANY_PEOPLE: _l("many people, or the interests of many people"),
    ComplexityPoint.FOREIGN_ELEMENT: _l("a foreign element"),
    ComplexityPoint.SEVERAL_BODIES: _l("the responsibility of several bodies"),
    ComplexityPoint.BODIES_DISAGREE: _l("the bodies concerned disagree"),
    ComplexityPoint.CONFLICTING_EVIDENCE: _l("papers and evidence conflict"),
}
ALL_POINTS = sum(ComplexityPoint)


class PartyRole(StrEnum):
    """What somebody is in a petition."""

    PETITIONER = "petitioner"
    REPRESENTATIVE = "representative"


GROUP_FROM = 5
"""People from which a petition is one of many people (đông người): Law on Citizen Reception, article 29."""


def in_list(values: type[StrEnum]) -> str:
    """The codes of an enum as an SQL list, for CHECK constraints."""
    return ", ".join(f"'{value.value}'" for value in values)
