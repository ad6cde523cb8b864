"""What is done to one petition from its page: the workflow's actions, notes, marks, reminders, corrections."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.database import db, unit_of_work
from core.errors import IllegalTransition, InvalidInput, NotAllowed, NotVisible, StaleVersion
from core.i18n import format_moment
from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from core.text import clean_line, clean_text
from petitions.forms.shapes import LARGEST_PETITION_ID, parse_day, parse_id
from petitions.history import Told, tell
from petitions.importing import aliases
from petitions.queries import case as cases
from petitions.services import assignment, closing, desk, escalating, records
from petitions.services.ledger import facts_of
from petitions.views.actions import CONFLICT, ActionForm, action_forms, flag_forms, typed_labels
from petitions.views.case import case_context
from petitions.views.words import state_words
from petitions.vocabulary import Disposition, Flag, Trigger
from petitions.workflow import ACTION_LABELS, Action

bp = Blueprint("steps", __name__)

Form = Mapping[str, str]
Step = Callable[[Session, int, Form, Actor, int | None], object]


@bp.post("/petitions/<number>/<action>")
@requires(Permission.PETITION_VIEW)
def step(number: str, action: str) -> ResponseReturnValue:
    """Do ``action``. What may be done, and by whom, is the table's to say."""
    if action not in STEPS:
        abort(404)
    who = actor()
    version = parse_id(request.form.get("version", ""))
    form = {name: clean_text(value) for name, value in request.form.items()}
    try:
        return _done(number, who, action, form, version)
    except NotVisible:
        typed = _typed(form, None)
        if not typed:
            raise
        # It may have moved to another unit while somebody typed; the page does not say whether it exists.
        return render_template("petitions/gone.html", tried=_label(action), typed=typed), 404


def _done(number: str, who: Actor, action: str, form: Form, version: int | None) -> ResponseReturnValue:
    petition = cases.get_visible(db.session(), number, who)
    try:
        with unit_of_work() as session:
            STEPS[action](session, petition.id, form, who, version)
    except InvalidInput as error:
        return _again(number, who, action, form, error.errors)
    except StaleVersion as error:
        if not _sent_twice(number, who, action, version):
            return _conflict(number, who, action, form, error)
    except IllegalTransition as error:
        return _conflict(number, who, action, form, error)
    except NotAllowed:
        # The button was there a moment ago: somebody moved the case. Where nobody did, it is simply not allowed.
        fresh = cases.get_visible(db.session(), number, who)
        if version is not None and fresh.version != version:
            return _conflict(
                number, who, action, form, IllegalTransition(_l("The case is no longer yours to do this."))
            )
        raise
    flash(_("Done: %(step)s.", step=_label(action)), "success")
    return redirect(f"{request.script_root}{_where_to_go(petition.number, who)}")


def _where_to_go(number: str, who: Actor) -> str:
    """The petition, or the own queue where the step moved it out of sight."""
    try:
        cases.get_visible(db.session(), number, who)
    except NotVisible:
        return "/queues/mine"
    return f"/petitions/{number}"


def _sent_twice(number: str, who: Actor, action: str, version: int | None) -> bool:
    """Whether the one change since ``version`` is this very step by the same person: the button was pressed twice."""
    session = db.session()
    fresh = cases.get_visible(session, number, who)
    newest = cases.events_of(session, fresh.id, limit=1)[0]
    age = clock.now() - newest.recorded_at
    same = newest.action == action and newest.actor_id == who.id and fresh.version - 1 == version
    return same and age <= records.DOUBLE_CLICK


def _label(action: str) -> str:
    if action in set(Action):
        return str(ACTION_LABELS[Action(action)])
    return str(_LABELS.get(action, action))


_LABELS = {
    CONFLICT: _l("Conflict of interest"),
    "undo": _l("Undo"),
    "notes": _l("Add a note"),
    "reminders": _l("Remind me"),
    "flag-complex": _l("Mark as complex"),
    "flag-prominent": _l("Mark as prominent"),
    "unflag-complex": _l("Take off the mark “complex”"),
    "unflag-prominent": _l("Take off the mark “prominent”"),
}

