"""Every legal limit by its id, and which version applies on which day. Pure."""

from collections.abc import Mapping
from datetime import date

from petitions.deadlines.complaint_rules import COMPLAINT_RULES
from petitions.deadlines.counting import Unit
from petitions.deadlines.decision_rules import DECISION_RULES
from petitions.deadlines.denunciation_rules import DENUNCIATION_RULES
from petitions.deadlines.discipline_rules import DISCIPLINE_RULES
from petitions.deadlines.errors import NoRuleInForce, UnknownRule
from petitions.deadlines.own_limits import SUBSTANCE_ID, substance_rule
from petitions.deadlines.reception_rules import RECEPTION_RULES
from petitions.deadlines.rule import Rule, Text
from petitions.vocabulary import Kind

ALL_RULES: tuple[Rule, ...] = (
    *RECEPTION_RULES,
    *COMPLAINT_RULES,
    *DECISION_RULES,
    *DISCIPLINE_RULES,
    *DENUNCIATION_RULES,
)
"""Every version of every rule; versions of one rule stand in the order of their validity."""

RULE_IDS: tuple[str, ...] = tuple(dict.fromkeys(rule.id for rule in ALL_RULES))

_VERSIONS: Mapping[str, tuple[Rule, ...]] = {
    name: tuple(rule for rule in ALL_RULES if rule.id == name) for name in RULE_IDS
}


def versions(rule_id: str) -> tuple[Rule, ...]:
    """All versions of a rule, the oldest first. Raises ``UnknownRule``."""
    found = _VERSIONS.get(rule_id)
    if found is None:
        raise UnknownRule(rule_id)
    return found


def rule_in_force(rule_id: str, on: date) -> Rule:
    """The version for a starting event of that day. Raises ``UnknownRule`` or ``NoRuleInForce``."""
    known = versions(rule_id)
    for rule in known:
        if rule.is_valid_on(on):
            return rule
    raise NoRuleInForce(rule_id, on, [(rule.valid_from, rule.valid_to) for rule in known])


def in_force(rule_id: str, on: date) -> Rule | None:
    """The version for a starting event of that day; None where the rule was not yet or no longer in force."""
    return next((rule for rule in versions(rule_id) if rule.is_valid_on(on)), None)


def of_version(rule_id: str, version: str) -> Rule:
    """The version of a rule that a stored clock names. Raises ``UnknownRule``."""
    for rule in versions(rule_id):
        if rule.version == version:
            return rule
    raise UnknownRule(f"{rule_id} {version}")


FIRST_LIMIT: Mapping[Kind, str] = {
    Kind.COMPLAINT: "complaint-acceptance",
    Kind.DENUNCIATION: "denunciation-intake",
    Kind.RECOMMENDATION: "reception-reply",
    Kind.MIXED: "reception-reply",
    Kind.UNCLASSIFIED: "reception-reply",
}
"""The first limit that runs on each kind."""

RULES: Mapping[Kind, tuple[Rule, ...]] = {kind: versions(rule_id) for kind, rule_id in FIRST_LIMIT.items()}


def rule_for(kind: Kind, received_on: date) -> Rule:
    """The first limit of a petition of ``kind`` received on that day.

    A petition older than the rule, as backlogs hold, is counted by its oldest version, so that it has a due day too.
    """
    known = RULES[kind]
    return next((rule for rule in known if rule.is_valid_on(received_on)), known[0])


def rule_label(rule_id: str) -> Text:
    """What a rule is called: in its newest version, for a stored clock names an older one by the same word.

    An id that is not declared (any more) is its own label.
    """
    if rule_id == SUBSTANCE_ID:
        return substance_rule(1).label
    found = _VERSIONS.get(rule_id)
    return found[-1].label if found else rule_id


def sets_a_day(rule: Rule) -> bool:
    """Whether the plain limit of a rule ends on a day that can be counted out."""
    return rule.unit not in (Unit.NO_LIMIT, Unit.REST_OF_SETTLEMENT)
