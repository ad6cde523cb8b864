"""Whose work somebody oversees: a supervisor the whole office or one of its units, the head of a unit that unit."""

from auth.actor import Actor
from auth.permissions import Permission
from core.errors import NotAllowed, NotVisible


def oversees_office(actor: Actor) -> bool:
    """Whether the actor oversees everybody."""
    return actor.may(Permission.WORK_OVERSEE) and actor.may(Permission.PETITION_ASSIGN)


def units_headed(actor: Actor) -> tuple[int, ...]:
    """The units whose head the actor is."""
    return tuple(member.unit_id for member in actor.units if member.is_head)


def oversees(actor: Actor) -> bool:
    """Whether the actor oversees anybody's work."""
    return oversees_office(actor) or (actor.may(Permission.WORK_OVERSEE) and bool(units_headed(actor)))


def unit_overseen(actor: Actor, wanted: int | None) -> int | None:
    """The unit that is looked at when ``wanted`` was asked for; None: the whole office.

    Raises ``NotAllowed`` for who oversees nobody, ``NotVisible`` for a unit that somebody else heads.
    """
    if not oversees(actor):
        raise NotAllowed("oversees nobody")
    if oversees_office(actor):
        return wanted
    headed = units_headed(actor)
    if wanted is not None and wanted not in headed:
        raise NotVisible(f"unit {wanted}")
    return headed[0] if wanted is None else wanted