_TRIED = {"notes": "note", "reminders": "remind"}


def _again(number: str, who: Actor, action: str, form: Form, errors: Mapping[str, object]) -> ResponseReturnValue:
    session = db.session()
    petition = cases.get_visible(session, number, who)
    shown = {_FIELD_OF.get(name, name): message for name, message in errors.items()}
    context = case_context(session, petition, who, tried=_TRIED.get(action, action), typed=form, errors=shown)
    return render_template("petitions/case.html", **context), 400


_FIELD_OF = {"assignee": "officer_id"}


def _conflict(number: str, who: Actor, action: str, form: Form, error: Exception) -> ResponseReturnValue:
    """Say who moved first, and keep what was typed."""
    session = db.session()
    petition = cases.get_visible(session, number, who)
    facts = facts_of(petition, confirmation_required=cases.confirmation_required(session, petition.office_id))
    forms = action_forms(session, petition, facts, who, tried=action, typed=form, errors={})
    forms += flag_forms(petition, tried=action, typed=form, errors={})
    retry = next((item for item in forms if item.name == action), None)
    newest = cases.events_of(session, petition.id, limit=1)[0]
    why = str(error.message) if isinstance(error, IllegalTransition) else ""
    context = {
        "c": {
            "number": petition.number,
            "url": f"{request.script_root}/petitions/{petition.number}",
            "title": petition.title,
            "who": newest.actor_name,
            "when": format_moment(newest.recorded_at),
            "what": _sentence(newest).sentence,
            "state": state_words()[petition.state],
            "state_class": petition.state,
            "officer": "",
            "tried": _label(action),
        },
        "tried": _label(action),
        "typed": _typed(form, retry),
        "retry": retry if isinstance(error, StaleVersion) else None,
        "why_not": why or _("The petition has moved on; this step is not possible from where it stands now."),
    }
    return render_template("petitions/conflict.html", **context), 409


def _sentence(event: Any) -> Told:
    return tell(event, field_name=lambda _field_id: "")


def _typed(form: Form, retry: ActionForm | None) -> list[dict[str, str]]:
    if retry is not None:
        return typed_labels(form, retry.fields)
    hidden = {"csrf_token", "version"}
    return [{"label": name, "value": value} for name, value in form.items() if value and name not in hidden]


def _take(session: Session, petition_id: int, _form: Form, who: Actor, version: int | None) -> object:
    return assignment.take(session, petition_id, by=who, version=version)


