"""One run of the import: check every row without holding the database, then write all of it in one transaction."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from sqlalchemy import insert, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from auth.actor import Actor
from auth.permissions import Permission
from core import audit, clock
from core.database import db, unit_of_work
from core.errors import NotAllowed
from core.i18n import format_day
from core.i18n import lazy_gettext as _l
from petitions.importing.cells import Cell
from petitions.importing.dates import DayReader
from petitions.importing.lookups import days_imported, imported_before, imports_made, lookups_of
from petitions.importing.mapping import ColumnMapping, RepeatedKey
from petitions.importing.plan import Plan
from petitions.importing.preparing import Preparer
from petitions.importing.problems import ImportRefused, RowError, storage_failed
from petitions.importing.reading import Table, open_table
from petitions.importing.rejects import RejectFile
from petitions.importing.rows import PetitionRow, Progress, Rejection
from petitions.importing.seen import SeenKeys
from petitions.importing.spool import Spool
from petitions.importing.summary import Summary
from petitions.importing.validation import RowChecker
from petitions.importing.writing import Written, write
from petitions.models import ImportRun
from petitions.queries.clocks import terms_of
from petitions.queries.weights import weights_of
from petitions.vocabulary import Disposition

BATCH = 2_000
_HASH_CHUNK = 1 << 20


class Mode(StrEnum):
    """What happens when a row is bad: nothing comes in, or the good rows do."""

    ALL_OR_NOTHING = "all-or-nothing"
    GOOD_ROWS = "good-rows"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be imported and how. ``work_dir`` is where the run may keep what it needs while it lasts.

    ``run_id`` names the waiting row of a run that was asked for on the page. ``rejects`` is where rejected rows go.
    """

    path: Path
    file_name: str
    mapping: ColumnMapping
    work_dir: Path
    lookup_key: bytes
    mode: Mode = Mode.ALL_OR_NOTHING
    dry_run: bool = False
    rejects: Path | None = None
    run_id: int | None = None


def _silent(_rows: int, _share: float) -> None:
    """Report progress to nobody."""


def import_file(job: Job, *, by: Actor, progress: Progress = _silent) -> Summary:
    """Import a file, or say what that would do; a file or row that cannot be taken is told in the summary.

    Raises ``NotAllowed``. Nothing is written unless the file was read to its end, and then all of it at once.
    """
    if not by.may(Permission.PETITION_IMPORT):
        raise NotAllowed("import")
    started = time.monotonic()
    summary = Summary(
        file_name=job.file_name,
        source=job.mapping.source,
        mapping=job.mapping.name,
        dry_run=job.dry_run,
        all_or_nothing=job.mode is Mode.ALL_OR_NOTHING,
    )
    try:
        with Spool(job.work_dir) as spool, RejectFile(job.rejects, job.mapping.date_order) as rejects:
            run = _Run(job, by, summary, spool, rejects, progress)
            run.read()
            run.write()
    except ImportRefused as refusal:
        _refuse(summary, refusal)
    except (OSError, OperationalError) as error:
        db.session.rollback()
        _refuse(summary, storage_failed(error))
    summary.seconds = round(time.monotonic() - started, 2)
    return summary


def _refuse(summary: Summary, refusal: ImportRefused) -> None:
    summary.refused = str(refusal.sentence)
    summary.imported = summary.held_back = 0
    summary.first_number = summary.last_number = ""


@dataclass(frozen=True, slots=True)
class _Checked:
    """A row with its verdict and its cells as they stood in the file."""

    verdict: PetitionRow | Rejection
    cells: list[Cell]


