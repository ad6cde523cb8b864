"""Limits of complaints against disciplinary decisions: Luật Khiếu nại 02/2011/QH13, chapter IV. Pure.

Acceptance has the limits of every complaint (article 50; Nghị định 155/2026/NĐ-CP, Điều 10).
"""

from core.i18n import lazy_gettext as _l
from petitions.deadlines.complaint_rules import LAW_ON, OBSTACLE, SUSPENSION
from petitions.deadlines.counting import Unit
from petitions.deadlines.rule import Limit, Nature, ReadStatus, Rule, Variant

_READ = (ReadStatus.OLDER_TEXT,)
_CD = Unit.CALENDAR_DAYS
_RIGHT = _l("A limit of the official who complains; the ward checks it before it accepts.")

DISCIPLINE_RULES = (
    Rule(
        id="discipline-complaint-lodging",
        label=_l("Complain against a disciplinary decision"),
        start=_l("disciplinary decision received"),
        limit=Limit(15, _CD),
        pause=OBSTACLE,
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 48",
        read=_READ,
        nature=Nature.RIGHT,
        stops=_l("the complaint is lodged"),
        not_ward=_RIGHT,
    ),
    Rule(
        id="discipline-complaint-second-lodging",
        label=_l("Complain a second time against a disciplinary decision"),
        start=_l("first settlement received"),
        limit=Limit(10, _CD),
        variants={Variant.DISMISSAL: Limit(30, _CD)},
        pause=OBSTACLE,
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 48",
        read=_READ,
        nature=Nature.RIGHT,
        stops=_l("the second complaint is lodged"),
        not_ward=_l("A limit of the official who complains, towards the superior body."),
    ),
    Rule(
        id="discipline-complaint-settlement",
        label=_l("Settle the complaint against a disciplinary decision"),
        start=_l("complaint accepted"),
        limit=Limit(30, _CD),
        variants={Variant.COMPLEX: Limit(45, _CD)},
        pause=SUSPENSION,
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 50",
        read=_READ,
        decided_by=_l("who issued the decision"),
        stops=_l("the settlement decision is issued, or the settlement ended"),
    ),
)
