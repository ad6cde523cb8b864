"""Limits after the decision on a complaint: sending, publishing, force, carrying out, filing. Pure."""

from datetime import date

from core.i18n import lazy_gettext as _l
from petitions.deadlines.complaint_rules import LAW_ON
from petitions.deadlines.counting import Direction, Unit
from petitions.deadlines.readings import Reading
from petitions.deadlines.rule import Limit, Nature, ReadStatus, Rule, Variant

_DECREE_124_ON = date(2020, 12, 5)
_WD = Unit.WORKING_DAYS
_CD = Unit.CALENDAR_DAYS

DECISION_RULES = (
    Rule(
        id="complaint-first-decision-sending",
        label=_l("Send the first decision"),
        start=_l("first decision issued"),
        limit=Limit(3, _WD),
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 32",
        read=(ReadStatus.OLDER_TEXT,),
        decided_by=_l("settler"),
        stops=_l("sent to complainant, superior, persons concerned, forwarder and inspectorate"),
    ),
    Rule(
        id="complaint-second-decision-sending",
        label=_l("Send the second decision"),
        start=_l("second decision issued"),
        limit=Limit(7, _CD),
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 41 khoản 1",
        read=(ReadStatus.OLDER_TEXT,),
        decided_by=_l("superior body"),
        stops=_l("the second decision is sent"),
        not_ward=_l("A ward issues first decisions only; it receives the second one."),
    ),
    Rule(
        id="complaint-decision-publication",
        label=_l("Publish the decision"),
        start=_l("decision issued"),
        limit=Limit(15, _CD),
        variants={
            Variant.POSTED: Limit(15, _CD, start=_l("posted on the board or online"), nature=Nature.MINIMUM),
            Variant.MEETING_NOTICE: Limit(3, _WD, Direction.BEFORE, start=_l("day of the meeting")),
        },
        valid_from=date(2012, 11, 20),
        source="Nghị định 75/2012/NĐ-CP, Điều 12; Nghị định 124/2020/NĐ-CP, Điều 29",
        read=(ReadStatus.OLDER_TEXT, ReadStatus.SECONDARY),
        decided_by=_l("settler"),
        stops=_l("the decision is published"),
        not_ward=_l(
            "The texts read bind who settles the second time; whether Nghị định 124/2020, article 29, binds a ward too "
            "was not verified. Counted as a reminder."
        ),
    ),
    Rule(
        id="complaint-decision-force",
        label=_l("The decision comes into force"),
        start=_l("decision issued"),
        limit=Limit(30, _CD),
        variants={Variant.REMOTE: Limit(45, _CD)},
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 44",
        read=(ReadStatus.OLDER_TEXT,),
        nature=Nature.EFFECT,
        stops=_l("a second complaint is lodged"),
        note=_l(
            "In force after these days, a first decision only if no second complaint came. That right runs from "
            "receipt, so force may look due before the right has ended: show both."
        ),
        readings=(Reading.FORCE_AND_LINE_MOVE,),
    ),
    Rule(
        id="complaint-enforcement-order",
        label=_l("Order that the decision be carried out"),
        start=_l("decision in force"),
        limit=Limit(5, _WD),
        valid_from=_DECREE_124_ON,
        source="Nghị định 124/2020/NĐ-CP, Điều 31",
        read=(ReadStatus.SECONDARY,),
        decided_by=_l("settler"),
        stops=_l("the order is issued"),
        day_uncertain=True,
    ),
    Rule(
        id="complaint-file-handover",
        label=_l("Hand the file to the archive"),
        start=_l("file closed"),
        limit=Limit(30, _CD),
        valid_from=date(2013, 12, 16),
        valid_to=date(2020, 12, 4),
        source="Thông tư 07/2013/TT-TTCP, Điều 23 khoản 2",
        read=(ReadStatus.OLDER_TEXT,),
        decided_by=_l("who verified"),
        stops=_l("the file is indexed and handed over"),
        note=_l("Thông tư 06/2024/TT-TTCP, which may set a limit now, was not read."),
        day_uncertain=True,
    ),
)
