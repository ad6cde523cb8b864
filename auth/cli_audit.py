"""``flask audit …`` and ``flask integrity …``: what proves that nothing was changed or lost."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from auth import anchoring
from auth.actor import Actor
from auth.cli_actor import acting_user
from auth.permissions import Permission
from core import integrity
from core.audit import AuditEntry, entries_of, stored_head
from core.database import db, unit_of_work
from core.grants import statements
from core.i18n import gettext as _
from core.integrity import Check
from core.settings import Settings
from core.text import clean_line
from core.verify_audit import status_of, told

audit_group = AppGroup("audit", help="The audit chain and its anchors.")
integrity_group = AppGroup("integrity", help="Every check there is.")

_KNOWN_BREAK = click.option(
    "--known-break", "known_breaks", type=int, multiple=True, metavar="SEQ", help="A break declared here is no fault."
)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@audit_group.command("verify")
@click.option(
    "--anchors",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of anchors; default: that of this installation.",
)
@click.option("--receipt", metavar="SEQ:HEAD", help="Whether what a receipt or daily sheet says stands in the chain.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_KNOWN_BREAK
@acting_user(Permission.SYSTEM_VIEW)
def verify(
    _actor: Actor, anchors: Path | None, receipt: str | None, as_json: bool, known_breaks: tuple[int, ...]
) -> None:
    """Verify the chain against the anchors: names the first bad entry, states the window of doubt.

    Exit status: 0 it holds, 1 it does not, 2 it cannot be judged.
    """
    session = db.session()
    own = _settings().anchors_dir
    found = anchoring.verify_all(session, anchors or (own if own.is_dir() else None), known_breaks)
    status = status_of(verdict for _code, verdict in found)
    if receipt is not None and not _stands(receipt):
        status = 1
    if as_json:
        verdicts = [
            {
                "office": code,
                "entries": verdict.entries,
                "head": verdict.head,
                "newest_at": verdict.newest_at,
                "first_bad_entry": verdict.first_bad_seq,
                "why": verdict.why,
                "faults": verdict.faults,
                "unjudged": verdict.unjudged,
                "notes": verdict.notes,
                "anchored_to": verdict.anchored_to,
                "in_doubt": verdict.doubtful,
            }
            for code, verdict in found
        ]
        click.echo(json.dumps({"sound": status == 0, "chains": verdicts}, ensure_ascii=False, indent=2))
    else:
        for code, verdict in found:
            for line in told(code, verdict):
                click.echo(line)
    sys.exit(status)


def _stands(receipt: str) -> bool:
    number, _colon, digits = receipt.strip().partition(":")
    if not number.isascii() or not number.isdigit() or len(digits) < 8:
        raise click.ClickException(_("Write it as on the receipt: number, colon, at least 8 characters."))
    stored = db.session.execute(select(AuditEntry.hash).where(AuditEntry.seq == int(number))).scalars().all()
    stands = any(each.startswith(digits.lower()) for each in stored)
    click.echo(
        _("Entry %(seq)s stands in the chain as on the receipt.", seq=number)
        if stands
        else _("Entry %(seq)s is NOT in the chain as on the receipt.", seq=number),
        err=not stands,
    )
    return stands


@audit_group.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=False))
@acting_user(Permission.SYSTEM_VIEW)
def export(_actor: Actor, file: TextIO) -> None:
    """Write the whole chain as JSON lines, for the verifier that stands alone (core/verify_audit.py)."""
    session = db.session()
    names = anchoring.codes(session)
    for office_id, code in names.items():
        for entry in entries_of(session, office_id):
            told_entry = json.dumps({"code": code, **entry._asdict()}, ensure_ascii=False)
            file.write(f"{told_entry}\n")
        if (head := stored_head(session, office_id)) is not None:
            line = {"code": code, "head": {"seq": head[0], "hash": head[1]}}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


@audit_group.command("anchor")
@click.option("--after-restore", "reason", default="", help="Declare that the chain was put back, and why.")
@acting_user(Permission.SYSTEM_VIEW)
def anchor(_actor: Actor, reason: str) -> None:
    """Write an anchor of every chain now."""
    count: anchoring.PetitionCount = current_app.extensions["petition_count"]
    folder = _settings().anchors_dir
    written, refused = anchoring.anchor_all(db.session(), folder, count, even_if_fresh=True, break_reason=reason)
    for why in refused:
        click.echo(why, err=True)
    click.echo(_("%(count)s lines written to %(folder)s.", count=written, folder=folder))
    sys.exit(1 if refused else 0)


@audit_group.command("know-break")
@click.argument("seq", type=click.IntRange(min=0))
@click.argument("reason")
@acting_user(Permission.SYSTEM_VIEW)
def know_break(actor: Actor, seq: int, reason: str) -> None:
    """Record that the break declared at entry SEQ was looked into, and why it is right: no alarm any more."""
    if not (said := clean_line(reason)):
        raise click.ClickException(_("Say why."))
    with unit_of_work() as session:
        anchoring.know_break(session, seq, said, by=actor)


@audit_group.command("grants")
@click.argument("role")
@acting_user(Permission.SYSTEM_VIEW)
def grants(_actor: Actor, role: str) -> None:
    """Print the SQL that leaves ROLE, the program's own on PostgreSQL, no right to change history."""
    if _settings().is_sqlite:
        raise click.ClickException(_("SQLite has no roles."))
    for statement in statements(db.session(), role):
        click.echo(statement)


@integrity_group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--gently", is_flag=True, help="Leave the processor to others.")
@click.option("--only", multiple=True, metavar="NAME", help="Only the check of this name; may be given several times.")
@acting_user(Permission.SYSTEM_VIEW)
def check(_actor: Actor, as_json: bool, only: tuple[str, ...], gently: bool) -> None:
    """Run every check there is and remember the result for the morning page; exit status 1 where one finds a fault."""
    if gently:
        os.nice(10)
    known: Callable[[], Iterable[Check]] = current_app.extensions["checks"]
    wanted = [each for each in known() if not only or each.name in only]
    if unknown := set(only) - {each.name for each in wanted}:
        raise click.ClickException(_("There is no check called %(name)s.", name=", ".join(sorted(unknown))))
    results = integrity.run_all(db.session(), wanted)
    integrity.keep(results)
    sound = not any(result.faults for result in results)
    if as_json:
        shown = [{"name": one.name, "checked": one.checked, "faults": one.faults, "note": one.note} for one in results]
        click.echo(json.dumps({"sound": sound, "checks": shown}, ensure_ascii=False, indent=2))
    else:
        for one in results:
            click.echo(f"{one.name:10} {one.checked:>9}  {len(one.faults)} faults{'  ' + one.note if one.note else ''}")
            for fault in one.faults[: integrity.MOST_FINDINGS]:
                click.echo(f"  {one.name}: {fault}", err=True)
    sys.exit(0 if sound else 1)
