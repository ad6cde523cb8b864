"""Revision 0003 counts the proposals that wait already."""

from sqlalchemy import text

from core.database import db
from tests.migrations.test_revisions import bare_app as bare_app
from tests.migrations.test_revisions import fill, go_down, go_up


def test_proposals_that_wait_are_counted_by_who_may_see_them(bare_app: object) -> None:
    go_up("0002")
    fill()
    # The fixture's first petition may be seen by all; the second becomes one that only its unit may see.
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE petition SET proposed_disposition = 'filed'"))
        connection.execute(
            text("UPDATE petition SET kind = 'denunciation', sealed = :yes, petitioner_name = NULL WHERE id = 2"),
            {"yes": True},
        )
        unit = connection.execute(text("SELECT unit_id FROM petition WHERE id = 2")).scalar_one()
        offices = list(connection.execute(text("SELECT office_id FROM petition ORDER BY id")).scalars())
    go_up("0003")
    assert counted() == sorted([(offices[0], "", 0, 1), (offices[1], "", unit, 1)])
    go_down("0002")
    assert counted() == []


def counted() -> list[tuple[object, ...]]:
    query = text("SELECT office_id, bucket, scope, n FROM tally WHERE name = 'confirmation' ORDER BY 1, 2, 3")
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]
