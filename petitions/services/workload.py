"""What is kept of a suggestion for even assignment that somebody confirmed."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from auth.actor import Actor
from core import audit


def record_sharing(session: Session, *, by: Actor, source: str, given: Mapping[str, str], refused: int) -> None:
    """Add the audit entry of a confirmed suggestion.

    ``source`` says whose cases were shared out, ``given`` names the officer's username by the petition's number;
    ``refused`` of the confirmed rows could not be given. The assignments themselves are acts with entries of their own.
    """
    audit.record(
        session,
        by.office_id,
        actor=by.username,
        action="workload.shared-out",
        subject=f"office:{by.office_id}",
        payload={"source": source, "given": dict(given), "refused": refused},
    )
