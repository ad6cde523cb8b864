"""Whether a word could be a Vietnamese syllable: enough to tell Vietnamese from the same bytes read wrongly."""

import re
import unicodedata
from functools import lru_cache

_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_ONSET = "(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?"
_NUCLEI = sorted(
    (
        "a ă â e ê i o ô ơ u ư y ia iê ya yê ua uô ưa ươ oa oă oe uâ uê uơ uy uya uyê oo ai ao au ay âu ây eo êu iu "
        "iêu yêu oi ôi ơi oai oao oay oeo ui uôi uây uyu ưi ưu ươi ươu"
    ).split(),
    key=len,
    reverse=True,
)
_SYLLABLE = re.compile(_ONSET + "(?:" + "|".join(_NUCLEI) + ")(?:ng|nh|ch|[cmnpt])?")


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """Whether ``word``, in any case, is built like a Vietnamese syllable and bears at most one tone."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    toneless, tones = _TONES.subn("", decomposed)
    return tones <= 1 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", toneless)) is not None
