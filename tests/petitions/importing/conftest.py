"""What tests of whole runs share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from auth.actor import Actor
from core.settings import Settings
from petitions.importing.loading import Job, import_file
from petitions.importing.mapping import NATIVE
from petitions.importing.summary import Summary
from tests.petitions.importing.files import csv_file

Rows = Sequence[Mapping[str, str]]
Run = Callable[..., Summary]


@pytest.fixture
def work_dir(settings: Settings) -> Path:
    return settings.imports_dir


@pytest.fixture
def run(session: Session, settings: Settings, tmp_path: Path, work_dir: Path, actor: Callable[[str], Actor]) -> Run:
    """Import rows, or a file, as reception1."""

    def import_rows(rows: Rows | Path, **options: Any) -> Summary:
        path = rows if isinstance(rows, Path) else csv_file(tmp_path, rows)
        job = Job(path, path.name, NATIVE, work_dir, settings.lookup_key)
        return import_file(replace(job, **options), by=actor("reception1"))

    return import_rows
