"""The rule for denunciations: nothing that tells who denounced is kept. Pure.

Law on Denunciations, articles 8.3 and 56.2: the denouncer's name, address and handwriting are secret. Until a sealed
store exists, the system keeps a paper code, where the paper lies, and a summary that identifies nobody.
"""

from collections.abc import Iterable, Mapping

from core.i18n import lazy_gettext as _l
from petitions.vocabulary import Kind

# Form fields and import columns that would tell who wrote.
IDENTIFYING_FIELDS = (
    "petitioner_name",
    "petitioner_id_number",
    "petitioner_phone",
    "petitioner_address",
    "petitioner_old_address",
    "ward_code",
    "ward_text",
    "co_name",
    "co_id_number",
    "co_phone",
    "co_address",
    "representatives",
    "representative_name",
    "representative_id_number",
    "representative_phone",
    "attachments",
)

REFUSAL = _l("The system keeps nothing that identifies a denouncer. Leave this empty; keep it on paper.")


APART = _l(
    "A denunciation and a petition that may name people cannot stand in one matter: that would tell who denounced."
)


def is_sealed(kind: Kind, parts: Iterable[Kind]) -> bool:
    """Whether a petition is or may contain a denunciation. Several kinds that are not named may contain one."""
    named = set(parts)
    return kind is Kind.DENUNCIATION or (kind is Kind.MIXED and (not named or Kind.DENUNCIATION in named))


def identifying(fields: Mapping[str, object]) -> list[str]:
    """The fields that were filled and would tell who wrote."""
    return [name for name in IDENTIFYING_FIELDS if fields.get(name)]


def without_identity(fields: Mapping[str, object]) -> dict[str, object]:
    """The same fields without those that would tell who wrote, and without free text that may be the original."""
    dropped = {*IDENTIFYING_FIELDS, "body", "title", "note", "originals"}
    return {name: value for name, value in fields.items() if name not in dropped}
