"""The receipt of a petition, on one sheet.

Its QR code holds the number and nothing else. The desk's scanner types it, like a keyboard, into the search box, which
opens the case when a whole number stands there. An address instead of the number would die with the next move of the
server, and would lead the citizen's own telephone to a log-in page.
"""

from datetime import date
from typing import Any

import segno
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.audit import head_of
from core.database import db
from core.i18n import format_count, format_day, format_moment
from core.i18n import gettext as _
from petitions.models import Petition
from petitions.queries.case import get_visible
from petitions.queries.receipt import ReceiptFacts, receipt_facts
from petitions.services.looks import note_look
from petitions.views.words import is_closed
from petitions.vocabulary import CHANNEL_LABELS, KIND_LABELS, Channel, Disposition, Kind
from petitions.wards import wards

bp = Blueprint("receipt", __name__)

SIZES = ("a5", "a4")
# Keeps the number on one line wherever it is printed.
_FIRM_HYPHEN = "\u2011"
_WARD_WORDS = ("Phường ", "Xã ", "Đặc khu ")


@bp.get("/petitions/<number>/receipt")
@requires(Permission.PETITION_VIEW)
def show(number: str) -> ResponseReturnValue:
    """The receipt on A5, or on A4 where asked for. Printed on a later day, it calls itself a reprint."""
    session = db.session()
    petition = get_visible(session, number, actor())
    note_look(session, petition, actor())
    size = request.args.get("size", "")
    return render_template(
        "petitions/receipt.html",
        r=_facts_shown(petition, receipt_facts(session, petition)),
        size=size if size in SIZES else SIZES[0],
        copy=clock.today() != clock.office_time(petition.registered_at).date(),
    )


def qr_code(number: str) -> Markup:
    """The QR code of ``number`` as an inline picture; error correction Q, so that a crease or a stamp does no harm."""
    code = segno.make_qr(number, error="q")
    label = escape(_("QR code of the number %(number)s", number=number))
    svg = code.svg_inline(omitsize=True, border=2, svgclass=None, lineclass=None)
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))  # noqa: S704 - made of a checked number


def _facts_shown(petition: Petition, facts: ReceiptFacts) -> dict[str, Any]:
    # What was denounced stands on no paper that the denouncer carries home.
    sealed = petition.sealed
    return {
        "parent_office": "",
        "office": facts.office,
        "place_date": _place_and_date(facts.office_ward, clock.office_time(petition.registered_at).date()),
        "number": petition.number.replace("-", _FIRM_HYPHEN),
        "url": f"{request.script_root}/petitions/{petition.number}",
        "qr": qr_code(petition.number),
        "received": format_day(petition.received_on),
        "channel": str(CHANNEL_LABELS[Channel(petition.channel)]),
        "kind": str(KIND_LABELS[Kind(petition.kind)]),
        "title": "" if sealed else petition.title,
        "petitioner": "" if sealed else petition.petitioner_name or "",
        "people_count": format_count(petition.people_count),
        "originals": "; ".join(_("%(paper)s (%(n)s sheets)", paper=what, n=pages) for what, pages in facts.papers),
        "attachments": list(facts.files),
        "forwarder": "" if sealed else petition.forwarder,
        "paper_code": petition.paper_code,
        "paper_location": petition.paper_location,
        "expect": _expectation(petition),
        "clerk": facts.clerk,
        "phone": "",
        "hours": "",
        "printed": format_moment(clock.now()),
        # What the citizen takes home vouches for the chain up to here.
        "chain": "{}:{:.12}".format(*head_of(db.session(), petition.office_id)),
    }


def _expectation(petition: Petition) -> str:
    if petition.disposition == Disposition.ENTERED_IN_ERROR:
        return _("This entry was registered in error; the receipt is not valid.")
    if is_closed(petition.state):
        return ""
    return _("You are told by %(day)s whether and how this is dealt with.", day=format_day(petition.due_on))


def _place_and_date(ward_code: str | None, day: date) -> str:
    ward = wards().get(ward_code) if ward_code else None
    parts = {"day": f"{day.day:02d}", "month": f"{day.month:02d}", "year": str(day.year)}
    if ward is None:
        return _("On %(day)s/%(month)s/%(year)s", **parts)
    place = ward.name
    for word in _WARD_WORDS:
        place = place.removeprefix(word)
    return _("%(place)s, %(day)s/%(month)s/%(year)s", place=place, **parts)
