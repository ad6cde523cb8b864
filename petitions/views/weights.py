"""The weights of the queue's order: see them, try others, save them."""

from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.errors import InvalidInput
from core.i18n import format_count, format_day
from core.i18n import gettext as _
from core.text import clean_line
from petitions.priority import (
    DAILY,
    DEFAULT_WEIGHTS,
    MOST_POINTS,
    RULE_LABELS,
    PriorityRule,
    Standing,
    Weights,
    reasons,
)
from petitions.queries.weights import Move, preview, weights_of
from petitions.services.priorities import check_weights, set_weights

bp = Blueprint("weights", __name__)

_LONGEST = 6


class RuleShown(NamedTuple):
    """A rule with its points as typed, what was declared for it, and why the points were not taken."""

    name: str
    label: str
    value: str
    declared: str
    daily: bool
    error: str


class MoveShown(NamedTuple):
    """A row of the preview, ready to print; ``step`` says up, down or nothing."""

    then: str
    now: str
    step: str
    number: str
    url: str
    title: str
    due: str
    words: str


@bp.get("/office/priority")
@requires(Permission.PRIORITY_EDIT)
def show() -> ResponseReturnValue:
    """The weights in force and the order that they make."""
    weights = weights_of(db.session(), actor().office_id)
    return _page({rule.value: str(weights[rule]) for rule in PriorityRule}, weights)


@bp.post("/office/priority")
@requires(Permission.PRIORITY_EDIT)
def save() -> ResponseReturnValue:
    """Show what other weights would move, or save them."""
    typed = {rule.value: clean_line(request.form.get(rule.value, ""))[:20] for rule in PriorityRule}
    weights = {rule: _points(typed[rule.value]) for rule in PriorityRule}
    try:
        check_weights(weights)
        if request.form.get("then") != "save":
            return _page(typed, weights, tried=True)
        with unit_of_work() as session:
            count = set_weights(session, weights, by=actor())
    except InvalidInput as error:
        return _page(typed, None, errors={name: str(text) for name, text in error.errors.items()}), 400
    flash(_("The weights are saved; open petitions put in order: %(count)s.", count=format_count(count)), "success")
    return redirect(f"{request.script_root}/office/priority")


def _points(text: str) -> int:
    """The number typed, or -1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else -1


def _page(
    typed: Mapping[str, str], weights: Weights | None, *, tried: bool = False, errors: Mapping[str, str] | None = None
) -> str:
    who = actor()
    found = errors or {}
    moves = preview(db.session(), who, weights) if weights is not None else []
    return render_template(
        "petitions/office/priority.html",
        rules=[
            RuleShown(
                rule.value,
                str(RULE_LABELS[rule]),
                typed[rule.value],
                format_count(DEFAULT_WEIGHTS[rule]),
                rule in DAILY,
                found.get(rule.value, ""),
            )
            for rule in PriorityRule
        ],
        most=format_count(MOST_POINTS),
        moves=[_shown(move) for move in moves],
        tried=tried,
        errors=found,
    )


def _shown(move: Move) -> MoveShown:
    row = move.row
    step = "" if move.now == move.then else "up" if move.now is None or move.now > move.then else "down"
    return MoveShown(
        then=format_count(move.then),
        now=format_count(move.now) if move.now else "",
        step=step,
        number=row.number,
        url=f"{request.script_root}/petitions/{row.number}",
        title=row.title,
        due=format_day(row.due_on),
        words=" · ".join(str(word) for word in reasons(Standing.of(row), clock.today())),
    )
