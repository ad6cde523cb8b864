"""The people and units that every test database begins with."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from auth.actor import Membership, system_actor
from auth.permissions import TWO_FACTOR_ROLES, Role
from auth.services.accounts import create_user
from auth.services.offices import open_office
from auth.services.second_factor import confirm_for_demo
from auth.services.units import create_unit
from core.keyring import Keyring

OFFICE_CODE = "PTN"
OFFICE_NAME = "UBND phường Thử Nghiệm"
# Of everybody whose role needs a second factor.
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "chiều nay mưa rào to"
UNIT_LAND = "Địa chính - Xây dựng"
UNIT_SOCIAL = "Văn hóa - Xã hội"


class Person(NamedTuple):
    """A base user: ``unit`` is the name of a unit or empty, ``head`` whether the person leads it."""

    username: str
    full_name: str
    role: Role
    unit: str = ""
    head: bool = False


PEOPLE = (
    Person("reception1", "Ngô Thị Tiếp", Role.RECEPTION),
    Person("officer1", "Đỗ Văn Một", Role.OFFICER, UNIT_LAND, head=True),
    Person("officer2", "Bùi Thị Hai", Role.OFFICER, UNIT_LAND),
    Person("officer3", "Hà Văn Ba", Role.OFFICER, UNIT_SOCIAL, head=True),
    Person("officer4", "Lý Thị Bốn", Role.OFFICER, UNIT_SOCIAL),
    Person("supervisor1", "Phan Văn Lãnh", Role.SUPERVISOR),
    Person("admin1", "Trịnh Thị Quản", Role.ADMINISTRATOR),
    Person("custodian1", "Tạ Thị Giữ", Role.CUSTODIAN),
)


def settle(session: Session, keys: Keyring) -> int:
    """Open the office and bring in its units and people; return the office's id."""
    office_id = open_office(session, code=OFFICE_CODE, name=OFFICE_NAME)
    system = system_actor(office_id)
    units = {name: create_unit(session, name=name, by=system) for name in (UNIT_LAND, UNIT_SOCIAL)}
    for person in PEOPLE:
        create_user(
            session,
            username=person.username,
            full_name=person.full_name,
            role=person.role,
            units=[Membership(units[person.unit], person.head)] if person.unit else [],
            password=PASSWORD,
            must_change_password=False,
            by=system,
        )
        if person.role in TWO_FACTOR_ROLES:
            confirm_for_demo(session, keys, username=person.username, secret=TOTP_SECRET)
    return office_id
