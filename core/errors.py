"""The errors that the domain raises. ``wsgi.py`` maps each to one answer; nobody else does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


class DomainError(Exception):
    """Any refusal by a rule of the domain."""


class NotVisible(DomainError):
    """The record does not exist for this reader; answered as 404, so that existence is not told."""


class NotAllowed(DomainError):
    """The reader may see the record but not do this; answered as 403."""


class InvalidInput(DomainError):
    """Input that cannot be taken.

    ``errors`` maps a field's name to the message shown beside it; messages may be lazy translations.
    """

    def __init__(self, errors: Mapping[str, object]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = dict(errors)


class IllegalTransition(DomainError):
    """The action does not lead anywhere from the petition's present state; answered as 409."""

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Change:
    """The act that came first: who did what, and when."""

    actor_name: str
    action: str
    at: datetime


class StaleVersion(DomainError):
    """Somebody else changed the record meanwhile; answered as 409 with who moved first.

    ``by`` is the newest act on the record, if one is known.
    """

    def __init__(self, by: Change | None = None) -> None:
        super().__init__("the record was changed by somebody else")
        self.by = by
