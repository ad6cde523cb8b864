"""Requests that no browser would send: a small part of ``chaos.malformed``, with other dice."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from auth.actor import Actor
from chaos.malformed import torment
from tests.people import PEOPLE
from tests.petitions.given import SECRET, a_petition
from tests.search.making import dice_of


def test_nothing_that_is_sent_breaks_the_program(
    app: Flask, as_user: Callable[[str], FlaskClient], actor: Callable[[str], Actor]
) -> None:
    with app.app_context():
        numbers = [a_petition(actor("reception1")).number, a_petition(actor("reception1"), SECRET).number]
    app.config.update(PROPAGATE_EXCEPTIONS=False)
    names = {person.role: person.username for person in PEOPLE}
    clients = [app.test_client(), *(as_user(name) for name in names.values())]
    report = torment(app, clients, numbers, 600, dice_of(77))
    assert report.faults == []
    assert report.slow == []
    # They must get somewhere: the test would say nothing if all were refused at the door.
    assert report.statuses[200] > 40
    assert report.statuses[400] > 5
