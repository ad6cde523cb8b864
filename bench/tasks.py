"""What is asked of the program, and what each answer must show: a fast wrong page is no page."""

import html
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlencode

from bench.building import PASSWORD, Built
from bench.client import Answer, Client, Untrue
from bench.serving import Served
from bench.truth import Search, Truth
from core import clock
from petitions.queries.lists import COUNTED_TO

PAGE, INSERT, BOTH = "bare page", "bare insert", "bare page + bare insert"
SHOWN, FOUND_SHOWN, EVENTS_SHOWN = 50, 20, 50

_ROW = re.compile(r'data-row-link href="/petitions/([^"]+)"')
_CAPTION = re.compile(r'<caption class="visually-hidden">(.*?)</caption>', re.DOTALL)
_COUNT = re.compile(r", ([\d.]+) đơn$")
_NEXT = re.compile(r'rel="next" href="([^"]+)"')
_TOKEN = re.compile(r'name="intake_token" value="([^"]+)"')
_SAVED = re.compile(r"/petitions/new\?saved=(.+)$")
_FIGURE = re.compile(r'<a class="figure[^"]*"[^>]*><b>(.*?)</b>')
_LIMIT = re.compile(r'<h2 id="clock-\d+">.*?</h2>', re.DOTALL)
_TEXT = {"title": "Phản ánh về một việc", "body": "Tôi đề nghị xem xét việc này. " * 30}


# What the reception desk types, but for the key of the form and its token.
INTAKE = {
    **_TEXT,
    "channel": "desk",
    "kind": "recommendation",
    "field": "",
    "petitioner_name": "Nguyễn Thị Thử",
    "petitioner_id_number": "001000012345",
    "petitioner_phone": "0900 000 123",
    "petitioner_address": "số 8 Đường Giả Định",
    "ward_code": "00166",
    "people_count": "1",
    "then": "next",
}
# What an officer types who accepts a complaint, but for the days.
_ACCEPTED = {"document_number": "12/TB-UBND", "signer": "Phan Văn Lãnh Đạo"}
NARROWED = ("/queues/open?" + urlencode({"kind": "complaint", "flag": "complex"}), "kind = 'complaint' AND complex")


def addresses(built: Built, truth: Truth) -> dict[str, tuple[str, str]]:
    """Every page that is asked for: its name in the tables, who asks, and where."""
    queues = {
        f"queue {name}": ("officer1" if name == "mine" else "supervisor1", f"/queues/{name}")
        for name in ("open", "priority", "unassigned", "overdue", "mine", "all")
    }
    return {
        **queues,
        "queue open, filtered": ("supervisor1", NARROWED[0]),
        "case": ("supervisor1", f"/petitions/{truth.plain_cases(2)[1]}"),
        "case, long history": ("supervisor1", f"/petitions/{built.long_case}"),
        **(
            {"search": ("supervisor1", "/search?" + urlencode({"q": built.searches["phrase"][0].typed}))}
            if built.searches
            else {}
        ),
        "intake form": ("reception1", "/petitions/new"),
        "morning page": ("supervisor1", "/morning"),
        "limits page": ("supervisor1", f"/petitions/{truth.plain_cases(2)[1]}/limits"),
    }


@dataclass(frozen=True, slots=True)
class Task:
    """Something done again and again. ``do`` returns the seconds that it took on the wall, checks left out.

    ``yardstick`` names the bare work that it is compared with. ``writes``: the background worker has something to do
    afterwards. ``most``: it cannot be done more often; None for as often as wanted.
    """

    name: str
    do: Callable[[], float]
    yardstick: str = PAGE
    writes: bool = False
    most: int | None = None


def bare_tasks(served: Served) -> list[Task]:
    """The yardsticks themselves."""
    client = Client(served.port)

    def page() -> float:
        return client.get("/").expect(200).seconds

    def insert() -> float:
        return client.post("/", _TEXT).expect(302).seconds

    return [Task(PAGE, page), Task(INSERT, insert, INSERT)]


