"""The levels of every limit as the second half of ``docs/escalation.md``, made from the declared data alone. Pure."""

from collections.abc import Iterator

from petitions.deadlines.legal_events import LEGAL_EVENT_LABELS
from petitions.deadlines.rules import rule_label
from petitions.escalation import (
    AUDIENCE_LABELS,
    COMPULSORY,
    COMPULSORY_REPLY_WITHIN,
    ESCALATING,
    REPLY_WITHIN,
    STEPS,
    Audience,
    Level,
    Step,
)
from petitions.vocabulary import TRIGGER_LABELS, Trigger

MARK = "<!-- From here on made by `flask clock levels`; a test compares. -->\n"
_WHO = {Audience.OFFICER: "officer", Audience.HEAD: "head", Audience.SUPERVISOR: "supervisor"}


def levels_section() -> str:
    """Everything after ``MARK``, as Markdown."""
    return "\n".join(("", "## Levels\n", *_legend(), "", *_levels(), "", "## At once\n", *_at_once(), ""))


def _legend() -> Iterator[str]:
    yield (
        "Who is told: "
        + "; ".join(f"*{_WHO[audience]}* – {label}" for audience, label in AUDIENCE_LABELS.items())
        + "."
    )
    replies = ", ".join(f"`{level.value}` {days}" for level, days in REPLY_WITHIN.items())
    yield f"- working days for the reply to what was escalated: {replies}"


def _levels() -> Iterator[str]:
    days = ("working days before", "on the last day", "the day after", "the day after")
    heads = " | ".join(f"`{level.value}`, {day}" for level, day in zip(Level, days, strict=True))
    yield f"| limit | id | {heads} |"
    yield "|---|---|---|---|---|---|"
    for rule_id, steps in STEPS.items():
        cells = {step.level: _step(step) for step in steps}
        told = " | ".join(cells.get(level, "") for level in Level)
        yield f"| {rule_label(rule_id)} | `{rule_id}` | {told} |"


def _step(step: Step) -> str:
    days = f"{step.working_days}: " if step.level is Level.SOON else ""
    escalated = ", escalated" if step.level in ESCALATING else ""
    return f"{days}{_WHO[step.to]}{escalated}"


def _at_once() -> Iterator[str]:
    yield f"Reply in {COMPULSORY_REPLY_WITHIN} working day:\n"
    yield "| recorded | escalated because of |"
    yield "|---|---|"
    for event, trigger in COMPULSORY.items():
        yield f"| {LEGAL_EVENT_LABELS[event]} (`{event.value}`) | {TRIGGER_LABELS[trigger]} |"
    yield f"| the step “Escalate” with this reason | {TRIGGER_LABELS[Trigger.CONFLICT]} |"
