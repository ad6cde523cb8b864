"""The short forms that an office has added to those that come with the program."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from auth.actor import Actor
from core import audit, clock
from core.database import AnyRow
from core.errors import InvalidInput, NotVisible
from core.i18n import lazy_gettext as _l
from core.text import clean_line
from search.abbreviations import BUILT_IN, BUILT_IN_PAIRS, ShortForms, plain_words
from search.models import ShortForm

LONGEST_SHORT, LONGEST_WRITTEN_OUT = 30, 120
MOST = 300


def added_by_office(session: Session, office_id: int) -> Sequence[AnyRow]:
    """The office's own ones, by their short wording."""
    query = select(ShortForm.id, ShortForm.short, ShortForm.written_out).where(ShortForm.office_id == office_id)
    return session.execute(query.order_by(ShortForm.short, ShortForm.id)).all()


def forms_of(session: Session, office_id: int) -> ShortForms:
    """All that a query of the office is understood by."""
    rows = added_by_office(session, office_id)
    return _forms(tuple((row.short, row.written_out) for row in rows)) if rows else BUILT_IN


@lru_cache(maxsize=50)
def _forms(pairs: tuple[tuple[str, str], ...]) -> ShortForms:
    return ShortForms.of((*BUILT_IN_PAIRS, *pairs))


def add(session: Session, short: str, written_out: str, *, by: Actor) -> None:
    """Add a short form. Raises ``InvalidInput`` beside the field."""
    short, written_out = clean_line(short), clean_line(written_out)
    errors: dict[str, object] = {}
    if len(plain_words(short)) != 1 or len(short) > LONGEST_SHORT:
        errors["short"] = _l("One word of letters and figures.")
    if not len(plain_words(written_out)) >= 2 or len(written_out) > LONGEST_WRITTEN_OUT:
        errors["written_out"] = _l("At least two words, at most %(count)s characters.", count=LONGEST_WRITTEN_OUT)
    if not errors and _count(session, by.office_id) >= MOST:
        errors["short"] = _l("There are %(count)s already; remove one that nobody needs.", count=MOST)
    if errors:
        raise InvalidInput(errors)
    same = select(ShortForm.id).where(
        ShortForm.office_id == by.office_id, ShortForm.short == short, ShortForm.written_out == written_out
    )
    if session.execute(same).first() is not None:
        raise InvalidInput({"short": _l("This short form is there already.")})
    row = ShortForm(
        office_id=by.office_id, short=short, written_out=written_out, made_by=by.id, made_at=clock.now()
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else added the same at the same moment
        raise InvalidInput({"short": _l("This short form is there already.")}) from error
    _record(session, by, "added", short, written_out)


def remove(session: Session, form_id: int, *, by: Actor) -> None:
    """Take an own short form away. Raises ``NotVisible`` for one that is not there."""
    mine = (ShortForm.id == form_id, ShortForm.office_id == by.office_id)
    row = session.execute(select(ShortForm.short, ShortForm.written_out).where(*mine)).one_or_none()
    if row is None:
        raise NotVisible(f"short form {form_id}")
    session.execute(delete(ShortForm).where(*mine))
    _record(session, by, "removed", row.short, row.written_out)


def _count(session: Session, office_id: int) -> int:
    return session.execute(select(func.count()).where(ShortForm.office_id == office_id)).scalar_one()


def _record(session: Session, by: Actor, what: str, short: str, written_out: str) -> None:
    audit.record(
        session,
        by.office_id,
        actor=by.username,
        action=f"office.short-form-{what}",
        subject=f"office:{by.office_id}",
        payload={"short": short, "written_out": written_out},
    )
