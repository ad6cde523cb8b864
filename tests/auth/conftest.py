"""What tests of users and units ask for."""

from collections.abc import Iterator

import pytest
from flask import Flask

from auth import handover
from tests.auth.desk import Desk


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    # After the application, which installs the real one.
    stand_in = Desk()
    before = handover._installed
    handover.install(stand_in)
    yield stand_in
    handover.install(before)
