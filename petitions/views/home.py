"""The home page: what changed, what to do first; and the colours of the pages."""

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.guards import actor
from auth.permissions import Permission, requires
from core import clock
from core.clock import office_time
from core.database import db, unit_of_work
from core.i18n import format_day, format_moment
from core.i18n import gettext as _
from petitions.history import tell
from petitions.queries import desk, lists
from petitions.queries.lists import Queue, View
from petitions.queries.oversight import oversees, oversees_office
from petitions.services.desk import mark_looked
from petitions.views import saved_views
from petitions.views.alerts import my_alerts
from petitions.views.chrome import today_of
from petitions.views.queues import shown_rows

bp = Blueprint("home", __name__)

TOP_ROWS = 5
SOME_CHANGES = 15
ALL_CHANGES = 300


@bp.get("/")
@requires(Permission.ACCOUNT)
def home() -> ResponseReturnValue:
    """Where everybody begins."""
    who = actor()
    session = db.session()
    context = _base(who)
    if who.may(Permission.PETITION_VIEW):
        context |= _work(session, who)
    return render_template("home.html", **context)


@bp.post("/looked")
@requires(Permission.PETITION_VIEW)
def looked() -> ResponseReturnValue:
    """What changed until the page was made was seen; what came later was not."""
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
    except ValueError:
        until = clock.now()
    with unit_of_work() as session:
        mark_looked(session, until, by=actor())
    return redirect(f"{request.script_root}/")


def _base(who: Actor) -> dict[str, Any]:
    root = request.script_root
    cards = []
    if who.may(Permission.USER_MANAGE):
        cards = [
            {"label": _("Users"), "value": "", "url": f"{root}/users", "text": _("Create, reset, disable")},
            {"label": _("Units"), "value": "", "url": f"{root}/units", "text": _("Create and rename")},
        ]
    return {
        "greeting": _("Good day, %(name)s", name=who.full_name),
        "changed": [],
        "changed_since": "",
        "changed_more_url": "",
        "changed_seen_url": "",
        "changed_until": "",
        "reminders": [],
        "saved": [],
        "top": [],
        "recent": [],
        "next_case_url": f"{root}/queues/next" if who.may(Permission.PETITION_TAKE) else "",
        "cards": cards,
        "morning_url": f"{root}/morning" if oversees(who) else "",
        "leads_morning": oversees_office(who),
    }


def _work(session: Session, who: Actor) -> dict[str, Any]:
    root = request.script_root
    now = today_of(session, who)
    since = desk.looked_at(session, who)
    mine = who.may(Permission.PETITION_WORK_OWN) and not who.may(Permission.PETITION_ASSIGN)
    view = View(Queue.MINE if mine else Queue.PRIORITY, limit=TOP_ROWS)
    top = lists.page(session, view, who, today=now.day, soon_until=now.soon_until)
    everything = request.args.get("changed") == "all"
    found = desk.changed_since(session, who, since, limit=ALL_CHANGES if everything else SOME_CHANGES)
    changed = [
        {
            "number": row.number,
            "url": f"{root}/petitions/{row.number}",
            "title": row.title,
            "sentence": tell(row, field_name=lambda _field_id: "").sentence,
            "at": format_moment(row.recorded_at),
        }
        for row in found.rows
    ]
    return {
        "alerts": my_alerts(session, who, since),
        "changed": changed,
        "changed_since": format_moment(since) if since else "",
        "changed_seen_url": f"{root}/looked" if changed else "",
        "changed_until": clock.now().isoformat(),
        "changed_more_url": f"{root}/?changed=all" if found.more and not everything else "",
        "saved": saved_views.on_home(session, who),
        "reminders": [
            {
                "on": format_day(row.remind_on),
                "text": row.text,
                "number": row.number,
                "url": f"{root}/petitions/{row.number}",
                "due_class": "late" if row.remind_on < now.day else "soon",
                "done_url": f"{root}/reminders/{row.id}/done",
            }
            for row in desk.due_reminders(session, who, now.soon_until)
        ],
        "top": shown_rows(session, who, top.rows, now),
        "recent": [
            {
                "number": row.number,
                "url": f"{root}/petitions/{row.number}",
                "title": row.title,
                "at": office_time(row.registered_at).strftime("%H:%M"),
                "receipt_url": f"{root}/petitions/{row.number}/receipt",
            }
            for row in (desk.recent_of(session, who) if who.may(Permission.PETITION_RECEIVE) else ())
        ],
    }
