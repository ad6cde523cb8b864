"""Limits of complaints up to the decision: Luật Khiếu nại 02/2011/QH13, Nghị định 124/2020 and 155/2026/NĐ-CP. Pure."""

from datetime import date

from core.i18n import lazy_gettext as _l
from petitions.deadlines.counting import Direction, Unit
from petitions.deadlines.readings import NEW_TEXTS_ON, Reading
from petitions.deadlines.rule import Limit, Nature, Pause, ReadStatus, Rule, Variant

LAW_ON = date(2012, 7, 1)
_CIRCULAR_ON = date(2013, 12, 16)
_OLD_TO = date(2026, 6, 30)
_OLD = (ReadStatus.OLDER_TEXT,)
_NEW = (ReadStatus.DECREE_2026,)
_WD = Unit.WORKING_DAYS
_CD = Unit.CALENDAR_DAYS

SUSPENSION = Pause(
    NEW_TEXTS_ON,
    _l("force majeure or objective obstacle, with proof in the file"),
    "Nghị định 155/2026/NĐ-CP, Điều 12 (Điều 28a, 28b) và Điều 22 khoản 1",
)
"""Since 1/7/2026, also for a case accepted earlier and not yet decided (article 22.1)."""

OBSTACLE = Pause(
    LAW_ON, _l("illness, disaster, enemy action, duty or study far away, other obstacle"), "Luật Khiếu nại, Điều 9, 48"
)

_SECOND = _l("A ward settles complaints for the first time only; the second time belongs to a superior body.")

