"""A summary in sentences, the same on the page and at the command line."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.i18n import format_count
from core.i18n import gettext as _

NAMES_TOLD = 20


def sentences(summary: Mapping[str, Any]) -> list[str]:
    """What happened, most important first, in the language of the moment."""
    if summary.get("refused"):
        return [_("The file was not taken: %(why)s", why=summary["refused"])]
    told = [_headline(summary)]
    told += [sentence for count, sentence in _counts(summary) if count]
    if summary["first_number"]:
        told.append(_("Numbers %(first)s to %(last)s.", first=summary["first_number"], last=summary["last_number"]))
    if summary.get("days_either_way"):
        told.append(
            _(
                "All days of the file could be day/month or month/day. They were read as day/month/year; look at one, "
                "and declare the order of dates in a mapping if that is wrong."
            )
        )
    if summary["ignored_columns"]:
        told.append(_("Columns left out: %(names)s.", names=_some(summary["ignored_columns"])))
    if summary["ignored_sheets"]:
        told.append(_("Sheets left out: %(names)s.", names=_some(summary["ignored_sheets"])))
    return told


def _some(names: Sequence[str]) -> str:
    told = ", ".join(names[:NAMES_TOLD])
    left = len(names) - NAMES_TOLD
    return f"{told} " + _("… and %(count)s more", count=format_count(left)) if left > 0 else told


def _headline(summary: Mapping[str, Any]) -> str:
    rows, imported = format_count(summary["rows"]), format_count(summary["imported"])
    if summary["all_or_nothing"] and summary["rejected"]:
        return _(
            "Nothing was imported: %(bad)s of %(rows)s rows are bad.", bad=format_count(summary["rejected"]), rows=rows
        )
    if summary["dry_run"]:
        return _("Only checked: of %(rows)s rows %(imported)s would be imported.", rows=rows, imported=imported)
    return _("Of %(rows)s rows %(imported)s were imported.", rows=rows, imported=imported)


def _counts(summary: Mapping[str, Any]) -> list[tuple[int, str]]:
    def count(name: str) -> str:
        return format_count(summary.get(name, 0))

    return [
        (summary["rejected"], _("Rejected: %(n)s.", n=count("rejected"))),
        (summary["held_back"], _("Good, but held back: %(n)s.", n=count("held_back"))),
        (summary["already_there"], _("There already, left out: %(n)s.", n=count("already_there"))),
        (
            summary.get("other_day", 0),
            _("Of these, with another day of receipt than the petition that is there: %(n)s.", n=count("other_day")),
        ),
        (summary["repeats_skipped"], _("Repeated keys, left out: %(n)s.", n=count("repeats_skipped"))),
        (
            summary["second_petitions"],
            _("Repeated keys, made a further petition of the matter: %(n)s.", n=count("second_petitions")),
        ),
        (summary["titles_made"], _("Missing titles, made: %(n)s.", n=count("titles_made"))),
        (
            summary["unknown_dispositions"],
            _("Resolved in a way that is not known: %(n)s.", n=count("unknown_dispositions")),
        ),
        (summary["denunciations"], _("Denunciations, without any name: %(n)s.", n=count("denunciations"))),
        (summary["mended_cells"], _("Cells with mended letters: %(n)s.", n=count("mended_cells"))),
        (summary["blank_rows"], _("Empty rows: %(n)s.", n=count("blank_rows"))),
    ]
