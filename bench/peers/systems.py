"""Each system by one face: how it is filled and served, how it is asked, and where its page says how many it found."""

import base64
import json
import re
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).parent
ROUNDUP, HELPDESK = "roundup==2.6.0", "django-helpdesk==2.6.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: what is typed, whether one kind (or state) is chosen, whether the newest stand first."""

    typed: str
    filtered: bool = False
    sorted: bool = False


@dataclass(slots=True)
class System:
    """A system over its data in ``folder``; ``cookies`` are what a logged-in browser sends."""

    folder: Path
    name: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def command(self, port: int) -> Sequence[str]:
        """How it is served."""
        raise NotImplementedError

    def path(self, asked: Asked) -> str:
        """The address of the page of results."""
        raise NotImplementedError

    def hits(self, page: str) -> int:
        """How many it says that it found."""
        raise NotImplementedError

    def _python(self, requirement: str) -> str:
        """Python of an environment with ``requirement``, made beside the data."""
        place = self.folder.parent / f"venv-{self.name}"
        python = place / "bin" / "python"
        if not python.exists():
            venv.create(place, with_pip=True)
            _run(python, "-m", "pip", "install", "-q", requirement, "waitress")
        return str(python)


class Floor(System):
    """Bare FTS5."""

    def command(self, port: int) -> Sequence[str]:
        """Our own Python, one module."""
        return [sys.executable, "-m", "bench.peers.fts_page", str(self.folder / "floor.sqlite3"), str(port)]

    def path(self, asked: Asked) -> str:
        """The page."""
        query = {"q": asked.typed}
        if asked.filtered:
            query["kind"] = "recommendation"
        if asked.sorted:
            query["sort"] = "date"
        return "/?" + urlencode(query)

    def hits(self, page: str) -> int:
        """Its count."""
        return _number(r"found (\d+)", page)


class Roundup(System):
    """Roundup's classic tracker on SQLite with its native FTS5 index."""

    def fill(self, texts: Path) -> None:
        """Make the tracker."""
        python = self._python(ROUNDUP)
        admin = str(Path(python).with_name("roundup-admin"))
        home = self.folder / "tracker"
        home.mkdir(parents=True)
        _run(admin, "-i", home, "install", "classic", "sqlite")
        settings = home / "config.ini"
        text = settings.read_text(encoding="utf-8")
        text = re.sub(r"(?m)^indexer = .*", "indexer = native-fts", text)
        text = re.sub(r"(?m)^#?web = .*", "web = http://127.0.0.1:1/", text, count=1)
        text = re.sub(r"(?m)^#?domain = .*", "domain = example.invalid", text, count=1)
        settings.write_text(text, encoding="utf-8")
        _run(admin, "-i", home, "initialise", "admin")
        _run(python, HERE / "fill_roundup.py", home, texts)

    def command(self, port: int) -> Sequence[str]:
        """Behind the same server as ours."""
        return [
            self._python(ROUNDUP),
            str(HERE / "serve_roundup.py"),
            str(self.folder / "tracker"),
            str(port),
        ]

    def path(self, asked: Asked) -> str:
        """The list of issues with a text to be searched."""
        query = {
            "@search_text": asked.typed,
            "@columns": "id,activity,title,status",
            "@pagesize": "20",
            "@startwith": "0",
        }
        if asked.filtered:
            query |= {"@filter": "status", "status": "1"}
        if asked.sorted:
            query["@sort"] = "-activity"
        return "/issue?" + urlencode(query)

    def hits(self, page: str) -> int:
        """Its count; a list of one page says none."""
        found = re.search(r"out of (\d+)", page)
        return int(found[1]) if found else page.count('href="issue') // 2


class Helpdesk(System):
    """django-helpdesk on SQLite: the request that fills its list of tickets."""

    def fill(self, texts: Path) -> None:
        """Make the site."""
        self.folder.mkdir(parents=True, exist_ok=True)
        own = self.folder / "texts.jsonl"
        own.write_bytes(texts.read_bytes())
        _run(self._python(HELPDESK), HERE / "helpdesk_site.py", self.folder, "fill", own)
        own.unlink()

    def command(self, port: int) -> Sequence[str]:
        """Behind the same server as ours."""
        self.cookies["sessionid"] = (self.folder / "session").read_text(encoding="utf-8")
        return [self._python(HELPDESK), str(HERE / "helpdesk_site.py"), str(self.folder), "serve", str(port)]

    def path(self, asked: Asked) -> str:
        """What the list asks for; quotation marks would be letters to it."""
        query: dict[str, object] = {
            "search_string": asked.typed.strip('"*'),
            "sorting": "created" if asked.sorted else "priority",
            "sortreverse": asked.sorted,
        }
        if asked.filtered:
            query["filtering"] = {"status__in": [1]}
        packed = base64.b64encode(json.dumps(query).encode()).decode()
        shown = {"draw": "1", "start": "0", "length": "20", "order[0][column]": "0", "order[0][dir]": "desc"}
        return f"/datatables_ticket_list/{packed}?" + urlencode(shown)

    def hits(self, page: str) -> int:
        """Its count."""
        return _number(r'"recordsFiltered": (\d+)', page)


class Ours(System):
    """The program as ``./run`` serves it."""

    def command(self, port: int) -> Sequence[str]:
        """Web and worker."""
        return [sys.executable, "-m", "flask", "serve"]

    def path(self, asked: Asked) -> str:
        """The search page. A word half typed needs no sign."""
        query = {"q": asked.typed.rstrip("*")}
        if asked.filtered:
            query["kind"] = "recommendation"
        if asked.sorted:
            query["sort"] = "newest"
        return "/search?" + urlencode(query)

    def hits(self, page: str) -> int:
        """Its count."""
        return _number(r'<p role="status"><b>([\d.]+) đơn', page)


def _number(pattern: str, page: str) -> int:
    found = re.search(pattern, page)
    return int(found[1].replace(".", "")) if found else 0


def _run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
