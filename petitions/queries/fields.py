"""Fields of matter (lĩnh vực)."""

from dataclasses import dataclass

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from petitions.models import MatterField


@dataclass(frozen=True, slots=True)
class Field:
    """A field of matter, as the list shows it."""

    id: int
    code: str
    name_vi: str
    name_en: str
    active: bool

    def name(self, language: str) -> str:
        """Its name in the reader's language."""
        return self.name_en if language == "en" else self.name_vi


# Asked for nearly every page, so built once: to build a question takes the library twice as long as to answer it.
_FIELDS = (
    select(MatterField.id, MatterField.code, MatterField.name_vi, MatterField.name_en, MatterField.active)
    .where(MatterField.office_id == bindparam("office_id"))
    .order_by(MatterField.position, MatterField.id)
)


def fields_of(session: Session, office_id: int, *, active_only: bool = False) -> list[Field]:
    """The office's fields of matter in their order."""
    found = [Field(*row) for row in session.execute(_FIELDS, {"office_id": office_id})]
    return [field for field in found if field.active] if active_only else found


def is_known_field(session: Session, field_id: int, office_id: int) -> bool:
    """Whether the office has this field of matter."""
    query = select(exists().where(MatterField.id == field_id, MatterField.office_id == office_id))
    return bool(session.execute(query).scalar_one())
