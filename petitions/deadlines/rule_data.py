"""A rule as plain data, for ``--json`` and for whoever checks the table of the law. Pure."""

from petitions.deadlines.readings import READINGS
from petitions.deadlines.rule import READ_STATUS_LABELS, Limit, Rule, Variant


def rule_data(rule: Rule) -> dict[str, object]:
    """All that a rule says, texts in the reader's language."""
    return {
        "id": rule.id,
        "label": str(rule.label),
        "start": str(rule.start),
        "amount": rule.limit.amount,
        "unit": rule.limit.unit.value,
        "direction": rule.limit.direction.value,
        "meaning": rule.nature.value,
        "variants": {variant.value: _limit_data(rule, variant, limit) for variant, limit in rule.variants.items()},
        "extensions": {
            variant.value: {"most": allowed.most, "longest": allowed.longest}
            for variant, allowed in rule.extensions.items()
        },
        "pause": _pause_data(rule),
        "stops": _text(rule.stops),
        "decided_by": _text(rule.decided_by),
        "document": rule.document,
        "note": _text(rule.note),
        "ward": rule.not_ward is None,
        "not_ward": _text(rule.not_ward),
        "readings": [
            {"id": reading.value, "number": READINGS[reading].number} for reading in rule.readings_of(Variant.STANDARD)
        ],
        **period_data(rule),
    }


def period_data(rule: Rule) -> dict[str, object]:
    """Version, validity, source and how the source was read."""
    return {
        "version": rule.version,
        "valid_from": rule.valid_from.isoformat(),
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
        "source": rule.source,
        "read": [status.value for status in rule.read],
        "read_text": "; ".join(str(READ_STATUS_LABELS[status]) for status in rule.read),
        "verified": rule.verified,
    }


def _limit_data(rule: Rule, variant: Variant, limit: Limit) -> dict[str, object]:
    return {
        "amount": limit.amount,
        "unit": limit.unit.value,
        "direction": limit.direction.value,
        "meaning": rule.nature_of(variant).value,
        "start": _text(limit.start),
    }


def _pause_data(rule: Rule) -> dict[str, object] | None:
    if rule.pause is None:
        return None
    return {"since": rule.pause.since.isoformat(), "ground": str(rule.pause.ground), "source": rule.pause.source}


def _text(text: object | None) -> str | None:
    return None if text is None else str(text)
