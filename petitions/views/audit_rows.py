"""Rows of the audit of missed limits, ready to print: the limit, who held the case, what was ordered on its clock."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import request
from sqlalchemy.orm import Session

from auth import queries as people
from auth.actor import Actor
from core.database import AnyRow
from core.i18n import format_count, format_day
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from petitions.deadlines import LegalEvent, of_version
from petitions.deadlines.errors import UnknownRule
from petitions.holding import Held, days_paused, spans, times_reassigned
from petitions.queries.audit_background import Background, background
from petitions.queries.audits import Audit, What
from petitions.views.words import state_words
from petitions.vocabulary import KIND_LABELS

WHAT_LABELS = {
    What.NOW: _l("Late now"),
    What.AFTER: _l("Late after closing"),
    What.CLOSED: _l("Late when it ended"),
}


class RowShown(NamedTuple):
    """A case of the audit, ready to print."""

    number: str
    url: str
    title: str
    kind: str
    rule: str
    source: str
    others: tuple[str, ...]
    due: str
    ended: str
    late: str
    what: str
    what_class: str
    state: str
    state_class: str
    officer: str
    unit: str
    held: tuple[str, ...]
    reassigned: str
    extended: tuple[str, ...]
    paused: str
    ordered: tuple[str, ...]


def shown_rows(session: Session, audit: Audit, who: Actor, rows: Sequence[AnyRow]) -> list[RowShown]:
    """The rows of a page of the audit, made ready to print; what belongs to them is read for all at once."""
    if not rows:
        return []
    known = people.lookups(session, who.office_id)
    behind = background(session, audit, [row.id for row in rows])
    states = state_words()
    kinds = {kind.value: str(label) for kind, label in KIND_LABELS.items()}
    whats = {what.value: str(label) for what, label in WHAT_LABELS.items()}
    return [_row(row, audit, behind, known, states, kinds, whats) for row in rows]


def _row(
    row: AnyRow,
    audit: Audit,
    behind: Background,
    known: people.Lookups,
    states: Mapping[str, str],
    kinds: Mapping[str, str],
    whats: Mapping[str, str],
) -> RowShown:
    acts, orders = behind.acts.get(row.id, ()), behind.orders.get(row.id, ())
    until = row.ended_on or audit.today
    rule, source = rule_words(row.rule_id, row.rule_version)
    held = spans(acts, Held(row.received_on, row.officer_id, row.unit_id, row.resolved_on), audit.today)
    reassigned = times_reassigned(acts)
    paused = days_paused([(order.event, order.occurred_on) for order in orders], until)
    extended = tuple(_extension(order) for order in orders if order.event == LegalEvent.EXTENDED)
    ordered = [_("reassigned: %(n)s times", n=format_count(reassigned))] if reassigned else []
    ordered += [_("extended: %(how)s", how=how) for how in extended]
    ordered += [_("paused: %(n)s days", n=format_count(paused))] if paused else []
    return RowShown(
        row.number,
        f"{request.script_root}/petitions/{row.number}/story",
        row.title,
        kinds[row.kind],
        rule or _("not known"),
        source,
        tuple(_other(limit) for limit in behind.limits.get(row.id, ()) if limit.id != row.clock_id),
        format_day(row.limit_on),
        format_day(row.ended_on),
        format_count((until - row.limit_on).days),
        whats[row.what],
        "late" if row.what == What.NOW else "",
        states[row.state],
        row.state,
        known.user_names.get(row.officer_id, "") if row.officer_id else "",
        known.unit_names.get(row.unit_id, "") if row.unit_id else "",
        tuple(held_words(span, known) for span in held),
        format_count(reassigned) if reassigned else "",
        extended,
        format_count(paused) if paused else "",
        tuple(ordered),
    )


def rule_words(rule_id: str | None, version: str | None) -> tuple[str, str]:
    """The label and the source of a stored clock's rule; of one that is no longer declared, its name."""
    if not rule_id or not version:
        return "", ""
    try:
        rule = of_version(rule_id, version)
    except UnknownRule:
        return rule_id, ""
    return str(rule.label), rule.source


def held_words(span: Any, known: people.Lookups) -> str:
    """Who held a case, and for how many days."""
    officer = known.user_names.get(span.officer_id, "") if span.officer_id else ""
    unit = known.unit_names.get(span.unit_id, "") if span.unit_id else ""
    return _("%(who)s: %(n)s days", who=officer or unit or _("not assigned yet"), n=format_count(span.days))


def _other(limit: AnyRow) -> str:
    label, _source = rule_words(limit.rule_id, limit.rule_version)
    if limit.stopped_on is None:
        return _("also late: %(what)s, last day %(day)s", what=label, day=format_day(limit.due_on))
    late = format_count((limit.stopped_on - limit.due_on).days)
    return _("also missed: %(what)s, by %(n)s days", what=label, n=late)


def _extension(order: AnyRow) -> str:
    document = ", ".join(
        part for part in (order.document_number, format_day(order.document_on), order.signer) if part
    ) or _("no document recorded")
    return _("%(n)s days on %(day)s: %(document)s", n=order.days, day=format_day(order.occurred_on), document=document)
