"""What cannot be asked of the law's clock. Each error says in one line what is wrong, and carries its facts. Pure."""

from collections.abc import Sequence
from datetime import date

from core.errors import IllegalTransition
from core.i18n import format_day
from core.i18n import lazy_gettext as _l


class ClockError(IllegalTransition):
    """A rule or a history of legal events that the law does not know; answered as 409."""


class UnknownRule(ClockError):
    """There is no rule with this id."""

    def __init__(self, rule_id: str) -> None:
        super().__init__(_l("There is no rule “%(name)s”.", name=rule_id))
        self.rule_id = rule_id


class NoRuleInForce(ClockError):
    """No version of the rule is in force on the day of the starting event."""

    def __init__(self, rule_id: str, on: date, periods: Sequence[tuple[date, date | None]]) -> None:
        known = "; ".join(f"{format_day(first)} – {format_day(last)}".rstrip() for first, last in periods)
        super().__init__(
            _l(
                "The rule “%(name)s” is not in force on %(day)s (in force: %(periods)s).",
                name=rule_id,
                day=format_day(on),
                periods=known,
            )
        )
        self.rule_id, self.on, self.periods = rule_id, on, tuple(periods)


class UnknownVariant(ClockError):
    """The rule has no such variant, or it cannot be changed to while the clock runs."""

    def __init__(self, rule_id: str, variant: str, known: Sequence[str]) -> None:
        super().__init__(
            _l(
                "The rule “%(name)s” has no variant “%(variant)s” (it has: %(known)s).",
                name=rule_id,
                variant=variant,
                known=", ".join(known),
            )
        )
        self.rule_id, self.variant, self.known = rule_id, variant, tuple(known)


class ImpossibleHistory(ClockError):
    """Legal events that cannot have happened in this order; ``on`` is the day of the one that does not fit."""

    def __init__(self, message: object, on: date | None = None) -> None:
        super().__init__(message)
        self.on = on


class NotStartedOnce(ImpossibleHistory):
    """A clock has exactly one starting event."""

    def __init__(self) -> None:
        super().__init__(_l("A clock needs exactly one starting event."))


class EventBeforeStart(ImpossibleHistory):
    """An event lies before the start."""

    def __init__(self, on: date, start: date) -> None:
        super().__init__(
            _l("The event of %(day)s lies before the start on %(start)s.", day=format_day(on), start=format_day(start)),
            on,
        )
        self.start = start


class EventAfterStop(ImpossibleHistory):
    """An event lies after the end of the clock."""

    def __init__(self, on: date, stop: date) -> None:
        super().__init__(
            _l(
                "The event of %(day)s comes after the clock stopped on %(stop)s.",
                day=format_day(on),
                stop=format_day(stop),
            ),
            on,
        )
        self.stop = stop


class SuspendedTwice(ImpossibleHistory):
    """A suspension while the clock is suspended."""

    def __init__(self, on: date, since: date) -> None:
        super().__init__(
            _l(
                "Suspended on %(day)s, while the suspension of %(since)s was still in force.",
                day=format_day(on),
                since=format_day(since),
            ),
            on,
        )
        self.since = since


class NotSuspended(ImpossibleHistory):
    """A continuation without a suspension."""

    def __init__(self, on: date) -> None:
        super().__init__(_l("Continued on %(day)s without a suspension before.", day=format_day(on)), on)


class NotPausable(ImpossibleHistory):
    """The rule knows no suspension, or not yet on that day."""

    def __init__(self, rule_id: str, on: date, since: date | None) -> None:
        if since is None:
            message = _l("The rule “%(name)s” is not paused by a suspension.", name=rule_id)
        else:
            message = _l(
                "The rule “%(name)s” can be suspended from %(since)s on only, not on %(day)s.",
                name=rule_id,
                since=format_day(since),
                day=format_day(on),
            )
        super().__init__(message, on)
        self.rule_id, self.since = rule_id, since


class ExtensionNotAllowed(ImpossibleHistory):
    """The rule has no extension, or not under this variant."""

    def __init__(self, rule_id: str, variant: str, on: date, opened_by: Sequence[str]) -> None:
        if opened_by:
            message = _l(
                "The rule “%(name)s” cannot be extended as “%(variant)s”; an extension needs: %(known)s.",
                name=rule_id,
                variant=variant,
                known=", ".join(opened_by),
            )
        else:
            message = _l("The rule “%(name)s” has no extension.", name=rule_id)
        super().__init__(message, on)
        self.rule_id, self.variant, self.opened_by = rule_id, variant, tuple(opened_by)


class TooManyExtensions(ImpossibleHistory):
    """One extension more than the rule allows."""

    def __init__(self, rule_id: str, on: date, most: int) -> None:
        super().__init__(
            _l(
                "The rule “%(name)s” allows %(most)s extension(s); the one of %(day)s is one too many.",
                name=rule_id,
                most=most,
                day=format_day(on),
            ),
            on,
        )
        self.rule_id, self.most = rule_id, most


class ExtensionTooLong(ImpossibleHistory):
    """An extension of no days, or longer than the rule allows."""

    def __init__(self, rule_id: str, on: date, days: int, longest: int) -> None:
        super().__init__(
            _l(
                "An extension of “%(name)s” has 1 to %(longest)s days, not %(days)s.",
                name=rule_id,
                longest=longest,
                days=days,
            ),
            on,
        )
        self.rule_id, self.days, self.longest = rule_id, days, longest


class NothingToActOn(ImpossibleHistory):
    """A suspension, continuation or extension while no settlement runs."""

    def __init__(self, event: str, on: date) -> None:
        super().__init__(
            _l("“%(event)s” on %(day)s: no limit that it could move was running.", event=event, day=format_day(on)), on
        )
        self.event = event