def _assign(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return assignment.assign(
        session,
        petition_id,
        by=who,
        officer_id=_chosen(form, "officer_id"),
        unit_id=_chosen(form, "unit_id"),
        reason=form.get("reason", ""),
        absent_ok=bool(form.get("absent_ok")),
        version=version,
    )


def _send_back(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return assignment.send_back(session, petition_id, by=who, reason=form.get("reason", ""), version=version)


def _escalate(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    trigger = form.get("trigger", "")
    return assignment.escalate(
        session,
        petition_id,
        by=who,
        trigger=Trigger(trigger) if trigger in set(Trigger) else None,
        to_id=_chosen(form, "escalated_to"),
        reply_by=_day(form, "reply_by"),
        reason=form.get("reason", ""),
        absent_ok=bool(form.get("absent_ok")),
        version=version,
    )


def _conflict_of_interest(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return escalating.record_conflict(session, petition_id, by=who, reason=form.get("reason", ""), version=version)


def _return(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return assignment.return_to_officer(
        session,
        petition_id,
        by=who,
        instruction=form.get("instruction", ""),
        officer_id=_chosen(form, "officer_id"),
        absent_ok=bool(form.get("absent_ok")),
        version=version,
    )


def _resolution(form: Form) -> closing.Resolution:
    typed = form.get("disposition", "")
    chosen = typed if typed in set(Disposition) else aliases.DISPOSITIONS.get(aliases.value_key(typed))
    return closing.Resolution(
        disposition=Disposition(chosen) if chosen else None,
        decision_number=form.get("decision_number", ""),
        decision_on=_day(form, "decision_on"),
        decision_signer=form.get("decision_signer", ""),
        resolution_note=form.get("resolution_note", ""),
        leading_number=form.get("leading_number", ""),
    )


def _resolve(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return closing.resolve(session, petition_id, _resolution(form), by=who, version=version)


def _propose(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return closing.propose(session, petition_id, _resolution(form), by=who, version=version)


def _confirm(session: Session, petition_id: int, _form: Form, who: Actor, version: int | None) -> object:
    return closing.confirm(session, petition_id, by=who, version=version)


def _decline(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return closing.decline(session, petition_id, by=who, reason=form.get("reason", ""), version=version)


def _reopen(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return closing.reopen(
        session,
        petition_id,
        by=who,
        ground=form.get("reopen_ground", ""),
        reason=form.get("reason", ""),
        officer_id=_chosen(form, "officer_id"),
        unit_id=_chosen(form, "unit_id"),
        absent_ok=bool(form.get("absent_ok")),
        version=version,
    )


def _void(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> object:
    return closing.void(session, petition_id, by=who, reason=form.get("reason", ""), version=version)


def _undo(session: Session, petition_id: int, _form: Form, who: Actor, version: int | None) -> object:
    return closing.undo(session, petition_id, by=who, version=version)


def _note(session: Session, petition_id: int, form: Form, who: Actor, _version: int | None) -> None:
    records.add_note(session, petition_id, by=who, text=form.get("text", "") or form.get("note", ""))


def _remind(session: Session, petition_id: int, form: Form, who: Actor, _version: int | None) -> None:
    day = _day(form, "remind_on")
    if day is None:
        raise InvalidInput({"remind_on": _l("Give the day as dd/mm/yyyy.")})
    desk.remind(session, petition_id, by=who, remind_on=day, text=form.get("remind_text", ""))


def _flagging(flag: Flag, *, on: bool) -> Step:
    verb = records.set_flag if on else records.clear_flag

    def run(session: Session, petition_id: int, form: Form, who: Actor, version: int | None) -> None:
        verb(session, petition_id, flag, by=who, reason=form.get("reason", ""), version=version)

    return run


def _chosen(form: Form, name: str) -> int | None:
    """The id that was chosen; None where nothing was. What is no id is refused, not taken for nothing."""
    typed = form.get(name, "").strip()
    chosen = parse_id(typed)
    if typed and chosen is None:
        raise InvalidInput({name: _l("Choose from the list.")})
    return chosen


def _day(form: Form, name: str) -> Any:
    text = clean_line(form.get(name, ""))
    if not text:
        return None
    day = parse_day(text)
    if day is None:
        raise InvalidInput({name: _l("This is no day; write it as dd/mm/yyyy.")})
    return day


STEPS: dict[str, Step] = {
    Action.TAKE: _take,
    Action.ASSIGN: _assign,
    Action.REASSIGN: _assign,
    Action.SEND_BACK: _send_back,
    Action.ESCALATE: _escalate,
    Action.RETURN: _return,
    Action.RESOLVE: _resolve,
    Action.PROPOSE: _propose,
    Action.CONFIRM: _confirm,
    Action.DECLINE: _decline,
    Action.REOPEN: _reopen,
    Action.VOID: _void,
    CONFLICT: _conflict_of_interest,
    "undo": _undo,
    "notes": _note,
    "reminders": _remind,
    "flag-complex": _flagging(Flag.COMPLEX, on=True),
    "flag-prominent": _flagging(Flag.PROMINENT, on=True),
    "unflag-complex": _flagging(Flag.COMPLEX, on=False),
    "unflag-prominent": _flagging(Flag.PROMINENT, on=False),
}


@bp.post(f"/reminders/<int(max={LARGEST_PETITION_ID}):reminder_id>/done")
@requires(Permission.PETITION_VIEW)
def reminder_done(reminder_id: int) -> ResponseReturnValue:
    """Tick off an own reminder."""
    with unit_of_work() as session:
        desk.finish_reminder(session, reminder_id, by=actor())
    return redirect(request.referrer if _is_ours(request.referrer) else f"{request.script_root}/")


def _is_ours(address: str | None) -> bool:
    return bool(address) and str(address).startswith(request.host_url)
