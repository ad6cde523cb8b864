"""Under which names the program answers, and which proxies it believes.

A name that somebody else owns could be made to lead here; a page under it would read ours. So only names that the
administrator lists (``DONTHU_TRUSTED_HOSTS``) are answered, and addresses in digits, which lead where they say.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

LOCAL = frozenset({"localhost", "localhost.localdomain"})


def init_app(app: Flask, *, trusted: tuple[str, ...], proxies: int) -> None:
    """Refuse requests under other names. ``proxies`` stand between browser and program: so many are believed."""
    if proxies:
        # The address of the client and the scheme come from them; the name does not: they must pass it on.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]

    @app.before_request
    def look() -> None:
        if not is_trusted(request.host, trusted):
            abort(400)


def is_trusted(host: str, trusted: tuple[str, ...]) -> bool:
    """Whether a request under ``host`` (with or without port) is answered; ``.name`` trusts all names below it."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if not name or any(letter in host for letter in "/\\@?# "):
        return False
    if name in LOCAL or name in trusted:
        return True
    if any(each.startswith(".") and (name.endswith(each) or name == each[1:]) for each in trusted):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def parts_of(address: str) -> SplitResult:
    """The parts of an address that a browser sent; all empty for one that is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def is_own_origin(origin: str) -> bool:
    """Whether a page of this program sent the request, by the header ``Origin``."""
    parts = parts_of(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()
