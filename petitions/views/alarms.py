"""The banner over every page: what the program's checks of itself found goes before all else."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from core.database import db
from core.i18n import gettext as _
from core.integrity import faults_known, is_overdue
from petitions.views.chrome import Health

# The figures stand around every page; asking once in this many seconds is enough.
REMEMBERED_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that somebody must look at now."""

    level: str
    text: str


def with_alarms(otherwise: Callable[[], Health]) -> Callable[[], Health]:
    """The alarm of the integrity check where there is one, else what ``otherwise`` tells."""
    remembered = (float("-inf"), 0, False)

    def health() -> Health:
        nonlocal remembered
        now = time.monotonic()
        if now - remembered[0] > REMEMBERED_SECONDS:
            remembered = (now, faults_known(db.session()), is_overdue(db.session()))
        if remembered[1]:
            return Alarm("danger", _("The integrity check found faults. A supervisor must look at them now."))
        if remembered[2]:
            return Alarm("warning", _("The integrity check has not run for days. Is the worker running?"))
        return otherwise()

    return health
