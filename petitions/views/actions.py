"""The forms of the workflow's actions: built from the one table, so that a button and a rule cannot disagree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.i18n import gettext as _
from petitions.models import Petition
from petitions.services.closing import REOPEN_GROUNDS
from petitions.services.presence import ABSENT_OK
from petitions.views import choices
from petitions.vocabulary import DISPOSITION_LABELS, TRIGGER_LABELS, Flag, Trigger
from petitions.workflow import (
    ACTION_LABELS,
    DISPOSITIONS,
    Action,
    Facts,
    allowed_dispositions,
    available_actions,
)

Choices = list[tuple[str, str]]
CONFLICT = "conflict"
"""The step that notes a conflict of interest."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One control of an action's form."""

    name: str
    label: str
    type: str = "text"
    value: str = ""
    choices: Choices = field(default_factory=list)
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ActionForm:
    """One action as the page offers it."""

    name: str
    label: str
    submit: str
    url: str
    tone: str
    fields: list[FormField]
    help: str = ""
    open: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    version: int = 0


_TONES = {
    Action.TAKE: "primary",
    Action.ASSIGN: "primary",
    Action.RETURN: "primary",
    Action.RESOLVE: "primary",
    Action.PROPOSE: "primary",
    Action.CONFIRM: "primary",
    Action.VOID: "danger",
}


def action_forms(
    session: Session,
    petition: Petition,
    facts: Facts,
    who: Actor,
    *,
    tried: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, object] | None = None,
) -> list[ActionForm]:
    """The forms of everything that ``who`` may do now; the one that was ``tried`` keeps what was typed."""
    lists = _Lists(session, petition, facts, who)
    forms = []
    for line in available_actions(facts, who):
        mine = line.action.value == tried
        kept = typed if mine and typed else {}
        fields = _fields(line.action, lists, kept)
        if mine and (ABSENT_OK in kept or ABSENT_OK in (errors or {})):
            fields.append(FormField(ABSENT_OK, _("Assign anyway"), "check", kept.get(ABSENT_OK, "")))
        forms.append(
            _form(
                petition,
                line.action.value,
                str(ACTION_LABELS[line.action]),
                _TONES.get(line.action, "plain"),
                fields,
                errors if mine else None,
            )
        )
    return forms


def flag_forms(
    petition: Petition,
    *,
    tried: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, object] | None = None,
) -> list[ActionForm]:
    """The forms that set or take off the marks complex and prominent, and the note of a conflict of interest."""
    labels = {
        ("flag", Flag.COMPLEX): _("Mark as complex"),
        ("flag", Flag.PROMINENT): _("Mark as prominent"),
        ("unflag", Flag.COMPLEX): _("Take off the mark “complex”"),
        ("unflag", Flag.PROMINENT): _("Take off the mark “prominent”"),
    }
    forms = []
    for flag, is_set in ((Flag.COMPLEX, petition.complex), (Flag.PROMINENT, petition.prominent)):
        verb = "unflag" if is_set else "flag"
        name = f"{verb}-{flag}"
        mine = name == tried
        value = (typed or {}).get("reason", "") if mine else ""
        fields = [FormField("reason", _("Reason"), "area", value, required=True)]
        forms.append(_form(petition, name, labels[verb, flag], "plain", fields, errors if mine else None))
    if petition.escalation_trigger != Trigger.CONFLICT:
        mine = tried == CONFLICT
        value = (typed or {}).get("reason", "") if mine else ""
        hint = _("whose, and what makes it one; the case goes before a supervisor at once")
        fields = [FormField("reason", _("Reason"), "area", value, required=True, hint=hint)]
        forms.append(_form(petition, CONFLICT, _("Conflict of interest"), "plain", fields, errors if mine else None))
    return forms


def _form(
    petition: Petition,
    name: str,
    label: str,
    tone: str,
    fields: list[FormField],
    errors: Mapping[str, object] | None,
) -> ActionForm:
    return ActionForm(
        name=name,
        label=label,
        submit=label,
        url=f"{request.script_root}/petitions/{petition.number}/{name}",
        tone=tone,
        fields=fields,
        open=errors is not None,
        errors={key: str(message) for key, message in (errors or {}).items()},
        version=petition.version,
    )


@dataclass(slots=True)
class _Lists:
    """Choice lists that the forms of one page share, read when first needed."""

    session: Session
    petition: Petition
    facts: Facts
    who: Actor
    _officers: Choices | None = None
    _units: Choices | None = None

    def officers(self) -> Choices:
        if self._officers is None:
            self._officers = choices.with_blank(choices.assignees(self.session, self.who))
        return self._officers

    def units(self) -> Choices:
        if self._units is None:
            self._units = choices.with_blank(choices.units(self.session, self.who))
        return self._units