class Office:
    """The people of one served program, and the tasks that they do."""

    def __init__(self, served: Served, built: Built, truth: Truth) -> None:
        self._built = built
        self._truth = truth
        self._boss = Client(served.port).log_in("supervisor1", PASSWORD)
        self._officer = Client(served.port).log_in("officer1", PASSWORD)
        self._desk = Client(served.port).log_in("reception1", PASSWORD)
        self._officer_id = truth.user("officer1")
        # The key of the log-in page ended with the log-in.
        self._officer.read_key(self._officer.get("/").expect(200))
        self._number = ""
        self._accepting: Iterator[str] = iter(())

    def tasks(self) -> list[Task]:
        """All of them, in the order of the table."""
        plain = self._truth.plain_cases(40)
        cases, limits = cycle(plain), cycle(plain)
        acceptable = self._truth.acceptable()
        self._accepting = iter(acceptable)
        return [
            *(self._queue(name) for name in ("open", "priority", "unassigned", "overdue")),
            self._queue("mine", self._officer),
            Task("queue open, second page", self._second_page()),
            self._queue("open", path=NARROWED[0], where=NARROWED[1], label="queue open, filtered"),
            self._queue("all"),
            Task("case", lambda: self._case(next(cases))),
            Task("case, long history", lambda: self._case(self._built.long_case, events=EVENTS_SHOWN)),
            *(Task(f"search, {kind}", self._search(texts)) for kind, texts in self._built.searches.items()),
            Task("limits page", lambda: self._limits(next(limits))),
            Task("morning page", self._morning),
            Task("intake form", lambda: self._form().seconds),
            Task("intake post", self._post, INSERT, writes=True),
            Task("intake form + post", self._form_and_post, BOTH, writes=True),
            Task("next case", self._next_case, BOTH, writes=True, most=self._truth.waiting(self._officer_id)),
            Task("legal event", self._accept, INSERT, writes=True, most=len(acceptable)),
        ]

    def _queue(
        self, name: str, who: Client | None = None, *, path: str = "", where: str = "true", label: str = ""
    ) -> Task:
        client = who or self._boss

        def do() -> float:
            answer = client.get(path or f"/queues/{name}").expect(200)
            wanted, total = self._truth.queue(name, self._officer_id, where=where)
            _same_rows(answer, wanted)
            _same_count(answer, total)
            return answer.seconds

        return Task(label or f"queue {name}", do)

    def _second_page(self) -> Callable[[], float]:
        first = self._boss.get("/queues/open").expect(200)
        found = _NEXT.search(first.text)
        if found is None:
            raise Untrue("the queue has no second page")
        path = html.unescape(found[1])
        # The address names a place: what moves across it meanwhile belongs to the other side.
        after = self._truth.beyond(rows_of(first)[-1])

        def do() -> float:
            answer = self._boss.get(path).expect(200)
            _same_rows(answer, self._truth.queue("open", self._officer_id, where=after)[0])
            return answer.seconds

        return do

    def _case(self, number: str, *, events: int = 1) -> float:
        answer = self._boss.get(f"/petitions/{number}").expect(200)
        timeline = answer.text.partition('<ol class="timeline">')[2].partition("</ol>")[0]
        if f'<span class="number">{number}</span>' not in answer.text or timeline.count("<li") < events:
            raise Untrue(f"the page of {number} shows {timeline.count('<li')} events")
        return answer.seconds

    def _limits(self, number: str) -> float:
        answer = self._boss.get(f"/petitions/{number}/limits").expect(200)
        shown, wanted = _LIMIT.findall(answer.text), self._truth.limits(number)
        if len(shown) != len(wanted) or any(day not in answer.text for day in wanted):
            raise Untrue(f"the limits of {number}: {len(shown)} shown, {wanted} stored")
        return answer.seconds

    def _morning(self) -> float:
        answer = self._boss.get("/morning").expect(200)
        shown, wanted = _FIGURE.findall(answer.text), self._truth.morning()
        if len(shown) != len(wanted) or not all(map(_same_figure, shown, wanted)):
            raise Untrue(f"the morning page says {shown} instead of {wanted}")
        top = self._truth.queue("priority", self._officer_id)[0][:5]
        if rows_of(answer) != top:
            raise Untrue(f"on top stand {rows_of(answer)} instead of {top}")
        return answer.seconds

    def _next_case(self) -> float:
        self._truth.forget()
        top = self._truth.top(self._officer_id)
        answer = self._officer.post("/queues/next", {}).expect(302)
        page = self._officer.get(answer.location).expect(200)
        self._truth.forget()
        if not top or answer.location != f"/petitions/{top}" or top not in page.text:
            raise Untrue(f"the next case is {answer.location} instead of {top}")
        self._officer.read_key(page)
        return answer.seconds + page.seconds

    def _accept(self) -> float:
        number = next(self._accepting)
        self._boss.read_key(self._boss.get(f"/petitions/{number}/limits/record?event=accepted").expect(200))
        today = f"{clock.today():%d/%m/%Y}"
        typed = {"event": "accepted", "occurred_on": today, "document_on": today} | _ACCEPTED
        answer = self._boss.post(f"/petitions/{number}/limits/record", typed).expect(302)
        self._truth.forget()
        if not self._truth.accepted(number):
            raise Untrue(f"{number} was not accepted")
        return answer.seconds

    def _search(self, searches: Sequence[Search]) -> Callable[[], float]:
        turn = cycle(searches)

        def do() -> float:
            search = next(turn)
            answer = self._boss.get("/search?" + urlencode({"q": search.typed})).expect(200)
            rows = len(rows_of(answer))
            if rows != min(search.total, FOUND_SHOWN):
                raise Untrue(f"search {search.typed}: {rows} rows, {search.total} petitions have it")
            if search.total:
                # Of three words and more the index knows that each pair stands together, not that the pairs meet.
                _same_count(answer, search.total, more=0.01 if '"' in search.typed else 0.0)
            return answer.seconds

        return do

    def _form(self) -> Answer:
        # After a save the form comes back with the number of what was saved.
        path = f"/petitions/new?saved={self._number}" if self._number else "/petitions/new"
        answer = self._desk.read_key(self._desk.get(path).expect(200))
        if not _TOKEN.search(answer.text) or (self._number and self._number not in answer.text):
            raise Untrue("the form does not tell what was saved")
        return answer

    def _post(self) -> float:
        before = self._number
        self._truth.forget()
        answer = self._desk.post(
            "/petitions/new",
            {**INTAKE, "intake_token": str(uuid.uuid4()), "received_on": f"{clock.today():%d/%m/%Y}"},
            multipart=True,
        ).expect(302)
        self._number = saved_number(answer)
        if before and _running(self._number) != _running(before) + 1:
            raise Untrue(f"{self._number} does not follow {before}")
        return answer.seconds

    def _form_and_post(self) -> float:
        return self._form().seconds + self._post()


