"""The timeline: each event as a plain sentence in the reader's language. Pure."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from core.i18n import format_day
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from petitions.deadlines import LegalEvent, Variant, rule_label
from petitions.deadlines.legal_events import LEGAL_EVENT_LABELS
from petitions.deadlines.rule import VARIANT_LABELS
from petitions.vocabulary import (
    CHANNEL_LABELS,
    COMPLEXITY_POINT_LABELS,
    DISPOSITION_LABELS,
    FLAG_LABELS,
    FORWARDER_KIND_LABELS,
    KIND_LABELS,
    TRIGGER_LABELS,
    Channel,
    ComplexityPoint,
    Disposition,
    Flag,
    ForwarderKind,
    Kind,
    Trigger,
)
from petitions.wards import ward_label
from petitions.workflow import ACTION_LABELS, Action


class EventRow(Protocol):
    """What the sentence needs of an event."""

    @property
    def action(self) -> str:
        """What was done."""
        ...

    @property
    def actor_name(self) -> str:
        """Who did it, as the name was then."""
        ...

    @property
    def data(self) -> str:
        """JSON: names, old and new values."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """An event, told: the sentence, and the corrected fields as label, old value, new value."""

    sentence: str
    changes: tuple[tuple[str, str, str], ...] = ()


FIELD_LABELS = {
    "received_on": _l("Received on"),
    "kind": _l("Kind"),
    "kind_parts": _l("Kinds in this petition"),
    "channel": _l("Channel"),
    "field_id": _l("Field of matter"),
    "title": _l("Title"),
    "body": _l("Text of the petition"),
    "people_count": _l("Number of people"),
    "against": _l("Against whom or what"),
    "also_sent_to": _l("Also sent to"),
    "external_ref": _l("Number in another system"),
    "second_instance": _l("Second complaint, or a further denunciation"),
    "discipline": _l("Complaint against a disciplinary decision"),
    "forwarder_kind": _l("Kind of body"),
    "forwarder": _l("Forwarding body"),
    "forwarder_ref": _l("Its reference"),
    "answer_by": _l("Wants an answer by"),
    "paper_code": _l("Code of the paper"),
    "paper_location": _l("Where the paper lies"),
    "ward_code": _l("Ward or commune"),
    "due_on": _l("Due"),
    "name": _l("Full name"),
    "id_number": _l("ID number"),
    "phone": _l("Phone"),
    "address": _l("Address"),
    "old_address": _l("Address under the old names"),
}


def tell(event: EventRow, *, field_name: Callable[[int], str]) -> Told:
    """The event as a sentence; ``field_name`` names a field of matter."""
    data: dict[str, Any] = json.loads(event.data or "{}")
    who = event.actor_name
    if event.action == "correct":
        return Told(_("%(who)s corrected the record.", who=who), tuple(_changes(data, field_name)))
    if event.action in ("due-moved", "legal", "legal-cancel"):
        return Told(_SENTENCES[event.action](who, data), tuple(_moved_days(data)))
    teller = _SENTENCES.get(event.action)
    return Told(teller(who, data) if teller else f"{who}: {event.action}")


def _assigned(who: str, data: dict[str, Any]) -> str:
    officer, unit = data.get("officer", ""), data.get("unit", "")
    if officer and unit:
        return _("%(who)s assigned it to %(officer)s (%(unit)s).", who=who, officer=officer, unit=unit)
    return _("%(who)s assigned it to %(to)s.", who=who, to=officer or unit)


def _received(who: str, data: dict[str, Any]) -> str:
    if data.get("matter_of"):
        return _("%(who)s registered it in the matter of %(number)s.", who=who, number=data["matter_of"])
    return _("%(who)s registered it.", who=who)


def _resolved(who: str, data: dict[str, Any]) -> str:
    how = str(DISPOSITION_LABELS[Disposition(data["disposition"])]) if data.get("disposition") else ""
    if data.get("leading"):
        return _("%(who)s joined it to %(number)s.", who=who, number=data["leading"])
    if data.get("document"):
        return _("%(who)s resolved it: %(how)s, document %(document)s.", who=who, how=how, document=data["document"])
    return _("%(who)s resolved it: %(how)s.", who=who, how=how)


def _trigger(data: dict[str, Any]) -> str:
    return str(TRIGGER_LABELS[Trigger(data["trigger"])]) if data.get("trigger") else ""


def _escalated(who: str, data: dict[str, Any]) -> str:
    to, why = data.get("to", ""), _trigger(data)
    if data.get("rule"):
        # By the sweep, which says which limit it was.
        rule, day = rule_label(data["rule"]), _day(data["due_on"])
        return _("It was put before %(to)s by the program: “%(rule)s” ended on %(day)s.", to=to, rule=rule, day=day)
    if data.get("compulsory"):
        return _("It was put before %(to)s at once, as it must be: %(why)s.", to=to or "?", why=why)
    return _("%(who)s escalated it to %(to)s: %(why)s.", who=who, to=to, why=why)


def _moved_by(_who: str, data: dict[str, Any]) -> str:
    match data.get("cause", "calendar"):
        case "rules":
            return _("The limits were counted anew after an upgrade of the program.")
        case "settings":
            return _("The limits were counted anew because a setting of the office changed.")
        case _:
            return _("The due day moved because the calendar changed.")


def _legal(who: str, data: dict[str, Any]) -> str:
    told = _("%(who)s recorded: %(event)s on %(day)s.", who=who, event=_event(data), day=_day(data.get("on")))
    parts = []
    if data.get("days"):
        parts.append(_("Days added: %(count)s.", count=data["days"]))
    if data.get("for_day"):
        parts.append(_("Set for %(day)s.", day=_day(data["for_day"])))
    if data.get("variant"):
        parts.append(_("Found: %(what)s.", what=VARIANT_LABELS[Variant(data["variant"])]))
    if data.get("points"):
        points = ComplexityPoint(data["points"])
        names = "; ".join(str(label) for point, label in COMPLEXITY_POINT_LABELS.items() if point in points)
        parts.append(_("Points: %(points)s.", points=names))
    if data.get("document_number"):
        parts.append(
            _(
                "Document %(number)s of %(day)s, signed by %(signer)s.",
                number=data["document_number"],
                day=_day(data.get("document_on")),
                signer=data.get("signer", ""),
            )
        )
    return " ".join([told, *parts])


def _event(data: dict[str, Any]) -> str:
    return str(LEGAL_EVENT_LABELS[LegalEvent(data["event"])])


def _day(text: str | None) -> str:
    return format_day(date.fromisoformat(text)) if text else ""


def _moved_days(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The limits whose last day moved: label, day before, day after."""
    # An act of the first release names no clock, and a new clock that leads has not moved: then the due day is told.
    clocks = data.get("clocks") or [["", data.get("before", {}).get("due_on"), data.get("after", {}).get("due_on")]]
    for rule_id, before, after in clocks:
        if before != after:
            label = str(rule_label(rule_id)) if rule_id else str(FIELD_LABELS["due_on"])
            yield label, _day(before), _day(after) or _("suspended")


