"""The fragment of the intake page that tells whether a letter came before: ``POST /search/alike``.

It is asked by POST although it changes nothing: what a citizen wrote belongs in no address and in no log.
"""

from typing import NamedTuple

from flask import Blueprint, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core.database import db
from core.i18n import format_day, ngettext
from core.i18n import gettext as _
from petitions.forms import intake as intake_form
from petitions.models import Petition
from petitions.queries.visibility import visible_to
from petitions.sealing import is_sealed
from petitions.views.words import state_words
from petitions.vocabulary import Kind
from search.likeness.queries import Alike, Typed, alike

bp = Blueprint("likeness", __name__)

LONGEST = 40_000


class Shown(NamedTuple):
    """A hit with every value ready to print."""

    number: str
    url: str
    title: str
    petitioner: str
    received: str
    state: str
    state_class: str
    why: str
    same_letter: bool
    in_matter: str


@bp.post("/search/alike")
@requires(Permission.PETITION_RECEIVE)
def earlier_letters() -> ResponseReturnValue:
    """Earlier petitions like the one that stands in the form."""
    g.bare_page = True
    who, session = actor(), db.session()
    typed = _typed()
    hits = (
        alike(session, who, typed, lookup_key=current_app.extensions["settings"].lookup_key)
        if typed is not None
        else []
    )
    sizes = _matter_sizes(session, who, hits)
    shown = [_shown(hit, sizes.get(hit.petition.matter_id, 1)) for hit in hits]
    letters = sum(hit.same_letter for hit in hits)
    said = ngettext("%(num)d earlier letter like this one", "%(num)d earlier letters like this one", letters)
    return render_template("search/alike.html", hits=shown, said=said if letters else "", asked=typed is not None)


def _typed() -> Typed | None:
    """What stands in the form; None while the kind, and with it what may be looked at, is open."""
    kind, parts = intake_form.kinds_typed(intake_form.typed_values(request.form))
    if kind is None or (kind is Kind.MIXED and not parts):
        return None
    form = {name: value[:LONGEST] for name, value in request.form.items()}
    typed = Typed(
        title=form.get("title", ""),
        body=form.get("body", ""),
        name=form.get("petitioner_name", ""),
        id_number=form.get("petitioner_id_number", ""),
        phone=form.get("petitioner_phone", ""),
        address=form.get("petitioner_address", ""),
        old_address=form.get("petitioner_old_address", ""),
        sealed=is_sealed(kind, parts),
    )
    return typed.without_people() if typed.sealed else typed


def _matter_sizes(session: Session, who: Actor, hits: list[Alike]) -> dict[int, int]:
    """How many petitions of each matter ``who`` may see."""
    matters = {hit.petition.matter_id for hit in hits}
    if not matters:
        return {}
    counted = select(Petition.matter_id, func.count()).where(Petition.matter_id.in_(matters), visible_to(who))
    return dict(session.execute(counted.group_by(Petition.matter_id)).all())


def _shown(hit: Alike, in_matter: int) -> Shown:
    row = hit.petition
    return Shown(
        number=row.number,
        url=f"{request.script_root}/petitions/{row.number}",
        title=row.title,
        petitioner=row.petitioner_name or "",
        received=format_day(row.received_on),
        state=state_words()[row.state],
        state_class=row.state,
        why=" · ".join(_reasons(hit)),
        same_letter=hit.same_letter,
        in_matter=_("%(count)s petitions in this matter", count=in_matter) if in_matter > 1 else "",
    )


def _reasons(hit: Alike) -> list[str]:
    told = [_("same text %(share)s %%", share=round(100 * hit.alike))] if hit.same_letter else []
    told += [
        word
        for holds, word in (
            (hit.same_id, _("same ID number")),
            (hit.same_phone, _("same phone")),
            (hit.same_house, _("same house")),
            (hit.same_name, _("same name")),
        )
        if holds
    ]
    return told
