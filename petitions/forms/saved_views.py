"""Shape of what comes in with a saved view."""

from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from core.text import clean_line
from petitions.forms.filters import ReadFilters, address_parts, read_filters
from petitions.forms.shapes import parse_id
from petitions.queries.lists import Sort
from petitions.services.saved_views import OFFICE, PRIVATE, ROLE, ROLES_WITH_LISTS, UNIT, Sharing

_SORTS_OF_SEARCH = ("newest", "due")


def read_query(text: str, *, searching: bool = False) -> tuple[str, ReadFilters]:
    """The part of an address behind the question mark as it is kept: filters that the lists know, and their order.

    ``searching``: of a search, with the words.
    """
    args = MultiDict(parse_qsl(text[:4000], keep_blank_values=True))
    read = read_filters(args)
    parts = address_parts(read.filters)
    sort = args.get("sort", "")
    if searching:
        words = clean_line(args.get("q", ""))
        parts = [*([("q", words)] if words else []), *parts]
        parts += [("sort", sort)] if sort in _SORTS_OF_SEARCH else []
    elif sort.removeprefix("-") in set(Sort):
        parts.append(("sort", sort))
    return urlencode(parts), read


def read_sharing(text: str) -> Sharing | None:
    """With whom to share, as the select says it: nobody, ``unit:3``, ``role:officer`` or office; None: unknown."""
    what, _colon, which = text.partition(":")
    match what:
        case "" | "nobody":
            return PRIVATE
        case "unit" if (unit_id := parse_id(which)) is not None:
            return Sharing(UNIT, unit_id=unit_id)
        case "role" if which in ROLES_WITH_LISTS:
            return Sharing(ROLE, role=which)
        case "office":
            return Sharing(OFFICE)
        case _:
            return None


def sharing_value(sharing: Sharing) -> str:
    """The value of the select for it."""
    which = {UNIT: sharing.unit_id, ROLE: sharing.role}.get(sharing.shared_with)
    return f"{sharing.shared_with}:{which}" if which else sharing.shared_with