def _flag(data: dict[str, Any]) -> str:
    return str(FLAG_LABELS[Flag(data["flag"])]) if data.get("flag") else ""


_SENTENCES: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "receive": _received,
    "imported": lambda who, data: _("%(who)s imported it.", who=who),
    "take": lambda who, data: _("%(who)s took the case.", who=who),
    "assign": _assigned,
    "reassign": lambda who, data: _(
        "%(who)s reassigned it to %(to)s.", who=who, to=data.get("officer") or data.get("unit") or "?"
    ),
    "send-back": lambda who, data: _("%(who)s sent it back: not ours.", who=who),
    "escalate": _escalated,
    "escalate-reason": lambda who, data: _(
        "%(who)s noted a further reason for the escalation: %(why)s.", who=who, why=_trigger(data)
    ),
    "re-escalate": lambda who, data: _("%(who)s let %(to)s answer the escalation.", who=who, to=data.get("to", "")),
    "return": lambda who, data: _(
        "%(who)s returned it to %(officer)s with an instruction.", who=who, officer=data.get("officer", "")
    ),
    "resolve": _resolved,
    "propose": lambda who, data: _(
        "%(who)s proposed the resolution: %(how)s.",
        who=who,
        how=DISPOSITION_LABELS[Disposition(data["disposition"])] if data.get("disposition") else "",
    ),
    "confirm": lambda who, data: _("%(who)s confirmed the resolution.", who=who),
    "decline": lambda who, data: _("%(who)s declined the proposed resolution.", who=who),
    "follow": lambda who, data: _(
        "It follows %(number)s from now on, after a step of %(who)s there.", who=who, number=data.get("leading", "")
    ),
    "due-moved": _moved_by,
    "legal": _legal,
    "legal-cancel": lambda who, data: _(
        "%(who)s took back the record: %(event)s on %(day)s.", who=who, event=_event(data), day=_day(data.get("on"))
    ),
    "reopen": lambda who, data: _("%(who)s reopened it.", who=who),
    "void": lambda who, data: _("%(who)s struck it: registered in error.", who=who),
    "undo": lambda who, data: _(
        "%(who)s took back the step “%(step)s”.",
        who=who,
        step=ACTION_LABELS[Action(data["undone"])] if data.get("undone") else "",
    ),
    "accuse": lambda who, data: _(
        "%(who)s noted that it accuses %(name)s, who no longer sees it.", who=who, name=data.get("accused", "")
    ),
    "clear-accused": lambda who, data: _(
        "%(who)s took back that it accuses %(name)s.", who=who, name=data.get("accused", "")
    ),
    "note": lambda who, data: _("%(who)s noted:", who=who),
    "flag": lambda who, data: _("%(who)s marked it: %(flag)s.", who=who, flag=_flag(data)),
    "unflag": lambda who, data: _("%(who)s took off the mark: %(flag)s.", who=who, flag=_flag(data)),
    "attach": lambda who, data: _("%(who)s attached %(file)s.", who=who, file=data.get("file", "")),
    "paper-received": lambda who, data: _(
        "%(who)s received an original paper: %(paper)s.", who=who, paper=data.get("paper", "")
    ),
    "paper-returned": lambda who, data: _(
        "%(who)s gave an original paper back: %(paper)s.", who=who, paper=data.get("paper", "")
    ),
}

