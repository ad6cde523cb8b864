"""Telephone and identity numbers as spreadsheets leave them: without their zeros, or rounded."""

import re

from core.i18n import lazy_gettext as _l

_PHONE = re.compile(r"\+?\d{8,15}")
_PHONE_NOISE = re.compile(r"[\s.()-]+")
# Mobile numbers have nine digits after the zero and never begin with 1, 2, 4 or 6; those of the fixed network ten.
_WITHOUT_ZERO = re.compile(r"[35789]\d{8}|2\d{9}")
_ID_NUMBER = re.compile(r"[0-9A-Z]{6,20}")
_CITIZEN_DIGITS = 12
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_DIGITS_LOST = _l("The spreadsheet program has rounded this number: digits are lost. Type it anew, as text.")


class NotANumber(Exception):
    """A text that is no such number; ``message`` may be a lazy translation."""

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


def phone_number(text: str) -> str:
    """``text`` as a telephone number, or several with commas between; a lost first zero is put back.

    Raises ``NotANumber``.
    """
    if _ROUNDED.fullmatch(text):
        raise NotANumber(_DIGITS_LOST)
    plain = _PHONE_NOISE.sub("", text)
    if _WITHOUT_ZERO.fullmatch(plain):
        # A spreadsheet program drops the zero that every telephone number at home begins with.
        return "0" + plain
    if not all(_PHONE.fullmatch(_PHONE_NOISE.sub("", one)) for one in re.split("[,;/]", text)):
        raise NotANumber(_l("This is no telephone number."))
    return text


def id_number(text: str, *, number_cell: bool) -> str:
    """``text`` as the number of an identity paper; ``number_cell``: it stood in the file as a number, not as text.

    Raises ``NotANumber``.
    """
    if _ROUNDED.fullmatch(text) or (number_cell and len(text) == _CITIZEN_DIGITS and text.endswith("000000")):
        raise NotANumber(_DIGITS_LOST)
    plain = text.replace(" ", "").replace(".", "").upper()
    if len(plain) in (_CITIZEN_DIGITS - 2, _CITIZEN_DIGITS - 1) and plain.isdigit():
        if number_cell:
            # Citizens' numbers have twelve digits, and many begin with zeros, which a number cell drops.
            return plain.zfill(_CITIZEN_DIGITS)
        raise NotANumber(_l("Zeros at the beginning seem to be lost. Format the column as text."))
    if not _ID_NUMBER.fullmatch(plain):
        raise NotANumber(_l("This is no number of an identity paper."))
    return text