COMPLAINT_RULES = (
    Rule(
        id="complaint-lodging",
        label=_l("Complain for the first time"),
        start=_l("decision received, or decision or act known"),
        limit=Limit(90, _CD),
        pause=OBSTACLE,
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 9",
        read=_OLD,
        nature=Nature.RIGHT,
        stops=_l("the complaint is lodged"),
        not_ward=_l("A limit of the complainant; the ward checks it before it accepts (article 11)."),
    ),
    Rule(
        id="complaint-acceptance",
        label=_l("Accept or refuse the complaint"),
        start=_l("complaint received"),
        limit=Limit(10, _WD),
        valid_from=_CIRCULAR_ON,
        valid_to=_OLD_TO,
        source="Thông tư 07/2013/TT-TTCP, Điều 5 khoản 1; Nghị định 124/2020/NĐ-CP, Điều 16 khoản 1",
        read=(ReadStatus.OLDER_TEXT, ReadStatus.SECONDARY),
        decided_by=_l("head of the office"),
        stops=_l("accepted or refused in writing, guided or returned"),
        readings=(Reading.RECEIPT_DECIDES,),
    ),
    Rule(
        id="complaint-acceptance",
        label=_l("Accept or refuse the complaint"),
        start=_l("complaint received"),
        limit=Limit(7, _WD),
        valid_from=NEW_TEXTS_ON,
        source="Nghị định 155/2026/NĐ-CP, Điều 10",
        read=_NEW,
        decided_by=_l("head of the office"),
        document="Mẫu 03, Mẫu 04 Nghị định 155/2026/NĐ-CP",
        stops=_l("accepted or refused in writing, guided or returned"),
    ),
    Rule(
        id="complaint-acceptance-law",
        label=_l("Accept or refuse the complaint, by the text of the law"),
        start=_l("complaint received"),
        limit=Limit(10, _CD),
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 27, Điều 36 khoản 1, Điều 50",
        read=_OLD,
        decided_by=_l("head of the office"),
        stops=_l("accepted or refused in writing, guided or returned"),
        note=_l("Decree and law differ; the earlier of the two days warns, and both are shown."),
    ),
    Rule(
        id="complaint-first-settlement",
        label=_l("Settle the complaint, first time"),
        start=_l("complaint accepted"),
        limit=Limit(30, _CD),
        variants={
            Variant.COMPLEX: Limit(45, _CD),
            Variant.REMOTE: Limit(45, _CD),
            Variant.REMOTE_COMPLEX: Limit(60, _CD),
        },
        pause=SUSPENSION,
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 28",
        read=_OLD,
        decided_by=_l("settler"),
        stops=_l("the settlement decision is issued, or the settlement ended"),
        note=_l("Complexity must be found in writing and kept in the file; there is no decision to extend."),
    ),
    Rule(
        id="complaint-complexity-finding",
        label=_l("Find in writing that the case is complex"),
        start=_l("one of the seven points is met"),
        limit=Limit(0, Unit.NO_LIMIT),
        valid_from=NEW_TEXTS_ON,
        source="Nghị định 155/2026/NĐ-CP, Điều 2 (Điều 3a)",
        read=_NEW,
        nature=Nature.DUTY,
        decided_by=_l("settler"),
        stops=_l("the finding is in the file"),
        note=_l("A duty of form without a day of its own: without the finding the longer limit does not run."),
    ),
    Rule(
        id="complaint-second-lodging",
        label=_l("Complain for the second time"),
        start=_l("first decision received, or first limit ended without one"),
        limit=Limit(30, _CD),
        variants={Variant.REMOTE: Limit(45, _CD)},
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 33 khoản 1",
        read=_OLD,
        nature=Nature.RIGHT,
        stops=_l("the second complaint is lodged"),
        not_ward=_l("A limit of the complainant, towards the superior body."),
    ),
    Rule(
        id="complaint-second-settlement",
        label=_l("Settle the complaint, second time"),
        start=_l("second complaint accepted"),
        limit=Limit(45, _CD),
        variants={
            Variant.COMPLEX: Limit(60, _CD),
            Variant.REMOTE: Limit(60, _CD),
            Variant.REMOTE_COMPLEX: Limit(70, _CD),
        },
        pause=SUSPENSION,
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 37",
        read=_OLD,
        decided_by=_l("superior body"),
        stops=_l("the second decision is issued, or the settlement ended"),
        not_ward=_SECOND,
    ),
    Rule(
        id="complaint-dialogue-notice",
        label=_l("Notice of the dialogue"),
        start=_l("day of the dialogue"),
        limit=Limit(0, Unit.NO_LIMIT),
        valid_from=_CIRCULAR_ON,
        valid_to=_OLD_TO,
        source="Thông tư 07/2013/TT-TTCP, Điều 21; Nghị định 124/2020/NĐ-CP, Điều 28",
        read=(ReadStatus.OLDER_TEXT, ReadStatus.MEMORY),
        nature=Nature.DUTY,
        decided_by=_l("settler"),
        stops=_l("all sides are notified"),
        note=_l(
            "No number of days was set; who stayed away after a second notice had the settlement ended. Nghị định "
            "124/2020 was not read."
        ),
    ),
    Rule(
        id="complaint-dialogue-notice",
        label=_l("Notice of the dialogue"),
        start=_l("day of the dialogue"),
        limit=Limit(5, _CD, Direction.BEFORE),
        valid_from=NEW_TEXTS_ON,
        source="Nghị định 155/2026/NĐ-CP, Điều 11 (Điều 28 khoản 1)",
        read=_NEW,
        decided_by=_l("settler"),
        stops=_l("all sides are notified"),
        note=_l("Also for a case accepted before 1/7/2026 and not yet decided (article 22.1)."),
    ),
    Rule(
        id="complaint-execution-stay",
        label=_l("Stay of the decision complained of"),
        start=_l("stay ordered"),
        limit=Limit(0, Unit.REST_OF_SETTLEMENT),
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 35",
        read=_OLD,
        nature=Nature.EFFECT,
        decided_by=_l("settler"),
        stops=_l("the stay is lifted, at once when its reason ends"),
        note=_l("It lasts at most for the rest of the settlement limit, whose last day has to be given."),
    ),
    Rule(
        id="complaint-suspension-order",
        label=_l("Order to suspend, end or continue the settlement"),
        start=_l("ground complete, or ended"),
        limit=Limit(0, Unit.NO_LIMIT),
        valid_from=LAW_ON,
        valid_to=_OLD_TO,
        source="Luật Khiếu nại, Điều 10; Thông tư 07/2013/TT-TTCP, Điều 19; Nghị định 155/2026/NĐ-CP, Điều 22 khoản 1",
        read=_OLD,
        nature=Nature.DUTY,
        note=_l(
            "There was no suspension: a settlement could only be ended, on withdrawal. A case accepted then may be "
            "suspended from 1/7/2026 on (article 22.1)."
        ),
    ),
    Rule(
        id="complaint-suspension-order",
        label=_l("Order to suspend, end or continue the settlement"),
        start=_l("ground complete, or ended"),
        limit=Limit(0, Unit.AT_ONCE),
        valid_from=NEW_TEXTS_ON,
        source="Nghị định 155/2026/NĐ-CP, Điều 12 (Điều 28b)",
        read=_NEW,
        decided_by=_l("settler"),
        document="Mẫu 14a, Mẫu 14b Nghị định 155/2026/NĐ-CP",
        stops=_l("the order is issued"),
    ),
    Rule(
        id="complaint-suspension-sending",
        label=_l("Send the order to suspend, end or continue"),
        start=_l("order issued"),
        limit=Limit(3, _WD),
        valid_from=NEW_TEXTS_ON,
        source="Nghị định 155/2026/NĐ-CP, Điều 12 (Điều 28b khoản 1, khoản 2)",
        read=_NEW,
        decided_by=_l("settler"),
        stops=_l("sent to both sides, the representative and persons concerned"),
    ),
    Rule(
        id="complaint-resumption-bar",
        label=_l("Go on with a complaint after its settlement was ended"),
        start=_l("notice that the settlement was ended"),
        limit=Limit(30, _CD),
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 11 khoản 8",
        read=_OLD,
        nature=Nature.RIGHT,
        stops=_l("the complainant goes on"),
        not_ward=_l("A limit of the complainant; a complaint that comes later is not accepted."),
    ),
    Rule(
        id="complaint-evidence-supply",
        label=_l("Supply the evidence asked for"),
        start=_l("request made"),
        limit=Limit(7, _CD),
        valid_from=LAW_ON,
        source="Luật Khiếu nại, Điều 12, Điều 13, Điều 14, Điều 15",
        read=_OLD,
        decided_by=_l("settler"),
        stops=_l("the evidence is supplied"),
        note=_l("Binds the complainant, the side complained of and the bodies asked, the ward among them."),
    ),
)
