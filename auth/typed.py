"""What a form held, for a page that could not take it and gives it back: nobody types a long text twice."""

from werkzeug.datastructures import MultiDict

_MACHINERY = {"csrf_token", "version", "next", "part", "then", "do", "row", "intake_token", "until", "lang", "theme"}


def typed_texts(form: MultiDict[str, str]) -> list[str]:
    """What somebody typed into the form, in its order; never a password."""
    return [
        text
        for name, values in form.lists()
        if name not in _MACHINERY and "password" not in name
        for value in values
        if (text := value.strip())
    ]