def _fields(action: Action, lists: _Lists, typed: Mapping[str, str]) -> list[FormField]:
    def value(name: str, fallback: str = "") -> str:
        return typed.get(name, fallback)

    petition = lists.petition
    officer = FormField(
        "officer_id",
        _("To the officer"),
        "select",
        value("officer_id"),
        lists.officers() if _needs_people(action) else [],
    )
    reason = FormField("reason", _("Reason"), "area", value("reason"), required=True)
    match action:
        case Action.ASSIGN | Action.REASSIGN:
            unit = FormField("unit_id", _("or to the unit"), "select", value("unit_id"), lists.units())
            note = (
                reason
                if action is Action.REASSIGN
                else FormField("reason", _("Task or remark"), "area", value("reason"))
            )
            return [officer, unit, note]
        case Action.SEND_BACK | Action.DECLINE | Action.VOID:
            return [reason]
        case Action.ESCALATE:
            return [
                FormField(
                    "trigger",
                    _("Because of"),
                    "select",
                    value("trigger"),
                    choices.with_blank(choices.labelled(TRIGGER_LABELS)),
                    True,
                ),
                FormField(
                    "escalated_to",
                    _("To"),
                    "select",
                    value("escalated_to"),
                    choices.with_blank(choices.supervisors(lists.session, lists.who)),
                    True,
                ),
                FormField("reply_by", _("Reply by"), "date", value("reply_by"), required=True),
                FormField("reason", _("What is submitted"), "area", value("reason"), required=True),
            ]
        case Action.RETURN:
            # After a conflict of interest nobody is suggested.
            goes_on = petition.officer_id if petition.escalation_trigger != Trigger.CONFLICT else None
            current = str(goes_on or "")
            return [
                FormField("instruction", _("Instruction"), "area", value("instruction"), required=True),
                FormField(
                    "officer_id", _("To the officer"), "select", value("officer_id", current), lists.officers(), True
                ),
            ]
        case Action.RESOLVE | Action.PROPOSE:
            return _resolution_fields(lists.facts, typed)
        case Action.REOPEN:
            current = str(petition.officer_id or "")
            return [
                FormField(
                    "reopen_ground",
                    _("Ground"),
                    "select",
                    value("reopen_ground"),
                    choices.with_blank(choices.labelled(REOPEN_GROUNDS)),
                    True,
                ),
                reason,
                FormField(
                    "officer_id", _("To the officer"), "select", value("officer_id", current), lists.officers(), True
                ),
            ]
        case _:
            return []


def _needs_people(action: Action) -> bool:
    return action in {Action.ASSIGN, Action.REASSIGN}


def _resolution_fields(facts: Facts, typed: Mapping[str, str]) -> list[FormField]:
    def value(name: str) -> str:
        return typed.get(name, "")

    fitting = allowed_dispositions(facts)
    with_document = ", ".join(
        str(DISPOSITION_LABELS[disposition]) for disposition in fitting if DISPOSITIONS[disposition].needs_document
    )
    hint = _("needed for: %(list)s", list=with_document) if with_document else ""
    return [
        FormField(
            "disposition",
            _("Disposition"),
            "select",
            value("disposition"),
            choices.with_blank([(item.value, str(DISPOSITION_LABELS[item])) for item in fitting]),
            True,
        ),
        FormField("decision_number", _("Number of the signed document"), "text", value("decision_number"), hint=hint),
        FormField("decision_on", _("Signed on"), "date", value("decision_on")),
        FormField("decision_signer", _("Signed by"), "text", value("decision_signer")),
        FormField(
            "resolution_note",
            _("Result, or where to and why"),
            "area",
            value("resolution_note"),
            hint=_("needed when guided, forwarded or filed"),
        ),
        FormField(
            "leading_number",
            _("Joined to the petition number"),
            "text",
            value("leading_number"),
            hint=_("only when joined to another"),
        ),
    ]


def typed_labels(form: Mapping[str, Any], fields: list[FormField]) -> list[dict[str, str]]:
    """What was typed, as label and value, for a page that keeps it."""
    found = []
    for item in fields:
        value = str(form.get(item.name, ""))
        if value and item.type != "hidden":
            found.append({"label": item.label, "value": dict(item.choices).get(value, value)})
    return found
