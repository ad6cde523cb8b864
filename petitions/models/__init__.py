"""Tables of the domain."""

from petitions.models.accused import Accused
from petitions.models.calendar import CalendarDay
from petitions.models.desk import IntakeDraft, PaperItem, Reminder, Visit
from petitions.models.events import PetitionEvent
from petitions.models.imports import ImportRun
from petitions.models.legal import ClockAlert, LegalEventRow, PetitionClock
from petitions.models.looks import CaseLook
from petitions.models.petition import (
    Matter,
    MatterField,
    Party,
    Person,
    Petition,
    PetitionAttachment,
    PetitionFlag,
)
from petitions.models.priority import PriorityWeight
from petitions.models.supervision import Absence, Programme, SavedView
from petitions.models.tally import NumberCounter, Tally

__all__ = [
    "Absence",
    "Accused",
    "CalendarDay",
    "CaseLook",
    "ClockAlert",
    "ImportRun",
    "IntakeDraft",
    "LegalEventRow",
    "Matter",
    "MatterField",
    "NumberCounter",
    "PaperItem",
    "Party",
    "Person",
    "Petition",
    "PetitionAttachment",
    "PetitionClock",
    "PetitionEvent",
    "PetitionFlag",
    "PriorityWeight",
    "Programme",
    "Reminder",
    "SavedView",
    "Tally",
    "Visit",
]
