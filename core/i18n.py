"""Languages: Vietnamese first, English complete. Texts are written in English and translated by catalogue."""

from datetime import date, datetime

from flask import Flask, g
from flask_babel import get_domain, get_locale
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from core.clock import office_time

# A page asks some hundred times; the catalogues do not change while a process lives.
_translated: dict[tuple[str, str], str] = {}
_marked: dict[tuple[str, str], Markup] = {}


def install(app: Flask) -> None:
    """Let the templates of ``app`` ask here as well."""
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)


def gettext(text: str, **values: object) -> str:
    """``text`` in the reader's language, with ``values`` put in."""
    translated = _translate(text, _language())
    return translated % values if values else translated


def lazy_gettext(text: str, **values: object) -> LazyString:
    """What becomes ``text`` in the language of whoever reads it, each time that it is read."""
    return LazyString(gettext, text, **values)


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """The form of the text for ``count`` in the reader's language; ``%(num)s`` stands for the count unless given."""
    # The library's own function takes no "num" that is written otherwise than the count (1.234).
    form: str = get_domain().get_translations().ungettext(singular, plural, count)
    return form % ({"num": count} | values)


def _in_template(text: str, **values: object) -> Markup:
    """The same for templates: the text is trusted, the values are escaped."""
    language = _language()
    if values:
        return Markup(_translate(text, language)) % values  # noqa: S704 - our own texts
    known = _marked.get((language, text))
    if known is None:
        # Without values too: a text of ours writes a percent sign as two.
        known = _marked[language, text] = Markup(_translate(text, language)) % {}  # noqa: S704 - our own texts
    return known


def _translate(text: str, language: str) -> str:
    known = _translated.get((language, text))
    if known is None:
        found: str = get_domain().get_translations().ugettext(text) if language else text
        known = _translated[language, text] = found
    return known


def _language() -> str:
    """The code of the reader's language; empty where nobody reads, outside of any application."""
    try:
        # Where Flask-Babel keeps the locale of the request; its own way there is five times as long.
        locale = g._flask_babel.babel_locale  # noqa: SLF001
    except (AttributeError, RuntimeError):
        locale = get_locale()
    return locale.language if locale is not None else ""


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
