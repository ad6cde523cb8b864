"""Runs in Roundup's own environment: ``python fill_roundup.py HOME TEXTS`` makes an issue of every line of TEXTS."""

import json
import sys
from pathlib import Path

import roundup.instance  # type: ignore[import-not-found]  # it is installed where this runs

COMMIT_EVERY = 1_000


def main() -> None:
    """Fill the tracker in HOME; each line is [title, body, kind]."""
    home, texts = sys.argv[1:3]
    db = roundup.instance.open(home).open("admin")
    states = db.status.list()
    with Path(texts).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            title, body, kind = json.loads(line)
            message = db.msg.create(content=body, author="1")
            db.issue.create(title=title, messages=[message], status=states[kind % len(states)])
            if number % COMMIT_EVERY == 0:
                db.commit()
                db.clearCache()
    db.commit()
    db.close()


if __name__ == "__main__":
    main()
