"""Languages: Vietnamese first, English complete. Texts are written in English and translated by catalogue."""

from datetime import date, datetime

from flask_babel import get_domain
from flask_babel import gettext as _translate
from flask_babel import lazy_gettext as lazy_gettext

from core.clock import office_time


def gettext(text: str, **values: object) -> str:
    """``text`` in the reader's language, with ``values`` put in."""
    translated: str = _translate(text, **values)
    return translated


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """The form of the text for ``count`` in the reader's language; ``%(num)s`` stands for the count unless given."""
    # The library's own function takes no "num" that is written otherwise than the count (1.234).
    form: str = get_domain().get_translations().ungettext(singular, plural, count)
    return form % ({"num": count} | values)


LANGUAGES = ("vi", "en")
DEFAULT_LANGUAGE = "vi"


def format_day(day: date | None) -> str:
    """``day`` as dd/mm/yyyy, the form that every office reads; empty for none. No locale machinery: it runs per row."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}" if day else ""


def format_moment(moment: datetime | None) -> str:
    """``moment`` on the office's wall clock as dd/mm/yyyy hh:mm; empty for none."""
    if moment is None:
        return ""
    local = office_time(moment)
    return f"{local.day:02d}/{local.month:02d}/{local.year:04d} {local.hour:02d}:{local.minute:02d}"


def format_count(number: int) -> str:
    """``number`` with Vietnamese thousands separators (1.234.567)."""
    return f"{number:,}".replace(",", ".")


def office_seconds(moment: datetime) -> str:
    """The time of day on the office's wall, hh:mm:ss."""
    return office_time(moment).strftime("%H:%M:%S")
