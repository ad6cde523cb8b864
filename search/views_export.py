"""All results of a search as a file: ``GET /search/list.xlsx?q=…`` and ``.csv``, narrowed and sorted as the page is."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import AnyRow, db
from core.errors import InvalidInput
from core.i18n import gettext as _
from petitions.views.list_files import AT_ONCE, list_file
from search.engines import IndexUnavailable
from search.installed import installed
from search.parsing import parse
from search.queries import matching_ids, rows_of
from search.views import asked_in

bp = Blueprint("search_export", __name__)


@bp.get("/search/list.<ending>")
@requires(Permission.PETITION_EXPORT)
def results(ending: str) -> ResponseReturnValue:
    """Every petition that the page counts. What was typed may name somebody: the audit chain keeps how many words."""
    session, who = db.session(), actor()
    asked = asked_in(request.args)
    filters = asked.read.filters
    try:
        ids = matching_ids(session, installed(), asked.typed, who, filters=filters, order=asked.order)
    except IndexUnavailable:
        raise InvalidInput({"list": _("The search index cannot be used now; lists can be taken out later.")}) from None
    query = parse(asked.typed)
    title = _("Search results") + (f": {query.text}" if query.text else "")
    more = {"words": str(len(query.parts)) if query.parts else ""}
    return list_file(session, who, ending, "search", title, asked.read, _rows(session, ids, who), more)


def _rows(session: Session, ids: Sequence[int], who: Actor) -> Iterator[Sequence[AnyRow]]:
    for start in range(0, len(ids), AT_ONCE):
        yield rows_of(session, ids[start : start + AT_ONCE], who)