def saved_number(answer: Answer) -> str:
    """The number of the petition that the form's answer says was saved."""
    saved = _SAVED.search(answer.location)
    if saved is None:
        raise Untrue(f"nothing was saved: {answer.location}")
    return saved[1]


def rows_of(answer: Answer) -> list[str]:
    """The numbers of the petitions that a list shows, from top to bottom."""
    return _ROW.findall(answer.text)


def _same_figure(shown: str, wanted: int) -> bool:
    """Whether the page says ``wanted``, or that it is more than it counts."""
    digits = shown.replace(".", "")
    if digits.isdigit():
        return int(digits) == wanted
    return wanted > COUNTED_TO


def _running(number: str) -> int:
    return int(number.split("-")[2])


def _same_rows(answer: Answer, wanted: Sequence[str]) -> None:
    shown = rows_of(answer)
    if shown != list(wanted):
        raise Untrue(f"{len(shown)} rows beginning {shown[:3]}, wanted {len(wanted)} beginning {list(wanted[:3])}")


def _same_count(answer: Answer, total: int, *, more: float = 0.0) -> None:
    caption = _CAPTION.search(answer.text)
    counted = _COUNT.search(caption[1]) if caption else None
    said = int(counted[1].replace(".", "")) if counted else -1
    if not total <= said <= total + more * total:
        raise Untrue(f"{caption[1] if caption else 'no table'} instead of {total}")
