"""Writes the generated parts of docs/: everything between `<!-- generated: NAME -->` and `<!-- end -->`.

`tools/generate_docs.py` rewrites the pages, `--check` says which are out of date and changes nothing. What a part
says comes from `tools/reference/`, and so from the types and tables themselves; the pages around it are written by
hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from reference.api import group_reference, limits_reference, trial_reference
from reference.commands import command_reference, exit_status_reference
from reference.conditions import condition_reference, reason_reference
from reference.parameters import kind_reference

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

PARTS: Mapping[str, Callable[[], str]] = {
    "OptimizationGroup": group_reference,
    "Trial": trial_reference,
    "limits": limits_reference,
    "conditions": condition_reference,
    "reasons": reason_reference,
    "parameter kinds": kind_reference,
    "commands": command_reference,
    "exit statuses": exit_status_reference,
}

_PART = re.compile(r"(<!-- generated: (?P<name>[^>]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def refreshed(text: str) -> str:
    """A page with its generated parts as they should be. Raises KeyError for a part that nobody makes."""
    return _PART.sub(lambda match: f"{match[1]}{PARTS[match['name']]().strip()}\n{match[3]}", text)


def stale_pages() -> dict[Path, str]:
    """Pages whose generated parts are out of date, and what they should be."""
    pages = {page: page.read_text() for page in sorted(DOCS.rglob("*.md"))}
    return {page: new for page, old in pages.items() if (new := refreshed(old)) != old}


def main() -> int:
    """Write, or with --check only tell."""
    stale = stale_pages()
    check = "--check" in sys.argv[1:]
    for page, text in stale.items():
        print(f"{page.relative_to(ROOT)}: {'out of date; run make docs' if check else 'written'}")
        if not check:
            page.write_text(text)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
