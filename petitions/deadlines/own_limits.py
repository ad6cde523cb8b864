"""Limits that an office sets for itself, where no text does. Pure."""

from datetime import date

from core.i18n import lazy_gettext as _l
from petitions.deadlines.counting import Unit
from petitions.deadlines.rule import Limit, Rule

SUBSTANCE_ID = "recommendation-substance"


def substance_rule(amount: int, unit: Unit = Unit.WORKING_DAYS) -> Rule:
    """The office's own limit to deal with the substance of a recommendation: no text read sets one.

    It stands outside the table of the law.
    """
    return Rule(
        id=SUBSTANCE_ID,
        label=_l("Deal with the recommendation or report"),
        start=_l("petition received"),
        limit=Limit(amount, unit),
        valid_from=date(1900, 1, 1),
        source="Quy định của cơ quan",
        read=(),
        stops=_l("answered or passed on"),
        note=_l("The office's own limit; no text read sets one for the substance of a recommendation."),
    )
