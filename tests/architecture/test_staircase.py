"""Who may import what, beyond the layers that import-linter checks in ``./run check``."""

import ast
import sys

from tests.architecture.source import CHECKOUT, PACKAGES, imported, modules

FLASK_FREE = {"workflow", "deadlines", "priority", "vocabulary", "services", "queries", "models"}
# The two modules that wrap Flask for everybody else.
WRAPPERS = ("core/database.py", "core/i18n.py")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared", "lib"}
TOP_LEVEL = {
    "auth",
    "bench",
    "chaos",
    "core",
    "docs",
    "documents",
    "migrations",
    "petitions",
    "search",
    "static",
    "templates",
}


def test_nobody_imports_the_front_door() -> None:
    guilty = [
        f"{module.path}:{line}"
        for module in modules()
        for name, line in imported(module.tree)
        if name.partition(".")[0] == "wsgi"
    ]
    assert guilty == []


def test_every_package_stands_on_the_staircase() -> None:
    """A package that the layers contract does not name would escape it."""
    contract = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.importlinter]")[2]
    assert [package for package in PACKAGES if f'"{package}"' not in contract.partition("[[")[0]] == []
    assert set(PACKAGES) <= TOP_LEVEL


def test_imports_stand_at_the_top_of_the_file() -> None:
    """An import inside a function hides a circle from the contract."""
    guilty = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert guilty == []


def test_the_domain_knows_no_flask() -> None:
    guilty = [
        f"{module.path}:{line}"
        for module in modules()
        if FLASK_FREE.intersection(module.parts) and not module.within(*WRAPPERS)
        for name, line in imported(module.tree)
        if name.partition(".")[0].startswith("flask")
    ]
    assert guilty == []


def test_who_is_logged_in_is_asked_in_views_and_guards_only() -> None:
    guilty = [
        f"{module.path}:{line}"
        for module in modules()
        if "views" not in module.parts and not module.within("auth/guards.py")
        for name, line in imported(module.tree)
        if name == "flask_login.current_user"
    ]
    assert guilty == []


def test_whoosh_stays_inside_its_engine() -> None:
    guilty = [
        f"{module.path}:{line}"
        for module in modules()
        if not module.within("search/engines/")
        for name, line in imported(module.tree)
        if name.partition(".")[0] == "whoosh"
    ]
    assert guilty == []


def test_modules_are_called_by_what_they_hold() -> None:
    assert [module.path for module in modules() if NAMELESS.intersection(module.parts)] == []


def test_no_module_hides_one_of_the_standard_library() -> None:
    """Packages stand at the top level, where their name would win."""
    assert [package for package in PACKAGES if package in sys.stdlib_module_names] == []
