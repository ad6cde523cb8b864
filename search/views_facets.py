"""The counts beside the results, each as a link that narrows them: every value is ready to print."""

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from core.i18n import format_count
from core.i18n import gettext as _
from petitions.queries.filters import NONE, Filters
from petitions.views import choices
from petitions.views.words import DUE_CHOICES, FLAG_CHOICES
from petitions.wards import ward_label
from search.narrowing import Facets

Pairs = list[tuple[str, str]]
Words = Mapping[object, str]
_Value = TypeVar("_Value")

SHOWN_AT_ONCE = 8
"""Values of a facet that stand there at once; the others stand behind "more"."""

_PERIOD = "period"
_PERIOD_NAMES = ("received_from", "received_to")


class FacetLink(NamedTuple):
    """A value of a filter: where choosing it leads, and how many results there are; a chosen one leads back."""

    label: str
    url: str
    results: str
    chosen: bool


class Facet(NamedTuple):
    """A filter with its values; ``more`` are those behind the first ones, ``more_text`` says how many."""

    label: str
    links: Sequence[FacetLink]
    more: Sequence[FacetLink]
    more_text: str


class _Kind(NamedTuple):
    """How a facet is shown: its name in addresses and in words, its values' words, the chosen value.

    ``in_given_order``: values stand as in ``words``; otherwise the most frequent first.
    """

    key: str
    names: tuple[str, ...]
    label: str
    words: Words
    chosen: object
    in_given_order: bool = False


def facets_shown(session: Session, who: Actor, facets: Facets, filters: Filters, path: str, kept: Pairs) -> list[Facet]:
    """The facets of results at ``path``, whose address says ``kept`` without the page.

    A facet with one value that no choice could change is left out.
    """
    shown = []
    for kind in _kinds(session, who, facets, filters):
        counts = facets.counts.get(kind.key, {})
        if not counts or (len(counts) == 1 and kind.chosen is None and kind.key != "due"):
            continue
        links = _links(kind, counts, path, kept)
        first, more = links[:SHOWN_AT_ONCE], links[SHOWN_AT_ONCE:]
        if any(link.chosen for link in more):
            first, more = links, []
        text = _("%(count)s more", count=format_count(len(more))) if more else ""
        shown.append(Facet(kind.label, first, more, text))
    return shown


def month_chosen(filters: Filters) -> tuple[int, int] | None:
    """Year and month (from 0) where exactly one month of receipt is asked for."""
    first = filters.received_from
    if first is None or filters.received_to is None:
        return None
    month = (first.year, first.month - 1)
    return month if (first, filters.received_to) == _days_of(month) else None


def month_told(month: tuple[int, int]) -> str:
    """The month as mm/yyyy."""
    return f"{month[1] + 1:02d}/{month[0]:04d}"


def _kinds(session: Session, who: Actor, facets: Facets, filters: Filters) -> list[_Kind]:
    known = people.lookups(session, who.office_id)
    wards = {code: ward_label(str(code)) for code in facets.counts.get("ward_code", {})}
    fields = {int(value): label for value, label in choices.fields(session, who, active_only=False)}
    months = {month: month_told(month) for month in sorted(_months(facets), reverse=True)}
    flags = {code: str(label) for code, label in FLAG_CHOICES}
    due = {code: str(label) for code, label in DUE_CHOICES}
    states, kinds = dict(choices.states()), dict(choices.kinds(unclassified=True))
    flag = filters.flags[0] if len(filters.flags) == 1 else None
    return [
        _Kind("state", ("state",), _("State"), _any(states), filters.state or None, in_given_order=True),
        _Kind("due", ("due",), _("Due"), _any(due), filters.due or None, in_given_order=True),
        _Kind("kind", ("kind",), _("Kind"), _any(kinds), filters.kind or None),
        _Kind("field_id", ("field",), _("Field of matter"), {**_any(fields), NONE: _("no field")}, filters.field_id),
        _Kind("unit_id", ("unit",), _("Unit"), {**_any(known.unit_names), NONE: _("in no unit yet")}, filters.unit_id),
        _Kind(
            "officer_id", ("officer",), _("Officer"), {**_any(known.user_names), NONE: _("nobody")}, filters.officer_id
        ),
        _Kind("ward_code", ("ward_code",), _("Ward or commune"), wards, filters.ward_code or None),
        _Kind("flags", ("flag",), _("Marks"), _any(flags), flag, in_given_order=True),
        _Kind(_PERIOD, _PERIOD_NAMES, _("Month of receipt"), _any(months), month_chosen(filters), in_given_order=True),
    ]


def _any(words: Mapping[_Value, str]) -> Words:
    return {value: word for value, word in words.items()}  # noqa: C416 - a wider type of key


def _months(facets: Facets) -> list[tuple[int, int]]:
    return [value for value in facets.counts.get(_PERIOD, {}) if isinstance(value, tuple)]


def _links(kind: _Kind, counts: Mapping[object, int], path: str, kept: Pairs) -> list[FacetLink]:
    """The links of one facet. What stands before the value in their addresses is the same and is made once."""
    rest = [pair for pair in kept if pair[0] not in kind.names]
    without = f"{path}?{urlencode(rest)}" if rest else path
    start = without + ("&" if rest else "?")
    part = _part_of(kind)
    return [
        FacetLink(
            kind.words.get(value, str(value)),
            without if value == kind.chosen else start + part(value),
            format_count(counts[value]),
            value == kind.chosen,
        )
        for value in _ordered(kind, counts)
    ]


def _part_of(kind: _Kind) -> Callable[[object], str]:
    """What makes a value's part of an address. The values are numbers, codes and days: nothing in them is quoted."""
    if kind.key == _PERIOD:
        return _period_part
    return (kind.names[0] + "={}").format


def _period_part(value: object) -> str:
    first, last = _days_of(value) if isinstance(value, tuple) else ("", "")
    return f"received_from={first}&received_to={last}"


def _days_of(month: tuple[int, int]) -> tuple[date, date]:
    year, place = month
    return date(year, place + 1, 1), date(year, place + 1, monthrange(year, place + 1)[1])


def _ordered(kind: _Kind, counts: Mapping[object, int]) -> list[object]:
    if kind.in_given_order:
        return [value for value in kind.words if value in counts]
    return sorted(counts, key=lambda value: (-counts[value], kind.words.get(value, "")))
