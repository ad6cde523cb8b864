"""Who may write what: states, transactions, events, the clock."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from auth.permissions import Role
from tests.architecture.source import Module, assigned, called, dotted, imported, modules, templates

APPEND_ONLY = {"PetitionEvent": "petition_event", "AuditEntry": "audit_entry"}
CLOCK_CALLS = re.compile(r"(^|\.)(datetime|date)\.(now|today|utcnow)$")
RAW_CHANGE = re.compile(rf"\b(UPDATE|DELETE\s+FROM|TRUNCATE)\s+({'|'.join(APPEND_ONLY.values())})\b", re.IGNORECASE)

Rule = Callable[[ast.AST], bool]


def offences(rule: Rule, *allowed: str) -> list[str]:
    """Where ``rule`` finds something, outside ``allowed`` places."""
    return [
        f"{module.path}:{getattr(node, 'lineno', 0)}"
        for module in modules()
        if not module.within(*allowed)
        for node in ast.walk(module.tree)
        if rule(node)
    ]


def sets_state(node: ast.AST) -> bool:
    # An object may have a state of its own; a petition is always somebody else's.
    owned = {dotted(target) for target in assigned(node)} - {"self.state"}
    if any(name.endswith(".state") for name in owned):
        return True
    if not isinstance(node, ast.Call):
        return False
    if called(node) == "setattr":
        return isinstance(node.args[1], ast.Constant) and node.args[1].value == "state"
    if not called(node).endswith(".values") or all(keyword.arg != "state" for keyword in node.keywords):
        return False
    # Runs of the import have a state too; only an update that names another table is let through.
    updated = [dotted(part.args[0]) for part in calls(node.func) if called(part) == "update" and part.args]
    return updated in ([], ["Petition"])


def calls(node: ast.AST) -> list[ast.Call]:
    return [part for part in ast.walk(node) if isinstance(part, ast.Call)]


def commits(node: ast.AST) -> bool:
    return called(node).endswith(".commit")


def changes_history(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return RAW_CHANGE.search(node.value) is not None
    if not isinstance(node, ast.Call) or called(node).rpartition(".")[2] not in ("update", "delete"):
        return False
    return any(dotted(argument).partition(".")[0] in APPEND_ONLY for argument in node.args)


def compares_roles(node: ast.AST) -> bool:
    """Comparing with a member of ``Role``, or a role with a text. Sets of roles come from ``auth.permissions``."""
    if isinstance(node, ast.MatchValue):
        return dotted(node.value).startswith("Role.")
    if not isinstance(node, ast.Compare):
        return False
    sides = [leaf for side in (node.left, *node.comparators) for leaf in leaves(side)]
    texts = {leaf.value for leaf in sides if isinstance(leaf, ast.Constant)}
    names = {dotted(leaf) for leaf in sides}
    of_role = any(name == "role" or name.endswith(".role") for name in names)
    return any(name.startswith("Role.") for name in names) or (of_role and bool(texts & {*Role}))


def leaves(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        yield from node.elts
    else:
        yield node


def asks_the_machine_for_the_time(node: ast.AST) -> bool:
    return CLOCK_CALLS.search(called(node)) is not None


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (sets_state, ("petitions/services/",)),
        (commits, ("core/database.py", "search/engines/")),  # an index commits too, to files of its own
        (changes_history, ()),
        (compares_roles, ("auth/permissions.py",)),
        (asks_the_machine_for_the_time, ("core/clock.py",)),
    ],
)
def test_only_its_own_place_may(rule: Rule, allowed: tuple[str, ...]) -> None:
    assert offences(rule, *allowed) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (sets_state, "petition.state = State.RESOLVED"),
        (sets_state, "a.state, b = 1, 2"),
        (sets_state, "setattr(petition, 'state', x)"),
        (sets_state, "session.execute(update(Petition).values(state='resolved'))"),
        (commits, "db.session.commit()"),
        (changes_history, "delete(PetitionEvent)"),
        (changes_history, "session.execute(update(AuditEntry).values(seq=1))"),
        (changes_history, "text('delete from petition_event')"),
        (compares_roles, "actor.role == Role.OFFICER"),
        (compares_roles, "user.role in (Role.OFFICER, Role.SUPERVISOR)"),
        (compares_roles, "user.role != 'officer'"),
        (compares_roles, "match role:\n  case Role.OFFICER: pass"),
        (asks_the_machine_for_the_time, "datetime.now(UTC)"),
        (asks_the_machine_for_the_time, "datetime.date.today()"),
    ],
)
def test_the_rules_find_what_they_look_for(rule: Rule, text: str) -> None:
    assert any(rule(node) for node in ast.walk(Module("probe.py", ast.parse(text)).tree))


def test_database_hooks_do_no_business() -> None:
    """Hooks of SQLAlchemy run out of sight; only the connection is prepared by one."""
    guilty = [
        f"{module.path}:{line}"
        for module in modules()
        if not module.within("core/database.py")
        for name, line in imported(module.tree)
        if name in ("sqlalchemy.event", "sqlalchemy.event.listens_for", "sqlalchemy.orm.validates")
    ]
    assert guilty == []


def test_templates_ask_for_no_role() -> None:
    """A page is told what its reader may do; it does not work it out from a role."""
    asks = re.compile(r"\.role\s*(==|!=|in\b|not\b)")
    assert [path for path, text in templates() if asks.search(text)] == []
