"""The limits as the second half of ``docs/law.md``, made from the rules alone. Pure."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from petitions.deadlines.counting import UNIT_LABELS, Direction, Unit
from petitions.deadlines.readings import READINGS
from petitions.deadlines.rule import READ_STATUS_LABELS, Limit, Rule
from petitions.deadlines.rules import ALL_RULES
from petitions.deadlines.starts import NOT_ON_A_PETITION, STARTS, Line

MARK = "<!-- From here on made by `flask clock page`; a test compares. -->\n"
_WORDED = (Unit.AT_ONCE, Unit.NO_LIMIT, Unit.REST_OF_SETTLEMENT)


def law_section() -> str:
    """Everything after ``MARK``, as Markdown."""
    return "\n".join(
        (
            "",
            "## Limits\n",
            "\n".join(_limits()),
            "\n".join(_not_wards()),
            "## Readings\n",
            "\n".join(_readings()),
            "## What starts and stops a limit\n",
            "\n".join(_starts()),
            "",
        )
    )


def _limits() -> Iterator[str]:
    yield "| id | what | limit | variants, extensions, pause | valid | source | read |"
    yield "|---|---|---|---|---|---|---|"
    for rule in ALL_RULES:
        period = f"{rule.valid_from} – {rule.valid_to or ''}".rstrip() + (
            " (not verified)" if rule.day_uncertain else ""
        )
        read = "; ".join(str(READ_STATUS_LABELS[status]) for status in rule.read)
        limit = f"{_amount(rule.limit)}, {rule.start}"
        cells = (f"`{rule.id}`", rule.label, limit, "; ".join(_more(rule)), period, rule.source, read)
        yield "| " + " | ".join(str(cell) for cell in cells) + " |"
    yield ""


def _more(rule: Rule) -> Iterator[str]:
    for variant, limit in rule.variants.items():
        yield f"{variant.value}: {_amount(limit)}" + (f", {limit.start}" if limit.start else "")
    for variant, allowed in rule.extensions.items():
        yield f"{variant.value}: extended {allowed.most}×, at most {allowed.longest} each"
    if rule.pause is not None:
        yield f"pause since {rule.pause.since}: {rule.pause.ground} ({rule.pause.source})"


def _amount(limit: Limit) -> str:
    unit = str(UNIT_LABELS[limit.unit])
    amount = unit if limit.unit in _WORDED else f"{limit.amount} {unit}"
    return f"≥ {amount} before" if limit.direction is Direction.BEFORE else amount


def _not_wards() -> Iterator[str]:
    yield "No limits of a ward's own; the program answers for them all the same:\n"
    for rule in ALL_RULES:
        if rule.not_ward is not None:
            yield f"- `{rule.id}`: {rule.not_ward}"
    yield ""


def _readings() -> Iterator[str]:
    yield "The numbered ones are open questions for a lawyer; a day that rests on a reading names it.\n"
    yield "| reading | text |"
    yield "|---|---|"
    for reading, known in READINGS.items():
        number = f" ({known.number})" if known.number else ""
        yield f"| `{reading.value}`{number} | {known.text} |"
    yield ""


def _starts() -> Iterator[str]:
    yield "| id | kinds | starts | stops | only if |"
    yield "|---|---|---|---|---|"
    for line in STARTS:
        cells = (f"`{line.rule_id}`", _codes(line.kinds), _codes(line.starts), _codes(line.stops), _conditions(line))
        yield "| " + " | ".join(cells) + " |"
    names = ", ".join(f"`{name}`" for name in NOT_ON_A_PETITION)
    yield f"\nStarted by no event of a petition: {names}."


def _conditions(line: Line) -> str:
    parts = [code.value for code in sorted(line.needs)] + [f"not {code.value}" for code in sorted(line.unless)]
    if line.opened_by:
        parts.append(f"one of {_codes(line.opened_by)}")
    return ", ".join(parts)


def _codes(values: Iterable[StrEnum]) -> str:
    return ", ".join(sorted(value.value for value in values))
