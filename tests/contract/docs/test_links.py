"""Every link between our own pages leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import anchors, links, name, pages


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    broken = [target for target in links(page) if not _leads_somewhere(page, target)]
    assert broken == []


def _leads_somewhere(page: Path, target: str) -> bool:
    if "://" in target or target.startswith("mailto:"):
        return True
    path, _, anchor = target.partition("#")
    aim = (page.parent / path) if path else page
    if not aim.exists():
        return False
    return not anchor or (aim.suffix == ".md" and anchor in anchors(aim))


def test_a_page_that_nothing_leads_to_is_not_found_by_anybody() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in pages()
        for target in links(page)
        if "://" not in target and target.partition("#")[0]
    }
    entrances = {"README.md", "CHANGELOG.md", "SECURITY.md", "docs/README.md"}
    lost = [name(page) for page in pages() if page.resolve() not in linked and name(page) not in entrances]
    assert lost == []