_HIDDEN_CHANGES = {"sealed", "petitioner_name", "petitioner_sort", "halted_on"}


def _changes(data: dict[str, Any], field_name: Callable[[int], str]) -> list[tuple[str, str, str]]:
    parts = [data]
    if "petitioner" in data:
        parts = [data["petitioner"]]
    found = []
    for part in parts:
        before, after = part.get("before", {}), part.get("after", {})
        for name in after:
            if name in _HIDDEN_CHANGES or before.get(name) == after[name]:
                continue
            old, new = (_shown(name, values.get(name), field_name) for values in (before, after))
            found.append((str(FIELD_LABELS.get(name, name)), old, new))
    return found


def _shown(name: str, value: Any, field_name: Callable[[int], str]) -> str:
    if value is None or value == "":
        return ""
    match name:
        case "kind":
            return str(KIND_LABELS[Kind(value)])
        case "kind_parts":
            return ", ".join(str(KIND_LABELS[Kind(part)]) for part in str(value).split(","))
        case "ward_code":
            return ward_label(str(value))
        case "forwarder_kind":
            return str(FORWARDER_KIND_LABELS[ForwarderKind(value)])
        case "second_instance" | "discipline":
            return _("yes") if value else _("no")
        case "channel":
            return str(CHANNEL_LABELS[Channel(value)])
        case "field_id":
            return field_name(int(value))
        case "received_on" | "answer_by" | "due_on":
            year, month, day = str(value).split("-")
            return f"{day}/{month}/{year}"
    text = str(value)
    return text if len(text) <= 300 else text[:300] + "…"
