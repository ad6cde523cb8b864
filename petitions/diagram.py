"""The workflow's table as a page of the documents: a diagram and two tables, made from ``workflow`` alone. Pure."""

from collections.abc import Iterator

from auth.permissions import ROLE_PERMISSIONS, Permission, Role
from petitions.vocabulary import Disposition, Kind
from petitions.workflow import DISPOSITIONS, TRANSITIONS, UNDO_WINDOW, Action, State, Transition

_INTRODUCTION = """\
# Workflow

Made from `petitions/workflow.py` by `flask petition workflow`; a test compares the two. Buttons, rules and this
page have one source. "Overdue" is no state: it follows from the due day.
"""


def workflow_page() -> str:
    """The whole page as Markdown, with the diagram in Mermaid's notation."""
    minutes = int(UNDO_WINDOW.total_seconds() // 60)
    undo = f"Steps marked so can be taken back by whoever did them, for {minutes} minutes, as a step of its own.\n"
    parts = (_INTRODUCTION, "\n".join(_diagram()), "## Actions\n", "\n".join(_actions()), undo, "## Dispositions\n")
    return "\n".join((*parts, "\n".join(_dispositions()), ""))


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {State.RECEIVED}: {Action.RECEIVE}"
    for source in State:
        for target in State:
            names = [line.action.value for line in TRANSITIONS if source in line.sources and line.to is target]
            if names:
                yield f"    {source} --> {target}: {', '.join(names)}"
        staying = [line.action.value for line in TRANSITIONS if source in line.sources and line.to is None]
        if staying:
            yield f"    {source} --> {source}: {', '.join(staying)}"
    yield "```\n"


def _actions() -> Iterator[str]:
    yield "| action | from | to | who | needs | can be taken back |"
    yield "|---|---|---|---|---|---|"
    for line in TRANSITIONS:
        sources = ", ".join(state.value for state in line.sources)
        needs = ", ".join(f"`{need}`" for need in line.needs)
        target = line.to.value if line.to else "the same"
        yield f"| {line.action} | {sources} | {target} | {_who(line)} | {needs} | {'yes' if line.undoable else 'no'} |"
    yield ""


def _who(line: Transition) -> str:
    who = []
    if line.permission is not None:
        who.append(_roles(line.permission))
    if line.own is not None:
        who.append(f"{_roles(line.own)} on an own case")
    if line.head:
        who.append("head of the unit that holds it")
    return "; ".join(who)


def _roles(permission: Permission) -> str:
    return ", ".join(role.value for role in Role if permission in ROLE_PERMISSIONS[role])


def _dispositions() -> Iterator[str]:
    yield "| disposition | kinds | straight from received | signed document | also needs |"
    yield "|---|---|---|---|---|"
    for disposition in Disposition:
        rule = DISPOSITIONS.get(disposition)
        if rule is None:
            continue
        kinds = "every kind" if set(rule.kinds) == set(Kind) else ", ".join(kind.value for kind in rule.kinds)
        needs = ", ".join(f"`{need}`" for need in rule.needs)
        yield (
            f"| {disposition} | {kinds} | {'yes' if rule.from_received else 'no'} | "
            f"{'yes' if rule.needs_document else 'no'} | {needs} |"
        )
