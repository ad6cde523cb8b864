"""Where the texts are silent or unclear: the reading that the program takes, each in one place and with a name. Pure.

The first four are the open questions that a lawyer has to answer; the others are practice that the program follows. A
computation that rests on a reading names it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.i18n import lazy_gettext as _l

NEW_TEXTS_ON = date(2026, 7, 1)
"""The day on which Luật 136/2025/QH15 and Nghị định 154, 155 and 156/2026/NĐ-CP came into force."""


class Reading(StrEnum):
    """Names of the readings."""

    RECEIPT_DECIDES = "receipt-decides"
    PAUSE_EDGES = "pause-edges"
    EXTENSION_ON_UNMOVED = "extension-on-unmoved-sum"
    FORCE_AND_LINE_MOVE = "force-and-line-move"
    CIVIL_CODE = "civil-code-counting"
    BACKWARD = "backward-counting"
    SAME_DAY = "at-once-is-the-same-day"
    HOURS_AS_A_DAY = "working-hours-as-a-day"
    WITHIN_THE_PERIOD = "within-the-period"
    LAW_AS_IT_STOOD = "law-as-it-stood"
    DAY_UNCERTAIN = "day-of-validity-uncertain"


@dataclass(frozen=True, slots=True)
class ReadingText:
    """What a reading says; ``number`` is that of the open question, None for practice."""

    number: int | None
    text: object


READINGS: dict[Reading, ReadingText] = {
    Reading.RECEIPT_DECIDES: ReadingText(
        1,
        _l(
            "A complaint received before 1/7/2026 and not yet accepted on that day keeps the limit of the day on "
            "which it was received; the texts are silent."
        ),
    ),
    Reading.PAUSE_EDGES: ReadingText(
        2,
        _l(
            "A pause takes out the day of the suspension order and leaves in the day of the continuation order, so the "
            "due day moves by the days between the two. Suspended on the last day, it falls on the continuation day."
        ),
    ),
    Reading.EXTENSION_ON_UNMOVED: ReadingText(
        3,
        _l("An extension is added to the sum before any move; only the final last day moves off a day off."),
    ),
    Reading.FORCE_AND_LINE_MOVE: ReadingText(
        4,
        _l(
            "This day moves off a day off as every other limit does; whether the law means that is open, so the day "
            "before the move is shown too."
        ),
    ),
    Reading.CIVIL_CODE: ReadingText(
        None,
        _l(
            "Counted after the Civil Code 2015, articles 147 and 148: the day of the event is not counted, and a last "
            "day off moves to the next working day. The petition laws have no rule of their own."
        ),
    ),
    Reading.BACKWARD: ReadingText(
        None,
        _l("A limit of days before an event is counted back; a latest day that is off goes to the working day before."),
    ),
    Reading.SAME_DAY: ReadingText(
        None,
        _l("“At once” is taken as the same day, and as the next working day where that one is off."),
    ),
    Reading.HOURS_AS_A_DAY: ReadingText(
        None,
        _l("Working hours are shown as the working day on which they end at the latest: the next one."),
    ),
    Reading.WITHIN_THE_PERIOD: ReadingText(
        None,
        _l("A duty per week or month is due on the last working day of the week or month."),
    ),
    Reading.LAW_AS_IT_STOOD: ReadingText(
        None,
        _l(
            "Read in the text as it stood before Luật 136/2025/QH15, in force since 1/7/2026, whose wording was not "
            "seen; it may have changed this."
        ),
    ),
    Reading.DAY_UNCERTAIN: ReadingText(
        None,
        _l("The day from or to which this rule is valid was not verified."),
    ),
}
