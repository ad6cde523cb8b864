"""Tables of the domain."""

from petitions.models.calendar import CalendarDay
from petitions.models.desk import IntakeDraft, PaperItem, Reminder, Visit
from petitions.models.events import PetitionEvent
from petitions.models.imports import ImportRun
from petitions.models.petition import (
    Matter,
    MatterField,
    Party,
    Person,
    Petition,
    PetitionAttachment,
    PetitionClock,
    PetitionFlag,
)
from petitions.models.priority import PriorityWeight
from petitions.models.tally import NumberCounter, Tally

__all__ = [
    "CalendarDay",
    "ImportRun",
    "IntakeDraft",
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
    "Reminder",
    "Tally",
    "Visit",
]