class _Run:
    """One run, from the first row to the last."""

    def __init__(
        self, job: Job, by: Actor, summary: Summary, spool: Spool, rejects: RejectFile, progress: Progress
    ) -> None:
        self._job = job
        self._by = by
        self._summary = summary
        self._spool = spool
        self._rejects = rejects
        self._progress = progress
        self._seen = SeenKeys()
        self._file_hash = _hash(job.path)
        session = db.session()
        self._lookups = lookups_of(session, by.office_id)
        self._known_file = imported_before(session, by.office_id, self._file_hash)
        self._imports_made = imports_made(session, by.office_id)
        constants = {"office_id": by.office_id, "source": job.mapping.source, "version": 1}
        terms = terms_of(session, by.office_id)
        weights = weights_of(session, by.office_id)
        self._preparer = Preparer(constants, terms, weights, job.lookup_key, job.mapping.source)
        # No snapshot is kept open while the file is read.
        session.rollback()

    def read(self) -> None:
        """Check every row and put the good ones into the spool. Raises ``ImportRefused``."""
        mapping = self._job.mapping
        days = DayReader(mapping.date_order, serials=mapping.serial_dates)
        with open_table(self._job.path, mapping.layout, mapping.expected()) as table:
            plan = Plan(mapping, table.headings)
            self._rejects.begin(table.headings, plan.heading_of("external_ref"))
            self._summary.ignored_columns = list(plan.ignored)
            self._summary.ignored_sheets = list(table.other_sheets)
            batch: list[_Checked] = []
            for checked in self._checked(table, plan, days):
                batch.append(checked)
                if len(batch) == BATCH:
                    self._take(batch, plan)
                    self._progress(self._summary.rows, table.share())
                    batch = []
            self._take(batch, plan)
            self._summary.blank_rows = table.blank_rows
            self._summary.mended_cells = table.mended_cells
        days.conclude()
        self._summary.days_either_way = days.either_way
        if self._summary.all_or_nothing and self._summary.rejected:
            self._summary.held_back, self._summary.imported = self._summary.imported, 0

    def write(self) -> None:
        """Write what the spool holds, in one transaction. Raises ``ImportRefused`` when another import came between."""
        if self._job.dry_run or not self._spool.count:
            return
        self._progress(self._summary.rows, 1.0)
        with unit_of_work(patient=True) as session:
            if imports_made(session, self._by.office_id) != self._imports_made:
                raise ImportRefused(_l("Another import finished meanwhile. Start this one again."))
            run_id = self._job.run_id or self._new_run(session)
            written = write(session, self._spool.batches(), count=self._spool.count, by=self._by, run_id=run_id)
            self._finish(session, run_id, written)

    def _checked(self, table: Table, plan: Plan, days: DayReader) -> Iterator[_Checked]:
        checker = RowChecker(plan, days, self._lookups)
        for line in table.rows:
            self._summary.rows += 1
            yield _Checked(checker.check(plan.native(line)), line.cells)

    def _take(self, batch: list[_Checked], plan: Plan) -> None:
        session = db.session()
        references = [
            checked.verdict.external_ref
            for checked in batch
            if isinstance(checked.verdict, PetitionRow) and checked.verdict.external_ref
        ]
        there = days_imported(session, self._by.office_id, self._job.mapping.source, references)
        session.rollback()
        for checked in batch:
            if isinstance(checked.verdict, PetitionRow):
                self._accept(checked.verdict, checked.cells, there, plan)
            else:
                self._reject(checked.verdict, checked.cells)

    def _accept(self, row: PetitionRow, cells: list[Cell], there: dict[str, list[date]], plan: Plan) -> None:
        summary = self._summary
        if row.external_ref is None:
            earlier = 0
            if self._known_file:
                summary.already_there += 1
                return
        else:
            earlier = self._seen.add(row.external_ref)
            days = there.get(row.external_ref, [])
            if earlier < len(days):
                self._leave_out(row, days, plan)
                return
            if earlier and self._job.mapping.repeated_key is RepeatedKey.SKIP:
                summary.repeats_skipped += 1
                return
            if earlier and self._job.mapping.repeated_key is RepeatedKey.REFUSE:
                message = _l("An earlier row of the file has the same key.")
                error = RowError(row.row, plan.heading_of("external_ref"), message)
                self._reject(Rejection(row.row, (error,), row.sealed, row.external_ref), cells)
                return
        summary.imported += 1
        summary.titles_made += row.title_made
        summary.second_petitions += earlier > 0
        summary.unknown_dispositions += row.disposition is Disposition.UNKNOWN_IMPORTED
        summary.denunciations += row.sealed
        if not self._job.dry_run and not (summary.all_or_nothing and summary.rejected):
            self._spool.add(self._preparer.prepare(row, repeats=earlier > 0), batch=BATCH)

    def _leave_out(self, row: PetitionRow, days: list[date], plan: Plan) -> None:
        """Count a row whose reference is there, and say so where it looks like another petition."""
        self._summary.already_there += 1
        if row.received_on not in days:
            message = _l(
                "Left out: a petition with this reference is there already, received on %(day)s and not on this day.",
                day=format_day(days[0]),
            )
            self._summary.add_other_day(RowError(row.row, plan.heading_of("external_ref"), message))

    def _reject(self, rejection: Rejection, cells: list[Cell]) -> None:
        self._summary.rejected += 1
        for error in rejection.errors:
            self._summary.add_error(error)
        self._rejects.add(rejection, cells)
        if self._summary.all_or_nothing and self._spool.count:
            self._spool.empty()

    def _new_run(self, session: Session) -> int:
        values = {
            "office_id": self._by.office_id,
            "requested_by": self._by.id,
            "requested_at": clock.now(),
            "file_name": self._job.file_name[:255],
            "file_hash": self._file_hash,
            "source": self._job.mapping.source,
            "state": "running",
        }
        return session.execute(insert(ImportRun).returning(ImportRun.id), values).scalar_one()

    def _finish(self, session: Session, run_id: int, written: Written) -> None:
        summary = self._summary
        summary.first_number, summary.last_number = written.first_number, written.last_number
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id)
            .values(
                state="done",
                file_hash=self._file_hash,
                rows_done=summary.rows,
                rows_total=summary.rows,
                summary=summary.as_json(),
                finished_at=clock.now(),
            )
            .execution_options(synchronize_session=False)
        )
        audit.record(
            session,
            self._by.office_id,
            actor=self._by.username,
            action="petition.import",
            subject=f"import:{run_id}",
            payload={
                "file_hash": self._file_hash,
                "source": summary.source,
                "imported": summary.imported,
                "rejected": summary.rejected,
                "first": written.first_number,
                "last": written.last_number,
                "events": written.events,
            },
        )


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
