"""Actions on many rows at once, with a result for each."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from auth.actor import Actor
from auth.guards import actor, safe_path
from auth.permissions import Permission, requires
from core.database import db, unit_of_work
from core.errors import DomainError, IllegalTransition, InvalidInput, NotAllowed, NotVisible, StaleVersion
from core.i18n import gettext as _
from core.i18n import ngettext
from core.text import clean_text
from petitions.forms.shapes import LARGEST_PETITION_ID, parse_day, parse_id
from petitions.queries.lists import Queue
from petitions.queries.numbers import numbers_of
from petitions.services import assignment, records
from petitions.views.queues import list_context, view_from_address
from petitions.vocabulary import Flag, Trigger

bp = Blueprint("bulk", __name__)

MOST_ROWS = 200

Do = Callable[[Session, int, int], object]
ShowAgain = Callable[[Session, Actor, str, dict[str, Any]], str]
"""Makes the page at an address anew, with what came of an action on top."""

_OTHER_LISTS = "bulk.lists"


def init_app(app: Flask, *, lists: Mapping[str, ShowAgain]) -> None:
    """Besides the queues, the pages of ``lists`` show what came of an action on their rows: by their path."""
    app.extensions[_OTHER_LISTS] = lists


@bp.post("/petitions/bulk")
@requires(Permission.PETITION_VIEW)
def bulk() -> ResponseReturnValue:
    """Assign, mark or escalate the selected petitions, each in a transaction of its own."""
    who = actor()
    rows = _selected()
    do = _deed(who)
    back = safe_path(request.form.get("next"))
    results = []
    numbers = numbers_of(db.session(), [petition_id for petition_id, _version in rows], who)
    for petition_id, version in rows:
        number = numbers.get(petition_id)
        if number is None:
            # It may have moved to another unit meanwhile: said, but not which one it was.
            results.append(
                {"number": "–", "url": "", "ok": False, "text": _("There is nothing here that you may see.")}
            )
            continue
        ok, text = result_of(do, petition_id, version)
        url = f"{request.script_root}/petitions/{number}"
        results.append({"number": number, "url": url, "ok": ok, "text": text})
    good = sum(1 for result in results if result["ok"])
    if not results:
        text = _("Nothing was selected.")
    else:
        text = ngettext(
            "%(good)s of %(num)s petition done.", "%(good)s of %(num)s petitions done.", len(results), good=good
        )
    return _list_with_results(who, back, {"text": text, "rows": results})


def _selected() -> list[tuple[int, int]]:
    chosen = []
    for value in request.form.getlist("row")[:MOST_ROWS]:
        petition_id, _colon, version = value.partition(":")
        numbers = parse_id(petition_id, LARGEST_PETITION_ID), parse_id(version)
        if numbers[0] is not None and numbers[1] is not None:
            chosen.append((numbers[0], numbers[1]))
    return chosen


def _deed(who: Actor) -> Do:
    form = {name: clean_text(value) for name, value in request.form.items()}
    match form.get("do"):
        case "assign":
            officer, unit = parse_id(form.get("officer", "")), parse_id(form.get("unit", ""))
            return lambda session, petition_id, version: assignment.assign(
                session,
                petition_id,
                by=who,
                officer_id=officer,
                unit_id=unit,
                reason=form.get("reason", ""),
                absent_ok=bool(form.get("absent_ok")),
                version=version,
            )
        case "flag":
            flag = Flag.PROMINENT if form.get("flag") == Flag.PROMINENT else Flag.COMPLEX

            def mark(session: Session, petition_id: int, version: int) -> None:
                records.set_flag(
                    session, petition_id, flag, by=who, reason=form.get("flag_reason", ""), version=version
                )

            return mark
        case "escalate":
            trigger, reply_by = form.get("trigger", ""), parse_day(form.get("reply_by", ""))
            return lambda session, petition_id, version: assignment.escalate(
                session,
                petition_id,
                by=who,
                trigger=Trigger(trigger) if trigger in set(Trigger) else None,
                to_id=parse_id(form.get("escalated_to", "")),
                reply_by=reply_by,
                reason=form.get("escalate_reason", ""),
                absent_ok=bool(form.get("absent_ok")),
                version=version,
            )
        case _:
            raise InvalidInput({"do": _("Choose what to do.")})


def result_of(do: Do, petition_id: int, version: int) -> tuple[bool, str]:
    """Do it in a transaction of its own; whether it could be done, and what to tell of it."""
    try:
        with unit_of_work() as session:
            do(session, petition_id, version)
    except InvalidInput as error:
        return False, " ".join(str(message) for message in dict.fromkeys(error.errors.values()))
    except StaleVersion as error:
        name = error.by.actor_name if error.by else ""
        return False, _("%(who)s changed it meanwhile; look at it first.", who=name)
    except IllegalTransition as error:
        return False, str(error.message)
    except (NotAllowed, NotVisible):
        return False, _("You may not do this here.")
    except DomainError as error:
        return False, str(error)
    return True, _("done")


def _list_with_results(who: Actor, back: str, results: dict[str, Any]) -> ResponseReturnValue:
    """The list that the rows were chosen from, with the results on top; another page just goes back."""
    session = db.session()
    path = back.split("?", maxsplit=1)[0].removeprefix(request.script_root)
    show_again = current_app.extensions.get(_OTHER_LISTS, {}).get(path)
    if show_again is not None:
        answer: str = show_again(session, who, back, results)
        return answer
    name = path.removeprefix("/queues/")
    if not path.startswith("/queues/") or name not in set(Queue):
        return redirect(back)
    args = MultiDict(parse_qsl(back.partition("?")[2], keep_blank_values=True))
    view, read = view_from_address(Queue(name), args)
    context = list_context(session, who, view, read, args)
    context["results"] = results
    context["bulk"]["back"] = back
    return render_template("petitions/queue.html", **context)
