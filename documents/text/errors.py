"""Why a file gave no text. Pure."""

from documents.text.outcome import TextState


class Unreadable(Exception):
    """The file gives no text, and would not give any the next time; ``code`` says why."""

    def __init__(self, code: str, state: TextState = TextState.FAILED) -> None:
        super().__init__(code)
        self.code = code
        self.state = state


def damaged() -> Unreadable:
    """The file does not hold together."""
    return Unreadable("damaged")


def bloated() -> Unreadable:
    """The file unpacks to far more than it is."""
    return Unreadable("bloated")


def locked() -> Unreadable:
    """The file opens with a password only."""
    return Unreadable("locked", TextState.LOCKED)
