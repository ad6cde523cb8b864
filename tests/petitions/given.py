"""Petitions and visits that a test begins with, made by the services."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from auth.actor import Actor
from core.database import unit_of_work
from petitions.services.closing import Resolution
from petitions.services.desk import VisitInput, register_visit
from petitions.services.intake import Received, receive
from petitions.services.intake_input import Intake, PartyInput
from petitions.vocabulary import Channel, Disposition, Kind

SOMEBODY = PartyInput("Nguyễn Thị Mẫu", "001099000777", "0900000777", "Số 7 ngõ Thử", ward_code="00004")
PLAIN = Intake(
    received_on=date(2026, 11, 23),
    channel=Channel.DESK,
    kind=Kind.COMPLAINT,
    title="Khiếu nại về thu hồi đất",
    body="Nội dung đơn",
    petitioners=(SOMEBODY,),
)
SECRET = replace(PLAIN, kind=Kind.DENUNCIATION, title="Tố cáo việc nhận tiền", body="Tóm tắt", petitioners=())
VISIT = VisitInput(
    visited_on=date(2026, 11, 23),
    kind=Kind.RECOMMENDATION,
    content="Phản ánh ngập đường ngõ Thử",
    name="Trần Văn Khách",
    address="Số 9 ngõ Thử",
    id_number="001099000999",
)
DECIDED = Resolution(
    Disposition.DECIDED,
    decision_number="12/QĐ-UBND",
    decision_on=date(2026, 11, 24),
    decision_signer="Phan Văn Lãnh",
)
FILED = Resolution(Disposition.FILED, resolution_note="Đơn không đủ điều kiện")

P = ParamSpec("P")
R = TypeVar("R")


def do(verb: Callable[Concatenate[Session, P], R], *args: P.args, **given: P.kwargs) -> R:
    """Call a service in a unit of work of its own."""
    with unit_of_work() as session:
        return verb(session, *args, **given)


def joined_to(number: str) -> Resolution:
    """The resolution of a petition that is joined to the one with this number."""
    return Resolution(Disposition.JOINED, leading_number=number)


def a_petition(by: Actor, intake: Intake = PLAIN, **changes: Any) -> Received:
    """Register a petition like ``intake`` with ``changes``."""
    with unit_of_work() as session:
        return receive(session, replace(intake, **changes), by=by, lookup_key=b"\0" * 32)


def a_visit(by: Actor, **changes: Any) -> int:
    """Enter a visit like ``VISIT`` with ``changes``; return its id."""
    with unit_of_work() as session:
        return register_visit(session, replace(VISIT, **changes), by=by)


def a_secret_visit(by: Actor, **changes: Any) -> int:
    """Enter the visit of somebody who denounces."""
    return a_visit(by, kind=Kind.DENUNCIATION, name="", address="", id_number="", **changes)
