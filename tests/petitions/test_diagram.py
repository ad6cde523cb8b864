"""The page about the workflow says what the table says."""

from core.settings import CHECKOUT
from petitions.diagram import workflow_page
from petitions.workflow import TRANSITIONS


def test_the_documents_show_the_table_in_force() -> None:
    kept = (CHECKOUT / "docs" / "workflow.md").read_text(encoding="utf-8")
    assert kept == workflow_page(), "bring it up to date: .venv/bin/flask petition workflow > docs/workflow.md"


def test_every_action_and_source_stands_in_the_diagram() -> None:
    page = workflow_page()
    diagram = page[page.index("```mermaid") : page.rindex("```")]
    for line in TRANSITIONS:
        for source in line.sources:
            target = line.to or source
            arrows = [text for text in diagram.splitlines() if text.strip().startswith(f"{source} --> {target}:")]
            assert any(line.action.value in text for text in arrows), (line.action, source)
