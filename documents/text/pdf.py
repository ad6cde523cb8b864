"""Text of PDF files; pages that hold none are drawn, so that they can be recognised."""

from typing import IO

import pypdfium2
from pypdfium2 import raw

from documents.text.errors import Unreadable, damaged, locked
from documents.text.gathering import FEWEST, Gathering, has_words
from documents.text.ocr import Recognise, TooSlow
from documents.text.outcome import Outcome, TextState

MOST_PAGES = 300
"""Pages looked at of one PDF."""
MOST_RECOGNISED = 20
"""Pages recognised of one PDF."""
_DOTS_PER_INCH = 200
# An A3 page at that resolution; a larger one is drawn coarser.
_LONGEST_SIDE = 3_400
_MOST_OF_PAGE = 100_000


def read(stream: IO[bytes], gathering: Gathering, recognise: Recognise | None) -> Outcome:
    """Gather the text of ``stream``, by ``recognise`` where its pages are pictures. Raises ``Unreadable``.

    Without ``recognise`` a PDF of pictures is a scan that was not read.
    """
    try:
        document = pypdfium2.PdfDocument(stream)
    except pypdfium2.PdfiumError as error:
        if raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise locked() from error
        raise damaged() from error
    pages = len(document)
    pictures = _gather(document, gathering, min(pages, MOST_PAGES))
    gathering.cut = gathering.cut or pages > MOST_PAGES
    if not pictures:
        return Outcome(TextState.READ, pages=pages, method="pdf")
    if recognise is None:
        state = TextState.READ if has_words(gathering.text) else TextState.SCAN
        return Outcome(state, pages=pages, method="pdf", detail="no-ocr")
    gathering.cut = gathering.cut or len(pictures) > MOST_RECOGNISED
    for place in pictures[:MOST_RECOGNISED]:
        try:
            gathering.add(recognise(_drawn(document, place)))
            gathering.add("\n")
        except TooSlow:
            raise
        except (Unreadable, pypdfium2.PdfiumError):
            gathering.cut = True  # one broken page does not hide the others
    return Outcome(TextState.READ, pages=pages, method="ocr")


def _gather(document: pypdfium2.PdfDocument, gathering: Gathering, pages: int) -> list[int]:
    """Gather the text of the first ``pages``; return which of them are pictures without text."""
    pictures = []
    for place in range(pages):
        try:
            page = document[place]
            text = _text_of(page)
        except pypdfium2.PdfiumError:
            continue  # one broken page does not hide the others
        if sum(map(str.isalnum, text)) >= FEWEST:
            gathering.add(text)
            gathering.add("\n")
        elif any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
            pictures.append(place)
        page.close()
    return pictures


def _text_of(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage()
    found: str = text.get_text_range(0, min(text.count_chars(), _MOST_OF_PAGE))
    text.close()
    # Hyphens at the end of a line come as U+FFFE.
    return found.replace("\r\n", "\n").replace("\ufffe", "-")


def _drawn(document: pypdfium2.PdfDocument, place: int) -> bytes:
    """The page as a grey picture (PGM)."""
    page = document[place]
    side = max(page.get_width(), page.get_height(), 1)
    bitmap = page.render(scale=min(_DOTS_PER_INCH / 72, _LONGEST_SIDE / side), grayscale=True)
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    data = bytes(bitmap.buffer)
    rows = b"".join(data[row * stride : row * stride + width] for row in range(height))
    bitmap.close()
    page.close()
    return b"P5 %d %d 255\n" % (width, height) + rows
