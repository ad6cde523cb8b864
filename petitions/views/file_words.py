"""How far the text of an attachment is known, in words."""

from core.i18n import format_count
from core.i18n import gettext as _
from documents.text.outcome import TextState


def text_words(state: str | None, pages: int, detail: str, *, cut: bool) -> str:
    """One sentence for the list of attachments; empty where nothing is known of the file's text."""
    if state == TextState.READ:
        return _read(pages, cut=cut)
    if state == TextState.FAILED:
        return _failed(detail)
    return (
        {
            TextState.WAITING: _("Not yet read; search finds it by its name."),
            TextState.NONE: _("No text found in it."),
            TextState.SCAN: _("A scan; scans are not read here."),
            TextState.LOCKED: _("Locked with a password; its text could not be read."),
        }.get(TextState(state), "")
        if state
        else ""
    )


def _read(pages: int, *, cut: bool) -> str:
    if cut:
        return _("Text read in part: the file is very long.")
    if pages > 1:
        return _("Text read, %(count)s pages; search finds it.", count=format_count(pages))
    return _("Text read; search finds it.")


def _failed(detail: str) -> str:
    if detail == "missing":
        return _("The file is missing from the disk; tell the administrator.")
    if detail == "charset":
        return _("Its text could not be read: the encoding is unknown.")
    if detail in ("slow", "memory", "bloated"):
        return _("Its text could not be read: the file is too large or too complicated.")
    return _("Its text could not be read: the file is damaged or unusual.")
