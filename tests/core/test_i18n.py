from datetime import UTC, date, datetime

from flask import Flask
from flask_babel import force_locale

from core.i18n import format_count, format_day, format_moment, gettext, lazy_gettext, office_seconds


def test_days_are_written_as_offices_write_them() -> None:
    assert format_day(date(2026, 1, 9)) == "09/01/2026"
    assert format_day(None) == ""


def test_moments_are_those_of_the_offices_wall() -> None:
    moment = datetime(2026, 11, 23, 17, 5, 9, tzinfo=UTC)
    assert format_moment(moment) == "24/11/2026 00:05"
    assert office_seconds(moment) == "00:05:09"
    assert format_moment(None) == ""


def test_counts_have_dots() -> None:
    assert [format_count(number) for number in (0, 999, 1000, 341299, -1234)] == [
        "0",
        "999",
        "1.000",
        "341.299",
        "-1.234",
    ]


def test_each_reader_is_told_in_their_own_language(app: Flask) -> None:
    words = lazy_gettext("%(count)s petitions", count=3)
    with app.test_request_context("/"):
        for language, told in (("vi", "3 đơn"), ("en", "3 petitions"), ("vi", "3 đơn")):
            with force_locale(language):
                assert (gettext("%(count)s petitions", count=3), str(words)) == (told, told)
    assert gettext("%(count)s petitions", count=3) == "3 petitions"


def test_templates_trust_our_texts_and_no_values(app: Flask) -> None:
    with app.test_request_context("/"), force_locale("en"):
        assert app.jinja_env.from_string("{{ _('5 %% of <b>all</b>') }}").render() == "5 % of <b>all</b>"
        asked = app.jinja_env.from_string("{{ _('for <b>%(who)s</b>', who='<i>') }}")
        assert asked.render() == "for <b>&lt;i&gt;</b>"
