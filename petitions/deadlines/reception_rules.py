"""Limits of citizen reception and of petitions of every kind: Luật Tiếp công dân and what stands beside it. Pure."""

from datetime import date

from core.i18n import lazy_gettext as _l
from petitions.deadlines.counting import Direction, Unit
from petitions.deadlines.readings import Reading
from petitions.deadlines.rule import Limit, Nature, ReadStatus, Rule, Variant

_LAW_ON = date(2014, 7, 1)
_NEW_ON = date(2026, 7, 1)
_OLD_TO = date(2026, 6, 30)
_CIRCULARS_ON = date(2014, 12, 15)

RECEPTION_RULES = (
    Rule(
        id="reception-reply",
        label=_l("Tell the citizen what becomes of the petition"),
        start=_l("content received"),
        limit=Limit(10, Unit.WORKING_DAYS),
        valid_from=_LAW_ON,
        source="Luật Tiếp công dân, Điều 28 khoản 1",
        read=(ReadStatus.OLDER_TEXT,),
        decided_by=_l("who receives citizens"),
        stops=_l("the citizen is told: accepted, needs a longer check, refused or passed on"),
    ),
    Rule(
        id="reception-refusal-notice",
        label=_l("Written notice that reception is refused"),
        start=_l("ground of refusal complete"),
        limit=Limit(0, Unit.NO_LIMIT),
        valid_from=_CIRCULARS_ON,
        valid_to=_OLD_TO,
        source="Thông tư 06/2014/TT-TTCP, Điều 4; Thông tư 04/2021/TT-TTCP",
        read=(ReadStatus.OLDER_TEXT, ReadStatus.MEMORY),
        nature=Nature.DUTY,
        decided_by=_l("head of the office"),
        document="Mẫu 01/TCD",
        stops=_l("the notice is given"),
        note=_l("The same form, for the ground of article 9.3 only; no limit was set. Thông tư 04/2021 was not read."),
    ),
    Rule(
        id="reception-refusal-notice",
        label=_l("Written notice that reception is refused"),
        start=_l("ground of refusal complete"),
        limit=Limit(3, Unit.WORKING_DAYS),
        valid_from=_NEW_ON,
        source="Nghị định 154/2026/NĐ-CP, Điều 4 khoản 3",
        read=(ReadStatus.DECREE_2026,),
        decided_by=_l("head of the office"),
        document="Mẫu 01/TCD",
        stops=_l("the notice is given"),
    ),
    Rule(
        id="forwarded-result-notice",
        label=_l("Tell the forwarding body the result"),
        start=_l("case settled"),
        limit=Limit(7, Unit.WORKING_DAYS),
        variants={Variant.SETTLED_BEFORE: Limit(0, Unit.AT_ONCE, start=_l("forwarded petition received"))},
        valid_from=_LAW_ON,
        source="Luật Tiếp công dân, Điều 27 khoản 2",
        read=(ReadStatus.OLDER_TEXT,),
        decided_by=_l("settler"),
        stops=_l("the forwarder is told"),
        note=_l(
            "For complaints and denunciations passed on by an Assembly body, a deputy or a citizens' reception board."
        ),
    ),
    Rule(
        id="reception-schedule-posting",
        label=_l("Post the schedule of reception"),
        start=_l("day of reception"),
        limit=Limit(5, Unit.WORKING_DAYS, Direction.BEFORE),
        valid_from=_LAW_ON,
        source="Luật Tiếp công dân, Điều 24 khoản 4",
        read=(ReadStatus.OLDER_TEXT,),
        decided_by=_l("head of the office"),
        stops=_l("the schedule is posted"),
    ),
    Rule(
        id="online-reception-notice",
        label=_l("Notice of online reception"),
        start=_l("day of online reception"),
        limit=Limit(5, Unit.WORKING_DAYS, Direction.BEFORE),
        variants={
            Variant.LINE_TEST: Limit(1, Unit.WORKING_DAYS, Direction.BEFORE, start=_l("day of online reception")),
        },
        valid_from=_NEW_ON,
        source="Nghị định 154/2026/NĐ-CP, Điều 23 khoản 1",
        read=(ReadStatus.DECREE_2026,),
        decided_by=_l("head of the office"),
        stops=_l("the notice is sent; for the test, the line was tried"),
    ),
    Rule(
        id="head-reception-duty",
        label=_l("The head receives citizens in person"),
        start=_l("a day of the week"),
        limit=Limit(1, Unit.PER_WEEK),
        valid_from=_LAW_ON,
        valid_to=_OLD_TO,
        source="Luật Tiếp công dân, Điều 15 khoản 2 điểm d",
        read=(ReadStatus.OLDER_TEXT,),
        nature=Nature.DUTY,
        decided_by=_l("chair of the ward"),
        stops=_l("citizens were received on one day of the week"),
    ),
    Rule(
        id="head-reception-duty",
        label=_l("The head receives citizens in person"),
        start=_l("a day of the month"),
        limit=Limit(2, Unit.PER_MONTH),
        valid_from=_NEW_ON,
        source="Luật 136/2025/QH15 (theo báo chí)",
        read=(ReadStatus.SECONDARY,),
        nature=Nature.DUTY,
        decided_by=_l("chair of the ward"),
        stops=_l("citizens were received on two days of the month"),
    ),
    Rule(
        id="petition-unprocessed-line",
        label=_l("Line of discipline: petition left unprocessed"),
        start=_l("petition received"),
        limit=Limit(45, Unit.CALENDAR_DAYS),
        valid_from=_NEW_ON,
        source="Nghị định 154/2026/NĐ-CP, Điều 41 khoản 3 điểm b",
        read=(ReadStatus.DECREE_2026,),
        nature=Nature.EFFECT,
        stops=_l("the petition is processed in any way"),
        note=_l(
            "No limit to act in: whoever holds a leading post and leaves a petition unprocessed past it without good "
            "reason is removed from the post."
        ),
        readings=(Reading.FORCE_AND_LINE_MOVE,),
    ),
    Rule(
        id="ineligible-petition-retention",
        label=_l("Keep a petition that was filed without action"),
        start=_l("petition filed"),
        limit=Limit(1, Unit.YEARS),
        valid_from=_CIRCULARS_ON,
        source="Thông tư 07/2014/TT-TTCP, Điều 28 khoản 2; Thông tư 05/2021/TT-TTCP, Điều 28",
        read=(ReadStatus.OLDER_TEXT, ReadStatus.SECONDARY),
        nature=Nature.MINIMUM,
        decided_by=_l("head of the office"),
        stops=_l("the head decides on its destruction"),
    ),
    Rule(
        id="field-report-acceptance",
        label=_l("Accept a field report (iHanoi)"),
        start=_l("field report received"),
        limit=Limit(8, Unit.WORKING_HOURS),
        variants={Variant.URGENT: Limit(4, Unit.WORKING_HOURS)},
        valid_from=date(2025, 1, 1),
        source="Quyết định 1207/2025/QĐ-UBND (Hà Nội)",
        read=(ReadStatus.SECONDARY,),
        stops=_l("the report is accepted; an urgent one is dealt with"),
        not_ward=_l(
            "A rule of the city for its own application, not of statute; reports there are no petitions, and only the "
            "day is known here, not the hour."
        ),
        day_uncertain=True,
    ),
)
