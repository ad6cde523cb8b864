import io

import pytest

from petitions.importing.charsets import Charset, Suspicion, decoded, from_tcvn3, mended_utf8, suspect
from petitions.importing.problems import ImportRefused
from petitions.importing.syllables import is_syllable

VIETNAMESE = "Khiếu nại về đất đai của ông Nguyễn Văn Ví Dụ ở phường Nghĩa Đô"
# The same, typed in a TCVN3 (ABC) font.
TCVN3 = "KhiÕu n¹i vÒ ®Êt ®ai cña «ng NguyÔn V¨n VÝ Dô ë ph­êng NghÜa §«"


def decode(data: bytes, charset: Charset = Charset.AUTO) -> str:
    return "".join(decoded(io.BytesIO(data), charset))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_recognised(encoding: str) -> None:
    assert decode(VIETNAMESE.encode(encoding)) == VIETNAMESE


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_must_be_declared(encoding: str) -> None:
    data = VIETNAMESE.encode(encoding)
    with pytest.raises(ImportRefused, match="UTF-16"):
        decode(data)
    assert decode(data, Charset.UTF16) == VIETNAMESE


def test_utf32_is_refused() -> None:
    with pytest.raises(ImportRefused, match="UTF-32"):
        decode(VIETNAMESE.encode("utf-32"))


def test_windows_1258_is_read_when_declared() -> None:
    # Letters are composed later, with everything else.
    assert "Khiê\u0301u na\u0323i" in decode("Khiê\u0301u na\u0323i".encode("cp1258"), Charset.WINDOWS_1258)


def test_tcvn3_is_read_when_declared() -> None:
    assert from_tcvn3(decode(TCVN3.encode("latin-1"), Charset.TCVN3)) == VIETNAMESE


def test_tcvn3_capitals_follow_their_word() -> None:
    assert from_tcvn3("NGUYÔN Lª v¨n, §¬n") == "NGUYỄN Lê văn, Đơn"
    assert from_tcvn3("Lª V¡N §¤") == "LÊ VĂN ĐÔ"


def test_tcvn3_saved_as_utf8_is_read_when_declared() -> None:
    assert from_tcvn3(decode(TCVN3.encode("utf-8-sig"), Charset.TCVN3)) == VIETNAMESE
    assert from_tcvn3(decode(TCVN3.encode("utf-8"), Charset.TCVN3)) == VIETNAMESE


@pytest.mark.parametrize("declared", [Charset.TCVN3, Charset.WINDOWS_1258])
def test_unicode_declared_as_something_older_is_refused(declared: Charset) -> None:
    with pytest.raises(ImportRefused, match="UTF-8"):
        decode(VIETNAMESE.encode(), declared)


def test_tcvn3_declared_as_windows_1258_is_refused() -> None:
    with pytest.raises(ImportRefused, match="windows-1258"):
        decode((TCVN3 + "\n").encode("latin-1") * 3, Charset.WINDOWS_1258)


@pytest.mark.parametrize(
    ("data", "guess"),
    [
        (TCVN3.encode("latin-1"), "TCVN3"),
        ("Khiê\u0301u na\u0323i vê\u0300 đâ\u0301t đai, ông Nguyê\u0303n".encode("cp1258"), "Windows-1258"),
    ],
)
def test_undeclared_old_encodings_are_refused_with_a_guess(data: bytes, guess: str) -> None:
    with pytest.raises(ImportRefused, match=guess):
        decode(data)


def test_bytes_that_are_nothing_are_refused_after_the_sound_part_was_handed_out() -> None:
    got: list[str] = []
    with pytest.raises(ImportRefused, match="FF"):
        got.extend(decoded(io.BytesIO("dòng một\ndòng hai\n".encode() + b"\xff\xff"), Charset.UTF8))
    assert "".join(got) == "dòng một\ndòng hai\n"


@pytest.mark.parametrize(
    "sound",
    [
        VIETNAMESE,
        "ông bà, có lẽ là thế: Hoà, thuý, tân",
        "São Paulo, Zürich, Montréal, café, Muñoz, Krông Pắc",
        "5 m², 20 °C, © 2026, Acme®, ½ thửa, «trích», 3 × 4, §5",
        "plain ASCII",
    ],
)
def test_sound_text_raises_no_suspicion(sound: str) -> None:
    assert suspect([(0, sound)]) is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (TCVN3, Suspicion.TCVN3),
        (VIETNAMESE.encode().decode("latin-1"), Suspicion.MISREAD_UTF8),
        ("Nguyễn".encode().decode("cp1252"), Suspicion.MISREAD_UTF8),
        ("Nguyễn\x85", Suspicion.CONTROLS),
        ("Nguyễn".encode().decode("latin-1"), Suspicion.MISREAD_UTF8),
        ("RÃ©plique", Suspicion.MISREAD_UTF8),
        ("Nguy\ufffdn", Suspicion.REPLACED),
        ("a\x00b", Suspicion.CONTROLS),
    ],
)
def test_damaged_text_is_told_by_its_damage(text: str, what: Suspicion) -> None:
    assert suspect([(0, "sound"), (3, text)]) == (3, what)


def test_misread_utf8_can_be_mended_and_nothing_else_is() -> None:
    assert mended_utf8("Nguyễn Đức".encode().decode("latin-1")) == "Nguyễn Đức"
    assert mended_utf8("Nguyễn Đức") is None
    assert mended_utf8("São Paulo") is None


@pytest.mark.parametrize("word", ["nghiêng", "Khuyến", "đường", "QUYẾT", "giếng", "à", "uống", "thuở", "yêu", "Hòa"])
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["khiÕu", "NguyÔn", "strike", "éé", "ắắ", "Zürich", "ngghe"])
def test_not_syllables(word: str) -> None:
    assert not is_syllable(word)
