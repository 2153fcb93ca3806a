"""What the pages say of the program is what the program does: generated parts, reasons, parameter kinds, algorithms."""

from __future__ import annotations

import re

import generate_docs
from leadline.api.names import ConditionType, GroupState, Reason, TrialState
from leadline.search.registry import ALGORITHMS

from .pages import ROOT, anchors, pages, prose

DOCS = ROOT / "docs"
OF_EVENTS_AND_CHAPTERS = {
    "Conditions and reasons",
    "The table",
    "All reasons",
    "Of a group",
    "What keeps a trial from starting",
    "How a trial ended",
    "Events",
}


def test_the_generated_parts_are_up_to_date() -> None:
    assert [str(page) for page in generate_docs.stale_pages()] == [], "run `make docs`"


def test_every_generated_part_stands_on_a_page() -> None:
    text = "\n".join(page.read_text() for page in pages())
    assert {part for part in generate_docs.PARTS if f"<!-- generated: {part} -->" not in text} == set()


def test_a_page_that_was_edited_by_hand_in_a_generated_part_is_noticed() -> None:
    page = (DOCS / "conditions.md").read_text()
    assert generate_docs.refreshed(page.replace("| `Pending` |", "| `Waiting` |")) == page


def test_every_reason_has_a_heading_with_its_remedy_and_no_other_heading_poses_as_one() -> None:
    text = prose(DOCS / "conditions.md")
    headings = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    assert headings - OF_EVENTS_AND_CHAPTERS == {str(reason) for reason in Reason}
    for reason in Reason:
        section = re.search(rf"^### {reason}\n\n(.+?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
        assert section, reason
        assert len(section[1].split()) >= 8, f"{reason} is hardly explained"


def test_states_and_conditions_are_named_on_their_pages() -> None:
    conditions = (DOCS / "conditions.md").read_text()
    assert [word for word in (*GroupState, *ConditionType) if str(word) not in conditions] == []
    concepts = (DOCS / "concepts.md").read_text()
    assert [state for state in TrialState if str(state) not in concepts] == []


def test_every_algorithm_has_a_heading() -> None:
    assert set(ALGORITHMS) <= anchors(DOCS / "algorithms.md")
