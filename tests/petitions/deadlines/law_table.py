"""The rules as the report on the law lists them, written down a second time, by hand, to check the data against.

One line a version: id, amount, unit ("-" before an amount counts back), from, to, source, read; then the variants as
totals, and the extensions as how often times how long.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One version of a rule as the table of the law gives it."""

    id: str
    amount: int
    unit: str
    valid_from: str
    valid_to: str
    source: str  # each word must stand in the rule's source
    read: str
    variants: dict[str, str] = {}  # read only
    extensions: dict[str, str] = {}  # read only


WD, CD, NONE, AT_ONCE = "working-days", "calendar-days", "no-limit", "at-once"
TCD, KN, TC = "2014-07-01", "2012-07-01", "2019-01-01"
NEW, OLD = "2026-07-01", "2026-06-30"
V26, VO, S, U = "decree-2026", "older-text", "secondary", "memory"

ROWS = (
    Row("reception-reply", 10, WD, TCD, "", "Luật Tiếp công dân 28", VO),
    Row("reception-refusal-notice", 0, NONE, "2014-12-15", OLD, "06/2014 4", f"{VO} {U}"),
    Row("reception-refusal-notice", 3, WD, NEW, "", "154/2026 4", V26),
    Row("forwarded-result-notice", 7, WD, TCD, "", "Luật Tiếp công dân 27", VO, {"settled-before": "0 at-once"}),
    Row("reception-schedule-posting", -5, WD, TCD, "", "Luật Tiếp công dân 24", VO),
    Row("online-reception-notice", -5, WD, NEW, "", "154/2026 23", V26, {"line-test": "-1 working-days"}),
    Row("head-reception-duty", 1, "per-week", TCD, OLD, "Luật Tiếp công dân 15", VO),
    Row("head-reception-duty", 2, "per-month", NEW, "", "136/2025", S),
    Row("petition-unprocessed-line", 45, CD, NEW, "", "154/2026 41", V26),
    Row("ineligible-petition-retention", 1, "years", "2014-12-15", "", "07/2014 28 05/2021", f"{VO} {S}"),
    Row("complaint-lodging", 90, CD, KN, "", "Luật Khiếu nại 9", VO),
    Row("complaint-acceptance", 10, WD, "2013-12-16", OLD, "07/2013 5 124/2020 16", f"{VO} {S}"),
    Row("complaint-acceptance", 7, WD, NEW, "", "155/2026 10", V26),
    Row("complaint-acceptance-law", 10, CD, KN, "", "Luật Khiếu nại 27 36 50", VO),
    Row(
        "complaint-first-settlement",
        30,
        CD,
        KN,
        "",
        "Luật Khiếu nại 28",
        VO,
        {"complex": f"45 {CD}", "remote": f"45 {CD}", "remote-complex": f"60 {CD}"},
    ),
    Row("complaint-complexity-finding", 0, NONE, NEW, "", "155/2026 2 3a", V26),
    Row("complaint-second-lodging", 30, CD, KN, "", "Luật Khiếu nại 33", VO, {"remote": f"45 {CD}"}),
    Row(
        "complaint-second-settlement",
        45,
        CD,
        KN,
        "",
        "Luật Khiếu nại 37",
        VO,
        {"complex": f"60 {CD}", "remote": f"60 {CD}", "remote-complex": f"70 {CD}"},
    ),
    Row("complaint-dialogue-notice", 0, NONE, "2013-12-16", OLD, "07/2013 21 124/2020", f"{VO} {U}"),
    Row("complaint-dialogue-notice", -5, CD, NEW, "", "155/2026 11 28", V26),
    Row("complaint-execution-stay", 0, "rest-of-settlement", KN, "", "Luật Khiếu nại 35", VO),
    Row("complaint-suspension-order", 0, NONE, KN, OLD, "Luật Khiếu nại 10 07/2013 19 155/2026 22", VO),
    Row("complaint-suspension-order", 0, AT_ONCE, NEW, "", "155/2026 12 28b", V26),
    Row("complaint-suspension-sending", 3, WD, NEW, "", "155/2026 12 28b", V26),
    Row("complaint-resumption-bar", 30, CD, KN, "", "Luật Khiếu nại 11", VO),
    Row("complaint-evidence-supply", 7, CD, KN, "", "Luật Khiếu nại 12 15", VO),
    Row("complaint-first-decision-sending", 3, WD, KN, "", "Luật Khiếu nại 32", VO),
    Row("complaint-second-decision-sending", 7, CD, KN, "", "Luật Khiếu nại 41", VO),
    Row(
        "complaint-decision-publication",
        15,
        CD,
        "2012-11-20",
        "",
        "75/2012 12 124/2020 29",
        f"{VO} {S}",
        {"posted": f"15 {CD}", "meeting-notice": f"-3 {WD}"},
    ),
    Row("complaint-decision-force", 30, CD, KN, "", "Luật Khiếu nại 44", VO, {"remote": f"45 {CD}"}),
    Row("complaint-enforcement-order", 5, WD, "2020-12-05", "", "124/2020 31", S),
    Row("complaint-file-handover", 30, CD, "2013-12-16", "2020-12-04", "07/2013 23", VO),
    Row("discipline-complaint-lodging", 15, CD, KN, "", "Luật Khiếu nại 48", VO),
    Row("discipline-complaint-second-lodging", 10, CD, KN, "", "Luật Khiếu nại 48", VO, {"dismissal": f"30 {CD}"}),
    Row("discipline-complaint-settlement", 30, CD, KN, "", "Luật Khiếu nại 50", VO, {"complex": f"45 {CD}"}),
    Row(
        "denunciation-intake",
        7,
        WD,
        TC,
        "",
        "Luật Tố cáo 24",
        VO,
        {"several-places": f"10 {WD}", "delegated": f"10 {WD}"},
    ),
    Row("denunciation-refusal-notice", 0, AT_ONCE, TC, "", "Luật Tố cáo 24", VO),
    Row("denunciation-transfer", 5, WD, TC, "", "Luật Tố cáo 24 05/2021 14", VO),
    Row("denunciation-crime-transfer", 0, AT_ONCE, TC, "", "Luật Tố cáo 27", VO),
    Row("denunciation-acceptance-notice", 5, WD, TC, "", "Luật Tố cáo 29 31/2019 9", VO),
    Row(
        "denunciation-settlement",
        30,
        CD,
        TC,
        "",
        "Luật Tố cáo 30 31/2019 3",
        VO,
        {},
        {"complex": "1x30", "especially-complex": "2x30"},
    ),
    Row("denunciation-suspension-sending", 5, WD, TC, "", "Luật Tố cáo 34", VO),
    Row("denunciation-conclusion-sending", 5, WD, TC, "", "Luật Tố cáo 35", VO),
    Row("denunciation-conclusion-action", 7, WD, TC, "", "Luật Tố cáo 36", VO),
    Row("denunciation-action-report", 5, WD, TC, "", "Luật Tố cáo 36", VO),
    Row("denunciation-publication", 7, WD, TC, "", "Luật Tố cáo 40 31/2019 6", VO, {"posted": f"15 {CD}"}),
    Row("denunciation-forwarder-notice", 20, CD, TC, "", "Luật Tố cáo 26", VO),
    Row("denunciation-further-review", 20, CD, TC, "", "Luật Tố cáo 37", VO),
    Row("denunciation-overdue-demand", 5, WD, TC, "", "Luật Tố cáo 38", VO),
    Row("denunciation-overdue-report", 5, WD, TC, "", "Luật Tố cáo 38", VO),
    Row("field-report-acceptance", 8, "working-hours", "2025-01-01", "", "1207/2025", S, {"urgent": "4 working-hours"}),
)
