"""Runs in Roundup's own environment: ``python serve_roundup.py HOME PORT`` serves the tracker until a signal.

With the same server as ours, and in one process, as Roundup's documentation of its WSGI handler describes.
"""

import sys

from roundup.cgi.wsgi_handler import RequestDispatcher  # type: ignore[import-not-found]  # where this runs
from waitress import create_server


def main() -> None:
    """Serve."""
    home, port = sys.argv[1], int(sys.argv[2])
    create_server(RequestDispatcher(home), host="127.0.0.1", port=port, threads=4, ident=None).run()


if __name__ == "__main__":
    main()
