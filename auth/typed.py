"""What a form held, for a page that could not take it and gives it back: nobody types a long text twice."""

from flask import Request

from core.hosts import parts_of

_MACHINERY = {"csrf_token", "version", "next", "part", "then", "do", "row", "intake_token", "until", "lang", "theme"}


def typed_texts(request: Request) -> list[str]:
    """What somebody typed into the form that was sent, in its order; never a password.

    Nothing for a form that a page of another site sent: its words would stand under our name.
    """
    origin = request.headers.get("Origin")
    if origin is not None and parts_of(origin).netloc != request.host:
        return []
    return [
        text
        for name, values in request.form.lists()
        if name not in _MACHINERY and "password" not in name
        for value in values
        if (text := value.strip())
    ]
